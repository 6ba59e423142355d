"""Sessions can be referred to together with their owner"""

from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An index, as a constraint would have SQLite rebuild the table; a foreign key is content with either.
    op.create_index("ix_practice_sessions_id_user_id", "practice_sessions", ["id", "user_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_practice_sessions_id_user_id", "practice_sessions")
