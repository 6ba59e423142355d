"""A real bot on a local Discord, with members who look for partners."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nrg_core.app import App
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer, Member


class World:
    """What tests of pairs do again and again."""

    def __init__(self, discord: Sandbox, app: App) -> None:
        self.discord = discord
        self.app = app

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Look into the database."""
        async with self.app.database.reading() as uow:
            return list((await uow.execute(text(statement), values)).all())

    async def execute(self, statement: str, **values: Any) -> None:
        """Change the database behind the bot's back."""
        async with self.app.database.unit_of_work() as uow:
            await uow.execute(text(statement), values)

    async def pass_time(self, time: timedelta) -> None:
        """Move the clock forward, and let everything that falls due by then be done."""
        await self.app.ticker.stop()
        await self.app.ticker.look()
        self.discord.clock.advance(time)
        await self.app.ticker.look()
        await self.settle()

    async def settle(self) -> None:
        """Wait until plugins have seen everything, and everything that was asked for is sent."""
        await self.app.dispatcher.drained()
        async with asyncio.timeout(20):
            while await self.rows("SELECT id FROM outbox WHERE due_at IS NOT NULL"):
                await self.app.sender.look()

    async def pair(self, one: Member, other: Member, **options: Any) -> Answer:
        """Make two members partners, and return what the second was told."""
        await one.slash("buddy request", **options)
        return await other.slash("buddy request", **options)

    def rooms(self) -> list[dict[str, Any]]:
        """Return the channels of pairs, as Discord's raw objects."""
        channels = (channel.payload for channel in self.discord.world.home.channels.values())
        return [one for one in channels if "nrg-buddy" in (one.get("topic") or "")]

    def may(self, member: Member, channel: dict[str, Any], permission: int) -> bool:
        """Tell whether a member may do something in a channel."""
        place = self.discord.world.channels[channel["id"]]
        return bool(self.discord.world.permissions(member.id, place) & permission)


@pytest.fixture
def world(discord: Sandbox, app: App) -> World:
    return World(discord, app)
