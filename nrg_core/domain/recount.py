"""Counting again, from the sessions, what is kept in counters: the two must agree.

Nothing is changed here. A difference says that something wrote past the core, or that the rest days were
set otherwise when the streak was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, text

from nrg_core.domain.models import Hack, MemberHack, PracticeSession, User
from nrg_core.domain.streaks import from_days, missing_days
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of

__all__ = ["Difference", "recount"]

BATCH: Final = 500
"""Members at a time: each batch is one consistent view, and memory does not grow with the community."""

_users = table_of(User)
_sessions = table_of(PracticeSession)
_hacks = table_of(Hack)
_member_hacks = table_of(MemberHack)


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that does not say what the sessions say.

    Attributes
    ----------
    counter
        The column, and for ``member_hacks`` the technique.
    """

    user_id: UUID
    counter: str
    stored: int | str | None
    recounted: int | str | None


async def recount(
    database: Database, *, rest_days: int, on_batch: Callable[[int, int], None] | None = None
) -> list[Difference]:
    """Compare every member's counters with the sessions.

    Parameters
    ----------
    rest_days
        Missed days a week that break no streak, as the settings say.
    on_batch
        Called after each batch with the members compared so far, and with how many there are.

    Returns
    -------
    list of Difference
        Mastery, once reached, is kept for good whatever its rule becomes: ``hacks_mastered`` is compared
        with the marks on techniques that were practised.
    """
    async with database.reading() as uow:
        total = int(await uow.scalar(select(func.count()).select_from(_users)))
    differences: list[Difference] = []
    done, last = 0, None
    while True:
        async with database.reading() as uow:
            rows, found = await uow.run(_batch, last, rest_days)
        if not rows:
            return differences
        differences += found
        done, last = done + len(rows), rows[-1]
        if on_batch is not None:
            on_batch(done, max(done, total))


@dataclass(slots=True)
class _Day:
    """A local day with practice, and its zone."""

    day: date
    zone: str


@dataclass(slots=True)
class _Counted:
    days: list[_Day] = field(default_factory=list[_Day])
    hacks: dict[UUID, tuple[int, int]] = field(default_factory=dict[UUID, tuple[int, int]])


def _batch(
    connection: Connection, after: UUID | None, rest_days: int
) -> tuple[Sequence[UUID], list[Difference]]:
    if connection.dialect.name == "postgresql":
        # Otherwise a session recorded between two of the statements would look like a difference.
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    members = select(_users).order_by(_users.c.id).limit(BATCH)
    rows = connection.execute(members if after is None else members.where(_users.c.id > after)).all()
    ids = [row.id for row in rows]
    counted = {user_id: _Counted() for user_id in ids}
    row: Any
    for row in connection.execute(_days(ids)):
        counted[row[0]].days.append(_Day(*row[1:]))
    for row in connection.execute(_practised(ids)):
        counted[row[0]].hacks[row[1]] = int(row[2]), int(row[3] or 0)
    stored: dict[UUID, dict[UUID, Any]] = {user_id: {} for user_id in ids}
    for row in connection.execute(select(_member_hacks).where(_member_hacks.c.user_id.in_(ids))):
        stored[row.user_id][row.hack_id] = row
    slugs: dict[UUID, str] = {row.id: row.slug for row in connection.execute(select(_hacks))}
    found = [
        Difference(row.id, counter, said, again)
        for row in rows
        for counter, said, again in _compare(row, stored[row.id], counted[row.id], slugs, rest_days)
        if said != again
    ]
    return ids, found


def _days(ids: Sequence[UUID]) -> Any:
    return (
        select(_sessions.c.user_id, _sessions.c.local_day, _sessions.c.zone)
        .where(
            _sessions.c.user_id.in_(ids),
            _sessions.c.ended_at.is_not(None),
            _sessions.c.duration_seconds >= 60,
        )
        .distinct()
    )


def _practised(ids: Sequence[UUID]) -> Any:
    return (
        select(
            _sessions.c.user_id,
            _sessions.c.hack_id,
            func.count(),
            func.sum(_sessions.c.duration_seconds // 60),
        )
        .where(_sessions.c.user_id.in_(ids), _sessions.c.ended_at.is_not(None))
        .group_by(_sessions.c.user_id, _sessions.c.hack_id)
    )


_Pair = tuple[str, int | str | None, int | str | None]


def _compare(
    user: Any, stored: dict[UUID, Any], counted: _Counted, slugs: dict[UUID, str], rest_days: int
) -> Iterable[_Pair]:
    """Yield each counter as it is stored and as it was counted again."""
    hacks = counted.hacks
    yield "session_count", user.session_count, sum(sessions for sessions, _ in hacks.values())
    yield "total_practice_minutes", user.total_practice_minutes, sum(each for _, each in hacks.values())
    yield "distinct_hacks", user.distinct_hacks, len(hacks)
    marked = sum(row.mastered_at is not None and key in hacks for key, row in stored.items())
    yield "hacks_mastered", user.hacks_mastered, marked
    for key in sorted(hacks.keys() | stored.keys(), key=lambda key: slugs[key]):
        row = stored.get(key)
        sessions, minutes = hacks.get(key, (0, 0))
        yield f"member_hacks.sessions ({slugs[key]})", row.sessions if row else 0, sessions
        yield f"member_hacks.minutes ({slugs[key]})", row.minutes if row else 0, minutes
    yield from _compare_streak(user, counted.days, rest_days)


def _compare_streak(user: Any, days: list[_Day], rest_days: int) -> Iterable[_Pair]:
    """Compare the streak: exactly, unless the member has ever moved between zones.

    Days that a move took away are remembered for a while only, so for those who moved there is just a
    range: no day excused, or every one.
    """
    dates = [each.day for each in days]
    if user.timezone is None and len({each.zone for each in days}) < 2:
        again = from_days(dates, rest_days=rest_days, excused=_absent(days))
        current, longest = again.current, again.longest
    else:
        again = from_days(dates, rest_days=rest_days)
        most = len(set(dates))
        current = _within(user.streak_count, again.current, most)
        longest = _within(user.longest_streak, again.longest, most)
    yield "streak_count", user.streak_count, current
    yield "longest_streak", user.longest_streak, longest
    stored = user.streak_day and user.streak_day.isoformat()
    yield "streak_day", stored, again.last_day and again.last_day.isoformat()


def _within(stored: int, least: int, most: int) -> int:
    """Return what is stored if it is possible, else the nearest that is."""
    return max(least, min(stored, most))


def _absent(days: Iterable[_Day]) -> set[date]:
    """Return the days in the gaps between sessions that the member's calendar did not have."""
    absent: set[date] = set()
    for before, after in pairwise(sorted(days, key=lambda each: each.day)):
        if after.day > before.day + timedelta(days=1):
            start = max(before.day, after.day - timedelta(days=14))
            absent |= missing_days(ZoneInfo(after.zone), start, after.day)
    return absent
