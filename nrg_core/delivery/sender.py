"""Sending what the outbox holds.

A row is claimed by setting its ``due_at`` a lease ahead, sent, and deleted. A process that dies in between
leaves a row that falls due again; the nonce, derived from the row's key, lets Discord recognise a message
that had arrived after all, and an errand looks for what it had done.

Errands go in a lane of their own: one may take half a minute, and no message waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import ColumnElement, Connection, delete, select, update

from nrg_core.clock import Clock
from nrg_core.domain.models import UserAchievement
from nrg_core.outbox.messages import Errand
from nrg_core.outbox.models import OutboxMessage
from nrg_core.repeat import Repeater
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of

__all__ = ["LEASE", "PAUSES", "NotYet", "Parcel", "PermanentFailure", "Sender"]

LEASE: Final = timedelta(seconds=60)
"""How long a claimed row is left alone; longer than any request to Discord may take."""

PAUSES: Final = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1800, 7200, 12 * 3600))
"""How long to wait after each failed try; when they are used up, the row is given up and kept."""

POLL: Final = 1.0
BATCH: Final = 20

_outbox = table_of(OutboxMessage)
_earned = table_of(UserAchievement)
_log = structlog.get_logger("nrg.delivery")


class NotYet(Exception):  # noqa: N818 - a verdict
    """Nobody is there to do it at present: it is left to its lease, and no try is counted."""


class PermanentFailure(Exception):  # noqa: N818 - a verdict
    """Discord refused for good (no such channel, no permission): trying again would change nothing.

    Parameters
    ----------
    told
        What a member who waits for it is told, if a person can mend it.
    """

    def __init__(self, reason: str, told: str | None = None) -> None:
        super().__init__(reason)
        self.told = told


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed row of the outbox.

    Attributes
    ----------
    asked_at
        When it was asked for.
    due_at
        When it fell due: later than it was asked for, if it was claimed before.
    """

    id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    asked_at: datetime
    due_at: datetime

    @property
    def may_have_arrived(self) -> bool:
        """Whether an earlier try may have sent it, and died or lost the answer before that was noted."""
        return self.due_at > self.asked_at

    @property
    def nonce(self) -> str:
        """What Discord tells doubles by: the same for every try, at most 25 characters."""
        return hashlib.blake2s(self.key.encode(), digest_size=12).hexdigest()


class Sender:
    """Sends what falls due: messages and roles in the order in which they were asked for, and so errands.

    Parameters
    ----------
    send
        Hands one parcel to Discord. Raises ``PermanentFailure`` if it can never arrive, ``NotYet`` if nobody
        can do it at present, anything else if it may be tried again.
    """

    def __init__(self, database: Database, clock: Clock, send: Callable[[Parcel], Awaitable[None]]) -> None:
        self._awaited = WeakValueDictionary[str, asyncio.Future[Exception | None]]()
        errand = _outbox.c.kind == Errand.kind
        self._lanes = [
            _Lane(name, which, database, clock, send, self._tell)
            for name, which in (("outbox", ~errand), ("errands", errand))
        ]

    def wake(self) -> None:
        """Look now: something was just asked for."""
        for lane in self._lanes:
            lane.repeater.wake()

    async def hurry(self, key: str, patience: timedelta) -> Exception | None:
        """Send now what was asked for under a key, and wait a moment for it; return what it failed with."""
        outcome = self._awaited.get(key)
        if outcome is None or outcome.done():
            self._awaited[key] = outcome = asyncio.get_running_loop().create_future()
        self.wake()
        await asyncio.wait([outcome], timeout=patience.total_seconds())
        return outcome.result() if outcome.done() else None

    async def start(self) -> None:
        """Begin to send."""
        for lane in self._lanes:
            lane.repeater.start()

    async def stop(self) -> None:
        """Stop after, or by leaving to its lease, what is being sent."""
        for lane in self._lanes:
            await lane.repeater.stop()

    async def look(self) -> int:
        """Send what is due now, and return how much that was. Happens by itself every second."""
        # Errands first: one that was under way may have asked for a message.
        return sum([await lane.look() for lane in reversed(self._lanes)])

    def _tell(self, key: str, failure: Exception | None) -> None:
        awaited = self._awaited.get(key)
        if awaited is not None and not awaited.done():
            awaited.set_result(failure)


class _Lane:
    """What is sent one by one: the rows of the outbox of one sort.

    Parameters
    ----------
    tell
        Called with the key of what was sent or failed, and what it failed with.
    """

    def __init__(
        self,
        name: str,
        which: ColumnElement[bool],
        database: Database,
        clock: Clock,
        send: Callable[[Parcel], Awaitable[None]],
        tell: Callable[[str, Exception | None], None],
    ) -> None:
        self._which = which
        self._database = database
        self._clock = clock
        self._send = send
        self._tell = tell
        self.repeater = Repeater(name, self._look_until_empty, POLL)
        self._one_look = asyncio.Lock()
        # What a database that went away keeps from being finished is finished when it is back.
        self._claimed = deque[Parcel]()
        self._claimed_until = clock.now()
        self._sent = list[Parcel]()

    async def _look_until_empty(self) -> None:
        while await self.look():
            pass

    async def look(self) -> int:
        """Send what is due now, and return how much that was."""
        async with self._one_look:
            return await self._look()

    async def _look(self) -> int:
        while self._sent:
            await self._database.write(_done, self._sent[0])
            self._sent.pop(0)
        if not self._claimed and not await self._claim_due():
            return 0
        number = len(self._claimed)
        while self._claimed:
            if self._clock.now() >= self._claimed_until:
                # What takes its time from here on might outlive the lease, and be done by two.
                self._claimed.clear()
                break
            await self._deliver(self._claimed.popleft())
        return number

    async def _claim_due(self) -> bool:
        now = self._clock.now()
        due = select(_outbox.c.id).where(self._which, _outbox.c.due_at <= now).limit(1)
        if await self._database.read(lambda connection: connection.execute(due).first()) is None:
            return False
        self._claimed.extend(await self._database.write(self._claim, now))
        # By the instant that the lease counts from: a clock that is moved meanwhile ends both.
        self._claimed_until = now + LEASE / 2
        return True

    def _claim(self, connection: Connection, now: datetime) -> list[Parcel]:
        rows = connection.execute(
            select(
                _outbox.c.id,
                _outbox.c.key,
                _outbox.c.kind,
                _outbox.c.payload,
                _outbox.c.attempts,
                _outbox.c.created_at,
                _outbox.c.due_at,
            )
            .where(self._which, _outbox.c.due_at <= now)
            .order_by(_outbox.c.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        parcels = [Parcel(*row) for row in rows]
        connection.execute(
            update(_outbox)
            .where(_outbox.c.id.in_([parcel.id for parcel in parcels]))
            .values(due_at=now + LEASE)
        )
        return parcels

    async def _deliver(self, parcel: Parcel) -> None:
        failure: Exception | None = None
        try:
            await self._send(parcel)
        except Exception as error:
            failure = error
        if failure is None:
            self._sent.append(parcel)
            await self._database.write(_done, parcel)
            self._sent.remove(parcel)
        elif not isinstance(failure, NotYet):
            await self._put_off(parcel, failure)
        self._tell(parcel.key, failure)

    async def _put_off(self, parcel: Parcel, error: Exception) -> None:
        final = isinstance(error, PermanentFailure) or parcel.attempts >= len(PAUSES)
        due_at = None if final else self._clock.now() + PAUSES[parcel.attempts]
        _log.warning(
            "could not send",
            key=parcel.key,
            kind=parcel.kind,
            attempt=parcel.attempts + 1,
            next_try_at=due_at.isoformat() if due_at else "never",
            reason=str(error) or repr(error),
        )
        async with self._database.unit_of_work() as uow:
            await uow.execute(
                update(_outbox)
                .where(_outbox.c.id == parcel.id)
                .values(attempts=parcel.attempts + 1, due_at=due_at, last_error=str(error)[:1000])
            )


def _done(connection: Connection, parcel: Parcel) -> None:
    connection.execute(delete(_outbox).where(_outbox.c.id == parcel.id))
    announced = parcel.payload.get("announces")
    if announced is not None:
        connection.execute(update(_earned).where(_earned.c.id == UUID(announced)).values(announced=True))
