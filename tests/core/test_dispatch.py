"""The guarantees of dispatch, each attacked by plugins that break it if it can be broken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from nrg_core.clock import OffsetClock
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.recording import Outcome
from nrg_core.errors import Refusal
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.dispatcher import PAUSES
from nrg_core.hooks.specs import Note, hookimpl
from nrg_core.host.diagnosis import given_up, replay
from nrg_core.outbox.events import GRACE
from nrg_core.outbox.messages import DirectMessage, Envelope
from nrg_core.storage.database import Database, open_database
from nrg_core.urls import async_url
from tests.support.community import GUILD, count, deliveries, outbox, request
from tests.support.proxy import Proxy
from tests.support.stage import Stage, Witness, open_stage
from tests.support.statements import noted_statements

Misbehaviour = Callable[[SessionRecorded, HookContext], Awaitable[object]]


class Bad(Witness):
    """A plugin that does what the test says, until it is well."""

    def __init__(self, how: Misbehaviour, name: str = "bad") -> None:
        super().__init__(name)
        self._how = how

    async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
        await self._how(event, ctx)


async def fail(event: SessionRecorded, ctx: HookContext) -> None:
    raise ValueError("on purpose")


async def hang(event: SessionRecorded, ctx: HookContext) -> None:
    await asyncio.Event().wait()


@pytest.fixture
async def stage(database: Database, manual_clock: OffsetClock, tmp_path: Path) -> AsyncGenerator[Stage]:
    async with open_stage(database, manual_clock, tmp_path) as stage:
        yield stage


class Recording(Witness):
    """A plugin that records a session of its own for every other's, and fails at the first try."""

    async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
        if event.source != "recording":
            await ctx.record(request(2, at=event.occurred_at, source="recording"))
            if len(self.calls) == 1:
                raise ValueError("on purpose")


async def test_what_a_hook_records_is_committed_with_the_mark_that_it_saw(stage: Stage) -> None:
    plugin = Recording("recording")
    stage.add(plugin)
    await stage.check_in()
    assert await count(stage.database) == 1
    await stage.pass_time(PAUSES[0].total_seconds())
    assert await count(stage.database) == 2
    await stage.pass_time(GRACE.total_seconds())
    assert len(await stage.seen_by(plugin)) == 2
    assert await count(stage.database) == 2


async def test_a_refusal_in_a_hook_leaves_its_unit_of_work_whole(stage: Stage) -> None:
    async def refused(event: SessionRecorded, ctx: HookContext) -> None:
        with pytest.raises(Refusal, match="not open to you yet"):
            await ctx.record(request(2, "shield", at=event.occurred_at))

    plugin = Bad(refused)
    stage.add(plugin)
    assert await stage.check_in() == ["bad saw it"]
    assert len(await stage.seen_by(plugin)) == 1
    assert await count(stage.database) == 1


async def test_a_hook_records_and_sends_many_in_a_fixed_number_of_statements(stage: Stage) -> None:
    told: list[list[Outcome]] = []

    async def many(event: SessionRecorded, ctx: HookContext) -> None:
        if event.source == "many":
            return
        hacks = [*(["breath"] * event.minutes), "shield"]
        asked = [
            request(100 + number, hack, at=event.occurred_at, source="many")
            for number, hack in enumerate(hacks)
        ]
        told.append(await ctx.record_all(asked))
        letters = [DirectMessage(number, "Hello") for number in range(event.minutes)]
        await ctx.send(*(Envelope(f"letter:{event.id}:{one.discord_id}", one) for one in letters))

    await stage.record()  # what is earned with a first session is not counted
    plugin = Bad(many)
    stage.add(plugin)
    numbers: list[int] = []
    for minutes in (2, 20):
        with noted_statements() as noted:
            await stage.check_in(minutes=minutes)
            await stage.dispatcher.drained()
        # What the witness writes is its own business; and SQLite numbers events one by one.
        numbers.append(len([one for one in noted if "INTO seen" not in one and "INTO events" not in one]))
        *recorded, refused = told.pop()
        assert len(recorded) == minutes
        assert isinstance(refused, Refusal)
    few, more = numbers
    assert more == few
    assert len(await outbox(stage.database)) == 22 + 21  # and what each earned with their first
    # The plugin heard of what it had recorded itself, too.
    assert len(await stage.seen_by(plugin)) == 2 + 22
    assert await count(stage.database) == 1 + 2 + 22


async def test_a_hook_asks_whether_its_plugin_is_on_in_a_server(stage: Stage) -> None:
    told: dict[int | None, bool] = {}

    async def ask(event: SessionRecorded, ctx: HookContext) -> None:
        told.update({guild_id: ctx.is_enabled(guild_id) for guild_id in (GUILD, 8, None)})

    stage.off.add(("bad", 8))
    stage.add(Bad(ask))
    await stage.check_in()
    assert told == {GUILD: True, 8: False, None: True}


async def test_everybody_hears_and_the_answer_has_their_notes_in_load_order(stage: Stage) -> None:
    one, two = Witness("one"), Witness("two")
    stage.add(one, two)
    assert await stage.check_in() == ["one saw it", "two saw it"]
    assert await stage.seen_by(one) == await stage.seen_by(two) == one.calls
    assert await deliveries(stage.database) == []


async def test_one_that_writes_nothing_has_seen_it_all_the_same(stage: Stage) -> None:
    class Quiet:
        @hookimpl
        async def on_session_recorded(self, event: SessionRecorded) -> Note:
            return Note(f"{event.minutes} min")

    stage.add_as("quiet", Quiet())
    assert await stage.check_in(minutes=9) == ["9 min"]
    assert await deliveries(stage.database) == []


async def test_one_that_raises_harms_nobody_and_is_tried_again(stage: Stage) -> None:
    bad, good = Bad(fail), Witness("good")
    stage.add(bad, good)
    assert await stage.check_in() == ["good saw it"]
    assert await count(stage.database) == 1, "the session is safe"
    assert await stage.seen_by(bad) == [], "what the failed call wrote is undone"
    assert len(await stage.seen_by(good)) == 1
    assert stage.dispatcher.failures == {"bad": 1}
    [owed] = await deliveries(stage.database)
    assert (owed.plugin, owed.attempts, owed.last_error) == ("bad", 1, "ValueError('on purpose')")
    await stage.look()
    assert len(bad.calls) == 1, "not before its time"
    bad.well = True
    await stage.pass_time(PAUSES[0].total_seconds())
    assert await stage.seen_by(bad) == [owed.event_id]
    assert len(await stage.seen_by(good)) == 1
    assert await deliveries(stage.database) == []


async def test_the_pauses_grow_and_what_is_given_up_is_kept_and_can_be_replayed(stage: Stage) -> None:
    bad = Bad(fail)
    stage.add(bad)
    await stage.check_in()
    for tries, pause in enumerate(PAUSES, start=1):
        [owed] = await deliveries(stage.database)
        assert owed.attempts == tries == len(bad.calls)
        assert (
            timedelta()
            <= owed.due_at - stage.clock.now() + timedelta(seconds=5)
            <= pause + timedelta(seconds=5)
        )
        await stage.pass_time(pause.total_seconds() - 5) if pause > timedelta(seconds=10) else None
        assert len(bad.calls) == tries, "not before its time"
        await stage.pass_time(min(pause.total_seconds(), 5) + 1)
    [owed] = await deliveries(stage.database)
    assert (owed.attempts, owed.due_at) == (len(PAUSES) + 1, None)
    await stage.pass_time(10 * 24 * 3600)
    assert len(bad.calls) == len(PAUSES) + 1
    [lost] = await given_up(stage.database)
    assert (lost.plugin, lost.event_id, lost.reason) == ("bad", owed.event_id, "ValueError")
    # It is in nobody's way meanwhile.
    bad.well = True
    assert await stage.check_in() == ["bad saw it"]
    assert await replay(stage.database, stage.clock.now()) == 1
    await stage.look()
    assert sorted(await stage.seen_by(bad)) == [owed.event_id, owed.event_id + 1]
    assert await given_up(stage.database) == []


async def test_one_that_hangs_costs_nobody_more_than_its_deadline(stage: Stage) -> None:
    bad, good = Bad(hang), Witness("good")
    stage.add(bad, good)
    begun = time.monotonic()
    assert await stage.check_in() == ["good saw it"]
    assert time.monotonic() - begun < 3
    # Known to hang by now: nobody waits for it, and it is not even asked.
    calls = len(bad.calls)
    notes = await asyncio.gather(*(stage.check_in(who) for who in range(2, 12)))
    assert notes == [["good saw it"]] * 10
    assert len(bad.calls) == calls
    # It recovers by itself, and misses nothing.
    bad.well = True
    bad.called.clear()
    stage.clock.offset += timedelta(seconds=1)
    await stage.dispatcher.start()
    async with asyncio.timeout(10):
        while len(await stage.seen_by(bad)) < 11:
            await bad.called.wait()
            bad.called.clear()
            await stage.dispatcher.drained()
    assert await stage.check_in(20) == ["bad saw it", "good saw it"]
    assert await stage.seen_by(bad) == sorted(set(await stage.seen_by(bad)))
    assert len(await stage.seen_by(good)) == 12
    assert await deliveries(stage.database) == []


async def test_a_hang_amid_many_events_is_not_waited_for_once_an_event(stage: Stage) -> None:
    bad, good = Bad(hang), Witness("good")
    stage.add(bad, good)
    recorded = await asyncio.gather(*(stage.record(who) for who in range(100)))
    begun = time.monotonic()
    for one in recorded:
        stage.dispatcher.submit(one.deliveries)
    await stage.dispatcher.drained()
    assert time.monotonic() - begun < 5
    assert len(bad.calls) == 2, "the group, and the one that is found to hang"
    assert len(await stage.seen_by(good)) == 100


async def swallow_failure(event: SessionRecorded, ctx: HookContext) -> None:
    with suppress(Exception):
        await ctx.uow.execute(text("SELECT nonsense"))


async def roll_back_session(event: SessionRecorded, ctx: HookContext) -> None:
    await (await ctx.uow.session()).rollback()


async def roll_back_connection(event: SessionRecorded, ctx: HookContext) -> None:
    await (await (await ctx.uow.session()).connection()).rollback()


async def commit_connection(event: SessionRecorded, ctx: HookContext) -> None:
    await (await (await ctx.uow.session()).connection()).commit()


async def say_rollback(event: SessionRecorded, ctx: HookContext) -> None:
    await ctx.uow.execute(text("ROLLBACK"))


async def say_commit(event: SessionRecorded, ctx: HookContext) -> None:
    await ctx.uow.execute(text("COMMIT"))


async def leave_a_savepoint(event: SessionRecorded, ctx: HookContext) -> None:
    await (await (await ctx.uow.session()).connection()).begin_nested()


async def commit_in_a_function(event: SessionRecorded, ctx: HookContext) -> None:
    await ctx.uow.run(lambda connection: connection.commit())


def swallowed(how: Misbehaviour) -> Misbehaviour:
    async def swallow(event: SessionRecorded, ctx: HookContext) -> None:
        with suppress(Exception):
            await how(event, ctx)

    return swallow


def and_raises(how: Misbehaviour) -> Misbehaviour:
    async def then_raise(event: SessionRecorded, ctx: HookContext) -> None:
        with suppress(Exception):
            await how(event, ctx)
        raise ValueError("on purpose")

    return then_raise


BREAKING: list[Misbehaviour] = [
    swallow_failure,
    roll_back_session,
    roll_back_connection,
    commit_connection,
    say_rollback,
    say_commit,
    leave_a_savepoint,
    commit_in_a_function,
]


async def test_however_one_breaks_its_transaction_it_writes_once_and_harms_nobody(stage: Stage) -> None:
    good = Witness("good")
    stage.add(good)
    for number, how in enumerate(BREAKING):
        for twist in (swallowed, and_raises):
            bad = Bad(twist(how), f"{how.__name__}_{twist.__name__}")
            stage.add(bad)
            notes = await stage.check_in(number)
            assert notes[0] == "good saw it", bad.name
            owed = [row for row in await deliveries(stage.database) if row.plugin == bad.name]
            done = await stage.seen_by(bad)
            assert len(done) + len(owed) == 1, f"{bad.name} left its work half done"
            bad.well = True
            await stage.pass_time(1)
            assert len(await stage.seen_by(bad)) == 1, bad.name
            # And it goes on.
            assert await stage.check_in(number) == ["good saw it", f"{bad.name} saw it"]
            await stage.dispatcher.remove(bad.name)
    assert await deliveries(stage.database) == []
    assert len(await stage.seen_by(good)) == 4 * len(BREAKING)


async def test_one_that_ends_more_than_itself_does_not_end_its_lane(stage: Stage) -> None:
    async def await_something_cancelled(event: SessionRecorded, ctx: HookContext) -> None:
        task = asyncio.create_task(asyncio.Event().wait())
        task.cancel()
        await task

    async def leave(event: SessionRecorded, ctx: HookContext) -> None:
        raise SystemExit(1)

    for how in (await_something_cancelled, leave):
        bad, good = Bad(how, how.__name__), Witness("good")
        stage.add(bad, good)
        assert await stage.check_in() == ["good saw it"]
        bad.well = True
        await stage.pass_time(1)
        assert len(await stage.seen_by(bad)) == 1
        assert await stage.check_in() == [f"{bad.name} saw it", "good saw it"]
        await stage.dispatcher.remove(bad.name)
        await stage.dispatcher.remove("good")
    assert stage.dispatcher.failures == {"await_something_cancelled": 1, "leave": 1}


async def test_a_task_left_behind_writes_nothing_and_blocks_nobody(stage: Stage) -> None:
    left: list[asyncio.Task[object]] = []
    go = asyncio.Event()

    async def leave_a_task(event: SessionRecorded, ctx: HookContext) -> None:
        async def later() -> None:
            await go.wait()
            await ctx.uow.execute(text("DELETE FROM seen"))

        left.append(asyncio.create_task(later()))

    bad, good = Bad(leave_a_task), Witness("good")
    stage.add(bad, good)
    assert len(await stage.check_in()) == 2
    go.set()
    await asyncio.gather(*left, return_exceptions=True)
    assert len(await stage.seen_by(bad)) == 1
    assert len(await stage.check_in(2)) == 2
    await asyncio.gather(*left, return_exceptions=True)


async def test_an_event_offered_by_many_is_written_once(
    database: Database, stage: Stage, tmp_path: Path
) -> None:
    async with open_stage(database, stage.clock, tmp_path, deadline=5) as other:
        here, there = Witness("one"), Witness("one")
        stage.add(here)
        other.add(there)
        recorded = await asyncio.gather(*(stage.record(n % 4) for n in range(24)))
        for one in recorded:
            stage.dispatcher.submit(one.deliveries)
            stage.dispatcher.submit(one.deliveries)
            other.dispatcher.submit(one.deliveries)
        await asyncio.gather(stage.dispatcher.drained(), other.dispatcher.drained())
        while await deliveries(database):
            # Who came second stepped back, with everything in the same group.
            stage.clock.offset += GRACE
            await asyncio.gather(stage.look(), other.look())
        events = await stage.seen_by(here)
        assert len(events) == len(set(events)) == 24
        for who in range(4):
            own = await stage.seen_by(here, who)
            assert own == sorted(own)


async def test_one_members_events_come_in_order_whatever_fails(stage: Stage) -> None:
    failures = {1: 3, 2: 1}

    async def fail_at_times(event: SessionRecorded, ctx: HookContext) -> None:
        who = event.discord_id - 1000
        if failures.get(who, 0) > 0:
            failures[who] -= 1
            raise ValueError(f"member {who}")

    bad = Bad(fail_at_times)
    stage.add(bad)
    for _ in range(4):
        recorded = await asyncio.gather(*(stage.record(who) for who in (1, 2, 3, 1)))
        for one in recorded:
            stage.dispatcher.submit(one.deliveries)
    await stage.dispatcher.drained()
    assert await stage.seen_by(bad, 1) == []
    assert len(await stage.seen_by(bad, 3)) == 4, "who is not concerned does not wait"
    for pause in (1, 5, 30, 120):
        await stage.pass_time(pause)
        await stage.look()
        for who in (1, 2, 3):
            own = await stage.seen_by(bad, who)
            assert own == sorted(own)
    while await deliveries(stage.database):
        await stage.look()
    assert [len(await stage.seen_by(bad, who)) for who in (1, 2, 3)] == [8, 4, 4]


async def test_one_that_is_heard_of_too_early_comes_right_after_the_earlier_one(stage: Stage) -> None:
    plugin = Witness("one")
    stage.add(plugin)
    first, second = [await stage.record() for _ in range(2)]
    for recorded in (second, first):
        stage.dispatcher.submit(recorded.deliveries)
        await stage.dispatcher.drained()
    await stage.look()
    assert await stage.seen_by(plugin) == [first.deliveries[0].event_id, second.deliveries[0].event_id]
    assert await deliveries(stage.database) == []


async def test_only_the_faulty_one_of_a_group_is_put_off(stage: Stage) -> None:
    async def fail_for_one(event: SessionRecorded, ctx: HookContext) -> None:
        if event.discord_id == 1013:
            raise ValueError("unlucky")

    bad = Bad(fail_for_one)
    stage.add(bad)
    recorded = await asyncio.gather(*(stage.record(who) for who in range(40)))
    for one in recorded:
        stage.dispatcher.submit(one.deliveries)
    await stage.dispatcher.drained()
    assert len(await stage.seen_by(bad)) == len(set(await stage.seen_by(bad))) == 39
    assert [row.attempts for row in await deliveries(stage.database)] == [1]


async def test_what_another_process_is_at_comes_first(postgres_url: str, tmp_path: Path) -> None:
    database, clock = await open_database(async_url(postgres_url)), OffsetClock()
    async with (
        open_stage(database, clock, tmp_path, deadline=30) as one,
        open_stage(database, clock, tmp_path) as two,
    ):
        go = asyncio.Event()

        async def wait(event: SessionRecorded, ctx: HookContext) -> None:
            await go.wait()

        slow, quick = Bad(wait, "plugin"), Witness("plugin")
        one.add(slow)
        two.add(quick)
        first, second = await one.record(), await two.record()
        one.dispatcher.submit(first.deliveries)
        await slow.called.wait()
        two.dispatcher.submit(second.deliveries)
        await two.dispatcher.drained()
        assert len(quick.calls) == 1
        assert await two.seen_by(quick) == [], "called out of turn, and undone"
        go.set()
        await one.dispatcher.drained()
        await two.pass_time(GRACE.total_seconds())
        assert await two.seen_by(quick) == [d.event_id for d in (*first.deliveries, *second.deliveries)]
        assert two.dispatcher.failures == {}, "it is nobody's fault"
    await database.close()


async def test_what_failed_here_and_was_mended_elsewhere_holds_nobody_up(
    database: Database, stage: Stage, tmp_path: Path
) -> None:
    async with open_stage(database, stage.clock, tmp_path) as other:
        bad, good = Bad(fail, "plugin"), Witness("plugin")
        stage.add(bad)
        other.add(good)
        await stage.check_in()
        await other.pass_time(1)
        assert len(await other.seen_by(good)) == 1
    # The other process is gone, and this one gets the member's next event.
    bad.well = True
    await stage.check_in()
    await stage.pass_time(GRACE.total_seconds())
    assert len(await stage.seen_by(bad)) == 2


async def test_what_a_dead_process_left_is_taken_up_at_the_start(
    database: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    async with open_stage(database, manual_clock, tmp_path) as dead:
        dead.add(Witness("one"))
        await dead.record()
        await dead.record(2)
    async with open_stage(database, manual_clock, tmp_path) as stage:
        one = Witness("one")
        stage.add(one)
        await stage.look()
        assert one.calls == [], "another process that lives is left its time"
        await stage.dispatcher.start()
        await one.called.wait()
        await stage.dispatcher.drained()
        assert len(await stage.seen_by(one)) == 2


async def test_one_that_is_switched_off_hears_nothing_meanwhile_and_later_what_it_was_owed(
    stage: Stage,
) -> None:
    bad, good = Bad(fail), Witness("good")
    stage.add(bad, good)
    await stage.check_in()
    await stage.dispatcher.remove("bad")
    bad.well = True
    assert await stage.check_in(2) == ["good saw it"]
    await stage.pass_time(3600)
    assert len(bad.calls) == 1
    stage.add(bad)
    await stage.look()
    assert len(await stage.seen_by(bad)) == 1, "what came meanwhile was not for it"
    assert await stage.check_in(2) == ["good saw it", "bad saw it"]


async def test_removing_one_in_the_middle_of_a_call_undoes_the_call(stage: Stage) -> None:
    bad = Bad(hang)
    stage.add(bad)
    recorded = await stage.record()
    stage.dispatcher.submit(recorded.deliveries)
    await bad.called.wait()
    await stage.dispatcher.remove("bad")
    assert await stage.seen_by(bad) == []
    [owed] = await deliveries(stage.database)
    assert owed.attempts == 0
    bad.well = True
    stage.add(bad)
    await stage.pass_time(GRACE.total_seconds())
    assert len(await stage.seen_by(bad)) == 1


async def test_a_database_that_goes_away_in_the_middle_of_deliveries(
    postgres_url: str, tmp_path: Path
) -> None:
    async with Proxy.before(postgres_url) as proxy:
        database = await open_database(async_url(proxy.url(postgres_url)))
        async with open_stage(database, OffsetClock(), tmp_path, deadline=5) as stage:

            async def cut(event: SessionRecorded, ctx: HookContext) -> None:
                await proxy.cut()

            unlucky, good = Bad(cut, "unlucky"), Witness("good")
            stage.add(unlucky, good)
            recorded = [await stage.record(who) for who in range(6)]
            for one in recorded:
                stage.dispatcher.submit(one.deliveries)
            await stage.dispatcher.drained()
            unlucky.well = True
            await proxy.mend()
            while await deliveries(database):
                await stage.pass_time(GRACE.total_seconds())
            for plugin in (unlucky, good):
                assert len(await stage.seen_by(plugin)) == len(set(await stage.seen_by(plugin))) == 6
            assert stage.dispatcher.failures == {}, "it was not the plugins' fault"
        await database.close()
