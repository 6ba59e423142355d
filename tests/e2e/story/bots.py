"""The bot that the story is told to: one in this process, or one in another that dies again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, func, select

from nrg_core.app import App
from nrg_core.delivery.sender import LEASE
from nrg_core.outbox.models import EventDelivery, OutboxMessage, Schedule
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from nrg_sandbox import Sandbox
from nrg_sandbox.errors import NoAnswer
from tests.support.bot_process import bot_process

__all__ = ["LOOK", "Bot", "BotHere", "MortalBot", "answered"]

_schedule, _deliveries, _outbox = (table_of(each) for each in (Schedule, EventDelivery, OutboxMessage))


T = TypeVar("T")

LOOK = 0.01
"""Seconds between two looks into the database: the bot, in another process, needs the processor too."""


class Bot(Protocol):
    """A bot, as far as the story needs to know it."""

    async def ready(self) -> asyncio.Event:
        """Return once there is a bot that would answer and knows what time it is; return its death."""
        ...

    async def catch_up(self) -> None:
        """Let everything that is due by now be done."""
        ...


async def answered(act: Awaitable[T], death: asyncio.Event) -> T | None:
    """Wait for what a bot answers, but not for an answer that a dead one still owes."""
    acting, dying = asyncio.ensure_future(act), asyncio.ensure_future(death.wait())
    await asyncio.wait([acting, dying], return_when=asyncio.FIRST_COMPLETED)
    for each in (acting, dying):
        each.cancel()
    with suppress(NoAnswer, asyncio.CancelledError):
        return await acting
    return None


class BotHere:
    """A bot in this process, which lives."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def ready(self) -> asyncio.Event:
        """Return its death, which does not come."""
        return asyncio.Event()

    async def catch_up(self) -> None:
        """Let everything that is due by now be done."""
        await self._app.catch_up()


class MortalBot:
    """A bot in a process of its own, killed when its time has come, and started again when it is needed."""

    def __init__(
        self, discord: Sandbox, database: Database, database_url: str, folder: Path, **settings: str
    ) -> None:
        self.deaths = 0
        self._discord = discord
        self._database = database
        self._database_url = database_url
        self._folder = folder
        self._settings = settings
        self._lives = AsyncExitStack()
        self._process: asyncio.subprocess.Process | None = None
        self._death = asyncio.Event()
        self._death.set()
        self._born = asyncio.Event()
        self._doom: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._knows = timedelta(days=-1)
        """How far ahead the clock was when the bot last said that it knew."""
        self._left_behind = False
        """Whether something that a dead process had claimed may still wait for its lease to run out."""

    def doom(self, changes: int) -> None:
        """Kill it after so many changes of the world: in the middle of whatever it does then."""
        self._doom = asyncio.create_task(self._kill(changes))

    async def _kill(self, changes: int) -> None:
        for _ in range(changes):
            await self._discord.world.bus.changed()
        await self._born.wait()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        self.deaths += 1
        self._left_behind = True
        self._born.clear()
        self._death.set()

    async def ready(self) -> asyncio.Event:
        """Start it if it is dead, and wait until it knows what time it is."""
        async with self._one_at_a_time:
            while self._death.is_set() or self._knows != self._discord.clock.offset:
                if self._death.is_set():
                    await self._start()
                await self._ask_the_time()
            return self._death

    async def _start(self) -> None:
        self._process = await self._lives.enter_async_context(
            bot_process(self._discord, self._database_url, self._folder, **self._settings)
        )
        self._death = asyncio.Event()
        self._born.set()

    async def _ask_the_time(self) -> None:
        """Ask it by a command whose answer tells: the clock reaches it by another way than commands do."""
        watch = await self._discord.member("watch")
        offset, before = self._discord.clock.offset, self._discord.clock.now()
        answer = await answered(watch.slash("timezone", zone="UTC"), self._death)
        times = before, self._discord.clock.now()
        if answer is not None and any(f"{at:%H:%M}" in answer.content for at in times):
            self._knows = offset

    async def catch_up(self) -> None:
        """Let everything that is due by now be done, by this process or by the next."""
        while True:
            await self.ready()
            if self._left_behind:
                self._left_behind = False
                self._discord.clock.advance(2 * LEASE)
            elif not await self._database.read(self._owed):
                return
            await asyncio.sleep(LOOK)

    def _owed(self, connection: Connection) -> bool:
        """Tell whether anything is to be sent or heard of, or a tick is missing."""
        ticked = connection.execute(select(_schedule.c.last_at)).scalar_one()
        waiting = sum(
            connection.execute(select(func.count()).where(table.c.due_at.is_not(None))).scalar_one()
            for table in (_deliveries, _outbox)
        )
        return waiting > 0 or self._discord.clock.now() - ticked >= timedelta(minutes=1)

    async def aclose(self) -> None:
        """End it."""
        if self._doom is not None:
            self._doom.cancel()
        await self._lives.aclose()
