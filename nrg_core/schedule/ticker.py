"""The tick: once a minute, in exactly one process, catching up after downtime.

A tick is an event like any other: stored in the transaction that moves the last tick on, then delivered
to each plugin once in effect. Whoever locks the row makes it; the others find nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection, select, update

from nrg_core.clock import Clock
from nrg_core.hooks.specs import Tick
from nrg_core.outbox.events import NewEvent, PendingDelivery, forget_seen, store_events
from nrg_core.outbox.models import Schedule
from nrg_core.repeat import Repeater
from nrg_core.storage.database import Database
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["Ticker"]

EVERY: Final = timedelta(minutes=1)
POLL: Final = 1.0
"""Seconds between two looks at the clock, which a sandbox may have moved."""

_NAME: Final = "tick"
_schedule = table_of(Schedule)
_log = structlog.get_logger("nrg.schedule")


class Ticker:
    """Makes the ticks.

    Parameters
    ----------
    audience
        Names the plugins that want ticks.
    committed
        Called with what plugins are to hear of, right after the commit.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audience: Callable[[str, int | None], Sequence[str]],
        committed: Callable[[Sequence[PendingDelivery]], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._audience = audience
        self._committed = committed
        self._repeater = Repeater("ticker", self.look, POLL)
        self._one_look = asyncio.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)
        """The last tick that this process knows of, its own or another's: no need to ask before the next."""

    async def start(self) -> None:
        """Begin to tick: the very first tick counts from here."""
        await self.look()
        self._repeater.start()

    async def stop(self) -> None:
        """Stop ticking; what was missed is caught up by the next one who ticks."""
        await self._repeater.stop()

    def wake(self) -> None:
        """Look now: time may have been moved."""
        self._repeater.wake()

    async def look(self) -> None:
        """Tick if a minute has gone by and no other process did. Happens by itself every second."""
        async with self._one_look:
            now = self._clock.now()
            if now - self._last < EVERY:
                return
            deliveries = await self._database.write(self._tick, now)
            if deliveries:
                self._committed(deliveries)

    def _tick(self, connection: Connection, now: datetime) -> list[PendingDelivery]:
        row = connection.execute(
            select(_schedule.c.last_at).where(_schedule.c.name == _NAME).with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            # The very first tick ever, or another process is ticking right now.
            connection.execute(
                insert_into(_schedule, connection.dialect.name).on_conflict_do_nothing(),
                {"name": _NAME, "last_at": now},
            )
            return []
        self._last = row.last_at
        if now - row.last_at < EVERY:
            return []
        connection.execute(update(_schedule).where(_schedule.c.name == _NAME).values(last_at=now))
        forget_seen(connection, now)
        payload = {"since": row.last_at.isoformat(), "now": now.isoformat()}
        event = NewEvent(Tick.kind, None, payload, self._audience(Tick.kind, None))
        return store_events(connection, [event], now)[0]
