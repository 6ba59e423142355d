"""How often, and how fast, a bot may begin sessions."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

__all__ = ["SessionStarts"]

_DAY = 86_400.0


class SessionStarts:
    """Counts the sessions that a bot begins: so many a day, and of those in one bucket one at a time.

    Shards whose ids leave the same rest when divided by ``max_concurrency`` are in one bucket.

    Parameters
    ----------
    total
        How many in a day; the day begins with the first.
    interval
        Real seconds that must lie between two of one bucket.
    now
        Tells the time in seconds.
    """

    def __init__(
        self,
        total: int = 1000,
        *,
        max_concurrency: int = 16,
        interval: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._max_concurrency = max_concurrency
        self._interval = interval
        self._now = now
        self._used = 0
        self._ends = -math.inf
        self._latest: dict[int, float] = {}

    @property
    def remaining(self) -> int:
        """How many may still begin today."""
        return self._total - self._used if self._now() < self._ends else self._total

    def take(self, shard_id: int) -> bool:
        """Count a session that begins; False, and nothing is counted, when it comes too soon."""
        now, bucket = self._now(), shard_id % self._max_concurrency
        if now - self._latest.get(bucket, -math.inf) < self._interval:
            return False
        self._latest[bucket] = now
        if now >= self._ends:
            self._used, self._ends = 0, now + _DAY
        self._used += 1
        return True

    def limit(self) -> dict[str, Any]:
        """Return Discord's session start limit object."""
        return {
            "total": self._total,
            "remaining": self.remaining,
            "reset_after": math.ceil(max(self._ends - self._now(), 0.0) * 1000),
            "max_concurrency": self._max_concurrency,
        }
