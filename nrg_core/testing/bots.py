"""A running bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from nrg_core.app import App
from nrg_core.clock import Clock
from nrg_core.config import Settings
from nrg_core.host.installed import Installed

__all__ = ["running_bot"]

_GOODBYE: Final = 0.02
"""Seconds in which the last frame reaches the sandbox on this machine."""


@asynccontextmanager
async def running_bot(
    *,
    token: str,
    api_url: str,
    database_url: str,
    clock: Clock,
    candidates: Sequence[Installed] | None = None,
    **settings: Any,
) -> AsyncGenerator[App]:
    """Run a bot against a sandbox, in this event loop; stopped at the end of the block.

    Parameters
    ----------
    token, api_url, clock
        The sandbox's.
    database_url
        A database with the current schema.
    candidates
        The plugins to consider; those that are installed.
    settings
        Anything else that ``nrg.toml`` may say. Members may be as fast as they like unless it says otherwise.
    """
    values: dict[str, Any] = {
        "discord_token": token,
        "discord_api_url": api_url,
        "database_url": database_url,
        "command_rate_limit": 1_000,
        **settings,
    }
    app = App(Settings(**values), clock=clock, candidates=candidates)
    await app.start()
    try:
        yield app
    finally:
        await _hang_up(app)
        await app.stop()


async def _hang_up(app: App) -> None:
    """Close the gateway without the quarter of a second that hikari allows for TLS, which is not there."""
    closing = [
        asyncio.create_task(shard.close()) for shard in app.gateway.bot.shards.values() if shard.is_alive
    ]
    if closing:
        await asyncio.wait(closing, timeout=_GOODBYE)
    for task in closing:
        task.cancel()
    await asyncio.gather(*closing, return_exceptions=True)
