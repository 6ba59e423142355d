"""How practices end: by their member, or, forgotten, by the tick; and how a forgotten one is put right.

A practice is closed in the unit of work that records its session, under the same key. So however often it
is asked for, and wherever the process dies, it is recorded once or is still open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select, update

from nrg_core.domain.correcting import correct_minutes
from nrg_core.domain.models import User
from nrg_core.domain.recording import Recorded, RecordSession
from nrg_core.errors import Refusal
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from nrg_core.text import clean_note
from nrg_practice.models import TimedPractice
from nrg_practice.service.practices import (
    Practice,
    find_practice,
    hold_members,
    open_practice,
    own_practice,
    whole_minutes,
)

__all__ = [
    "Closed",
    "Recording",
    "check_correctable",
    "close_forgotten",
    "correct",
    "due_reminders",
    "end",
    "end_own",
    "vouched",
]

FORGOTTEN_AFTER: Final = timedelta(hours=12)
"""How long a practice is left open without a sign of its member."""

BATCH: Final = 25
"""Forgotten practices at the most that one tick closes: a hook has two seconds."""

Recording = Callable[[RecordSession], Awaitable[Recorded]]
"""Records a session in the unit of work at hand."""

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


async def close_forgotten(uow: UnitOfWork, record: Recording, now: datetime) -> list[Closed]:
    """Close practices whose members have long given no sign, with the time that can be vouched for."""
    silent = (_practices.c.closed_at.is_(None), _practices.c.last_sign_at <= now - FORGOTTEN_AFTER)

    def hold(connection: Connection) -> list[Practice]:
        members = connection.execute(
            select(_users.c.discord_id)
            .join(_practices, _practices.c.user_id == _users.c.id)
            .where(*silent)
            .order_by(_practices.c.last_sign_at)
            .limit(BATCH)
        ).scalars()
        ids = [int(each) for each in members]
        hold_members(connection, *ids)
        # Somebody may have given a sign meanwhile, or ended theirs.
        found = [find_practice(connection, each) for each in ids]
        return [each for each in found if each is not None and now - each.last_sign_at >= FORGOTTEN_AFTER]

    practices = await uow.run(hold)
    return [
        await _close(uow, practice, vouched(practice, now), record, now, forgotten=True)
        for practice in practices
    ]


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
    forgotten: bool = False,
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
            # Such as of a technique that left the catalogue. It must not stay open for ever.
            refused, minutes = str(refusal), 0
    closed = replace(practice, closed_at=now, is_forgotten=forgotten, minutes=minutes)
    await uow.execute(
        update(_practices)
        .where(_practices.c.id == practice.id)
        .values(closed_at=now, is_forgotten=forgotten, minutes=minutes, remind_at=None)
    )
    return Closed(closed, recorded, refused)


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
    )


def due_reminders(connection: Connection, now: datetime) -> list[tuple[UUID, UUID, int | None]]:
    """Mark the practices whose goal is reached as reminded of; return their keys, members and servers."""
    rows = connection.execute(
        update(_practices)
        .where(
            _practices.c.remind_at <= now,
            _practices.c.paused_at.is_(None),
            _practices.c.closed_at.is_(None),
        )
        .values(remind_at=None)
        .returning(_practices.c.id, _practices.c.user_id, _practices.c.guild_id)
    )
    return [(row.id, row.user_id, int(row.guild_id) if row.guild_id else None) for row in rows]


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
        await uow.run(lambda connection: correct_minutes(connection, practice.id, minutes))
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
