"""Timed practices and the journal"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from nrg_core.storage.types import generated_uuid

revision = "practice_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timed_practices",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hack_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("counts_from", UTCDateTime(), nullable=False),
        sa.Column("paused_at", UTCDateTime()),
        sa.Column("goal_minutes", sa.Integer()),
        sa.Column("remind_at", UTCDateTime()),
        sa.Column("last_sign_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime()),
        sa.Column("is_forgotten", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("corrected_minutes", sa.Integer()),
        sa.Column("corrected_at", UTCDateTime()),
        sa.Column("guild_id", sa.String(20)),
        sa.Column("channel_id", sa.String(20), nullable=False),
        sa.Column("message_id", sa.String(20)),
        sa.CheckConstraint("goal_minutes BETWEEN 1 AND 1440", name=op.f("ck_timed_practices_goal_minutes")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_timed_practices_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["hack_id"], ["hacks.id"], name=op.f("fk_timed_practices_hack_id_hacks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timed_practices")),
    )
    op.create_index(
        "ix_timed_practices_open",
        "timed_practices",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_timed_practices_user_id_started_at", "timed_practices", ["user_id", sa.text("started_at DESC")]
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("interaction_id", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_journal_entries_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_journal_entries_interaction_id")),
    )
    op.create_index(
        "ix_journal_entries_user_id_created_at", "journal_entries", ["user_id", sa.text("created_at DESC")]
    )


def downgrade() -> None:
    op.drop_table("journal_entries")
    op.drop_table("timed_practices")
