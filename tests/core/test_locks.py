"""Whoever locks members does so in one order, and holds nobody who has no business with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, text, update

from nrg_core.clock import OffsetClock
from nrg_core.domain.criteria import MetricKey
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.models import User
from nrg_core.domain.recording import Recorded
from nrg_core.domain.standing import lock_member, lock_members
from nrg_core.hooks.context import HookContext
from nrg_core.outbox.messages import DirectMessage, Envelope, enqueue
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from nrg_core.urls import async_url
from tests.core.test_judging import Kindness, open_house
from tests.support.community import deliveries, member, request
from tests.support.stage import Stage, Witness, open_stage

users = table_of(User)

RULES = 2
"""Rules of the catalogue that ask for the watched metric."""


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Database]:
    """A database on which two units of work can wait for each other."""
    opened = await open_database(async_url(postgres_url))
    yield opened
    await opened.close()


async def somebody_waits(database: Database) -> None:
    """Wait until one connection waits for a lock that another holds."""
    async with asyncio.timeout(10):
        while not await database.read(
            lambda connection: connection.execute(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            ).scalar()
        ):
            pass


class Watched(Kindness):
    """A metric that stops at its first computation, in the middle of its lane's unit of work."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: list[UUID] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def compute(self, uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
        self.judged.append(user_id)
        self.begun.set()
        await self.go_on.wait()
        return 0


async def test_a_lane_locks_members_in_the_order_of_everybody_else(
    postgres: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    watched = Watched()
    async with open_house(postgres, manual_clock, tmp_path, watched) as house:
        keys = [(await house.recorder.record(request(who, "gaze", minutes=1))).user_id for who in (1, 2)]
        async with postgres.unit_of_work() as uow:
            await uow.execute(text("DELETE FROM event_deliveries"))  # this is not about the sessions
            for key in reversed(keys):  # it happened to the second first
                await house.tools.metrics_changed(uow, key, ["kindness"], None, None)
        await watched.begun.wait()

        async def both() -> None:
            async with postgres.unit_of_work() as uow:
                await uow.run(lock_members, [member(1), member(2)])

        task = asyncio.create_task(both())
        await somebody_waits(postgres)
        watched.go_on.set()
        await task
        await house.dispatcher.drained()
        assert watched.judged == [keys[0]] * RULES + [keys[1]] * RULES, "nothing was undone and tried again"
        assert house.dispatcher.failures == {}
        assert await deliveries(postgres) == []


async def test_locking_a_member_does_not_wait_for_what_refers_to_them(
    postgres: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    async with open_stage(postgres, manual_clock, tmp_path) as stage:
        one = (await stage.record()).user_id
        async with postgres.unit_of_work() as uow, asyncio.timeout(5):
            letter = Envelope("letter", DirectMessage(1, "Hello"), one)
            await uow.run(enqueue, [letter], manual_clock.now())
            assert await postgres.write(lambda connection: lock_member(connection, one)) is not None


async def test_a_function_that_met_another_is_run_again(
    postgres: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    tries: list[int] = []

    def second_then_first(connection: Connection) -> None:
        tries.append(1)
        # Once is enough: the second time it goes the way that cannot meet the other.
        for key in reversed(keys) if len(tries) == 1 else keys:
            connection.execute(
                update(users).where(users.c.id == key).values(session_count=users.c.session_count + 1)
            )

    async with open_stage(postgres, manual_clock, tmp_path) as stage:
        keys = [(await stage.record(who)).user_id for who in (1, 2)]
        async with postgres.unit_of_work() as uow:
            await uow.execute(text("SET LOCAL deadlock_timeout = '1min'"))  # so that the other gives way
            await uow.run(lock_member, keys[0])
            task = asyncio.create_task(postgres.write(second_then_first))
            await somebody_waits(postgres)
            await uow.run(lock_member, keys[1])
        await task
        assert len(tries) == 2
        async with postgres.reading() as uow:
            assert (await uow.execute(text("SELECT session_count FROM users"))).scalars().all() == [2, 2]


class Ordered(Witness):
    """Notes whose event came when, and in which unit of work."""

    def __init__(self) -> None:
        super().__init__("ordered")
        self.seen: list[tuple[int, int, int]] = []

    async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
        self.seen.append((id(ctx.uow), event.discord_id, event.id))


async def test_a_group_goes_by_member_and_keeps_each_ones_order(
    database: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    async with open_stage(database, manual_clock, tmp_path) as stage:
        plugin = Ordered()
        stage.add(plugin)
        told: list[Recorded] = [await stage.record(who) for who in (9, 10, 1, 9, 1)]
        submit_all(stage, told)
        await stage.dispatcher.drained()
        assert len({uow for uow, *_ in plugin.seen}) == 1, "one unit of work for all"
        order = [(who, event) for _, who, event in plugin.seen]
        assert order == sorted(order)
        assert len(order) == 5


def submit_all(stage: Stage, told: list[Recorded]) -> None:
    stage.dispatcher.submit([each for one in told for each in one.deliveries])
