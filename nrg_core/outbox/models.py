"""The tables of what is owed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from nrg_core.storage.types import BIG_KEY, TableModel, created_at, default, document

__all__ = ["Event", "EventDelivery", "OutboxMessage", "Schedule"]


def _counting_key() -> Any:
    return Field(default=None, primary_key=True, sa_type=BIG_KEY)  # pyright: ignore[reportArgumentType, reportCallIssue]


class Event(TableModel, table=True):
    """Something that happened. Ids count up, and for one member in the order in which things happened."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_created_at", "created_at"), {"sqlite_autoincrement": True})

    id: int | None = _counting_key()
    created_at: datetime = created_at()
    kind: str = Field(max_length=40)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    payload: dict[str, Any] = document()


class EventDelivery(TableModel, table=True):
    """An event that one plugin has yet to see; deleted in the transaction in which the plugin saw it."""

    __tablename__ = "event_deliveries"
    __table_args__ = (
        Index("ix_event_deliveries_plugin_user_id", "plugin", "user_id"),
        Index("ix_event_deliveries_due_at", "due_at"),
    )

    event_id: int = Field(
        foreign_key="events.id",
        ondelete="CASCADE",
        primary_key=True,
        sa_type=BIG_KEY,  # pyright: ignore[reportArgumentType, reportCallIssue]
    )
    plugin: str = Field(primary_key=True, max_length=32)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    attempts: int = default(0, "0")
    due_at: datetime | None = None
    """When to try (again); nothing once it was given up."""
    last_error: str | None = None


class OutboxMessage(TableModel, table=True):
    """A message, direct message, role or errand that Discord has yet to get; deleted once it has."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_outbox_due_at", "due_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = _counting_key()
    created_at: datetime = created_at()
    key: str = Field(max_length=100)
    """Names the thing to be sent, so that it is asked for once; Discord's nonce is derived from it."""
    kind: str = Field(max_length=20)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    payload: dict[str, Any] = document()
    attempts: int = default(0, "0")
    due_at: datetime | None = None
    """When to try (again), or when a try that never came back is taken for lost; nothing once given up."""
    last_error: str | None = None


class Schedule(TableModel, table=True):
    """When the last tick was: the row that a process locks to make the next one."""

    __tablename__ = "schedule"

    name: str = Field(primary_key=True, max_length=32)
    last_at: datetime
