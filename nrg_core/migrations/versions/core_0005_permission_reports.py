"""What the owners of servers were told that the bot lacks"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "permission_reports",
        sa.Column("guild_id", sa.String(20), nullable=False),
        sa.Column("plugin", sa.String(32), nullable=False),
        sa.Column("missing", sa.String(64), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "plugin", "missing", name=op.f("pk_permission_reports")),
    )


def downgrade() -> None:
    op.drop_table("permission_reports")
