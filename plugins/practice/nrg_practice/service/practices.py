"""Timed practices as they are stored: read, begun, paused and resumed.

Whoever changes a practice holds its row, and whoever also records holds the member's before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from nrg_core.domain.library import Library
from nrg_core.domain.models import Hack, User
from nrg_core.domain.standing import Identity, lock_members
from nrg_core.errors import Refusal
from nrg_core.storage.sql import insert_into, table_of
from nrg_core.text import MAX_MINUTES, escape_markdown
from nrg_practice.models import TimedPractice
from nrg_practice.service.timer import Timer

__all__ = [
    "FORGOTTEN_AFTER",
    "NOTHING_RUNS",
    "Place",
    "Practice",
    "check_owner",
    "find_practice",
    "hold_members",
    "latest_practice",
    "locked_practice",
    "locked_practices",
    "open_practice",
    "own_practice",
    "pause",
    "read_practice",
    "remember_message",
    "resume",
    "show_sign",
    "start",
    "whole_minutes",
]

FORGOTTEN_AFTER: Final = timedelta(hours=12)
"""How long a practice is left open that nobody gives a sign of, and whose goal is behind it."""

NOTHING_RUNS: Final = "You are not practising at the moment. /practice start begins."

_practices = table_of(TimedPractice)
_users = table_of(User)
_hacks = table_of(Hack)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a practice was begun: a channel of a server, or direct messages."""

    guild_id: int | None
    channel_id: int


@dataclass(frozen=True, slots=True)
class Practice:
    """A timed practice, with its member and its technique."""

    id: UUID
    member: Identity
    user_id: UUID
    hack: str
    hack_name: str
    """As a message shows it: letter by letter."""
    started_at: datetime
    timer: Timer
    goal_minutes: int | None
    remind_at: datetime | None
    last_sign_at: datetime
    closed_at: datetime | None
    is_forgotten: bool
    minutes: int | None
    corrected_minutes: int | None
    place: Place
    message_id: int | None
    reminder_message_id: int | None = None

    @property
    def is_paused(self) -> bool:
        """Whether its clock stands."""
        return self.timer.paused_at is not None

    @property
    def forgotten_at(self) -> datetime:
        """When it is taken for forgotten, unless its member gives a sign."""
        quiet_from = self.last_sign_at
        if self.goal_minutes is not None and not self.is_paused:
            quiet_from = max(quiet_from, self.timer.counts_from + timedelta(minutes=self.goal_minutes))
        return quiet_from + FORGOTTEN_AFTER

    def messages_beside(self, message_id: int | None) -> list[int]:
        """Return the messages with its buttons, but for that one."""
        both = (self.message_id, self.reminder_message_id)
        return [each for each in both if each is not None and each != message_id]

    def minutes_at(self, now: datetime) -> int:
        """Return what its clock shows, in whole minutes, none of them invented."""
        return whole_minutes(self.timer.elapsed(now))

    def most_minutes(self) -> int:
        """Return how many minutes it can have been at the most, once it is closed."""
        assert self.closed_at is not None
        return whole_minutes(self.closed_at - self.started_at)

    def can_be_corrected(self) -> bool:
        """Whether the member may still say how long it really was."""
        return self.is_forgotten and self.corrected_minutes is None and self.most_minutes() > 0


def whole_minutes(span: timedelta) -> int:
    """Return the whole minutes of a span, at most a day of them."""
    return min(span // timedelta(minutes=1), MAX_MINUTES)


def _select() -> Select[Any]:
    return (
        select(_practices, _users.c.discord_id, _users.c.discord_username, _hacks.c.slug, _hacks.c.name)
        .join(_users, _users.c.id == _practices.c.user_id)
        .join(_hacks, _hacks.c.id == _practices.c.hack_id)
    )


def _practice(row: Any) -> Practice:
    return Practice(
        id=row.id,
        member=Identity(int(row.discord_id), row.discord_username or ""),
        user_id=row.user_id,
        hack=row.slug,
        hack_name=escape_markdown(row.name),
        started_at=row.started_at,
        timer=Timer(row.counts_from, row.paused_at),
        goal_minutes=row.goal_minutes,
        remind_at=row.remind_at,
        last_sign_at=row.last_sign_at,
        closed_at=row.closed_at,
        is_forgotten=row.is_forgotten,
        minutes=row.minutes,
        corrected_minutes=row.corrected_minutes,
        place=Place(int(row.guild_id) if row.guild_id else None, int(row.channel_id)),
        message_id=int(row.message_id) if row.message_id else None,
        reminder_message_id=int(row.reminder_message_id) if row.reminder_message_id else None,
    )


def locked_practices(connection: Connection, *conditions: ColumnElement[bool]) -> list[Practice]:
    """Return the practices that meet the conditions, held until the commit."""
    rows = connection.execute(_select().where(*conditions).with_for_update(of=_practices))
    return [_practice(row) for row in rows]


def _first(connection: Connection, statement: Select[Any]) -> Practice | None:
    row = connection.execute(statement).first()
    return None if row is None else _practice(row)


def hold_members(connection: Connection, *discord_ids: int) -> None:
    """Hold the rows of members until the commit, before those of their practices.

    In the order in which recording holds them, so that no two transactions wait for each other.
    """
    connection.execute(
        select(_users.c.id)
        .where(_users.c.discord_id.in_([str(each) for each in discord_ids]))
        .order_by(func.length(_users.c.discord_id), _users.c.discord_id)
        .with_for_update(key_share=True)
    )


def read_practice(connection: Connection, practice_id: UUID) -> Practice | None:
    """Return a practice, if it is there."""
    return _first(connection, _select().where(_practices.c.id == practice_id))


def locked_practice(connection: Connection, *conditions: ColumnElement[bool]) -> Practice | None:
    """Return the one practice that meets the conditions, held until the commit."""
    return _first(connection, _select().where(*conditions).with_for_update(of=_practices))


def find_practice(connection: Connection, discord_id: int) -> Practice | None:
    """Return what a member is practising, held until the commit."""
    return locked_practice(
        connection, _users.c.discord_id == str(discord_id), _practices.c.closed_at.is_(None)
    )


def open_practice(connection: Connection, discord_id: int) -> Practice:
    """Return what a member is practising, held until the commit.

    Raises
    ------
    Refusal
        Nothing.
    """
    found = find_practice(connection, discord_id)
    if found is None:
        raise Refusal(NOTHING_RUNS)
    return found


def own_practice(connection: Connection, practice_id: UUID, discord_id: int) -> Practice:
    """Return a practice of the member's own, open or closed, held until the commit.

    Raises
    ------
    Refusal
        It is somebody else's, or is not there any more.
    """
    return check_owner(locked_practice(connection, _practices.c.id == practice_id), discord_id)


def check_owner(practice: Practice | None, discord_id: int) -> Practice:
    """Return a practice, if it is there and the member's own.

    Raises
    ------
    Refusal
        It is somebody else's, or is not there any more.
    """
    if practice is None:
        raise Refusal("That practice is not there any more.")
    if practice.member.discord_id != discord_id:
        raise Refusal("These buttons belong to the one who practises. /practice start gives you your own.")
    return practice


def latest_practice(connection: Connection, discord_id: int) -> Practice | None:
    """Return the practice that a member began last."""
    return _first(
        connection,
        _select()
        .where(_users.c.discord_id == str(discord_id))
        .order_by(_practices.c.started_at.desc(), _practices.c.id)
        .limit(1),
    )


def start(
    connection: Connection,
    member: Identity,
    hack: str,
    goal: int | None,
    place: Place,
    *,
    library: Library,
    now: datetime,
) -> Practice:
    """Begin to practise a technique.

    Parameters
    ----------
    hack
        What the member typed: a slug or a name.
    goal
        Minutes after which the member wants to be reminded, if any.

    Raises
    ------
    Refusal
        The technique is unknown or locked, the goal is no number of minutes, or the member is practising
        already.
    """
    known = library.named(hack)
    if goal is not None and not 1 <= goal <= MAX_MINUTES:
        raise Refusal(f"A goal is from 1 to {MAX_MINUTES:,} minutes. Leave it out to practise without one.")
    standing = lock_members(connection, [member])[member.discord_id]
    standing.check_open(known, library)
    begun = connection.execute(
        insert_into(_practices, connection.dialect.name).on_conflict_do_nothing().returning(_practices.c.id),
        {
            "user_id": standing.user_id,
            "hack_id": known.id,
            "created_at": now,
            "started_at": now,
            "counts_from": now,
            "goal_minutes": goal,
            "remind_at": now + timedelta(minutes=goal) if goal else None,
            "last_sign_at": now,
            "forgotten_at": now + timedelta(minutes=goal or 0) + FORGOTTEN_AFTER,
            "guild_id": str(place.guild_id) if place.guild_id else None,
            "channel_id": str(place.channel_id),
        },
    ).scalar()
    practice = open_practice(connection, member.discord_id)
    if begun is None:
        raise Refusal(
            f"You are practising {practice.hack_name} already, since "
            f"<t:{practice.started_at.timestamp():.0f}:t>. /practice status shows it; once it has ended, "
            "the next one can begin."
        )
    return practice


def remember_message(
    connection: Connection, practice_id: UUID, message_id: int, *, reminder: bool = False
) -> Practice | None:
    """Note which message shows a practice, or reminded of its goal, and return it as it stands by now."""
    column = _practices.c.reminder_message_id if reminder else _practices.c.message_id
    connection.execute(
        update(_practices).where(_practices.c.id == practice_id).values({column: str(message_id)})
    )
    return read_practice(connection, practice_id)


def pause(connection: Connection, practice: Practice, now: datetime) -> Practice:
    """Stop the clock of a practice that is held. One that stands, or is over, is left as it is."""
    return _moved(connection, practice, practice.timer.pause(now), now)


def resume(connection: Connection, practice: Practice, now: datetime) -> Practice:
    """Let the clock of a practice that is held run on. One that runs, or is over, is left as it is."""
    return _moved(connection, practice, practice.timer.resume(now), now)


def show_sign(connection: Connection, practice: Practice, now: datetime) -> None:
    """Note that the member is still there."""
    seen = replace(practice, last_sign_at=now)
    connection.execute(
        update(_practices)
        .where(_practices.c.id == practice.id)
        .values(last_sign_at=now, forgotten_at=seen.forgotten_at)
    )


def _moved(connection: Connection, practice: Practice, timer: Timer, now: datetime) -> Practice:
    if practice.closed_at is not None or timer == practice.timer:
        return practice
    moved = replace(practice, timer=timer, last_sign_at=now)
    if practice.goal_minutes is not None and practice.remind_at is not None:
        moved = replace(moved, remind_at=timer.counts_from + timedelta(minutes=practice.goal_minutes))
    connection.execute(
        update(_practices)
        .where(_practices.c.id == practice.id)
        .values(
            counts_from=timer.counts_from,
            paused_at=timer.paused_at,
            remind_at=moved.remind_at,
            last_sign_at=now,
            forgotten_at=moved.forgotten_at,
        )
    )
    return moved
