"""How practices end: by their member, or, forgotten, by the tick; and how a forgotten one is put right.

A practice is closed in the unit of work that records its session, under the same key. So however often it
is asked for, and wherever the process dies, it is recorded once or is still open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Connection, bindparam, select, update

from nrg_core.domain.correcting import correct_minutes
from nrg_core.domain.models import User
from nrg_core.domain.recording import Outcome, Recorded, RecordSession
from nrg_core.errors import Refusal
from nrg_core.storage.database import is_unavailable
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from nrg_core.text import clean_note
from nrg_practice.models import TimedPractice
from nrg_practice.service.practices import (
    FORGOTTEN_AFTER,
    Practice,
    hold_members,
    locked_practices,
    open_practice,
    own_practice,
    whole_minutes,
)

__all__ = [
    "Closed",
    "Due",
    "Recording",
    "RecordingAll",
    "check_correctable",
    "close_forgotten",
    "correct",
    "due_reminders",
    "end",
    "end_own",
    "vouched",
]

BATCH: Final = 100
"""Forgotten practices at the most that one tick closes: a hook has two seconds."""

REMINDERS: Final = 500
"""Reminders at the most that one tick asks for."""

Recording = Callable[[RecordSession], Awaitable[Recorded]]
"""Records a session in the unit of work at hand."""

RecordingAll = Callable[[Sequence[RecordSession]], Awaitable[list[Outcome]]]
"""Records many."""

_log = structlog.get_logger("nrg.practice")

_practices = table_of(TimedPractice)
_users = table_of(User)


@dataclass(frozen=True, slots=True)
class Closed:
    """A practice that is over.

    Attributes
    ----------
    recorded
        The session it became; nothing if it was too short, was closed before, or could not be recorded.
    refused
        Why it could not be recorded, in words for the member.
    """

    practice: Practice
    recorded: Recorded | None = None
    refused: str | None = None


async def end(
    uow: UnitOfWork,
    discord_id: int,
    notes: str | None,
    record: Recording,
    *,
    interaction_id: int,
    now: datetime,
) -> Closed:
    """End what a member is practising.

    Raises
    ------
    Refusal
        They are not practising, or the notes break a rule.
    """
    cleaned = clean_note(notes)

    def find(connection: Connection) -> Practice:
        hold_members(connection, discord_id)
        return open_practice(connection, discord_id)

    practice = await uow.run(find)
    return await _close(uow, practice, practice.timer.elapsed(now), record, now, cleaned, interaction_id)


async def end_own(
    uow: UnitOfWork,
    practice_id: UUID,
    discord_id: int,
    record: Recording,
    *,
    interaction_id: int,
    shown_on: int | None,
    now: datetime,
) -> Closed:
    """End a practice by its key; one that is over stays as it is.

    Parameters
    ----------
    shown_on
        The message that will show what it brought, if it is not the one that the practice began with.

    Raises
    ------
    Refusal
        It is somebody else's, or is not there any more.
    """

    def find(connection: Connection) -> Practice:
        hold_members(connection, discord_id)
        return own_practice(connection, practice_id, discord_id)

    practice = await uow.run(find)
    if practice.closed_at is not None:
        return Closed(practice)
    span = practice.timer.elapsed(now)
    return await _close(uow, practice, span, record, now, interaction_id=interaction_id, shown_on=shown_on)


def vouched(practice: Practice, now: datetime) -> timedelta:
    """Return how long a forgotten practice went on for certain, none of it invented.

    Until its pause; else until the goal the member had set, or until their last sign if that came later.
    """
    elapsed = practice.timer.elapsed(now)
    if practice.is_paused:
        return elapsed
    seen = max(practice.last_sign_at - practice.timer.counts_from, timedelta())
    meant = timedelta(minutes=practice.goal_minutes or 0)
    return min(max(seen, meant), elapsed)


async def close_forgotten(uow: UnitOfWork, record_all: RecordingAll, now: datetime) -> list[Closed]:
    """Close practices whose members have long given no sign, with the time that can be vouched for.

    One that cannot be closed is logged, and left for later; it is in nobody's way.
    """

    def hold(connection: Connection) -> list[Practice]:
        silent = (_practices.c.closed_at.is_(None), _practices.c.forgotten_at <= now)
        members = connection.execute(
            select(_users.c.discord_id)
            .join(_practices, _practices.c.user_id == _users.c.id)
            .where(*silent)
            .order_by(_practices.c.forgotten_at)
            .limit(BATCH)
        ).scalars()
        ids = [int(each) for each in members]
        if not ids:
            return []
        hold_members(connection, *ids)
        # Somebody may have given a sign meanwhile, or ended theirs.
        return locked_practices(connection, *silent, _users.c.discord_id.in_([str(each) for each in ids]))

    practices = await uow.run(hold)
    if not practices:
        return []
    try:
        async with uow.savepoint():
            return await _close_all(uow, practices, record_all, now)
    except Exception as error:
        if is_unavailable(error):
            raise
    closed: list[Closed] = []
    for practice in practices:
        try:
            async with uow.savepoint():
                closed += await _close_all(uow, [practice], record_all, now)
        except Exception as error:
            if is_unavailable(error):
                raise
            _log.exception("a forgotten practice could not be closed", practice=str(practice.id))
            await uow.execute(
                update(_practices)
                .where(_practices.c.id == practice.id)
                .values(forgotten_at=now + FORGOTTEN_AFTER)
            )
    return closed


async def _close_all(
    uow: UnitOfWork, practices: Sequence[Practice], record_all: RecordingAll, now: datetime
) -> list[Closed]:
    """Close practices that are held, in a number of statements that does not grow with theirs."""
    spans = {practice.id: vouched(practice, now) for practice in practices}
    requests = [
        _session(practice, minutes, practice.timer.counts_from + spans[practice.id])
        for practice in practices
        if (minutes := whole_minutes(spans[practice.id]))
    ]
    outcomes = await record_all(requests) if requests else []
    recorded = {one.session_id: one for one in outcomes if isinstance(one, Recorded)}
    closed = [_closed(practice, recorded.get(practice.id), now, forgotten=True) for practice in practices]
    await _write(uow, closed)
    return closed


async def _close(
    uow: UnitOfWork,
    practice: Practice,
    span: timedelta,
    record: Recording,
    now: datetime,
    notes: str | None = None,
    interaction_id: int | None = None,
    *,
    shown_on: int | None = None,
) -> Closed:
    """Close a practice that is held, and record the session it was, if it was one."""
    recorded, refused = None, None
    if minutes := whole_minutes(span):
        request = replace(
            _session(practice, minutes, practice.timer.counts_from + span),
            notes=notes,
            interaction_id=interaction_id,
            message_id=shown_on or practice.message_id,
        )
        try:
            recorded = await record(request)
        except Refusal as refusal:
            # Such as that it is saved already. It must not stay open for ever.
            refused = str(refusal)
    closed = replace(_closed(practice, recorded, now, forgotten=False), refused=refused)
    await _write(uow, [closed])
    return closed


def _closed(practice: Practice, recorded: Recorded | None, now: datetime, *, forgotten: bool) -> Closed:
    minutes = recorded.minutes if recorded is not None else 0
    return Closed(replace(practice, closed_at=now, is_forgotten=forgotten, minutes=minutes), recorded)


_set_closed = (
    update(_practices)
    .where(_practices.c.id == bindparam("key"))
    .values(
        closed_at=bindparam("closed_at"),
        is_forgotten=bindparam("is_forgotten"),
        minutes=bindparam("minutes"),
        remind_at=None,
    )
)


async def _write(uow: UnitOfWork, closed: Sequence[Closed]) -> None:
    await uow.execute(
        _set_closed,
        [
            {
                "key": each.practice.id,
                "closed_at": each.practice.closed_at,
                "is_forgotten": each.practice.is_forgotten,
                "minutes": each.practice.minutes,
            }
            for each in closed
        ],
    )


def _session(practice: Practice, minutes: int, ended_at: datetime) -> RecordSession:
    return RecordSession(
        member=practice.member,
        hack=practice.hack,
        minutes=minutes,
        ended_at=ended_at,
        guild_id=practice.place.guild_id,
        channel_id=practice.place.channel_id,
        message_id=practice.message_id,
        source="practice",
        session_id=practice.id,
        was_open=True,
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A practice whose goal is reached, at ``at``."""

    practice_id: UUID
    user_id: UUID
    guild_id: int | None
    at: datetime


def due_reminders(connection: Connection, now: datetime) -> list[Due]:
    """Mark practices whose goal is reached as reminded of, at most ``REMINDERS`` of them, and return them."""
    rows = connection.execute(
        select(_practices.c.id, _practices.c.user_id, _practices.c.guild_id, _practices.c.remind_at)
        .where(
            _practices.c.remind_at <= now,
            _practices.c.paused_at.is_(None),
            _practices.c.closed_at.is_(None),
        )
        .order_by(_practices.c.remind_at)
        .limit(REMINDERS)
        .with_for_update()
    ).all()
    if rows:
        connection.execute(
            update(_practices).where(_practices.c.id.in_([row.id for row in rows])).values(remind_at=None)
        )
    return [
        Due(row.id, row.user_id, int(row.guild_id) if row.guild_id else None, row.remind_at) for row in rows
    ]


async def correct(
    uow: UnitOfWork,
    practice_id: UUID,
    discord_id: int,
    minutes: int,
    record: Recording,
    *,
    now: datetime,
) -> Closed:
    """Say how long a forgotten practice really was: once, and no longer than it can have been.

    What was counted before stays in ``minutes``, beside what the member made of it.

    Raises
    ------
    Refusal
        It is somebody else's, was not forgotten, was corrected before, or cannot have been that long.
    """

    def find(connection: Connection) -> Practice:
        hold_members(connection, discord_id)
        practice = own_practice(connection, practice_id, discord_id)
        check_correctable(practice)
        if not 1 <= minutes <= practice.most_minutes():
            raise Refusal(
                f"It can have been from 1 to {practice.most_minutes():,} minutes. "
                "Please give the minutes you practised."
            )
        return practice

    practice = await uow.run(find)
    recorded = None
    if practice.minutes:
        earliest = practice.started_at
        await uow.run(correct_minutes, practice.id, minutes, earliest=earliest)
    else:
        ended_at = practice.started_at + timedelta(minutes=minutes)
        recorded = await record(_session(practice, minutes, ended_at))
    await uow.execute(
        update(_practices)
        .where(_practices.c.id == practice.id)
        .values(corrected_minutes=minutes, corrected_at=now)
    )
    return Closed(replace(practice, corrected_minutes=minutes), recorded)


def check_correctable(practice: Practice) -> None:
    """Let a practice be corrected.

    Raises
    ------
    Refusal
        It was corrected before, or was not closed by the bot.
    """
    if practice.corrected_minutes is not None:
        raise Refusal(
            f"That practice was corrected to {practice.corrected_minutes:,} min already. "
            "A moderator can change it if that is wrong."
        )
    if not practice.can_be_corrected():
        raise Refusal("Only a practice that was closed for you can be corrected.")
