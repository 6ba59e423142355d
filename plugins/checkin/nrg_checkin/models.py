"""The table of those who chose to be on a server's leaderboard."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from nrg_core.storage.types import TableModel, created_at

__all__ = ["LeaderboardMember"]


class LeaderboardMember(TableModel, table=True):
    """A member who asked to be shown on a server's leaderboard. No row, no comparison."""

    __tablename__ = "leaderboard_members"

    guild_id: str = Field(primary_key=True, max_length=20)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    joined_at: datetime = created_at()
