"""The queue of those who look for a partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, or_, select

from nrg_buddy.models import BuddyPartner, BuddyRequest, PracticeBuddy
from nrg_buddy.service.matching import EXPERIENCES, Fit, Match, Seeker, match
from nrg_buddy.service.pairs import LOCK, Pair, end, make_pair, pair_of, read_pair, room_errand
from nrg_buddy.words import moment, reason
from nrg_core.domain.models import MemberHack, User
from nrg_core.domain.standing import Identity, Standing, lock_members
from nrg_core.errors import NrgError, Refusal
from nrg_core.outbox.messages import Envelope, enqueue
from nrg_core.storage.sql import insert_into, one_at_a_time, table_of

__all__ = ["Matched", "Request", "ask", "end_without", "match_all", "waiting_since"]

_requests = table_of(BuddyRequest)
_pairs = table_of(PracticeBuddy)
_partners = table_of(BuddyPartner)
_member_hacks = table_of(MemberHack)
_users = table_of(User)

BEGUN, SEASONED = 10, 100
"""Sessions from which somebody who did not say counts as having some experience, and much."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a member asks for; what is left out is taken from what is known of them."""

    member: Identity
    guild_id: int
    zone: ZoneInfo | None = None
    experience: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """Two who were matched just now, how they fit, and the errand that opens their channel."""

    pair: Pair
    fit: Fit
    errand: Envelope


def ask(connection: Connection, request: Request, default: ZoneInfo, now: datetime) -> Matched | None:
    """Put a member into the queue; return whom they were matched with at once, if anybody.

    Raises
    ------
    Refusal
        The member has a partner, or waits already.
    """
    one_at_a_time(connection, LOCK)
    standing = lock_members(connection, [request.member])[request.member.discord_id]
    _check_free(connection, request.member.discord_id, now)
    zone = request.zone or standing.zone(default)
    row = {
        "created_at": now,
        "user_id": standing.user_id,
        "guild_id": str(request.guild_id),
        "zone": zone.key,
        "experience": request.experience or _experience(standing),
    }
    statement = insert_into(_requests, connection.dialect.name).on_conflict_do_nothing()
    if not connection.execute(statement, row).rowcount:
        since = waiting_since(connection, request.member.discord_id)
        raise Refusal(
            f"You are waiting for a partner already{f', since {moment(since)}' if since else ''}. "
            "`/buddy end` takes you out of the queue."
        )
    matched = _match_on(connection, request.guild_id, now)
    return next((one for one in matched if standing.user_id in one.pair.members), None)


def _check_free(connection: Connection, discord_id: int, now: datetime) -> None:
    pair = pair_of(connection, discord_id)
    if pair is None:
        return
    partner = pair.partner_of(discord_id)
    if partner is None:
        end(connection, pair, "erased", now)
        return
    raise Refusal(
        f"You practise with <@{partner}> already. `/buddy status` tells how it goes, "
        "and `/buddy end` ends it."
    )


def _experience(standing: Standing) -> str:
    return EXPERIENCES[(standing.sessions >= BEGUN) + (standing.sessions >= SEASONED)]


def waiting_since(connection: Connection, discord_id: int) -> datetime | None:
    """Return since when a member has been waiting, if they are."""
    return connection.execute(
        select(_requests.c.created_at)
        .join(_users, _users.c.id == _requests.c.user_id)
        .where(_users.c.discord_id == str(discord_id))
    ).scalar()


def match_all(connection: Connection, now: datetime) -> int:
    """Match whoever can be matched by now, on every server, and return how many pairs that makes."""
    one_at_a_time(connection, LOCK)
    guilds = connection.execute(select(_requests.c.guild_id).distinct().order_by(_requests.c.guild_id))
    return sum(len(_match_on(connection, int(guild_id), now)) for guild_id in guilds.scalars().all())


def end_without(connection: Connection, pair_id: UUID, gone: Collection[int], now: datetime) -> None:
    """End a pair because some of its members, by their Discord ids, are no longer on the server.

    If the two never met in their channel, whoever is still there goes back to their place in the queue.
    """
    one_at_a_time(connection, LOCK)
    pair = read_pair(connection, pair_id)
    if pair is None or not pair.is_active:
        return
    asked = connection.execute(select(_partners).where(_partners.c.pair_id == pair_id)).all()
    end(connection, pair, "left", now)
    back = [] if pair.is_greeted else [row for row in asked if pair.members[row.user_id] not in gone]
    for row in back:
        connection.execute(
            _requests.insert(),
            {
                "created_at": row.requested_at,
                "user_id": row.user_id,
                "guild_id": str(pair.guild_id),
                "zone": row.zone,
                "experience": row.experience,
            },
        )
    if back:
        _match_on(connection, pair.guild_id, now)


def _match_on(connection: Connection, guild_id: int, now: datetime) -> list[Matched]:
    rows = connection.execute(select(_requests).where(_requests.c.guild_id == str(guild_id))).all()
    if len(rows) < 2:
        return []
    requests = {row.user_id: row for row in rows}
    matches = match(_seekers(connection, rows, now), now)
    return [_carry_out(connection, one, requests, guild_id, now) for one in matches]


def _seekers(connection: Connection, rows: Sequence[Any], now: datetime) -> list[Seeker]:
    users = [row.user_id for row in rows]
    hacks: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for user_id, hack_id in connection.execute(
        select(_member_hacks.c.user_id, _member_hacks.c.hack_id).where(_member_hacks.c.user_id.in_(users))
    ):
        hacks[user_id].add(hack_id)
    former: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for one, other in connection.execute(
        select(_pairs.c.user1_id, _pairs.c.user2_id).where(
            or_(_pairs.c.user1_id.in_(users), _pairs.c.user2_id.in_(users))
        )
    ):
        former[one].add(other)
    return [
        Seeker(
            row.user_id,
            row.created_at,
            _offset(row.zone, now),
            EXPERIENCES.index(row.experience),
            frozenset(hacks[row.user_id]),
            frozenset(former[row.user_id]),
        )
        for row in rows
    ]


def _offset(zone: str, now: datetime) -> float:
    return (now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) / timedelta(hours=1)


def _carry_out(
    connection: Connection, found: Match, requests: Mapping[UUID, Any], guild_id: int, now: datetime
) -> Matched:
    both = [requests[found.first.user_id], requests[found.second.user_id]]
    claimed = connection.execute(delete(_requests).where(_requests.c.id.in_([row.id for row in both])))
    if claimed.rowcount != len(both):
        raise NrgError("a request was gone while it was being matched")
    pair = make_pair(connection, both, guild_id, now)
    errand = room_errand(pair, reason(found.fit))
    enqueue(connection, [errand], now)
    return Matched(pair, found.fit, errand)
