"""Streaks: how many days in a row a member has practised, by their own calendar.

Nothing here touches a database. A streak can be carried on one day at a time (``record_day``) or made
again from all days (``from_days``); the two agree. The rules:

- A *counted* day adds one. A *missed* day ends the streak, unless the community allows rest days: the
  first so many missed days of each ISO week (Monday to Sunday) end nothing and add nothing. So a day
  practised more never makes a streak shorter. Days before a member's first are not missed.
- An *excused* day neither adds nor ends anything when it is missed: the member never had it in full.
  See ``missing_days`` and ``skipped_days``.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = [
    "MAX_REST_DAYS",
    "Streak",
    "current_on",
    "from_days",
    "local_day",
    "missing_days",
    "next_milestone",
    "record_day",
    "skipped_days",
]

MAX_REST_DAYS: Final = 6
"""Rest days a week a community may allow; with seven, no streak would ever end."""

_DAY: Final = timedelta(days=1)
_MILESTONES: Final = (3, 7, 14, 30, 60, 100)


@dataclass(frozen=True, slots=True)
class Streak:
    """A member's streak as it stood on the last counted day.

    Attributes
    ----------
    current
        Counted days in a row up to ``last_day``; whether they still count today, ``current_on`` says.
    longest
        The most that ``current`` has ever been.
    last_day
        The last counted day, None before the first.
    rested
        Days missed in the ISO week of ``last_day``, before it: they use up the rest days of that week.
    """

    current: int = 0
    longest: int = 0
    last_day: date | None = None
    rested: int = 0


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date that a calendar in that zone shows at that instant.

    Raises
    ------
    ValueError
        If the instant bears no zone.
    """
    return _wall(instant, zone).date()


def record_day(streak: Streak, day: date, *, rest_days: int = 0, excused: Set[date] = frozenset()) -> Streak:
    """Return the streak after a session on that day.

    A day that is not later than the last one changes nothing: it has been counted, or it was reported
    late and ``from_days`` has to be asked. Looks at two weeks and the excused days at most, however long
    the member was away.

    Parameters
    ----------
    streak
        As it stood before.
    day
        The local day of the session.
    rest_days
        Missed days a week that end nothing, 0 to 6.
    excused
        Days that end nothing when missed; those outside the gap do not matter.

    Raises
    ------
    ValueError
        If ``rest_days`` is not between 0 and 6.
    """
    if streak.last_day is not None and day <= streak.last_day:
        return streak
    reached, missed = _gap(streak, day, rest_days, excused)
    current = streak.current + 1 if reached else 1
    return Streak(current, max(streak.longest, current), day, missed)


def current_on(streak: Streak, today: date, *, rest_days: int = 0, excused: Set[date] = frozenset()) -> int:
    """Return the days in a row that count today, in the member's own zone.

    A streak counts as long as practising today would carry it on: without rest days, if it ended today
    or yesterday. It also counts on a day before its last, which a move westwards can bring back.

    Raises
    ------
    ValueError
        If ``rest_days`` is not between 0 and 6.
    """
    reached, _ = _gap(streak, today, rest_days, excused)
    return streak.current if reached else 0


def from_days(days: Iterable[date], *, rest_days: int = 0, excused: Set[date] = frozenset()) -> Streak:
    """Return the streak that these counted days make, in any order and however often each is given.

    Raises
    ------
    ValueError
        If ``rest_days`` is not between 0 and 6.
    """
    streak = Streak()
    for day in sorted(set(days)):
        streak = record_day(streak, day, rest_days=rest_days, excused=excused)
    return streak


def missing_days(zone: ZoneInfo, start: date, end: date) -> set[date]:
    """Return the dates from ``start`` to ``end``, both included, that the zone's calendar left out.

    Samoa went from 29 to 31 December 2011: nobody there can have practised on the 30th.
    """
    days = (start + _DAY * n for n in range((end - start).days + 1))
    return {
        day
        for day in days
        if not any(_exists(datetime.combine(day, edge), zone) for edge in (time.min, time.max))
    }


def skipped_days(old_zone: ZoneInfo, new_zone: ZoneInfo, at: datetime) -> set[date]:
    """Return the local dates cut short when a member moves from one zone to another at that instant.

    Moving eastwards puts the member's calendar clock forward: every date of which that leaves out a part
    is excused, the one left early as well as the one entered late. Moving westwards repeats hours and
    takes nothing away. The caller stores the dates with the member and hands them in as ``excused``.

    Raises
    ------
    ValueError
        If the instant bears no zone.
    """
    before, after = _wall(at, old_zone), _wall(at, new_zone)
    if after <= before:
        return set()
    # What is left out ends just before the new clock's time: at midnight sharp, the new date is whole.
    last = (after - timedelta.resolution).date()
    return {before.date() + _DAY * n for n in range((last - before.date()).days + 1)}


def next_milestone(current: int) -> int:
    """Return the next streak worth a word: 3, 7, 14, 30, 60, 100, then every further hundred days."""
    return next((days for days in _MILESTONES if days > current), (current // 100 + 1) * 100)


def _gap(streak: Streak, day: date, rest_days: int, excused: Set[date]) -> tuple[bool, int]:
    """Return whether the streak reaches up to ``day``, and the days missed before it in its week."""
    if not 0 <= rest_days <= MAX_REST_DAYS:
        raise ValueError(f"rest_days must be between 0 and {MAX_REST_DAYS}, not {rest_days}")
    if streak.last_day is None:
        return False, 0
    reached, missed, between = True, streak.rested, streak.last_day + _DAY
    while between < day:
        if between.weekday() == 0:
            missed = 0
        if between not in excused:
            missed += 1
            if reached and missed > rest_days:
                reached = False
                # What is left to know is the week of ``day``: the weeks until then are passed over.
                between = max(between, day - _DAY * (day.weekday() + 1))
        between += _DAY
    return reached, 0 if day.weekday() == 0 else missed


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what calendar and clock show there, without a zone, so that two places compare by it."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone; pass an aware datetime")
    return instant.astimezone(zone).replace(tzinfo=None)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Say whether calendar and clock there ever showed this."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall
