"""Requests, pairs, and the days they practised together"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from nrg_core.storage.types import generated_uuid

revision = "buddy_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "buddy_requests",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("guild_id", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("experience", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_buddy_requests_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_requests")),
        sa.UniqueConstraint("user_id", name=op.f("uq_buddy_requests_user_id")),
    )
    op.create_index("ix_buddy_requests_guild_id_created_at", "buddy_requests", ["guild_id", "created_at"])
    op.create_table(
        "practice_buddies",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("user1_id", sa.Uuid(), nullable=True),
        sa.Column("user2_id", sa.Uuid(), nullable=True),
        sa.Column("matched_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("practice_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_practice", UTCDateTime(), nullable=True),
        sa.Column("discord_channel_id", sa.String(20), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("guild_id", sa.String(20), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("greeted_at", UTCDateTime(), nullable=True),
        sa.Column("checked_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("user1_id < user2_id", name=op.f("ck_practice_buddies_ordered")),
        sa.ForeignKeyConstraint(
            ["user1_id"], ["users.id"], name=op.f("fk_practice_buddies_user1_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user2_id"], ["users.id"], name=op.f("fk_practice_buddies_user2_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_buddies")),
        sa.UniqueConstraint("user1_id", "user2_id", name=op.f("uq_practice_buddies_user1_id_user2_id")),
    )
    op.create_index("ix_practice_buddies_user2_id", "practice_buddies", ["user2_id"])
    op.create_index(
        "ix_practice_buddies_is_active_checked_at", "practice_buddies", ["is_active", "checked_at"]
    )
    op.create_table(
        "buddy_partners",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("experience", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_buddy_partners_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["practice_buddies.id"],
            name=op.f("fk_buddy_partners_pair_id_practice_buddies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_buddy_partners")),
    )
    op.create_index("ix_buddy_partners_pair_id", "buddy_partners", ["pair_id"])
    op.create_table(
        "buddy_days",
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["practice_buddies.id"],
            name=op.f("fk_buddy_days_pair_id_practice_buddies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pair_id", "day", name=op.f("pk_buddy_days")),
    )


def downgrade() -> None:
    for table in ("buddy_days", "buddy_partners", "practice_buddies", "buddy_requests"):
        op.drop_table(table)
