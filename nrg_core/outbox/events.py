"""The stored events, and which plugin has yet to see which.

A delivery row is written with its event and deleted in the transaction in which the plugin saw it. So a
plugin's writes and the fact that they were made stand or fall together, whenever the process dies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, exists, insert, or_, select, update

from nrg_core.outbox.models import Event, EventDelivery
from nrg_core.storage.sql import table_of

__all__ = [
    "GRACE",
    "NewEvent",
    "PendingDelivery",
    "due_deliveries",
    "forget_seen",
    "make_due",
    "postpone",
    "pull_forward",
    "settle",
    "store_events",
]

_events = table_of(Event)
_deliveries = table_of(EventDelivery)

KEPT = timedelta(days=7)
"""How long an event is kept that nobody has to see any more."""

GRACE = timedelta(seconds=30)
"""How long a fresh event is left to the process that stored it, before any other may deliver it."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be stored, and the plugins that are to see it."""

    kind: str
    user_id: UUID | None
    payload: Mapping[str, Any]
    audience: Sequence[str]


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """An event that a plugin has yet to see."""

    event_id: int
    plugin: str
    kind: str
    user_id: UUID | None
    payload: Mapping[str, Any]
    attempts: int = 0


def store_events(
    connection: Connection, events: Sequence[NewEvent], now: datetime
) -> list[list[PendingDelivery]]:
    """Store events, in order, and return for each what its audience has yet to see.

    An event that nobody is to see is not stored: nothing would ever read it.
    """
    pending: list[list[PendingDelivery]] = [[] for _ in events]
    heard = [place for place, event in enumerate(events) if event.audience]
    if not heard:
        return pending
    ids = connection.execute(
        insert(_events).returning(_events.c.id, sort_by_parameter_order=True),
        [
            {
                "created_at": now,
                "kind": events[place].kind,
                "user_id": events[place].user_id,
                "payload": events[place].payload,
            }
            for place in heard
        ],
    ).scalars()
    for place, event_id in zip(heard, ids, strict=True):
        event = events[place]
        pending[place] = [
            PendingDelivery(event_id, plugin, event.kind, event.user_id, event.payload)
            for plugin in event.audience
        ]
    connection.execute(
        insert(_deliveries),
        [
            {"event_id": d.event_id, "plugin": d.plugin, "user_id": d.user_id, "due_at": now + GRACE}
            for deliveries in pending
            for d in deliveries
        ],
    )
    return pending


_earlier = _deliveries.alias("earlier")


def _nothing_earlier(*, apart_from_these: bool) -> Any:
    """Return the condition that no earlier event of the same member still waits for the same plugin."""
    waiting = [
        _earlier.c.plugin == _deliveries.c.plugin,
        or_(
            _earlier.c.user_id == _deliveries.c.user_id,
            _earlier.c.user_id.is_(None) & _deliveries.c.user_id.is_(None),
        ),
        _earlier.c.event_id < _deliveries.c.event_id,
        _earlier.c.due_at.is_not(None),
    ]
    if apart_from_these:
        waiting.append(_earlier.c.event_id.not_in(bindparam("events", expanding=True)))
    return ~exists().where(*waiting)


_settle = (
    delete(_deliveries)
    .where(
        _deliveries.c.plugin == bindparam("plugin"),
        _deliveries.c.event_id.in_(bindparam("events", expanding=True)),
        _nothing_earlier(apart_from_these=True),
    )
    .returning(_deliveries.c.event_id)
)


def settle(connection: Connection, plugin: str, event_ids: Sequence[int]) -> set[int]:
    """Mark that the plugin has seen these events, in the transaction of what it wrote.

    Returns those that were indeed still waiting and not out of turn. Whoever gets fewer back than asked
    for must roll back: another process was faster, or an earlier event of the member comes first.
    """
    rows = connection.execute(_settle, {"plugin": plugin, "events": list(event_ids)})
    return set(rows.scalars())


_due = (
    select(
        _deliveries.c.event_id,
        _deliveries.c.plugin,
        _events.c.kind,
        _events.c.user_id,
        _events.c.payload,
        _deliveries.c.attempts,
    )
    .join(_events, _events.c.id == _deliveries.c.event_id)
    .where(
        _deliveries.c.due_at <= bindparam("until"),
        _deliveries.c.plugin.in_(bindparam("plugins", expanding=True)),
        _nothing_earlier(apart_from_these=False),
    )
    .order_by(_deliveries.c.event_id)
    .limit(200)
)


def due_deliveries(connection: Connection, plugins: Sequence[str], until: datetime) -> list[PendingDelivery]:
    """Return the deliveries that fell due, for each member and plugin only the earliest."""
    rows = connection.execute(_due, {"until": until, "plugins": list(plugins)})
    return [PendingDelivery(*row) for row in rows]


def postpone(connection: Connection, delivery: PendingDelivery, due_at: datetime | None, error: str) -> None:
    """Note that a try failed; without ``due_at`` it was the last, and the row is kept for people to see."""
    connection.execute(
        update(_deliveries)
        .where(_deliveries.c.event_id == delivery.event_id, _deliveries.c.plugin == delivery.plugin)
        .values(attempts=delivery.attempts + 1, due_at=due_at, last_error=error[:1000])
    )


def forget_seen(connection: Connection, now: datetime) -> None:
    """Delete events that everybody has seen, once they are old."""
    waiting = exists().where(_deliveries.c.event_id == _events.c.id)
    connection.execute(delete(_events).where(_events.c.created_at < now - KEPT, ~waiting))


def make_due(connection: Connection, delivery: PendingDelivery, now: datetime) -> None:
    """Let a delivery that was out of turn be tried as soon as nothing earlier of its member waits."""
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.event_id == delivery.event_id,
            _deliveries.c.plugin == delivery.plugin,
            _deliveries.c.due_at > now,
        )
        .values(due_at=now)
    )


def pull_forward(connection: Connection, plugin: str, now: datetime) -> None:
    """Make due at once what was never tried because something before it was in the way."""
    connection.execute(
        update(_deliveries)
        .where(_deliveries.c.plugin == plugin, _deliveries.c.attempts == 0, _deliveries.c.due_at > now)
        .values(due_at=now)
    )
