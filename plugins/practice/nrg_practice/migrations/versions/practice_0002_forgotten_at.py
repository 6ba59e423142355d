"""When a practice is taken for forgotten"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "practice_0002"
down_revision = "practice_0001"
branch_labels = None
depends_on = None

practices = sa.table(
    "timed_practices",
    sa.column("id", sa.Uuid()),
    sa.column("counts_from", UTCDateTime()),
    sa.column("paused_at", UTCDateTime()),
    sa.column("goal_minutes", sa.Integer()),
    sa.column("last_sign_at", UTCDateTime()),
    sa.column("forgotten_at", UTCDateTime()),
    sa.column("closed_at", UTCDateTime()),
)


def upgrade() -> None:
    op.add_column("timed_practices", sa.Column("forgotten_at", UTCDateTime()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(practices).where(practices.c.closed_at.is_(None))).all():
        quiet_from = row.last_sign_at
        if row.goal_minutes and row.paused_at is None:
            quiet_from = max(quiet_from, row.counts_from + timedelta(minutes=row.goal_minutes))
        connection.execute(
            sa.update(practices)
            .where(practices.c.id == row.id)
            .values(forgotten_at=quiet_from + timedelta(hours=12))
        )


def downgrade() -> None:
    with op.batch_alter_table("timed_practices") as batch:
        batch.drop_column("forgotten_at")
