"""The tick: once a minute in exactly one process, with no moment missed or told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from nrg_core.clock import Clock, OffsetClock
from nrg_core.hooks.specs import Tick, hookimpl
from nrg_core.outbox.events import PendingDelivery
from nrg_core.outbox.models import Event
from nrg_core.schedule.ticker import Ticker
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.sql import table_of
from nrg_core.testing.databases import Databases
from nrg_core.urls import async_url
from tests.support.community import BEGINNING, deliveries
from tests.support.stage import open_stage

MINUTE = timedelta(minutes=1)


class FixedClock:
    """A clock that stands where a test puts it."""

    def __init__(self, at: datetime = BEGINNING) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Committed:
    """A ticker, and the ticks that it made."""

    def __init__(self, database: Database, clock: Clock, audience: Sequence[str] = ("one",)) -> None:
        self.ticks: list[Tick] = []
        self._audience = audience
        self.ticker = Ticker(database, clock, lambda kind, guild: self._audience, self._hear)

    def _hear(self, owed: Sequence[PendingDelivery]) -> None:
        for each in owed:
            self.ticks.append(Tick.from_payload(each.event_id, dict(each.payload)))


async def stored(database: Database) -> list[Tick]:
    """Return every tick there ever was, the oldest first."""
    events = table_of(Event)
    async with database.reading() as uow:
        rows: Sequence[Any] = (
            await uow.execute(select(events).where(events.c.kind == Tick.kind).order_by(events.c.id))
        ).all()
    return [Tick.from_payload(row.id, row.payload) for row in rows]


def assert_tiled(ticks: Sequence[Tick], begun: datetime) -> None:
    """Check that the ticks cover all the time since the first, without a gap or an overlap."""
    for tick in ticks:
        assert tick.since == begun
        assert tick.now - tick.since >= MINUTE
        begun = tick.now


async def test_the_first_look_ever_begins_the_time(database: Database) -> None:
    clock = FixedClock()
    one = Committed(database, clock)
    await one.ticker.look()
    assert one.ticks == []
    clock.at += MINUTE - timedelta(microseconds=1)
    await one.ticker.look()
    assert one.ticks == []
    clock.at += timedelta(microseconds=1)
    await one.ticker.look()
    await one.ticker.look()
    assert [(tick.since, tick.now) for tick in one.ticks] == [(BEGINNING, BEGINNING + MINUTE)]


async def test_two_processes_tick_once_a_minute_between_them(database: Database) -> None:
    clock = FixedClock()
    processes = [Committed(database, clock) for _ in range(2)]
    for _ in range(12):
        await asyncio.gather(*(each.ticker.look() for each in processes * 3))
        clock.at += MINUTE
    ticks = await stored(database)
    assert len(ticks) == 11
    assert_tiled(ticks, BEGINNING)
    told = sorted((tick for each in processes for tick in each.ticks), key=lambda tick: tick.id)
    assert told == ticks, "each tick was made known by exactly one process"


async def test_many_processes_at_the_very_first_moment(database: Database) -> None:
    clock = FixedClock()
    processes = [Committed(database, clock) for _ in range(6)]
    await asyncio.gather(*(each.ticker.look() for each in processes))
    clock.at += MINUTE
    await asyncio.gather(*(each.ticker.look() for each in processes))
    clock.at += MINUTE
    await asyncio.gather(*(each.ticker.look() for each in processes))
    assert_tiled(await stored(database), BEGINNING)
    assert (await stored(database))[-1].now == clock.at


async def test_downtime_is_caught_up_by_one_tick(database: Database) -> None:
    clock = FixedClock()
    before = Committed(database, clock)
    await before.ticker.look()
    clock.at += MINUTE
    await before.ticker.look()
    clock.at += timedelta(days=3, seconds=7)
    after = Committed(database, clock)
    await after.ticker.look()
    [tick] = after.ticks
    assert (tick.since, tick.now) == (BEGINNING + MINUTE, clock.at)


async def test_a_clock_that_goes_back_repeats_nothing(database: Database) -> None:
    clock = FixedClock()
    one = Committed(database, clock)
    await one.ticker.look()
    clock.at += 5 * MINUTE
    await one.ticker.look()
    for back in (1, 3, 60):
        clock.at = BEGINNING + 5 * MINUTE - back * MINUTE
        await one.ticker.look()
        await Committed(database, clock).ticker.look()
    clock.at = BEGINNING + 7 * MINUTE
    await one.ticker.look()
    assert_tiled(await stored(database), BEGINNING)
    assert len(await stored(database)) == 2


async def test_a_process_that_dies_after_the_commit_leaves_the_tick_to_the_next(
    database: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    dead = Committed(database, manual_clock, ("hourglass",))
    for _ in range(4):
        await dead.ticker.look()  # what it makes known, nobody delivers
        manual_clock.offset += MINUTE
    heard: dict[Tick, None] = {}  # a call may be undone and repeated

    class Hourglass:
        @hookimpl
        async def on_schedule_tick(self, tick: Tick) -> None:
            heard[tick] = None

    async with open_stage(database, manual_clock, tmp_path) as stage:
        stage.add_as("hourglass", Hourglass())
        await stage.dispatcher.start()
        async with asyncio.timeout(20):
            while await deliveries(database):
                await stage.look()
    assert len(heard) == 3
    ticks = await stored(database)
    assert list(heard) == ticks
    assert_tiled(ticks, ticks[0].since)


async def test_a_tick_that_nobody_wants_moves_the_time_on(database: Database) -> None:
    clock = FixedClock()
    nobody = Committed(database, clock, ())
    await nobody.ticker.look()
    clock.at += 5 * MINUTE
    await nobody.ticker.look()
    one = Committed(database, clock)
    clock.at += MINUTE
    await one.ticker.look()
    assert [tick.since for tick in one.ticks] == [BEGINNING + 5 * MINUTE]


async def test_it_ticks_by_itself(database: Database) -> None:
    ticked = asyncio.Event()
    clock = OffsetClock()
    ticker = Ticker(database, clock, lambda kind, guild: ["one"], lambda owed: ticked.set())
    await ticker.look()
    clock.offset += MINUTE
    await ticker.start()
    async with asyncio.timeout(10):
        await ticked.wait()
    await ticker.stop()


@given(steps=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 2), st.booleans()), max_size=30))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_ticks_tile_time(databases: Databases, steps: list[tuple[int, int, bool]]) -> None:
    database = await open_database(async_url(await databases.sqlite()))
    clock = FixedClock()
    processes = [Committed(database, clock) for _ in range(3)]
    try:
        await processes[0].ticker.look()
        for seconds, which, restarted in steps:
            clock.at += timedelta(seconds=seconds)
            if restarted:
                processes[which] = Committed(database, clock)
            await processes[which].ticker.look()
            ticks = await stored(database)
            assert_tiled(ticks, BEGINNING)
            covered = ticks[-1].now if ticks else BEGINNING
            assert clock.at - covered < MINUTE, "whoever looks leaves no whole minute untold"
    finally:
        await database.close()
