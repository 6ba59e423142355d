"""A real bot on a local Discord that a test can stop and start again, and small helpers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nrg_core.app import App
from nrg_core.host.enablement import set_enabled
from nrg_core.host.installed import installed
from nrg_core.testing.bots import running_bot
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer, Member


class World:
    """What tests of commands do again and again."""

    def __init__(self, discord: Sandbox, database_url: str) -> None:
        self.discord = discord
        self.app: App
        self._database_url = database_url
        self._bot = AsyncExitStack()

    async def wake(self) -> None:
        """Start the bot."""
        self.app = await self._bot.enter_async_context(
            running_bot(
                token=self.discord.token,
                api_url=self.discord.api_url,
                database_url=self._database_url,
                clock=self.discord.clock,
                candidates=[one for one in installed() if one.name in ("checkin", "practice")],
            )
        )

    async def sleep(self) -> None:
        """Stop the bot."""
        await self._bot.aclose()

    def minutes(self, number: float) -> None:
        """Move the clock forward."""
        self.discord.clock.advance(timedelta(minutes=number))

    async def switch_off(self) -> None:
        """Switch the plugin off on the server."""
        now, guild = self.app.clock.now(), int(self.discord.guild_id)
        async with self.app.database.unit_of_work() as uow:
            await uow.run(
                lambda connection: set_enabled(
                    connection, ["practice"], enabled=False, now=now, guild_id=guild
                )
            )
        await self.app.host.refresh()

    async def remembered(self) -> None:
        """Wait until the bot knows which message shows each practice."""
        async with asyncio.timeout(5):
            while await self.rows("SELECT id FROM timed_practices WHERE message_id IS NULL"):
                pass

    async def tick(self) -> None:
        """Let the next tick come, and everything that follows from it."""
        self.minutes(1)
        await self.app.ticker.look()
        await self.settle()

    async def settle(self) -> None:
        """Wait until everything that was asked for has been sent."""
        await self.app.dispatcher.look()
        await self.app.dispatcher.drained()
        while await self.app.sender.look():
            pass

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Look into the database."""
        async with self.app.database.reading() as uow:
            return [tuple(row) for row in (await uow.execute(text(statement), values)).all()]

    async def execute(self, statement: str, **values: Any) -> None:
        """Change the database behind the bot's back."""
        async with self.app.database.unit_of_work() as uow:
            await uow.execute(text(statement), values)

    async def sessions(self) -> list[Any]:
        """Return the minutes and notes of what was recorded."""
        return await self.rows(
            "SELECT duration_seconds / 60, notes FROM practice_sessions ORDER BY created_at"
        )

    def message(self, answer: Answer) -> dict[str, Any]:
        """Return a message as everybody sees it now."""
        (found,) = (each for each in self.discord.messages("practice") if each["id"] == answer.message["id"])
        return found


@pytest.fixture
async def world(discord: Sandbox, sqlite_url: str) -> AsyncGenerator[World]:
    world = World(discord, sqlite_url)
    await world.wake()
    yield world
    await world.sleep()


@pytest.fixture
async def ana(discord: Sandbox, world: World) -> Member:
    """A member who practises."""
    return await discord.member("ana")


@pytest.fixture
async def ben(discord: Sandbox, world: World) -> Member:
    """Another member."""
    return await discord.member("ben")
