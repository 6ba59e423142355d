"""The life of a pair: matched, practising together, ended.

Whatever has to be done on Discord for it is written into the same transaction, as an errand or a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, delete, func, null, or_, select, update

from nrg_buddy.models import BuddyDay, BuddyPartner, BuddyRequest, PracticeBuddy
from nrg_buddy.words import FAREWELLS, hello, milestone
from nrg_core.domain.models import PracticeSession, User
from nrg_core.errors import Refusal
from nrg_core.outbox.messages import ChannelMessage, Envelope, Errand, enqueue
from nrg_core.outbox.models import OutboxMessage
from nrg_core.storage.sql import insert_into, one_at_a_time, table_of

__all__ = [
    "LOCK",
    "Pair",
    "Reason",
    "Together",
    "count_day",
    "days_together",
    "end",
    "end_erased",
    "is_coming",
    "leave",
    "look_after",
    "make_pairs",
    "note_room",
    "pair_of",
    "read_pair",
    "room_errand",
]

Reason = Literal["ended", "left", "erased", "removed"]
"""Why a pair ends: one of them said so, is no longer on the server, or was erased; or the bot was removed."""

LOCK: Final = "nrg:buddy"
"""Who is matched with whom is decided by one transaction at a time.

It is one lock for all servers, because a member has one partner on all of them together, and it is held for
a few statements only.
"""

CHECKED_EVERY: Final = timedelta(days=1)
CHECKED_AT_ONCE: Final = 20
"""Pairs that are looked after in one tick: so that a large community does not run into Discord's limits."""

_pairs = table_of(PracticeBuddy)
_partners = table_of(BuddyPartner)
_requests = table_of(BuddyRequest)
_days = table_of(BuddyDay)
_sessions = table_of(PracticeSession)
_first, _second = table_of(User).alias("first"), table_of(User).alias("second")
_users = table_of(User)
_outbox = table_of(OutboxMessage)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who practise together, or did.

    Attributes
    ----------
    members
        The Discord ids of those who have not been erased, by their keys in ``users``.
    days
        How many days they practised together.
    """

    id: UUID
    members: Mapping[UUID, int]
    guild_id: int
    channel_id: int | None
    is_active: bool
    is_greeted: bool
    matched_at: datetime
    ended_at: datetime | None
    days: int
    last_practice: datetime | None

    def partner_of(self, discord_id: int) -> int | None:
        """Return the other's Discord id, or nothing if the other was erased."""
        return next((each for each in self.members.values() if each != discord_id), None)


_select = (
    select(_pairs, _first.c.discord_id.label("first"), _second.c.discord_id.label("second"))
    .outerjoin(_first, _first.c.id == _pairs.c.user1_id)
    .outerjoin(_second, _second.c.id == _pairs.c.user2_id)
)


def read_pair(connection: Connection, pair_id: UUID) -> Pair | None:
    """Return a pair, active or not."""
    row = connection.execute(_select.where(_pairs.c.id == pair_id)).one_or_none()
    return _pair(row) if row is not None else None


def pair_of(connection: Connection, discord_id: int) -> Pair | None:
    """Return a member's active pair."""
    row = connection.execute(
        _select.join(_partners, _partners.c.pair_id == _pairs.c.id)
        .join(_users, _users.c.id == _partners.c.user_id)
        .where(_users.c.discord_id == str(discord_id))
    ).one_or_none()
    return _pair(row) if row is not None else None


def _pair(row: Any) -> Pair:
    both = ((row.user1_id, row.first), (row.user2_id, row.second))
    return Pair(
        id=row.id,
        members={key: int(discord_id) for key, discord_id in both if key is not None},
        guild_id=int(row.guild_id or 0),
        channel_id=int(row.discord_channel_id) if row.discord_channel_id else None,
        is_active=row.is_active,
        is_greeted=row.greeted_at is not None,
        matched_at=row.matched_at,
        ended_at=row.ended_at,
        days=row.practice_count,
        last_practice=row.last_practice,
    )


def make_pairs(connection: Connection, couples: Sequence[Sequence[Any]], now: datetime) -> list[Pair]:
    """Make each two whose requests are given partners; the same two have one pair, which is taken up again.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        One of them has a partner already.
    """
    if not couples:
        return []
    keys = [tuple(sorted(request.user_id for request in both)) for both in couples]
    statement = insert_into(_pairs, connection.dialect.name)
    renewed = {
        name: statement.excluded[name] for name in ("guild_id", "matched_at", "checked_at", "is_active")
    }
    rows = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["user1_id", "user2_id"],
            set_={**renewed, "ended_at": null(), "greeted_at": null()},
        ).returning(_pairs.c.id, _pairs.c.user1_id, _pairs.c.user2_id),
        [
            {
                "user1_id": first,
                "user2_id": second,
                "guild_id": both[0].guild_id,
                "matched_at": now,
                "checked_at": now,
                "is_active": True,
            }
            for (first, second), both in zip(keys, couples, strict=True)
        ],
    )
    ids = {(row.user1_id, row.user2_id): row.id for row in rows}
    connection.execute(
        _partners.insert(),
        [
            {
                "user_id": request.user_id,
                "pair_id": ids[key],
                "requested_at": request.created_at,
                "zone": request.zone,
                "experience": request.experience,
            }
            for key, both in zip(keys, couples, strict=True)
            for request in both
        ],
    )
    made = {row.id: _pair(row) for row in connection.execute(_select.where(_pairs.c.id.in_(ids.values())))}
    return [made[ids[key]] for key in keys]


def room_errand(pair: Pair, why: str = "") -> Envelope:
    """Ask that the pair's channel be made what the pair is: open, or closed once it has ended."""
    since = pair.ended_at or pair.matched_at
    errand = Errand("buddy", "room", {"pair": pair.id.hex, "why": why}, pair.guild_id)
    return Envelope(f"buddy:room:{pair.id.hex}:{since.timestamp():.3f}", errand)


def is_coming(connection: Connection, errand: Envelope) -> bool:
    """Tell whether an errand is still to be done; one that is done, or was given up, is not."""
    waits = select(_outbox.c.id).where(_outbox.c.key == errand.key, _outbox.c.due_at.is_not(None))
    return connection.execute(waits).first() is not None


def note_room(connection: Connection, pair: Pair, channel_id: int, why: str, now: datetime) -> bool:
    """Note which channel is the pair's, and welcome the two there, once.

    Returns false, and notes nothing, if another process has noted another channel since ``pair`` was read.
    """
    known = None if pair.channel_id is None else str(pair.channel_id)
    noted = connection.execute(
        update(_pairs)
        .where(_pairs.c.id == pair.id, _pairs.c.discord_channel_id.is_not_distinct_from(known))
        .values(discord_channel_id=str(channel_id))
    )
    if not noted.rowcount:
        return False
    greeted = connection.execute(
        update(_pairs)
        .where(_pairs.c.id == pair.id, _pairs.c.is_active, _pairs.c.greeted_at.is_(None))
        .values(greeted_at=now)
    )
    if greeted.rowcount and len(pair.members) == 2:
        first, second = pair.members.values()
        welcome = ChannelMessage(
            channel_id, hello((first, second), why), mentions=(first, second), plugin="buddy"
        )
        _send(connection, f"buddy:hello:{pair.id.hex}:{pair.matched_at.timestamp():.3f}", welcome, now)
    return True


def leave(connection: Connection, discord_id: int, now: datetime) -> Pair | None:
    """End a member's pair, and return it; or take the member out of the queue, and return nothing.

    Raises
    ------
    Refusal
        The member has no partner and does not wait for one.
    """
    one_at_a_time(connection, LOCK)
    pair = pair_of(connection, discord_id)
    if pair is not None:
        end(connection, pair, "ended", now)
        return pair
    own = select(_users.c.id).where(_users.c.discord_id == str(discord_id)).scalar_subquery()
    if not connection.execute(delete(_requests).where(_requests.c.user_id == own)).rowcount:
        raise Refusal(
            "You have no practice partner, and you are not waiting for one. `/buddy request` looks for one."
        )
    return None


def end(connection: Connection, pair: Pair, why: Reason, now: datetime) -> None:
    """Free both, say so in their channel, and have it closed. Nothing happens to a pair that has ended."""
    ended = connection.execute(
        update(_pairs).where(_pairs.c.id == pair.id, _pairs.c.is_active).values(is_active=False, ended_at=now)
    )
    if not ended.rowcount:
        return
    connection.execute(delete(_partners).where(_partners.c.pair_id == pair.id))
    if why == "removed":
        return  # the channel is out of reach
    after = read_pair(connection, pair.id)
    assert after is not None
    if after.channel_id is not None:
        _send(
            connection,
            f"buddy:farewell:{pair.id.hex}:{now.timestamp():.3f}",
            ChannelMessage(
                after.channel_id,
                f"{FAREWELLS[why]} What you wrote stays here to be read. "
                "`/buddy request` finds another partner whenever you like.",
                plugin="buddy",
            ),
            now,
        )
    enqueue(connection, [room_errand(after)], now)


def end_erased(connection: Connection, now: datetime) -> int:
    """End the pairs of members who were erased, and count them; forget pairs of which nobody is left."""
    someone_gone = or_(_pairs.c.user1_id.is_(None), _pairs.c.user2_id.is_(None))
    rows = connection.execute(_select.where(_pairs.c.is_active, someone_gone)).all()
    for row in rows:
        end(connection, _pair(row), "erased", now)
    connection.execute(
        delete(_pairs).where(
            _pairs.c.user1_id.is_(None),
            _pairs.c.user2_id.is_(None),
            _pairs.c.ended_at < now - CHECKED_EVERY,  # by then the channel is closed
        )
    )
    return len(rows)


def look_after(connection: Connection, now: datetime) -> None:
    """Once a day, have it looked whether both of a pair are still there, and so is their channel."""
    due = connection.execute(
        _select.where(_pairs.c.is_active, _pairs.c.checked_at <= now - CHECKED_EVERY)
        .order_by(_pairs.c.checked_at)
        .limit(CHECKED_AT_ONCE)
    ).all()
    if not due:
        return
    connection.execute(update(_pairs).where(_pairs.c.id.in_([row.id for row in due])).values(checked_at=now))
    enqueue(connection, [room_errand(_pair(row)) for row in due], now)


@dataclass(frozen=True, slots=True)
class Together:
    """Both of a pair practised on a day that had not counted before, which makes so many days."""

    pair: Pair
    days: int


def count_day(
    connection: Connection, user_id: UUID, day: date, at: datetime, now: datetime
) -> Together | None:
    """Count a day on which a member practised, if the partner they had at the time did so too.

    What the partner did after the two had parted does not count, however late this is called. A milestone
    is said in the pair's channel.
    """
    row = connection.execute(
        _select.where(
            or_(_pairs.c.user1_id == user_id, _pairs.c.user2_id == user_id),
            _pairs.c.matched_at <= at,
            or_(_pairs.c.ended_at.is_(None), _pairs.c.ended_at > at),
        )
    ).first()
    pair = _pair(row) if row is not None else None
    if pair is None or not _partner_practised(connection, pair, user_id, day):
        return None
    counted = connection.execute(
        insert_into(_days, connection.dialect.name).on_conflict_do_nothing(),
        {"pair_id": pair.id, "day": day},
    )
    if not counted.rowcount:
        return None
    days = connection.execute(
        update(_pairs)
        .where(_pairs.c.id == pair.id)
        .values(practice_count=_pairs.c.practice_count + 1, last_practice=at)
        .returning(_pairs.c.practice_count)
    ).scalar_one()
    said = milestone(days)
    if said is not None and pair.channel_id is not None and pair.is_active:
        message = ChannelMessage(pair.channel_id, said, plugin="buddy")
        _send(connection, f"buddy:milestone:{pair.id.hex}:{days}", message, now)
    return Together(pair, days)


def _partner_practised(connection: Connection, pair: Pair, user_id: UUID, day: date) -> bool:
    practised = select(_sessions.c.id).where(
        _sessions.c.user_id.in_(pair.members.keys() - {user_id}),
        _sessions.c.local_day == day,
        _sessions.c.duration_seconds >= 60,
    )
    if pair.ended_at is not None:
        practised = practised.where(_sessions.c.ended_at < pair.ended_at)
    return connection.execute(practised.where(_sessions.c.ended_at.is_not(None)).limit(1)).first() is not None


def days_together(connection: Connection, user_id: UUID) -> int:
    """Return on how many days a member and a partner both practised, with whomever that was."""
    return connection.execute(
        select(func.coalesce(func.sum(_pairs.c.practice_count), 0)).where(
            or_(_pairs.c.user1_id == user_id, _pairs.c.user2_id == user_id)
        )
    ).scalar_one()


def _send(connection: Connection, key: str, message: ChannelMessage, now: datetime) -> None:
    enqueue(connection, [Envelope(key, message)], now)
