"""A bot without Discord, made to be killed: it records check-ins and lets plugins count them.

Run as a program it reads one order a line from its input and forks a process for each, so that the imports
are paid for once. What a process says goes to the common output, a line at a time: ``pid N`` when it
begins, ``ack INTERACTION SESSION`` or ``again INTERACTION`` once somebody would have been answered, and
``gone`` when it is dead.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Column, Integer, Table, Uuid, bindparam

from nrg_core.clock import OffsetClock
from nrg_core.domain.catalogue import KNOWN_TEXTS
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.library import read_library
from nrg_core.domain.recording import AlreadyRecorded
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Note, hookimpl
from nrg_core.outbox.events import GRACE
from nrg_core.storage.database import open_database
from nrg_core.storage.sql import insert_into
from nrg_core.urls import async_url
from tests.support.community import deliveries
from tests.support.stage import Stage, Witness, seen

__all__ = ["MEMBERS", "Order", "counts"]

MEMBERS = 5
WORKERS = 8

counts = Table(
    "counts",
    seen.metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("sessions", Integer, nullable=False),
)


@dataclass(frozen=True)
class Order:
    """What a process is to do: record from an interaction on, or (without) deliver what is left."""

    database_url: str
    seed: int
    first: int | None = None


def _counting(dialect: str) -> Any:
    statement = insert_into(counts, dialect).values(user_id=bindparam("user_id"), sessions=1)
    return statement.on_conflict_do_update(
        index_elements=["user_id"], set_={"sessions": counts.c.sessions + 1}
    )


_COUNTING = {dialect: _counting(dialect) for dialect in ("sqlite", "postgresql")}


class Counting:
    """Counts each member's sessions."""

    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> Note:
        """Count one."""
        await ctx.uow.execute(_COUNTING[ctx.uow.dialect], {"user_id": event.user_id})
        return Note("counted")


class Flaky(Witness):
    """Writes down every event, and fails now and then after it has."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__("flaky")
        self._chance = chance

    async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
        """Fail one time in twenty."""
        if self._chance.random() < 0.05:
            raise ValueError("now and then")


def _say(*words: object) -> None:
    # One write a line: what several processes say is not mixed up, and nothing waits in a buffer.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def _obey(order: Order) -> None:
    database = await open_database(async_url(order.database_url))
    library = await database.read(read_library, CORE_METRICS, KNOWN_TEXTS)
    stage = Stage(database, OffsetClock(), library, timedelta(seconds=5))
    flaky = Flaky(random.Random(order.seed))
    stage.add_as("counting", Counting())
    stage.add(flaky)
    await stage.recorder.start()
    if order.first is None:
        flaky.well = True
        while await deliveries(database):
            await stage.pass_time(GRACE.total_seconds())
        await stage.recorder.stop()
        await stage.dispatcher.stop()
        await database.close()
    else:
        await stage.dispatcher.start()
        numbers = itertools.count(order.first)
        await asyncio.gather(*(_work(stage, numbers) for _ in range(WORKERS)))


async def _work(stage: Stage, numbers: Iterator[int]) -> None:
    for number in numbers:
        try:
            recorded = await stage.record(number % MEMBERS, interaction_id=number)
        except AlreadyRecorded:
            _say("again", number)
            continue
        _say("ack", number, recorded.session_id)
        await stage.dispatcher.hear(recorded.deliveries, timedelta(seconds=1))


def _main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _say("pid", os.getpid())
            asyncio.run(_obey(Order(**json.loads(line))))
            os._exit(0)
        os.waitpid(pid, 0)
        _say("gone")


def order_line(order: Order) -> bytes:
    """Return an order as the program reads it."""
    return (json.dumps(asdict(order)) + "\n").encode()


if __name__ == "__main__":
    _main()
