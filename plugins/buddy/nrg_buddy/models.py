"""The tables of those who look for a practice partner, and of the pairs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlmodel import Field

from nrg_core.storage.types import TableModel, created_at, default, uuid_key

__all__ = ["BuddyDay", "BuddyPartner", "BuddyRequest", "PracticeBuddy"]


class BuddyRequest(TableModel, table=True):
    """A member who waits for a partner. Whoever is matched waits no longer."""

    __tablename__ = "buddy_requests"
    __table_args__ = (Index("ix_buddy_requests_guild_id_created_at", "guild_id", "created_at"),)

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", unique=True)
    guild_id: str = Field(max_length=20)
    zone: str = Field(max_length=64)
    experience: str = Field(max_length=16)


class PracticeBuddy(TableModel, table=True):
    """Two members who practise together, or did: one row for the same two, however often they are matched.

    The smaller key comes first, so that a pair is one pair in either order. A member who is erased leaves
    the other what the two did together.
    """

    __tablename__ = "practice_buddies"
    __table_args__ = (
        UniqueConstraint("user1_id", "user2_id"),
        CheckConstraint("user1_id < user2_id", name="ordered"),
        Index("ix_practice_buddies_user2_id", "user2_id"),
        Index("ix_practice_buddies_is_active_checked_at", "is_active", "checked_at"),
    )

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    user1_id: UUID | None = Field(foreign_key="users.id", ondelete="SET NULL", nullable=True)
    user2_id: UUID | None = Field(foreign_key="users.id", ondelete="SET NULL", nullable=True)
    matched_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    practice_count: int = default(0, "0")
    last_practice: datetime | None = None
    discord_channel_id: str | None = Field(default=None, max_length=20)
    is_active: bool = default(True, "true")
    guild_id: str | None = Field(default=None, max_length=20)
    ended_at: datetime | None = None
    greeted_at: datetime | None = None
    """When the two were welcomed in their channel; nothing until then."""
    checked_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    """When it was last looked whether both are still there, and their channel."""


class BuddyPartner(TableModel, table=True):
    """A member's active pair, and what they had asked for. The key lets there be one at the most."""

    __tablename__ = "buddy_partners"

    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    pair_id: UUID = Field(foreign_key="practice_buddies.id", ondelete="CASCADE", index=True)
    requested_at: datetime
    zone: str = Field(max_length=64)
    experience: str = Field(max_length=16)


class BuddyDay(TableModel, table=True):
    """A day on which both practised."""

    __tablename__ = "buddy_days"

    pair_id: UUID = Field(foreign_key="practice_buddies.id", ondelete="CASCADE", primary_key=True)
    day: date = Field(primary_key=True)
