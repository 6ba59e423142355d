"""A process that records and delivers, killed with SIGKILL at random moments, again and again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from nrg_core.domain.models import PracticeSession, UserAchievement
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.sql import table_of
from nrg_core.urls import async_url
from tests.support.community import assert_counters_agree, count, deliveries, stock
from tests.support.counting_child import MEMBERS, Order, counts, order_line
from tests.support.stage import seen

KILLS = 25
"""On each of the two databases."""

OVERLAP = 6
"""How many interactions before the last one answered are delivered again to the next process."""


class Child:
    """The program that forks the processes to be killed, and what they have said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.acknowledged: dict[int, UUID] = {}
        self.answered: set[int] = set()
        self._pid = 0
        self._gone = True

    async def begin(self, order: Order) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order_line(order))
        self._gone = False
        self._pid = 0
        while not self._pid:
            await self.hear()

    async def hear(self) -> None:
        """Take in one line."""
        assert self._process.stdout is not None
        match (await self._process.stdout.readline()).decode().split():
            case ["pid", pid]:
                self._pid = int(pid)
            case ["ack", number, session]:
                assert int(number) not in self.acknowledged, "recorded twice"
                self.acknowledged[int(number)] = UUID(session)
                self.answered.add(int(number))
            case ["again", number]:
                self.answered.add(int(number))
            case ["gone"]:
                self._gone = True
            case line:
                raise AssertionError(f"said {line}")

    async def listen(self, lines: int, seconds: float) -> None:
        """Take in so many lines, or as many as come in that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for _ in range(lines):
                    await self.hear()

    async def kill(self) -> None:
        assert not self._gone, "it ended by itself"
        os.kill(self._pid, signal.SIGKILL)
        await self.end()

    async def end(self) -> None:
        while not self._gone:
            await self.hear()


async def test_killed_at_random_moments_nothing_is_lost_and_nothing_doubled(
    database_url: str, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    database = await open_database(async_url(database_url))
    await stock(database, tmp_path)
    await database.write(seen.metadata.create_all)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.counting_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    child = Child(process)
    for _ in range(KILLS):
        first = max(1, max(child.answered, default=0) - OVERLAP)
        await child.begin(Order(database_url, chance.randrange(2**32), first))
        # Now and then before it has said anything, mostly in the thick of it.
        await child.listen(chance.choice((0, 1, 10, 40, 100)), chance.choice((0.05, 0.3, 1.0)))
        await child.kill()
    await child.begin(Order(database_url, 0))
    await child.end()
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0
    assert len(child.acknowledged) > KILLS
    print(f"{len(child.acknowledged)} acknowledged")
    await assert_nothing_lost_or_doubled(database, child)
    await database.close()


async def assert_nothing_lost_or_doubled(database: Database, child: Child) -> None:
    sessions = table_of(PracticeSession)
    async with database.reading() as uow:
        rows: Sequence[Any] = (await uow.execute(select(sessions))).all()
        counted: Sequence[Any] = (await uow.execute(select(counts))).all()
        witnessed: Sequence[Any] = (await uow.execute(select(seen).order_by(seen.c.id))).all()
    stored = {int(row.interaction_id): row.id for row in rows}
    assert len(stored) == len(rows)
    assert child.acknowledged.items() <= stored.items(), "what was acknowledged is there, once"
    assert child.answered <= stored.keys()
    assert await deliveries(database) == []
    assert {row.user_id: row.sessions for row in counted} == Counter(row.user_id for row in rows)
    assert len(witnessed) == len(rows)
    for member in {row.member for row in witnessed}:
        own = [row.event_id for row in witnessed if row.member == member]
        assert own == sorted(set(own)), "in order, each once"
    assert await count(database, UserAchievement) == MEMBERS
    await assert_counters_agree(database)
