"""The core's tables"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from nrg_core.storage.types import BIG_KEY, JSON_DOCUMENT, generated_uuid

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "achievements",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("slug", sa.String(50), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("icon_emoji", sa.String(64), nullable=True),
        sa.Column("criteria_json", JSON_DOCUMENT, nullable=False),
        sa.Column("discord_role_id", sa.String(20), nullable=True),
        sa.Column("is_liberation", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievements")),
        sa.UniqueConstraint("slug", name=op.f("uq_achievements_slug")),
    )
    op.create_table(
        "guild_plugins",
        sa.Column("guild_id", sa.String(20), nullable=False),
        sa.Column("plugin", sa.String(32), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "plugin", name=op.f("pk_guild_plugins")),
    )
    op.create_table(
        "hacks",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("slug", sa.String(50), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("content_url", sa.String(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(50), nullable=True),
        sa.Column("level", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("prerequisite_id", sa.Uuid(), nullable=True),
        sa.Column("unlock_criteria", JSON_DOCUMENT, nullable=True),
        sa.Column("mastery_criteria", JSON_DOCUMENT, nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["prerequisite_id"],
            ["hacks.id"],
            name=op.f("fk_hacks_prerequisite_id_hacks"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hacks")),
        sa.UniqueConstraint("slug", name=op.f("uq_hacks_slug")),
    )
    op.create_table(
        "plugin_states",
        sa.Column("plugin", sa.String(32), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name=op.f("pk_plugin_states")),
    )
    op.create_table(
        "revisions",
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_revisions")),
    )
    op.create_table(
        "schedule",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule")),
    )
    op.create_table(
        "texts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_texts")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("discord_id", sa.String(20), nullable=False),
        sa.Column("discord_username", sa.String(64), nullable=True),
        sa.Column("discord_discriminator", sa.String(8), nullable=True),
        sa.Column("last_checkin", UTCDateTime(), nullable=True),
        sa.Column("streak_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_practice_minutes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("graduated_at", UTCDateTime(), nullable=True),
        sa.Column("is_alumni", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "privacy_settings",
            JSON_DOCUMENT,
            server_default=sa.text('\'{"streak_visibility": "public", "profile_visibility": "public"}\''),
            nullable=False,
        ),
        sa.Column("timezone", sa.String(64), nullable=True),
        sa.Column("longest_streak", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("streak_day", sa.Date(), nullable=True),
        sa.Column("streak_rested", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("excused_days", JSON_DOCUMENT, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("session_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("distinct_hacks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("hacks_mastered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_hack_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["last_hack_id"], ["hacks.id"], name=op.f("fk_users_last_hack_id_hacks"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_index("ix_users_discord_id", "users", ["discord_id"], unique=True)
    op.create_index("ix_users_streak_count", "users", [sa.literal_column("streak_count DESC")])

    op.create_table(
        "events",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("payload", JSON_DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_events_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_created_at", "events", ["created_at"])

    op.create_table(
        "hack_unlocks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hack_id", sa.Uuid(), nullable=False),
        sa.Column("unlocked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hack_id"], ["hacks.id"], name=op.f("fk_hack_unlocks_hack_id_hacks"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_hack_unlocks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "hack_id", name=op.f("pk_hack_unlocks")),
    )
    op.create_table(
        "member_hacks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hack_id", sa.Uuid(), nullable=False),
        sa.Column("sessions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("minutes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("mastered_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hack_id"], ["hacks.id"], name=op.f("fk_member_hacks_hack_id_hacks"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_member_hacks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "hack_id", name=op.f("pk_member_hacks")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("payload", JSON_DOCUMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_outbox_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])

    op.create_table(
        "practice_sessions",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hack_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(500), nullable=True),
        sa.Column("feedback_score", sa.Integer(), nullable=True),
        sa.Column("is_validated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("interaction_id", sa.String(20), nullable=True),
        sa.Column("guild_id", sa.String(20), nullable=True),
        sa.Column("channel_id", sa.String(20), nullable=True),
        sa.Column("zone", sa.String(64), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("local_day", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("source", sa.String(32), server_default=sa.text("'checkin'"), nullable=False),
        sa.CheckConstraint("feedback_score IN (-1, 0, 1)", name=op.f("ck_practice_sessions_feedback_score")),
        sa.ForeignKeyConstraint(["hack_id"], ["hacks.id"], name=op.f("fk_practice_sessions_hack_id_hacks")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_practice_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_sessions")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_practice_sessions_interaction_id")),
    )
    op.create_index(
        "ix_practice_sessions_hack_id_created_at",
        "practice_sessions",
        ["hack_id", sa.literal_column("created_at DESC")],
    )
    op.create_index(
        "ix_practice_sessions_user_id_created_at",
        "practice_sessions",
        ["user_id", sa.literal_column("created_at DESC")],
    )
    op.create_index("ix_practice_sessions_user_id_local_day", "practice_sessions", ["user_id", "local_day"])

    op.create_table(
        "user_achievements",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("achievement_id", sa.Uuid(), nullable=False),
        sa.Column("earned_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("announced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievements.id"],
            name=op.f("fk_user_achievements_achievement_id_achievements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_achievements_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_achievements")),
        sa.UniqueConstraint(
            "user_id", "achievement_id", name=op.f("uq_user_achievements_user_id_achievement_id")
        ),
    )
    op.create_index("ix_user_achievements_user_id", "user_achievements", ["user_id"])

    op.create_table(
        "event_deliveries",
        sa.Column("event_id", BIG_KEY, nullable=False),
        sa.Column("plugin", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_deliveries_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_event_deliveries_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "plugin", name=op.f("pk_event_deliveries")),
    )
    op.create_index("ix_event_deliveries_due_at", "event_deliveries", ["due_at"])
    op.create_index("ix_event_deliveries_plugin_user_id", "event_deliveries", ["plugin", "user_id"])


def downgrade() -> None:
    op.drop_index("ix_event_deliveries_plugin_user_id", "event_deliveries")
    op.drop_index("ix_event_deliveries_due_at", "event_deliveries")
    op.drop_table("event_deliveries")
    op.drop_index("ix_user_achievements_user_id", "user_achievements")
    op.drop_table("user_achievements")
    op.drop_index("ix_practice_sessions_user_id_local_day", "practice_sessions")
    op.drop_index("ix_practice_sessions_user_id_created_at", "practice_sessions")
    op.drop_index("ix_practice_sessions_hack_id_created_at", "practice_sessions")
    op.drop_table("practice_sessions")
    op.drop_index("ix_outbox_due_at", "outbox")
    op.drop_table("outbox")
    op.drop_table("member_hacks")
    op.drop_table("hack_unlocks")
    op.drop_index("ix_events_created_at", "events")
    op.drop_table("events")
    op.drop_index("ix_users_streak_count", "users")
    op.drop_index("ix_users_discord_id", "users")
    op.drop_table("users")
    op.drop_table("texts")
    op.drop_table("schedule")
    op.drop_table("revisions")
    op.drop_table("plugin_states")
    op.drop_table("hacks")
    op.drop_table("guild_plugins")
    op.drop_table("achievements")
