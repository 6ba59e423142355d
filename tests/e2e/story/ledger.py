"""What the members did, written down as they do it: what the database has to say in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

__all__ = ["Ledger", "Session", "Stopwatch"]

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Stopwatch:
    """How long a practice may have run: nobody outside knows the bot's own instants to the second.

    Attributes
    ----------
    least, most
        The shortest and the longest time that may be on the clock.
    running
        Between which instants it was started; nothing while it stands.
    """

    least: timedelta = timedelta()
    most: timedelta = timedelta()
    running: tuple[datetime, datetime] | None = None

    def turn(self, before: datetime, after: datetime) -> None:
        """Start or stop it, at some moment between two."""
        if self.running is None:
            self.running = before, after
            return
        earliest, latest = self.running
        self.least += max(before - latest, timedelta())
        self.most += after - earliest
        self.running = None

    def minutes(self) -> range:
        """Return how many whole minutes it may show."""
        return range(self.least // MINUTE, self.most // MINUTE + 1)


@dataclass(slots=True)
class Session:
    """A session that a member had.

    Attributes
    ----------
    day
        The date in the member's zone.
    minutes
        How many it may have counted.
    validated_by
        The peers who validated it.
    """

    member: str
    source: str
    hack: str
    day: date
    minutes: range
    validated_by: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Ledger:
    """Everything that was done and took effect, by the names of the members.

    Attributes
    ----------
    sessions
        In the order in which they were.
    journals
        How many entries each has written.
    reminders
        How many reminders each was owed.
    letters
        How many direct messages each had asked for and was owed.
    pairs
        Who became partners; and of these, who parted again.
    """

    sessions: list[Session] = field(default_factory=list[Session])
    journals: Counter[str] = field(default_factory=Counter[str])
    reminders: Counter[str] = field(default_factory=Counter[str])
    letters: Counter[str] = field(default_factory=Counter[str])
    pairs: set[frozenset[str]] = field(default_factory=set[frozenset[str]])
    parted: set[frozenset[str]] = field(default_factory=set[frozenset[str]])

    def of(self, member: str) -> list[Session]:
        """Return a member's sessions."""
        return [each for each in self.sessions if each.member == member]
