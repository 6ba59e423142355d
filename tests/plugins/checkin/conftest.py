"""A real bot with the checkin plugin on a local Discord, and small helpers to read its answers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from nrg_core.app import App
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer, Member
from tests.support import world as support


class World(support.World):
    """What tests of commands do again and again."""

    def days(self, number: int = 1) -> None:
        """Move the clock forward."""
        self.discord.clock.advance(timedelta(days=number))

    def until(self, moment: datetime) -> None:
        """Move the clock forward to a moment."""
        self.discord.clock.advance(moment - self.discord.clock.now())

    async def practise(self, member: Member, days: int, *, hack: str = "energy-ball") -> Answer:
        """Check in on so many days running, the last of them today, and return the last answer."""
        for _ in range(days - 1):
            await member.slash("checkin", hack=hack)
            self.days()
        return await member.slash("checkin", hack=hack)

    async def show(self, member: Member, *, streak: str, profile: str) -> None:
        """Set what others may see of a member: public, friends or private."""
        wanted = {"streak_visibility": streak, "profile_visibility": profile}
        await self.execute(
            "UPDATE users SET privacy_settings = :wanted WHERE discord_id = :member",
            wanted=json.dumps(wanted),
            member=member.id,
        )

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """Keep SQLite's one writer busy: whoever else writes waits."""
        async with self.app.database.unit_of_work() as uow:
            await uow.scalar(text("SELECT 1"))
            yield

    async def excused(self) -> None:
        """Wait until the bot has asked for more time for what was done last."""
        before = self._callbacks()
        await self.discord.wait_for(lambda: self._callbacks() > before)

    def _callbacks(self) -> int:
        return sum(call.path.endswith("/callback") for call in self.discord.requests)


@pytest.fixture
def world(discord: Sandbox, app: App) -> World:
    return World(discord, app)
