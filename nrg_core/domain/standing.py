"""Where members stand: their counters, what they practised, earned and opened.

Loaded for many members in two statements, changed in memory, and written back by whoever loaded it. The
rows of the members are locked from the first statement on, so nothing is lost between the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, bindparam, func, select

from nrg_core.domain.criteria import MetricKey, Threshold, evaluate
from nrg_core.domain.library import KnownHack, Library, Rule
from nrg_core.domain.models import HackUnlock, MemberHack, User, UserAchievement
from nrg_core.domain.policy import Policy
from nrg_core.domain.streaks import Streak, current_on, missing_days
from nrg_core.errors import Refusal
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["Identity", "Practised", "Standing", "lock_member", "lock_members", "read_standing", "zone_named"]

_users = table_of(User)
_member_hacks = table_of(MemberHack)
_unlocks = table_of(HackUnlock)
_earned = table_of(UserAchievement)


@dataclass(frozen=True, slots=True)
class Identity:
    """A member as Discord shows them: the id and the name."""

    discord_id: int
    name: str


@dataclass(slots=True)
class Practised:
    """A member's practice of one technique."""

    sessions: int = 0
    minutes: int = 0
    mastered: bool = False


@dataclass(slots=True)
class Standing:
    """One member's standing."""

    user_id: UUID
    discord_id: int
    name: str
    zone_name: str | None = None
    streak: Streak = field(default_factory=Streak)
    excused: frozenset[date] = field(default_factory=frozenset[date])
    sessions: int = 0
    minutes: int = 0
    last_hack_id: UUID | None = None
    last_checkin: datetime | None = None
    hacks: dict[UUID, Practised] = field(default_factory=dict[UUID, Practised])
    earned: set[UUID] = field(default_factory=set[UUID])
    unlocked: set[UUID] = field(default_factory=set[UUID])

    def zone(self, default: ZoneInfo) -> ZoneInfo:
        """Return the member's own zone, or the server's."""
        return zone_named(self.zone_name, default)

    def excused_until(self, day: date, default: ZoneInfo) -> Set[date]:
        """Return the days up to ``day`` that the member never had in full: they break no streak."""
        last = self.streak.last_day
        if last is None or day <= last + timedelta(days=1):
            return self.excused
        # No streak reaches over more than two weeks of missed days.
        start = max(last, day - timedelta(days=14))
        return self.excused | missing_days(self.zone(default), start, day)

    def streak_on(self, today: date, policy: Policy) -> int:
        """Return the streak as it stands today, in days."""
        excused = self.excused_until(today, policy.zone)
        return current_on(self.streak, today, rest_days=policy.rest_days, excused=excused)

    def is_late(self, day: date) -> bool:
        """Tell whether a later day was counted before this one."""
        return self.streak.last_day is not None and day < self.streak.last_day

    def is_open(self, hack: KnownHack) -> bool:
        """Tell whether the member may practise a technique."""
        return hack.unlock is None or hack.id in self.unlocked

    def check_open(self, hack: KnownHack, library: Library) -> None:
        """Let the member practise a technique.

        Raises
        ------
        Refusal
            It is not open to them yet; it says what opens it.
        """
        if not self.is_open(hack):
            assert hack.unlock is not None
            raise Refusal(
                f"{hack.shown} is not open to you yet. It opens with {library.describe(hack.unlock)}."
            )

    def mastered(self) -> int:
        """Return how many techniques the member has mastered."""
        return sum(practised.mastered for practised in self.hacks.values())

    def value(self, key: MetricKey, library: Library, streak_days: int) -> int:
        """Return a metric that the member's own counters tell (see ``Rule.immediate``)."""
        match key.metric:
            case "streak_days":
                return streak_days
            case "longest_streak_days":
                return self.streak.longest
            case "sessions" if key.hack is None and key.category is None:
                return self.sessions
            case "practice_minutes" if key.hack is None and key.category is None:
                return self.minutes
            case metric:
                return _narrowed(metric, self._matching(key, library))

    def values(self, rule: Rule, library: Library, streak_days: int) -> dict[MetricKey, int]:
        """Return what is needed to judge an immediate rule."""
        return {key: self.value(key, library, streak_days) for key in rule.keys}

    def meets(self, rule: Rule, library: Library, streak_days: int) -> bool:
        """Judge an immediate rule."""
        if isinstance(rule.criterion, Threshold):  # most are, and need no table of values
            return self.value(rule.criterion.key, library, streak_days) >= rule.criterion.gte
        return evaluate(rule.criterion, self.values(rule, library, streak_days))

    def _matching(self, key: MetricKey, library: Library) -> list[Practised]:
        if key.hack is not None:
            hack = library.hacks.get(key.hack)
            practised = self.hacks.get(hack.id) if hack else None
            return [practised] if practised else []
        if key.category is None:
            return list(self.hacks.values())
        return [
            practised
            for hack_id, practised in self.hacks.items()
            if (hack := library.hacks_by_id.get(hack_id)) is not None and hack.category == key.category
        ]


def zone_named(name: str | None, default: ZoneInfo) -> ZoneInfo:
    """Return the zone that a member set, or the default: also for one that this machine knows nothing of."""
    try:
        return ZoneInfo(name) if name else default
    except (ZoneInfoNotFoundError, ValueError):
        return default


def _narrowed(metric: str, practised: Sequence[Practised]) -> int:
    match metric:
        case "sessions":
            return sum(one.sessions for one in practised)
        case "practice_minutes":
            return sum(one.minutes for one in practised)
        case "hacks_mastered":
            return sum(one.mastered for one in practised)
        case "distinct_hacks":
            return sum(one.sessions > 0 for one in practised)
        case _:
            raise KeyError(metric)


_COLUMNS = [
    _users.c[name]
    for name in (
        "id",
        "discord_id",
        "discord_username",
        "timezone",
        "streak_count",
        "longest_streak",
        "streak_day",
        "streak_rested",
        "excused_days",
        "session_count",
        "total_practice_minutes",
        "last_hack_id",
        "last_checkin",
    )
]


def _lock(dialect: str) -> Any:
    statement = insert_into(_users, dialect)
    return statement.on_conflict_do_update(
        index_elements=["discord_id"], set_={"discord_username": statement.excluded.discord_username}
    ).returning(*_COLUMNS)


_LOCKS = {dialect: _lock(dialect) for dialect in ("sqlite", "postgresql")}


def lock_members(connection: Connection, members: Iterable[Identity]) -> dict[int, Standing]:
    """Return the standing of members, making rows for newcomers and locking them all until the commit.

    In the order of their ids, so that two processes with some members in common cannot wait for each other.
    """
    names = {member.discord_id: member.name for member in members}
    rows = connection.execute(
        _LOCKS[connection.dialect.name],
        [{"discord_id": str(key), "discord_username": names[key][:64]} for key in sorted(names)],
    ).all()
    standings = {row.id: _standing(row) for row in rows}
    _add_history(connection, standings)
    return {standing.discord_id: standing for standing in standings.values()}


def lock_member(connection: Connection, user_id: UUID) -> Standing | None:
    """Return one member's standing, locked until the commit, or nothing if the member is gone.

    Whoever locks several does so in the order of their Discord ids, as ``lock_members`` does. What merely
    refers to the member can be written meanwhile.
    """
    row = connection.execute(_lock_one, {"user_id": user_id}).one_or_none()
    if row is None:
        return None
    standing = _standing(row)
    _add_history(connection, {standing.user_id: standing})
    return standing


def read_standing(connection: Connection, *, discord_id: int) -> Standing | None:
    """Return a member's standing for reading, or nothing for somebody who never practised."""
    row = connection.execute(_read, {"discord_id": str(discord_id)}).one_or_none()
    if row is None:
        return None
    standing = _standing(row)
    _add_history(connection, {standing.user_id: standing})
    return standing


_lock_one = select(*_COLUMNS).where(_users.c.id == bindparam("user_id")).with_for_update(key_share=True)
_read = select(*_COLUMNS).where(_users.c.discord_id == bindparam("discord_id"))


def _standing(row: Any) -> Standing:
    return Standing(
        user_id=row.id,
        discord_id=int(row.discord_id),
        name=row.discord_username or "",
        zone_name=row.timezone,
        streak=Streak(row.streak_count, row.longest_streak, row.streak_day, row.streak_rested),
        excused=frozenset(date.fromisoformat(day) for day in row.excused_days),
        sessions=row.session_count,
        minutes=row.total_practice_minutes,
        last_hack_id=row.last_hack_id,
        last_checkin=row.last_checkin,
    )


def _history(dialect: str) -> Any:
    """Select what each member practised, earned and opened, as lists."""
    postgresql = dialect == "postgresql"
    many = func.jsonb_agg if postgresql else func.json_group_array
    tuple_ = func.jsonb_build_array if postgresql else func.json_array
    practised = tuple_(
        _member_hacks.c.hack_id,
        _member_hacks.c.sessions,
        _member_hacks.c.minutes,
        _member_hacks.c.mastered_at.is_not(None),
    )

    def gathered(table: Any, value: Any) -> Any:
        return select(many(value)).where(table.c.user_id == _users.c.id).scalar_subquery()

    return select(
        _users.c.id,
        gathered(_member_hacks, practised).label("hacks"),
        gathered(_earned, _earned.c.achievement_id).label("earned"),
        gathered(_unlocks, _unlocks.c.hack_id).label("unlocked"),
    ).where(_users.c.id.in_(bindparam("users", expanding=True)))


_HISTORIES = {dialect: _history(dialect) for dialect in ("sqlite", "postgresql")}


def _add_history(connection: Connection, standings: Mapping[UUID, Standing]) -> None:
    for row in connection.execute(_HISTORIES[connection.dialect.name], {"users": list(standings)}):
        standing = standings[row.id]
        for hack_id, sessions, minutes, mastered in _list(row.hacks):
            standing.hacks[_key(hack_id)] = Practised(sessions, minutes, bool(mastered))
        standing.earned.update(map(_key, _list(row.earned)))
        standing.unlocked.update(map(_key, _list(row.unlocked)))


_key = lru_cache(maxsize=4096)(UUID)
"""Keys of the catalogue: few, and met again with every session."""


def _list(value: Any) -> list[Any]:
    """Read a JSON list: PostgreSQL hands it over parsed or as nothing, SQLite as text."""
    return json.loads(value) if isinstance(value, str) else value or []
