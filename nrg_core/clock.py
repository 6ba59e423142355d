"""Time as a dependency: nothing in the project asks the operating system what day it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "OffsetClock", "SystemClock"]


class Clock(Protocol):
    """Tells the time of the product: streaks, ticks, deadlines of retries."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class OffsetClock:
    """The real time, moved: follows a sandbox whose clock a person or a test moves forward."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the real instant plus the offset, aware, in UTC."""
        return datetime.now(UTC) + self.offset
