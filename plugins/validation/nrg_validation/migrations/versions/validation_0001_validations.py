"""Validations"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from nrg_core.storage.types import generated_uuid

revision = "validation_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "validations",
        sa.Column("id", sa.Uuid(), server_default=generated_uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("owner_user_id", sa.Uuid(), nullable=False),
        sa.Column("validator_user_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.String(500), nullable=True),
        sa.CheckConstraint("validator_user_id <> owner_user_id", name=op.f("ck_validations_not_ones_own")),
        sa.ForeignKeyConstraint(
            ["session_id", "owner_user_id"],
            ["practice_sessions.id", "practice_sessions.user_id"],
            name=op.f("fk_validations_session_id_practice_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["validator_user_id"],
            ["users.id"],
            name=op.f("fk_validations_validator_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validations")),
        sa.UniqueConstraint(
            "session_id", "validator_user_id", name=op.f("uq_validations_session_id_validator_user_id")
        ),
    )
    op.create_index("ix_validations_session_id", "validations", ["session_id"])
    op.create_index("ix_validations_owner_user_id", "validations", ["owner_user_id"])
    op.create_index("ix_validations_validator_user_id", "validations", ["validator_user_id"])


def downgrade() -> None:
    op.drop_table("validations")
