"""The queue of those who look for a partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, delete, func, select

from nrg_buddy.models import BuddyPartner, BuddyRequest, PracticeBuddy
from nrg_buddy.service.matching import EXPERIENCES, Fit, Match, Seeker, match
from nrg_buddy.service.pairs import LOCK, Pair, end, make_pairs, pair_of, read_pair, room_errand
from nrg_buddy.words import moment, reason
from nrg_core.domain.models import MemberHack, User
from nrg_core.domain.standing import Identity, Standing, lock_members
from nrg_core.errors import Refusal
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

MATCHED_AT_ONCE: Final = 200
"""Pairs that one tick makes at the most; the next one goes on."""


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


def match_all(connection: Connection, is_open: Callable[[int], bool], now: datetime) -> int:
    """Match whoever can be matched by now, on every server, and return how many pairs that makes.

    Parameters
    ----------
    is_open
        Tells of a server whether anybody is matched there at present.
    """
    crowded = select(_requests.c.guild_id).group_by(_requests.c.guild_id).having(func.count() > 1)
    queues = _queues(connection, _requests.c.guild_id.in_(crowded), now)
    found = [one for guild_id, queue in queues.items() if is_open(guild_id) for one in match(queue, now)]
    if not found:
        return 0
    found.sort(key=lambda one: one.first.since)
    # Only now: members who ask meanwhile need not wait for what was worked out.
    one_at_a_time(connection, LOCK)
    return len(_carry_out(connection, found[:MATCHED_AT_ONCE], now))


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
    queues = _queues(connection, _requests.c.guild_id == str(guild_id), now)
    return _carry_out(connection, match(queues.get(guild_id, []), now), now)


def _queues(connection: Connection, where: ColumnElement[bool], now: datetime) -> dict[int, list[Seeker]]:
    """Return those whose requests meet a condition, by the server on which they wait."""
    rows = connection.execute(select(_requests).where(where)).all()
    if len(rows) < 2:
        return {}
    users = select(_requests.c.user_id).where(where)
    hacks: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for user_id, hack_id in connection.execute(
        select(_member_hacks.c.user_id, _member_hacks.c.hack_id).where(_member_hacks.c.user_id.in_(users))
    ):
        hacks[user_id].add(hack_id)
    former: defaultdict[UUID, dict[UUID, datetime]] = defaultdict(dict)
    for one, other, ended_at in connection.execute(
        select(_pairs.c.user1_id, _pairs.c.user2_id, _pairs.c.ended_at).where(
            _pairs.c.user1_id.in_(users), _pairs.c.user2_id.in_(users), _pairs.c.ended_at.is_not(None)
        )
    ):
        former[one][other] = ended_at
    queues: defaultdict[int, list[Seeker]] = defaultdict(list)
    for row in rows:
        queues[int(row.guild_id)].append(
            Seeker(
                row.user_id,
                row.created_at,
                _offset(row.zone, now),
                EXPERIENCES.index(row.experience),
                frozenset(hacks[row.user_id]),
                former[row.user_id],
            )
        )
    return queues


def _offset(zone: str, now: datetime) -> float:
    return (now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) / timedelta(hours=1)


def _carry_out(connection: Connection, matches: Sequence[Match], now: datetime) -> list[Matched]:
    """Make pairs of those who were matched and still wait on the same server; under the lock."""
    if not matches:
        return []
    waiting = _still_waiting(connection, matches)
    carried = [
        (one, first, second)
        for one in matches
        if (first := waiting.get(one.first.user_id)) is not None
        and (second := waiting.get(one.second.user_id)) is not None
        and first.guild_id == second.guild_id
    ]
    claimed = [request.id for _, *both in carried for request in both]
    connection.execute(delete(_requests).where(_requests.c.id.in_(claimed)))
    pairs = make_pairs(connection, [both for _, *both in carried], now)
    made = [
        Matched(pair, one.fit, room_errand(pair, reason(one.fit)))
        for pair, (one, *_) in zip(pairs, carried, strict=True)
    ]
    enqueue(connection, [one.errand for one in made], now)
    return made


def _still_waiting(connection: Connection, matches: Sequence[Match]) -> dict[UUID, Any]:
    """Return the requests of those who were matched, by member; none of them is erased before the commit."""
    users = [seeker.user_id for one in matches for seeker in (one.first, one.second)]
    rows = connection.execute(
        select(_requests)
        .join(_users, _users.c.id == _requests.c.user_id)
        .where(_requests.c.user_id.in_(users))
        .with_for_update(read=True, key_share=True, of=_users)
    )
    return {row.user_id: row for row in rows}
