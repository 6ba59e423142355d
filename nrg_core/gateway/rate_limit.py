"""So many commands in so much time a member: exact, in one process or, by Redis, in all of them."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections import deque
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import structlog
from cachetools import TTLCache
from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from nrg_core.errors import Refusal
from nrg_core.text import plural

__all__ = ["MemoryRateLimit", "RateLimit", "RedisRateLimit", "rate_limit"]

_log = structlog.get_logger("nrg.gateway")

MEMBERS: Final = 100_000
"""Members kept in mind at once; the one who was quiet for longest is forgotten first."""


class RateLimit(ABC):
    """Counts commands."""

    async def spend(self, discord_id: int) -> None:
        """Count a command of a member.

        Raises
        ------
        Refusal
            It is one too many; the text says when there is room again. It is not counted then.
        """
        wait = await self._hit(discord_id)
        if wait is not None:
            seconds = max(1, math.ceil(wait))
            raise Refusal(f"Slow down a little, please. Try again in {plural(seconds, 'second')}.")

    async def aclose(self) -> None:  # noqa: B027 - most have nothing to do
        """Let go of every connection."""

    @abstractmethod
    async def _hit(self, discord_id: int) -> float | None:
        """Count, or return for how many seconds there is no room."""


class MemoryRateLimit(RateLimit):
    """Counts in this process.

    The window of the library that counts in Redis keeps a timer that walks over all members every hundredth
    of a second; it took a tenth of a busy bot's time.
    """

    def __init__(self, commands: int, window: timedelta) -> None:
        self._commands = commands
        self._window = window.total_seconds()
        self._hits = TTLCache[int, deque[float], float](MEMBERS, self._window)

    async def _hit(self, discord_id: int) -> float | None:
        now = time.monotonic()
        hits = self._hits.get(discord_id) or deque(maxlen=self._commands)
        if len(hits) == self._commands and (wait := hits[0] + self._window - now) > 0:
            return wait
        hits.append(now)
        self._hits[discord_id] = hits
        return None


class RedisRateLimit(RateLimit):
    """Counts in Redis, for all processes together. The window is in whole seconds, rounded up."""

    def __init__(self, commands: int, window: timedelta, url: str) -> None:
        parts = urlsplit(url)
        storage: Any = storage_from_string(
            urlunsplit(parts._replace(scheme=f"async+{parts.scheme}")), implementation="redispy"
        )
        self._redis = storage.bridge.storage
        self._item = RateLimitItemPerSecond(commands, math.ceil(window.total_seconds()), namespace="nrg")
        self._limiter = MovingWindowRateLimiter(storage)

    async def _hit(self, discord_id: int) -> float | None:
        try:
            if await self._limiter.hit(self._item, str(discord_id)):
                return None
            stats = await self._limiter.get_window_stats(self._item, str(discord_id))
        except Exception as error:
            # Redis is away: nobody is refused for that.
            _log.warning("commands cannot be counted; letting them through", reason=str(error))
            return None
        return stats.reset_time - time.time()

    async def aclose(self) -> None:
        """Let go of every connection."""
        await self._redis.aclose()


def rate_limit(commands: int, window: timedelta, redis_url: str | None) -> RateLimit:
    """Return a limit that is counted in Redis where there is one."""
    return (
        MemoryRateLimit(commands, window)
        if redis_url is None
        else RedisRateLimit(commands, window, redis_url)
    )
