"""Which message the reminder is"""

import sqlalchemy as sa
from alembic import op

revision = "practice_0003"
down_revision = "practice_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("timed_practices", sa.Column("reminder_message_id", sa.String(20)))


def downgrade() -> None:
    with op.batch_alter_table("timed_practices") as batch:
        batch.drop_column("reminder_message_id")
