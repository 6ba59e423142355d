"""Handing stored events to plugins.

What holds, whatever a plugin does (each has a test that attacks it):

1. What a member did was committed before any plugin hears of it.
2. A plugin that raises, hangs or breaks its unit of work harms no other plugin and not the member's answer.
   It is logged with its name and tried again from the stored event, with growing pauses; after the last
   try the event is kept for ``nrg doctor`` to show and to replay.
3. Once in effect: a plugin's writes and the mark that it saw the event are one transaction.
4. One member's events reach a plugin in the order in which they happened.

Each plugin has a lane of its own: a queue and a task. A lane takes all that waits into one unit of work,
because a commit costs as much as many events; should one event of such a group fail, the group is undone
and its events are tried one by one, so that only the faulty one is put off. A group is taken in the order in
which the core locks members (see ``domain.standing``), so that no two units of work wait for each other; a
tick, which may touch anybody, has one to itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from nrg_core.clock import Clock
from nrg_core.errors import NrgError
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Note
from nrg_core.hooks.tools import Tools
from nrg_core.outbox.events import (
    GRACE,
    PendingDelivery,
    due_deliveries,
    make_due,
    postpone,
    pull_forward,
    settle,
)
from nrg_core.repeat import Repeater
from nrg_core.storage.database import Database, is_unavailable

__all__ = ["PAUSES", "Dispatcher", "Subscriber"]

PAUSES: Final = tuple(timedelta(seconds=s) for s in (1, 5, 30, 120, 600, 3600, 6 * 3600))
"""How long to wait after each failed try; when they are used up, the event is given up and kept."""

GROUP: Final = 64
"""Events at the most in one unit of work: a group that fails is tried again one by one."""

POLL: Final = 1.0
"""Seconds between two looks for events that fell due, or that another process left behind."""

_log = structlog.get_logger("nrg.hooks")


class Subscriber(Protocol):
    """A plugin, as far as the dispatcher needs to know it."""

    @property
    def name(self) -> str:
        """The plugin's name."""
        ...

    def wants(self, kind: str) -> bool:
        """Tell whether the plugin has a hook for events of that kind."""
        ...

    async def receive(self, delivery: PendingDelivery, ctx: HookContext) -> Note | None:
        """Call the plugin's hook."""
        ...

    @property
    def settings(self) -> Any:
        """The plugin's settings."""
        ...


class _OutOfTurnError(NrgError):
    """Another process was faster, or an earlier event of the same member comes first."""


class _HookEndedError(NrgError):
    """A hook ended by something that was meant to end more than itself."""


@dataclass(slots=True)
class _Waiting:
    delivery: PendingDelivery
    note: asyncio.Future[Note | None]


@dataclass(slots=True)
class _Lane:
    subscriber: Subscriber
    queue: list[_Waiting] = field(default_factory=list[_Waiting])
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: set[int] = field(default_factory=set[int])
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    hangs: int = 0
    """Hangs in a row; while there are any, nobody waits for this plugin."""
    resumes_at: float = 0.0
    held: set[UUID | None] = field(default_factory=set[UUID | None])
    """Members one of whose events failed here: what follows waits its turn in the database."""

    def __post_init__(self) -> None:
        self.idle.set()

    def take(self, waiting: _Waiting) -> None:
        self.under_way.add(waiting.delivery.event_id)
        self.idle.clear()
        self.queue.append(waiting)
        self.wake.set()

    def next_group(self) -> list[_Waiting]:
        """Take what goes into the next unit of work: events of members, or one that is about nobody."""
        alone = (place for place, each in enumerate(self.queue[:GROUP]) if each.delivery.user_id is None)
        size = next(alone, GROUP) or 1
        group, self.queue = self.queue[:size], self.queue[size:]
        if not self.queue:
            self.wake.clear()
        return sorted(group, key=_turn)

    def let_go(self, group: Sequence[_Waiting]) -> None:
        for waiting in group:
            self.under_way.discard(waiting.delivery.event_id)
            _resolve(waiting, None)
        if not self.under_way:
            self.idle.set()


class Dispatcher:
    """Hands events to plugins.

    Parameters
    ----------
    tools
        What plugins are offered through ``ctx``.
    deadline
        How long one call of a hook may take.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tools: Tools,
        deadline: timedelta = timedelta(seconds=2),
    ) -> None:
        self._database = database
        self._clock = clock
        self._tools = tools
        self._deadline = deadline.total_seconds()
        self._lanes: dict[str, _Lane] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._repeater = Repeater("deliveries", self.look, POLL)
        self._grace = timedelta()
        self.failures: dict[str, int] = {}
        """Failed calls since the start, by plugin."""

    def add(self, subscriber: Subscriber) -> None:
        """Begin to deliver to a plugin, first of all what it missed."""
        self._lanes[subscriber.name] = lane = _Lane(subscriber)
        self._tasks[subscriber.name] = asyncio.create_task(self._run(lane), name=f"lane-{subscriber.name}")

    async def remove(self, name: str) -> None:
        """Stop delivering to a plugin; what it has yet to see stays stored."""
        lane = self._lanes.pop(name, None)
        task = self._tasks.pop(name, None)
        if lane is not None and task is not None:
            await _cancelled(task)
            lane.let_go(lane.queue)

    def audience(self, kind: str) -> list[str]:
        """Return the plugins that want events of a kind, in load order."""
        return [name for name, lane in self._lanes.items() if lane.subscriber.wants(kind)]

    async def start(self) -> None:
        """Begin to look for events that fell due or were left behind, by whomever."""
        # At first, also what a killed process had in hand: its grace is over with it.
        self._grace = GRACE
        self._repeater.start()

    async def stop(self) -> None:
        """End every lane, between two transactions or by undoing one."""
        await self._repeater.stop()
        for name in list(self._lanes):
            await self.remove(name)

    def submit(
        self, deliveries: Sequence[PendingDelivery]
    ) -> Mapping[int, list[asyncio.Future[Note | None]]]:
        """Deliver events that were just committed; return what their plugins will have to say, by event.

        A future of a plugin that is known to hang is done at once: nobody waits for it.
        """
        notes: dict[int, list[asyncio.Future[Note | None]]] = {}
        for delivery in deliveries:
            lane = self._lanes.get(delivery.plugin)
            if lane is not None:
                notes.setdefault(delivery.event_id, []).append(self._enqueue(lane, delivery))
        return notes

    async def hear(self, deliveries: Sequence[PendingDelivery], patience: timedelta) -> list[Note]:
        """Deliver events that were just committed, and return the notes that come in time, in load order.

        What comes later is delivered all the same. The first plugin that hangs makes everybody wait once.
        """
        notes = [note for notes in self.submit(deliveries).values() for note in notes]
        if not notes:
            return []
        await asyncio.wait(notes, timeout=patience.total_seconds())
        return [said for note in notes if note.done() and (said := note.result()) is not None]

    async def drained(self) -> None:
        """Wait until every lane has nothing to do right now: for tests and for a graceful end."""
        # Over and over: what one plugin did may be another's event.
        while busy := [lane for lane in self._lanes.values() if not lane.idle.is_set()]:
            for lane in busy:
                await lane.idle.wait()

    async def look(self) -> None:
        """Take up what has fallen due by now. Happens by itself every second."""
        await self._take_due(self._clock.now() + self._grace)
        self._grace = timedelta()

    def wake(self) -> None:
        """Look now: time may have been moved."""
        self._repeater.wake()

    def _enqueue(self, lane: _Lane, delivery: PendingDelivery) -> asyncio.Future[Note | None]:
        waiting = _Waiting(delivery, asyncio.get_running_loop().create_future())
        if delivery.event_id in lane.under_way or lane.hangs or delivery.user_id in lane.held:
            # It waits its turn in the database, and nobody waits for it.
            waiting.note.set_result(None)
        else:
            lane.take(waiting)
        return waiting.note

    async def _run(self, lane: _Lane) -> None:
        while True:
            await lane.wake.wait()
            group = lane.next_group()
            try:
                await self._deliver_group(lane, group)
            except Exception:
                # The database is away: the events are still stored, and the poller finds them again.
                _log.exception("could not note how a delivery went", plugin=lane.subscriber.name)
            finally:
                lane.let_go(group)

    async def _deliver_group(self, lane: _Lane, group: list[_Waiting]) -> None:
        if len(group) > 1:
            # Undone and tried again one by one, whatever the reason: only the faulty one is put off.
            with suppress(Exception):
                await self._deliver(lane, group)
                return
        for waiting in group:
            if lane.hangs and len(group) > 1:
                return  # one of them hung just now: the others wait until the plugin has come to itself
            if waiting.delivery.user_id in lane.held and not waiting.delivery.attempts:
                continue
            try:
                await self._deliver(lane, [waiting])
            except _OutOfTurnError:
                await self._leave_for_later(waiting.delivery)
            except Exception as error:
                if is_unavailable(error):
                    raise
                await self._put_off(lane, waiting.delivery, error)

    async def _deliver(self, lane: _Lane, group: list[_Waiting]) -> None:
        """Let the plugin see these events, in one unit of work with the mark that it did."""
        name = lane.subscriber.name
        notes: list[Note | None] = []
        async with self._database.unit_of_work() as uow:
            log, settings = _log.bind(plugin=name), lane.subscriber.settings
            for waiting in group:
                payload = waiting.delivery.payload
                where = payload.get("guild_id"), payload.get("channel_id")
                ctx = HookContext(uow, self._clock, log, settings, self._tools, where, name)
                async with asyncio.timeout(self._deadline) as uow.deadline:
                    notes.append(await _received(lane.subscriber, waiting.delivery, ctx))
                uow.deadline = None
            ids = [waiting.delivery.event_id for waiting in group]
            if len(await uow.run(settle, name, ids)) != len(ids):
                raise _OutOfTurnError(name)
        for waiting, note in zip(group, notes, strict=True):
            _resolve(waiting, note)
        if lane.hangs or any(waiting.delivery.attempts for waiting in group):
            await self._recovered(lane, group)

    async def _recovered(self, lane: _Lane, group: list[_Waiting]) -> None:
        """What waited behind a failure need not wait any longer."""
        lane.hangs = 0
        lane.held.difference_update(waiting.delivery.user_id for waiting in group)
        now = self._clock.now()
        with suppress(Exception):  # without it they fall due a little later
            await self._database.write(pull_forward, lane.subscriber.name, now)

    async def _leave_for_later(self, delivery: PendingDelivery) -> None:
        # Two commits were heard of in another order than they were made in: the next look has them in order.
        now = self._clock.now()
        await self._database.write(make_due, delivery, now)

    async def _put_off(self, lane: _Lane, delivery: PendingDelivery, error: Exception) -> None:
        name = lane.subscriber.name
        self.failures[name] = self.failures.get(name, 0) + 1
        pause = PAUSES[delivery.attempts] if delivery.attempts < len(PAUSES) else None
        hung = isinstance(error, TimeoutError)
        _log.error(
            "hook failed",
            plugin=name,
            event_kind=delivery.kind,
            event_id=delivery.event_id,
            attempt=delivery.attempts + 1,
            next_try_in=str(pause) if pause else "never",
            reason=f"took longer than {self._deadline:g} s" if hung else repr(error),
            exc_info=None if hung else error,
        )
        if hung:
            lane.hangs += 1
            lane.resumes_at = (
                asyncio.get_running_loop().time() + PAUSES[min(lane.hangs, 4) - 1].total_seconds()
            )
            waiting, lane.queue = lane.queue, []
            lane.wake.clear()
            lane.let_go(waiting)
        if pause is None:
            lane.held.discard(delivery.user_id)
        else:
            lane.held.add(delivery.user_id)
        due_at = self._clock.now() + pause if pause else None
        reason = "took too long" if hung else repr(error)
        await self._database.write(postpone, delivery, due_at, reason)

    async def _take_due(self, until: datetime) -> None:
        now = asyncio.get_running_loop().time()
        open_lanes = [name for name, lane in self._lanes.items() if not lane.hangs or lane.resumes_at <= now]
        if not open_lanes:
            return
        due = await self._database.read(due_deliveries, open_lanes, until)
        for delivery in due:
            lane = self._lanes.get(delivery.plugin)
            if lane is None or delivery.event_id in lane.under_way:
                continue
            if lane.hangs:
                # One event at a time finds out whether the plugin has come to itself.
                if lane.under_way:
                    continue
                lane.resumes_at = now + self._deadline
            # Nothing earlier of this member waits any more, whichever process saw to it.
            lane.held.discard(delivery.user_id)
            lane.take(_Waiting(delivery, asyncio.get_running_loop().create_future()))


async def _received(subscriber: Subscriber, delivery: PendingDelivery, ctx: HookContext) -> Note | None:
    try:
        return await subscriber.receive(delivery, ctx)
    except (asyncio.CancelledError, SystemExit) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise  # the deadline has passed, or the lane ends
        # The plugin awaited something that was cancelled, or called exit(): the lane goes on.
        raise _HookEndedError(repr(error)) from error


def _turn(waiting: _Waiting) -> tuple[int, int]:
    """Return what to sort by: the member, as ``lock_members`` does, and then what happened first."""
    return waiting.delivery.payload.get("discord_id", 0), waiting.delivery.event_id


def _resolve(waiting: _Waiting, note: Note | None) -> None:
    if not waiting.note.done():
        waiting.note.set_result(note)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
