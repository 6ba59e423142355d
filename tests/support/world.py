"""A bot on a local Discord, as tests of plugins see it: its database, and time that goes by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from nrg_core.app import App
from nrg_core.host.enablement import set_enabled
from nrg_sandbox import Sandbox

__all__ = ["World", "switch"]


async def switch(app: App, plugin: str, enabled: bool, guild_id: int | None = None) -> None:
    """Switch a plugin on or off, on one server or everywhere, and let the bot take it up."""
    await app.database.write(set_enabled, [plugin], enabled, app.clock.now(), guild_id)
    await app.host.refresh()


class World:
    """What tests of commands do again and again."""

    def __init__(self, discord: Sandbox, app: App) -> None:
        self.discord = discord
        self.app = app

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Look into the database."""
        async with self.app.database.reading() as uow:
            return [tuple(row) for row in (await uow.execute(text(statement), values)).all()]

    async def execute(self, statement: str, **values: Any) -> None:
        """Change the database behind the bot's back."""
        async with self.app.database.unit_of_work() as uow:
            await uow.execute(text(statement), values)

    async def switch(self, plugin: str, *, enabled: bool, everywhere: bool = False) -> None:
        """Switch a plugin on or off, on the server or everywhere."""
        await switch(self.app, plugin, enabled, None if everywhere else int(self.discord.guild_id))

    async def settle(self) -> None:
        """Let everything that is due be done, and what follows from it."""
        await self.app.catch_up()

    async def pass_time(self, span: timedelta) -> None:
        """Move the clock forward, and let everything that falls due by then be done."""
        self.discord.clock.advance(span)
        await self.settle()
