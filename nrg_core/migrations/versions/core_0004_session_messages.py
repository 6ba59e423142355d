"""Which message shows a session, where it is not the answer that recorded it"""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practice_sessions", sa.Column("message_id", sa.String(20), nullable=True))
    op.create_index("ix_practice_sessions_message_id", "practice_sessions", ["message_id"])


def downgrade() -> None:
    op.drop_index("ix_practice_sessions_message_id", "practice_sessions")
    op.drop_column("practice_sessions", "message_id")
