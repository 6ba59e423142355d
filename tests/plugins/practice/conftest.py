"""A real bot on a local Discord that a test can stop and start again, and small helpers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from nrg_core.app import App
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer
from tests.support import world as support


class World(support.World):
    """What tests of commands do again and again."""

    async def wake(self) -> None:
        """Start the bot."""
        await self.app.start()

    async def sleep(self) -> None:
        """Stop the bot."""
        await self.app.stop()

    def minutes(self, number: float) -> None:
        """Move the clock forward."""
        self.discord.clock.advance(timedelta(minutes=number))

    async def remembered(self) -> None:
        """Wait until the bot knows which message shows each practice."""
        async with asyncio.timeout(5):
            while await self.rows("SELECT id FROM timed_practices WHERE message_id IS NULL"):
                pass

    async def tick(self) -> None:
        """Let the next tick come, and everything that follows from it."""
        await self.pass_time(timedelta(minutes=1))

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
def world(discord: Sandbox, app: App) -> World:
    return World(discord, app)
