"""Recording practice: the one way in which a session, a streak and what follows from them are written.

Works on many sessions at once in a fixed number of statements, because a commit costs as much as many
sessions. Rules are judged in memory, on the members' own counters: nothing here grows with a member's
history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, func, select, update

from nrg_core.domain.awarding import Award, award
from nrg_core.domain.criteria import Criterion, Progress, progress
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.library import KnownAchievement, KnownHack, Library, read_gone
from nrg_core.domain.models import MemberHack, PracticeSession, User
from nrg_core.domain.policy import Policy
from nrg_core.domain.standing import Identity, Practised, Standing, lock_members
from nrg_core.domain.streaks import from_days, local_day, record_day
from nrg_core.errors import Refusal
from nrg_core.outbox.events import NewEvent, PendingDelivery, store_events
from nrg_core.storage.sql import insert_into, table_of
from nrg_core.text import check_minutes, clean_note

__all__ = [
    "AlreadyRecorded",
    "Outcome",
    "RecordSession",
    "Recorded",
    "TooLittleKnown",
    "nearest_unlock",
    "record_sessions",
]

_users = table_of(User)
_sessions = table_of(PracticeSession)
_member_hacks = table_of(MemberHack)

CHANGED: Final = frozenset(
    {"streak_days", "longest_streak_days", "sessions", "practice_minutes", "hacks_mastered", "distinct_hacks"}
)
"""The metrics that a session can change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSession:
    """A session to be recorded.

    Attributes
    ----------
    hack
        The technique's slug; nothing means the one used last.
    minutes
        1 to 1,440; nothing means the technique's own duration.
    ended_at
        When it ended, aware.
    interaction_id
        Discord's id of what asked for it: the same one records once.
    message_id
        Discord's id of a message that shows it, where that is not (only) the answer to the interaction.
    source
        Who records it: ``"checkin"`` or another plugin's name.
    session_id
        The key that the session will have: what was recorded under it is not recorded again.
    was_open
        The member had begun it when the technique was open to them: it is recorded, by the technique's slug,
        even if that has closed, or left the catalogue, meanwhile.
    """

    member: Identity
    ended_at: datetime
    hack: str | None = None
    minutes: int | None = None
    notes: str | None = None
    guild_id: int | None = None
    channel_id: int | None = None
    interaction_id: int | None = None
    message_id: int | None = None
    source: str = "checkin"
    session_id: UUID = field(default_factory=uuid4)
    was_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a session that was recorded.

    Attributes
    ----------
    next_unlock
        The technique that is nearest to opening, and how near it is.
    deliveries
        What plugins are to hear of it, in order.
    """

    session_id: UUID
    user_id: UUID
    hack: KnownHack
    minutes: int
    notes: str | None
    streak_days: int
    longest_streak_days: int
    first_of_day: bool
    sessions: int
    total_minutes: int
    mastered: bool
    earned: tuple[KnownAchievement, ...]
    unlocked: tuple[KnownHack, ...]
    next_unlock: tuple[KnownHack, Criterion, Progress] | None
    deliveries: list[PendingDelivery] = field(default_factory=list[PendingDelivery])


class AlreadyRecorded(Refusal):
    """The same interaction came twice; it was recorded the first time."""

    def __init__(self) -> None:
        super().__init__("That check-in is already saved.")


class TooLittleKnown(Refusal):
    """The technique or the minutes were not said, and nothing earlier tells them. Ask with a form.

    Attributes
    ----------
    hack
        The technique, if that much is known.
    asks_minutes
        Whether the minutes are to be asked for.
    """

    def __init__(self, hack: KnownHack | None, *, asks_minutes: bool) -> None:
        super().__init__("Say which technique you practised, and for how many minutes.")
        self.hack = hack
        self.asks_minutes = asks_minutes


Outcome = Recorded | Refusal


@dataclass(slots=True)
class _Entry:
    """A session on its way through: asked for, understood, inserted, counted."""

    place: int
    request: RecordSession
    standing: Standing
    hack: KnownHack
    minutes: int
    notes: str | None
    zone_name: str
    day: date

    @property
    def session_id(self) -> UUID:
        return self.request.session_id


def record_sessions(
    connection: Connection, requests: Sequence[RecordSession], library: Library, policy: Policy
) -> list[Outcome]:
    """Record sessions in the transaction of ``connection``, and return what became of each, in order.

    A refused session is an outcome, not an exception: the others are recorded all the same.
    """
    outcomes: dict[int, Outcome] = {}
    standings = lock_members(connection, [request.member for request in requests])
    begun = {request.hack for request in requests if request.was_open and request.hack is not None}
    gone = read_gone(connection, begun - library.hacks.keys())
    entries: list[_Entry] = []
    for place, request in enumerate(requests):
        try:
            standing = standings[request.member.discord_id]
            entries.append(_understood(place, request, standing, library, gone, policy))
        except Refusal as refusal:
            outcomes[place] = refusal
    new = _insert(connection, entries)
    counted: list[tuple[_Entry, Recorded]] = []
    awards: list[Award] = []
    for entry in entries:
        if entry.session_id in new:
            new.discard(entry.session_id)  # asked for twice in one go, it is one session all the same
            if entry.standing.is_late(entry.day):
                _take_late_day(connection, entry.standing, policy)
            counted.append((entry, _count(entry, library, policy, awards)))
        else:
            outcomes[entry.place] = AlreadyRecorded()
    if counted:
        _write_counters(connection, [entry for entry, _ in counted])
        given = award(connection, awards, library, policy)
        deliveries = _store(connection, counted, given, policy)
        for entry, recorded in counted:
            recorded.deliveries.extend(deliveries.get(entry.session_id, ()))
            outcomes[entry.place] = recorded
    return [outcomes[place] for place in range(len(requests))]


def _understood(
    place: int,
    request: RecordSession,
    standing: Standing,
    library: Library,
    gone: Mapping[str, KnownHack],
    policy: Policy,
) -> _Entry:
    """Check what was asked for and fill in what was not, or refuse."""
    notes = clean_note(request.notes) if request.notes is not None else None
    hack: KnownHack | None = None
    if request.hack is not None:
        hack = (gone.get(request.hack) if request.was_open else None) or library.named(request.hack)
    elif standing.last_hack_id is not None:
        hack = library.hacks_by_id.get(standing.last_hack_id)
    minutes = check_minutes(request.minutes) if request.minutes is not None else None
    if minutes is None and hack is not None:
        minutes = hack.duration_minutes
    if hack is not None and not request.was_open:
        standing.check_open(hack, library)  # before anything is asked for in vain
    if hack is None or minutes is None:
        raise TooLittleKnown(hack, asks_minutes=minutes is None)
    zone = standing.zone(policy.zone)
    day = local_day(request.ended_at, zone)
    return _Entry(place, request, standing, hack, minutes, notes, zone.key, day)


def _insert(connection: Connection, entries: Sequence[_Entry]) -> set[UUID]:
    """Insert the sessions and return the keys of those whose interaction was not recorded before."""
    if not entries:
        return set()
    rows = connection.execute(
        _INSERTS[connection.dialect.name],
        [
            {
                "id": entry.session_id,
                "created_at": entry.request.ended_at,
                "user_id": entry.standing.user_id,
                "hack_id": entry.hack.id,
                "started_at": entry.request.ended_at - timedelta(minutes=entry.minutes),
                "ended_at": entry.request.ended_at,
                "duration_seconds": entry.minutes * 60,
                "notes": entry.notes,
                "interaction_id": _text(entry.request.interaction_id),
                "message_id": _text(entry.request.message_id),
                "guild_id": _text(entry.request.guild_id),
                "channel_id": _text(entry.request.channel_id),
                "zone": entry.zone_name,
                "local_day": entry.day,
                "source": entry.request.source,
            }
            for entry in entries
        ],
    )
    return set(rows.scalars())


_INSERTS = {
    dialect: insert_into(_sessions, dialect).on_conflict_do_nothing().returning(_sessions.c.id)
    for dialect in ("sqlite", "postgresql")
}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


_days = (
    select(_sessions.c.local_day)
    .where(
        _sessions.c.user_id == bindparam("user_id"),
        _sessions.c.ended_at.is_not(None),
        _sessions.c.duration_seconds >= 60,
    )
    .distinct()
)


def _take_late_day(connection: Connection, standing: Standing, policy: Policy) -> None:
    """Make the streak from all days: one came after a later one, as a move westwards can bring about."""
    days = connection.execute(_days, {"user_id": standing.user_id}).scalars()
    again = from_days(days, rest_days=policy.rest_days, excused=standing.excused)
    stored = standing.streak
    # A day more never makes a streak shorter; if it seems so, excused days of long ago are forgotten.
    standing.streak = replace(
        again, current=max(again.current, stored.current), longest=max(again.longest, stored.longest)
    )


def _count(entry: _Entry, library: Library, policy: Policy, awards: list[Award]) -> Recorded:
    """Count a session in the member's standing, judge what it can have changed, and note the awards."""
    standing, hack = entry.standing, entry.hack
    first_of_day = standing.streak.last_day is None or entry.day > standing.streak.last_day
    standing.streak = record_day(
        standing.streak,
        entry.day,
        rest_days=policy.rest_days,
        excused=standing.excused_until(entry.day, policy.zone),
    )
    streak_days = standing.streak_on(entry.day, policy)
    practised = standing.hacks.setdefault(hack.id, Practised())
    practised.sessions += 1
    practised.minutes += entry.minutes
    standing.sessions += 1
    standing.minutes += entry.minutes
    standing.last_hack_id = hack.id
    standing.last_checkin = max(entry.request.ended_at, standing.last_checkin or entry.request.ended_at)
    mastery = library.rules.get(f"mastery {hack.slug}")  # of one that is gone nothing is judged
    newly_mastered = (
        mastery is not None
        and not practised.mastered
        and mastery.immediate
        and standing.meets(mastery, library, streak_days)
    )
    practised.mastered = practised.mastered or newly_mastered
    earned, unlocked = _judge(entry, library, policy, streak_days, awards)
    return Recorded(
        session_id=entry.session_id,
        user_id=standing.user_id,
        hack=hack,
        minutes=entry.minutes,
        notes=entry.notes,
        streak_days=streak_days,
        longest_streak_days=standing.streak.longest,
        first_of_day=first_of_day,
        sessions=standing.sessions,
        total_minutes=standing.minutes,
        mastered=newly_mastered,
        earned=earned,
        unlocked=unlocked,
        next_unlock=nearest_unlock(standing, library, streak_days),
    )


def _judge(
    entry: _Entry, library: Library, policy: Policy, streak_days: int, awards: list[Award]
) -> tuple[tuple[KnownAchievement, ...], tuple[KnownHack, ...]]:
    """Judge the rules that need nothing but the member's counters; ``judging`` sees to the others."""
    standing, request = entry.standing, entry.request
    earned: list[KnownAchievement] = []
    unlocked: list[KnownHack] = []
    for rule in library.affected(CHANGED, hack=entry.hack.slug):
        subject = rule.subject
        if not rule.immediate or subject.id in standing.earned or subject.id in standing.unlocked:
            continue
        if isinstance(subject, KnownAchievement):
            if not policy.achievements or not standing.meets(rule, library, streak_days):
                continue
            standing.earned.add(subject.id)
            earned.append(subject)
        else:
            if rule.criterion is not subject.unlock or not standing.meets(rule, library, streak_days):
                continue
            standing.unlocked.add(subject.id)
            unlocked.append(subject)
        awards.append(
            Award(standing, subject, request.ended_at, request.guild_id, request.channel_id, entry.session_id)
        )
    return tuple(earned), tuple(unlocked)


def nearest_unlock(
    standing: Standing, library: Library, streak_days: int
) -> tuple[KnownHack, Criterion, Progress] | None:
    """Return the technique that is nearest to opening for a member, as far as their counters tell."""
    nearest: tuple[KnownHack, Criterion, Progress] | None = None
    for hack in library.hacks.values():
        if hack.unlock is None or hack.id in standing.unlocked:
            continue
        rule = library.rules[f"unlock {hack.slug}"]
        if rule.immediate:
            way = progress(rule.criterion, standing.values(rule, library, streak_days))
            if nearest is None or way.fraction > nearest[2].fraction:
                nearest = (hack, rule.criterion, way)
    return nearest


_set_counters = (
    update(_users)
    .where(_users.c.id == bindparam("key"))
    .values({
        column: bindparam(column)
        for column in (
            "last_checkin",
            "streak_count",
            "longest_streak",
            "streak_day",
            "streak_rested",
            "total_practice_minutes",
            "session_count",
            "distinct_hacks",
            "hacks_mastered",
            "last_hack_id",
        )
    })
)  # fmt: skip


def _write_counters(connection: Connection, entries: Sequence[_Entry]) -> None:
    """Write the standings back; each member and technique once, whatever the number of sessions."""
    members = {entry.standing.user_id: entry.standing for entry in entries}
    connection.execute(
        _set_counters,
        [
            {
                "key": key,
                "last_checkin": standing.last_checkin,
                "streak_count": standing.streak.current,
                "longest_streak": standing.streak.longest,
                "streak_day": standing.streak.last_day,
                "streak_rested": standing.streak.rested,
                "total_practice_minutes": standing.minutes,
                "session_count": standing.sessions,
                "distinct_hacks": len(standing.hacks),
                "hacks_mastered": standing.mastered(),
                "last_hack_id": standing.last_hack_id,
            }
            for key, standing in members.items()
        ],
    )
    practised = {(entry.standing.user_id, entry.hack.id): entry for entry in entries}
    rows: list[dict[str, Any]] = []
    for (user_id, hack_id), entry in practised.items():
        one = entry.standing.hacks[hack_id]
        mastered_at = entry.request.ended_at if one.mastered else None
        rows.append(
            {
                "user_id": user_id,
                "hack_id": hack_id,
                "sessions": one.sessions,
                "minutes": one.minutes,
                "mastered_at": mastered_at,
            }
        )
    connection.execute(_COUNTS[connection.dialect.name], rows)


def _counts(dialect: str) -> Any:
    statement = insert_into(_member_hacks, dialect)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["user_id", "hack_id"],
        set_={
            "sessions": new.sessions,
            "minutes": new.minutes,
            # Once mastered, the date stays.
            "mastered_at": func.coalesce(_member_hacks.c.mastered_at, new.mastered_at),
        },
    )


_COUNTS = {dialect: _counts(dialect) for dialect in ("sqlite", "postgresql")}


def _store(
    connection: Connection,
    counted: Sequence[tuple[_Entry, Recorded]],
    given: Sequence[tuple[Award, NewEvent]],
    policy: Policy,
) -> dict[UUID, list[PendingDelivery]]:
    """Store what happened, each session before what it earned, and return it by session."""
    events: list[NewEvent] = []
    causes: list[UUID] = []
    for entry, recorded in counted:
        own = [event for one, event in given if one.cause == entry.session_id]
        events += [_event(entry, recorded, policy), *own]
        causes += [entry.session_id] * (1 + len(own))
    now = max(entry.request.ended_at for entry, _ in counted)
    by_cause: dict[UUID, list[PendingDelivery]] = {}
    for cause, deliveries in zip(causes, store_events(connection, events, now), strict=True):
        by_cause.setdefault(cause, []).extend(deliveries)
    return by_cause


def _event(entry: _Entry, recorded: Recorded, policy: Policy) -> NewEvent:
    request = entry.request
    event = SessionRecorded(
        occurred_at=request.ended_at,
        user_id=recorded.user_id,
        discord_id=request.member.discord_id,
        member_name=request.member.name,
        guild_id=request.guild_id,
        channel_id=request.channel_id,
        session_id=recorded.session_id,
        hack=recorded.hack.slug,
        hack_name=recorded.hack.name,
        minutes=recorded.minutes,
        local_day=entry.day,
        first_of_day=recorded.first_of_day,
        streak_days=recorded.streak_days,
        source=request.source,
    )
    return NewEvent(
        event.kind, event.user_id, event.to_payload(), policy.audience(event.kind, request.guild_id)
    )
