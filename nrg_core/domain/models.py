"""The core's tables: members, techniques, sessions and what was earned.

Names, columns and constraints follow the schema that the portal shares; columns beyond it are ours.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlmodel import Field

from nrg_core.storage.sql import table_of
from nrg_core.storage.types import TableModel, created_at, default, document, uuid_key

__all__ = [
    "Achievement",
    "Hack",
    "HackUnlock",
    "MemberHack",
    "NoticeChoice",
    "PracticeSession",
    "Text",
    "User",
    "UserAchievement",
]

PRIVACY_DEFAULTS = {"streak_visibility": "public", "profile_visibility": "public"}
"""What others may see of a member until the member says otherwise."""


class User(TableModel, table=True):
    """A member. The counters are kept with every session and can be recounted from the sessions."""

    __tablename__ = "users"

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    email: str | None = Field(default=None, unique=True, max_length=320)
    discord_id: str = Field(unique=True, index=True, max_length=20)
    discord_username: str | None = Field(default=None, max_length=64)
    discord_discriminator: str | None = Field(default=None, max_length=8)
    last_checkin: datetime | None = None
    streak_count: int = default(0, "0")
    total_practice_minutes: int = default(0, "0")
    graduated_at: datetime | None = None
    is_alumni: bool = default(False, "false")
    privacy_settings: dict[str, Any] = document(
        '\'{"streak_visibility": "public", "profile_visibility": "public"}\'',
        default_factory=lambda: dict(PRIVACY_DEFAULTS),
    )
    timezone: str | None = Field(default=None, max_length=64)
    longest_streak: int = default(0, "0")
    streak_day: date | None = None
    """The last local day that counted."""
    streak_rested: int = default(0, "0")
    excused_days: list[str] = document("'[]'", default_factory=list)
    """Local days that a change of zone took away, as ISO dates: they break no streak."""
    session_count: int = default(0, "0")
    distinct_hacks: int = default(0, "0")
    hacks_mastered: int = default(0, "0")
    last_hack_id: UUID | None = Field(default=None, foreign_key="hacks.id", ondelete="SET NULL")


class Hack(TableModel, table=True):
    """A technique of the catalogue."""

    __tablename__ = "hacks"

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    name: str = Field(max_length=100)
    slug: str = Field(unique=True, max_length=50)
    description: str | None = None
    content_url: str | None = None
    duration_minutes: int | None = None
    category: str | None = Field(default=None, max_length=50)
    level: int = default(1, "1")
    prerequisite_id: UUID | None = Field(default=None, foreign_key="hacks.id", ondelete="SET NULL")
    unlock_criteria: dict[str, Any] | None = document(nullable=True, default=None)
    mastery_criteria: dict[str, Any] | None = document(nullable=True, default=None)
    is_active: bool = default(True, "true")
    """False once it left the catalogue: its sessions stay, nobody is offered it."""


class PracticeSession(TableModel, table=True):
    """One practice of one technique. The local day is frozen with it: no later change of zone moves it."""

    __tablename__ = "practice_sessions"
    __table_args__ = (
        CheckConstraint("feedback_score IN (-1, 0, 1)", name="feedback_score"),
        Index("ix_practice_sessions_user_id_local_day", "user_id", "local_day"),
        # For tables that must know whose a session is: their foreign key names both.
        Index("ix_practice_sessions_id_user_id", "id", "user_id", unique=True),
    )

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    hack_id: UUID = Field(foreign_key="hacks.id")
    started_at: datetime
    ended_at: datetime | None = None
    duration_seconds: int | None = None
    notes: str | None = Field(default=None, max_length=500)
    feedback_score: int | None = None
    is_validated: bool = default(False, "false")
    interaction_id: str | None = Field(default=None, unique=True, max_length=20)
    """Discord's id of the interaction that recorded it: one delivered twice records once."""
    message_id: str | None = Field(default=None, max_length=20, index=True)
    """Discord's id of a message that shows it, beside the answer to that interaction."""
    guild_id: str | None = Field(default=None, max_length=20)
    channel_id: str | None = Field(default=None, max_length=20)
    zone: str = default("UTC", "'UTC'", max_length=64)
    local_day: date = Field(sa_column_kwargs={"server_default": text("CURRENT_DATE")})
    """The default is for the portal, which may not know the member's zone."""
    source: str = default("checkin", "'checkin'", max_length=32)


class MemberHack(TableModel, table=True):
    """How often and how long a member practised one technique."""

    __tablename__ = "member_hacks"

    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    hack_id: UUID = Field(foreign_key="hacks.id", ondelete="CASCADE", primary_key=True)
    sessions: int = default(0, "0")
    minutes: int = default(0, "0")
    mastered_at: datetime | None = None


class HackUnlock(TableModel, table=True):
    """A technique that a member has opened; it stays open whatever becomes of the streak."""

    __tablename__ = "hack_unlocks"

    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    hack_id: UUID = Field(foreign_key="hacks.id", ondelete="CASCADE", primary_key=True)
    unlocked_at: datetime


class Achievement(TableModel, table=True):
    """Something that can be earned."""

    __tablename__ = "achievements"

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    name: str = Field(max_length=100)
    slug: str = Field(unique=True, max_length=50)
    description: str | None = None
    icon_emoji: str | None = Field(default=None, max_length=64)
    criteria_json: dict[str, Any] = document()
    discord_role_id: str | None = Field(default=None, max_length=20)
    is_liberation: bool = default(False, "false")
    is_active: bool = default(True, "true")


class UserAchievement(TableModel, table=True):
    """Something that was earned, once."""

    __tablename__ = "user_achievements"
    __table_args__ = (UniqueConstraint("user_id", "achievement_id"),)

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    achievement_id: UUID = Field(foreign_key="achievements.id", ondelete="CASCADE")
    earned_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    announced: bool = default(False, "false")


_users, _sessions = table_of(User).c, table_of(PracticeSession).c

# As expressions, not as text: of text, Alembic could not tell on SQLite that nothing has changed.
Index("ix_users_streak_count", _users.streak_count.desc())
Index("ix_practice_sessions_user_id_created_at", _sessions.user_id, _sessions.created_at.desc())
Index("ix_practice_sessions_hack_id_created_at", _sessions.hack_id, _sessions.created_at.desc())


class NoticeChoice(TableModel, table=True):
    """Something that a member asked to be told of, in a direct message. No row, no message."""

    __tablename__ = "notice_choices"

    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    plugin: str = Field(primary_key=True, max_length=32)
    notice: str = Field(primary_key=True, max_length=32)
    chosen_at: datetime = created_at()


class Text(TableModel, table=True):
    """A text that the community put in its own words."""

    __tablename__ = "texts"

    key: str = Field(primary_key=True, max_length=64)
    template: str
