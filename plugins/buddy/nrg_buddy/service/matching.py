"""Who fits whom: pure arithmetic over those who wait.

The one who has waited longest chooses first, and takes whoever is nearest. At first only near ones will do;
every hour of waiting widens what will do by an hour, until anybody does. Only two whose pair has just ended
are not matched with each other for ``APART``. So nobody waits longer than ``BOUND`` while another waits whom
they may be matched with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

__all__ = ["APART", "BOUND", "EXPERIENCES", "Fit", "Match", "Seeker", "fit", "match"]

EXPERIENCES: Final = ("beginner", "some", "experienced")
"""How experienced a member says they are, in order."""

NEAR: Final = 4.0
"""The distance that will do at once."""

STEP: Final = 2.0
"""The distance, in hours, that one step of experience is worth."""

SHARED: Final = 3
"""Shared techniques that count, each for an hour."""

AGAIN: Final = 6.0
"""What lies between two who were partners before: somebody new is nearer."""

APART: Final = timedelta(days=7)
"""How long two whose pair has ended are not matched with each other: one of them had just said so."""

FARTHEST: Final = 12 + STEP * (len(EXPERIENCES) - 1) + AGAIN

BOUND: Final = timedelta(hours=FARTHEST - NEAR)
"""After how long anybody will do."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """A member who waits for a partner.

    Attributes
    ----------
    offset
        Hours from UTC, at present.
    experience
        The place in ``EXPERIENCES``.
    hacks
        The techniques they have practised.
    former
        The partners they had before, and when that ended.
    """

    user_id: UUID
    since: datetime
    offset: float = 0.0
    experience: int = 1
    hacks: frozenset[UUID] = frozenset()
    former: Mapping[UUID, datetime] = field(default_factory=dict[UUID, datetime])


@dataclass(frozen=True, slots=True)
class Fit:
    """How two fit: hours between their days, steps between their experience, techniques they share."""

    hours: float
    steps: int
    shared: int
    again: bool

    @property
    def distance(self) -> float:
        """How far apart they are, in hours: from 0 to ``FARTHEST``."""
        apart = self.hours + STEP * self.steps - min(self.shared, SHARED)
        return max(0.0, apart) + (AGAIN if self.again else 0.0)


@dataclass(frozen=True, slots=True)
class Match:
    """Two who found each other; the first has waited longer."""

    first: Seeker
    second: Seeker
    fit: Fit


def fit(one: Seeker, other: Seeker) -> Fit:
    """Return how two fit; it is the same in either order."""
    apart = abs(one.offset - other.offset) % 24
    return Fit(
        hours=min(apart, 24 - apart),
        steps=abs(one.experience - other.experience),
        shared=len(one.hacks & other.hacks),
        again=other.user_id in one.former or one.user_id in other.former,
    )


def match(seekers: Sequence[Seeker], now: datetime) -> list[Match]:
    """Return who is matched with whom, the oldest first; the others go on waiting."""
    waiting = sorted(seekers, key=_turn)
    matches: list[Match] = []
    while waiting:
        oldest = waiting.pop(0)
        found = [
            Match(oldest, other, fit(oldest, other)) for other in waiting if _may_meet(oldest, other, now)
        ]
        best = min(found, key=lambda one: (one.fit.distance, _turn(one.second)), default=None)
        if best is not None and best.fit.distance <= _will_do(now - oldest.since):
            matches.append(best)
            waiting.remove(best.second)
    return matches


def _may_meet(one: Seeker, other: Seeker, now: datetime) -> bool:
    ended = (one.former.get(other.user_id), other.former.get(one.user_id))
    return all(when is None or now - when >= APART for when in ended)


def _turn(seeker: Seeker) -> tuple[datetime, UUID]:
    return seeker.since, seeker.user_id


def _will_do(waited: timedelta) -> float:
    return NEAR + waited / timedelta(hours=1)
