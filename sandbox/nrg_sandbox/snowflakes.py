"""Ids as Discord makes them: milliseconds since 2015, then a counter."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nrg_sandbox.clock import SandboxClock

__all__ = ["EPOCH_MS", "Snowflakes", "created_at"]

EPOCH_MS = 1_420_070_400_000
_COUNTER_BITS = 22
_YEARS_MS = 8 * 365 * 86_400_000


class Snowflakes:
    """Strictly increasing ids on a virtual clock."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """Return an id greater than every one before it."""
        elapsed = int(self._clock.now().timestamp() * 1000) - EPOCH_MS
        self._last = max(elapsed << _COUNTER_BITS, self._last + 1)
        return str(self._last)

    def named(self, kind: str, name: str, taken: Container[str] = ()) -> str:
        """Return the id that a thing of this name always has, so that a bot's database outlives a sandbox.

        It carries an instant in the years after the epoch. One that is taken gives way to a fresh id.
        """
        digest = int.from_bytes(blake2b(f"{kind}:{name}".encode(), digest_size=16).digest())
        elapsed, counter = digest % _YEARS_MS, (digest >> 64) % (1 << _COUNTER_BITS)
        lasting = str(elapsed << _COUNTER_BITS | counter)
        return self.next() if lasting in taken else lasting


def created_at(snowflake: str) -> datetime:
    """Return the instant that an id carries, aware, in UTC."""
    return datetime.fromtimestamp(((int(snowflake) >> _COUNTER_BITS) + EPOCH_MS) / 1000, UTC)
