"""Who gets through: one answer for commands, autocompletion, components, forms and listeners."""

from __future__ import annotations

import math
import time
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from nrg_core.errors import Refusal
from nrg_core.text import plural

__all__ = ["Enabled", "Gates", "RateLimit"]


class Enabled(Protocol):
    """Tells whether a plugin is enabled in a server."""

    def __call__(self, plugin: str, guild_id: int | None) -> bool:
        """Return whether it is."""
        ...


class RateLimit:
    """So many commands in so many milliseconds a member: exact, and shared between processes by Redis.

    Parameters
    ----------
    redis_url
        Where counts are kept; without it, in this process.
    """

    def __init__(self, commands: int, window_ms: int, redis_url: str | None = None) -> None:
        self._item = RateLimitItemPerSecond(commands, max(1, math.ceil(window_ms / 1000)), namespace="nrg")
        self._limiter = MovingWindowRateLimiter(_storage(redis_url))

    async def spend(self, discord_id: int) -> None:
        """Count a command.

        Raises
        ------
        Refusal
            It is one too many; the text says when there is room again.
        """
        if not await self._limiter.hit(self._item, str(discord_id)):
            stats = await self._limiter.get_window_stats(self._item, str(discord_id))
            seconds = max(1, math.ceil(stats.reset_time - time.time()))
            raise Refusal(f"Slow down a little, please. Try again in {plural(seconds, 'second')}.")


def _storage(redis_url: str | None) -> Storage:
    if redis_url is None:
        return MemoryStorage()
    parts = urlsplit(redis_url)
    storage = storage_from_string(
        urlunsplit(parts._replace(scheme=f"async+{parts.scheme}")), implementation="redispy"
    )
    assert isinstance(storage, Storage)
    return storage


class Gates:
    """Lets through what is enabled, and commands no faster than allowed."""

    def __init__(self, enabled: Enabled, rate_limit: RateLimit) -> None:
        self._enabled = enabled
        self._rate_limit = rate_limit

    def is_open(self, plugin: str | None, guild_id: int | None) -> bool:
        """Tell whether a plugin's doors are open in a server; those of the core (``None``) always are."""
        return plugin is None or self._enabled(plugin, guild_id)

    async def admit_command(self, plugin: str | None, discord_id: int, guild_id: int | None) -> None:
        """Let a command through.

        Raises
        ------
        Refusal
            Its plugin is switched off here, or the member is too fast.
        """
        await self._rate_limit.spend(discord_id)
        if not self.is_open(plugin, guild_id):
            raise Refusal("That is switched off on this server. /help shows what there is.")
