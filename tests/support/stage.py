"""Recorder and dispatcher on a real database, with plugins that a test makes behave or misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pluggy
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, insert, select

from nrg_core.clock import OffsetClock
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.library import Library
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.recording import Recorded
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.dispatcher import Dispatcher
from nrg_core.hooks.specs import NAMESPACE, Note, Specs, hookimpl
from nrg_core.hooks.subscriber import PluginSubscriber
from nrg_core.hooks.tools import Tools
from nrg_core.outbox.events import PendingDelivery
from nrg_core.storage.database import Database
from tests.support.community import request, stock

__all__ = ["Stage", "Witness", "open_stage"]

PATIENCE = timedelta(seconds=10)

seen = Table(
    "seen",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("plugin", String),
    Column("event_id", BigInteger),
    Column("member", BigInteger),
)


class Witness:
    """A plugin that writes down every session it hears of; to attack, override ``misbehave``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[int] = []
        self.well = False
        """Once true, it misbehaves no more."""
        self.called = asyncio.Event()

    async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
        """Called after it has written."""

    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> Note:
        """Write, misbehave, and say something."""
        self.calls.append(event.id)
        self.called.set()
        await ctx.uow.execute(
            insert(seen).values(plugin=self.name, event_id=event.id, member=event.discord_id)
        )
        if not self.well:
            await self.misbehave(event, ctx)
        return Note(f"{self.name} saw it")


class Stage:
    """One process's recorder and dispatcher. Two of them on one database are two processes."""

    def __init__(self, database: Database, clock: OffsetClock, library: Library, deadline: timedelta) -> None:
        self.database, self.clock = database, clock
        self.off = set[tuple[str, int | None]]()
        """What is switched off where."""
        policy = Policy(audience=self._audience)
        self.recorder = Recorder(database, lambda: library, policy)
        tools = Tools(
            clock,
            policy,
            lambda: library,
            self.recorder,
            submit=self._submit,
            wake=lambda: None,
            is_enabled=lambda plugin, guild_id: (plugin, guild_id) not in self.off,
        )
        self.dispatcher = Dispatcher(database, clock, tools, deadline)
        self._manager = pluggy.PluginManager(NAMESPACE)
        self._manager.add_hookspecs(Specs)

    def _audience(self, kind: str, guild_id: int | None) -> Sequence[str]:
        return self.dispatcher.audience(kind)

    def _submit(self, told: Sequence[PendingDelivery]) -> None:
        self.dispatcher.submit(told)

    def add(self, *plugins: Witness) -> None:
        """Load plugins and begin to deliver to them."""
        for plugin in plugins:
            self.add_as(plugin.name, plugin)

    def add_as(self, name: str, hooks: object) -> None:
        """Load hooks under a plugin's name and begin to deliver to them."""
        if not self._manager.has_plugin(name):
            self._manager.register(hooks, name)
        self.dispatcher.add(PluginSubscriber(name, self._manager, None))

    async def record(self, who: int = 1, **values: Any) -> Recorded:
        """Record a session, telling no plugin."""
        return await self.recorder.record(request(who, at=self.clock.now(), **values))

    async def check_in(self, who: int = 1, **values: Any) -> list[str]:
        """Record a session and return what the plugins add to the answer."""
        recorded = await self.record(who, **values)
        return [note.text for note in await self.dispatcher.hear(recorded.deliveries, PATIENCE)]

    async def pass_time(self, seconds: float) -> None:
        """Move the clock forward, and let what falls due by then be delivered."""
        self.clock.offset += timedelta(seconds=seconds)
        await self.look()

    async def look(self) -> None:
        """Deliver what is due."""
        await self.dispatcher.look()
        await self.dispatcher.drained()

    async def seen_by(self, plugin: Witness, who: int | None = None) -> list[int]:
        """Return the events that a plugin wrote down, in the order in which it did."""
        statement = select(seen.c.event_id).where(seen.c.plugin == plugin.name).order_by(seen.c.id)
        if who is not None:
            statement = statement.where(seen.c.member == 1000 + who)
        async with self.database.reading() as uow:
            return list((await uow.execute(statement)).scalars())


@asynccontextmanager
async def open_stage(
    database: Database, clock: OffsetClock, folder: Path, deadline: float = 0.25
) -> AsyncGenerator[Stage]:
    """Set everything up for one process; the first also makes the tables and the catalogue."""
    library = await stock(database, folder)
    async with database.unit_of_work() as uow:
        await uow.run(seen.create, checkfirst=True)
    stage = Stage(database, clock, library, timedelta(seconds=deadline))
    await stage.recorder.start()
    try:
        yield stage
    finally:
        await stage.recorder.stop()
        await stage.dispatcher.stop()
