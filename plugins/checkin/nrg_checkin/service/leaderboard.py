"""Who practised most, among those who asked to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, Select, delete, func, select

from nrg_checkin.models import LeaderboardMember
from nrg_core.domain.models import PracticeSession, User
from nrg_core.domain.standing import Identity, lock_members
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["Board", "Line", "Period", "first_day", "join", "leave", "own_line", "read_board"]

Period = Literal["week", "month", "all"]

TOP: Final = 10

_members = table_of(LeaderboardMember)
_users = table_of(User)
_sessions = table_of(PracticeSession)


@dataclass(frozen=True, slots=True)
class Line:
    """A member's place: how many practised more, plus one."""

    place: int
    discord_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Board:
    """The first places of a server."""

    lines: tuple[Line, ...]
    members: int
    """How many asked to be shown."""


def first_day(period: Period, today: date) -> date | None:
    """Return the first day of a period: this Monday, the first of the month, or nothing for all time."""
    match period:
        case "week":
            return today - timedelta(days=today.weekday())
        case "month":
            return today.replace(day=1)
        case "all":
            return None


def _totals(guild_id: int, since: date | None) -> Select[Any]:
    """Select the minutes of everybody on a server's board: stored totals, or the sessions of the period."""
    shown = select(_users.c.id, _users.c.discord_id).join(_members, _members.c.user_id == _users.c.id)
    shown = shown.where(_members.c.guild_id == str(guild_id))
    if since is None:
        return shown.add_columns(_users.c.total_practice_minutes.label("minutes"))
    minutes = func.sum(_sessions.c.duration_seconds) / 60
    practised = (_sessions.c.user_id == _users.c.id) & (_sessions.c.local_day >= since)
    return (
        shown.join(_sessions, practised)
        .add_columns(minutes.label("minutes"))
        .group_by(_users.c.id, _users.c.discord_id)
    )


def read_board(connection: Connection, guild_id: int, since: date | None) -> Board:
    """Return the first places; those with the same minutes share a place."""
    totals = _totals(guild_id, since).subquery()
    rows = connection.execute(
        select(func.rank().over(order_by=totals.c.minutes.desc()), totals.c.discord_id, totals.c.minutes)
        .where(totals.c.minutes > 0)
        .order_by(totals.c.minutes.desc(), totals.c.discord_id)
        .limit(TOP)
    )
    members = connection.execute(
        select(func.count()).select_from(_members).where(_members.c.guild_id == str(guild_id))
    ).scalar_one()
    return Board(tuple(Line(place, int(key), int(minutes)) for place, key, minutes in rows), members)


def own_line(connection: Connection, guild_id: int, since: date | None, discord_id: int) -> Line | None:
    """Return a member's own place, or nothing for somebody who did not ask to be shown."""
    shown = connection.execute(
        select(_users.c.id)
        .join(_members, _members.c.user_id == _users.c.id)
        .where(_members.c.guild_id == str(guild_id), _users.c.discord_id == str(discord_id))
    ).scalar()
    if shown is None:
        return None
    totals = _totals(guild_id, since).subquery()
    own = connection.execute(select(totals.c.minutes).where(totals.c.id == shown)).scalar() or 0
    ahead = connection.execute(
        select(func.count()).select_from(totals).where(totals.c.minutes > own)
    ).scalar_one()
    return Line(ahead + 1, discord_id, int(own))


def join(connection: Connection, guild_id: int, member: Identity, now: datetime) -> None:
    """Show a member on a server's board from now on."""
    standing = lock_members(connection, [member])[member.discord_id]
    connection.execute(
        insert_into(_members, connection.dialect.name).on_conflict_do_nothing(),
        {"guild_id": str(guild_id), "user_id": standing.user_id, "joined_at": now},
    )


def leave(connection: Connection, guild_id: int, discord_id: int) -> None:
    """Show a member no longer."""
    key: Select[tuple[UUID]] = select(_users.c.id).where(_users.c.discord_id == str(discord_id))
    connection.execute(
        delete(_members).where(
            _members.c.guild_id == str(guild_id), _members.c.user_id == key.scalar_subquery()
        )
    )
