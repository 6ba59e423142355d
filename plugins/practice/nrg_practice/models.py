"""The tables of timed practices and of the journal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from nrg_core.storage.sql import table_of
from nrg_core.storage.types import TableModel, created_at, default, uuid_key

__all__ = ["JournalEntry", "TimedPractice"]


class TimedPractice(TableModel, table=True):
    """A practice with a clock. Its key is also that of the session that is recorded when it ends."""

    __tablename__ = "timed_practices"
    __table_args__ = (
        CheckConstraint("goal_minutes BETWEEN 1 AND 1440", name="goal_minutes"),
        # At most one open practice a member, whoever starts two at once.
        Index(
            "ix_timed_practices_open",
            "user_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    hack_id: UUID = Field(foreign_key="hacks.id")
    started_at: datetime
    counts_from: datetime
    """The start, moved on by every pause that is over: the clock shows the time since."""
    paused_at: datetime | None = None
    goal_minutes: int | None = None
    remind_at: datetime | None = None
    """When the goal is reached; nothing without a goal, or once the member was reminded."""
    last_sign_at: datetime
    """When the member last did something about it."""
    forgotten_at: datetime | None = None
    """When it is taken for forgotten, unless its member gives a sign; every open one has it."""
    closed_at: datetime | None = None
    is_forgotten: bool = default(False, "false")
    minutes: int | None = None
    """What was counted when it was closed; 0 if it was not recorded."""
    corrected_minutes: int | None = None
    """What the member made of it afterwards."""
    corrected_at: datetime | None = None
    guild_id: str | None = Field(default=None, max_length=20)
    channel_id: str = Field(max_length=20)
    message_id: str | None = Field(default=None, max_length=20)
    """The message with the buttons; nothing if only the member can see it."""
    reminder_message_id: str | None = Field(default=None, max_length=20)
    """The reminder, once it was given: it has buttons as well."""


class JournalEntry(TableModel, table=True):
    """What a member wrote down for themselves."""

    __tablename__ = "journal_entries"

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    text: str = Field(max_length=500)
    interaction_id: str = Field(unique=True, max_length=20)
    """Discord's id of the interaction that wrote it: one delivered twice writes once."""


_practices, _entries = table_of(TimedPractice).c, table_of(JournalEntry).c

Index("ix_timed_practices_user_id_started_at", _practices.user_id, _practices.started_at.desc())
Index("ix_journal_entries_user_id_created_at", _entries.user_id, _entries.created_at.desc())
