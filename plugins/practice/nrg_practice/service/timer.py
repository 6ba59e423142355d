"""The clock of a practice: the time since it began, without its pauses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = ["Timer"]


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock that can be paused. Two instants tell all: no sum is kept that could come to disagree.

    Attributes
    ----------
    counts_from
        The start, moved on by every pause that is over.
    paused_at
        When the pause that lasts began; nothing while it runs.
    """

    counts_from: datetime
    paused_at: datetime | None = None

    def elapsed(self, now: datetime) -> timedelta:
        """Return what the clock shows: never less than nothing, whatever the clocks of two machines say."""
        return max((self.paused_at or now) - self.counts_from, timedelta())

    def pause(self, now: datetime) -> Timer:
        """Stop the clock; one that stands already keeps its time."""
        return self if self.paused_at else replace(self, paused_at=now)

    def resume(self, now: datetime) -> Timer:
        """Let the clock run on from where it stands; one that runs already does so."""
        if self.paused_at is None:
            return self
        return Timer(self.counts_from + max(now - self.paused_at, timedelta()))
