"""Pairs and their queue on a real database, of either kind: what holds when many act at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from nrg_buddy.models import PracticeBuddy
from nrg_buddy.service.matching import APART
from nrg_buddy.service.pairs import (
    LOCK,
    Pair,
    Together,
    count_day,
    days_together,
    end,
    end_erased,
    leave,
    look_after,
    note_room,
    pair_of,
    read_pair,
)
from nrg_buddy.service.queue import Matched, Request, ask, end_without, match_all, waiting_since
from nrg_core.domain.catalogue import read_catalogue
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.models import User
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import RecordSession, record_sessions
from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.host.community import Community
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.sql import one_at_a_time, table_of
from nrg_core.urls import async_url
from tests.support.statements import noted_statements

T = TypeVar("T")

GUILD, OTHER_GUILD = 700, 701
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)

BLOCKED = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

pairs = table_of(PracticeBuddy)


class Buddies:
    """One process that keeps the pairs of a community."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def write(self, function: Callable[[Connection], T]) -> T:
        return await self.database.write(function)

    async def ask(
        self,
        who: int,
        zone: ZoneInfo | None = None,
        experience: str = "some",
        *,
        guild: int = GUILD,
        at: datetime = NOON,
    ) -> Matched | None:
        request = Request(Identity(who, f"member {who}"), guild, zone, experience)
        return await self.write(lambda connection: ask(connection, request, ZoneInfo("UTC"), at))

    async def pair_of(self, who: int) -> Pair | None:
        return await self.write(lambda connection: pair_of(connection, who))

    async def practise(self, who: int, at: datetime) -> Together | None:
        """Record a session, and let the pair know of it."""
        request = RecordSession(
            member=Identity(who, f"member {who}"), hack="energy-ball", ended_at=at, minutes=5
        )

        def record(connection: Connection) -> Together | None:
            record_sessions(connection, [request], library, Policy())
            user_id = key_of(connection, who)
            return count_day(connection, user_id, at.date(), at, at)

        library = self.library
        return await self.write(record)

    async def rows(self, statement: str) -> list[Any]:
        async with self.database.reading() as uow:
            return [tuple(row) for row in (await uow.execute(text(statement))).all()]

    async def open(self) -> None:
        community = Community(self.database, Policy())
        await community.stock(read_catalogue(None, metrics=CORE_METRICS, plugins=[]))
        await community.use([])
        self.library = community.library()


def anywhere(guild_id: int) -> bool:
    """Tell that buddies are matched on a server."""
    return True


def key_of(connection: Connection, who: int) -> UUID:
    users = table_of(User)
    return connection.execute(select(users.c.id).where(users.c.discord_id == str(who))).scalar_one()


@pytest.fixture
async def buddies(database: Database) -> Buddies:
    made = Buddies(database)
    await made.open()
    return made


@pytest.fixture
async def on_postgresql(postgres_url: str) -> AsyncGenerator[Buddies]:
    """Where many write at the same time."""
    opened = await open_database(async_url(postgres_url))
    yield Buddies(opened)
    await opened.close()


@pytest.fixture
async def other_process(database_url: str) -> AsyncGenerator[Buddies]:
    opened = await open_database(async_url(database_url))
    yield Buddies(opened)
    await opened.close()


# Being matched


async def test_two_near_ones_are_matched_at_once(buddies: Buddies) -> None:
    assert await buddies.ask(1, BERLIN) is None
    matched = await buddies.ask(2, ZoneInfo("Europe/London"))
    assert matched is not None
    assert sorted(matched.pair.members.values()) == [1, 2]
    assert matched.pair.partner_of(1) == 2
    assert await buddies.rows("SELECT id FROM buddy_requests") == []
    ((key, kind),) = await buddies.rows("SELECT key, kind FROM outbox")
    assert (key, kind) == (matched.errand.key, "errand")


async def test_far_ones_wait_for_the_tick(buddies: Buddies) -> None:
    await buddies.ask(1, TOKYO)
    assert await buddies.ask(2, BERLIN) is None
    assert (
        await buddies.write(lambda connection: match_all(connection, anywhere, NOON + timedelta(hours=3)))
        == 0
    )
    assert (
        await buddies.write(lambda connection: match_all(connection, anywhere, NOON + timedelta(hours=4)))
        == 1
    )


async def test_the_tick_asks_as_little_for_many_servers_as_for_few(buddies: Buddies) -> None:
    async def statements(servers: range) -> int:
        """Count what a tick asks for, once on each server two wait who do not fit yet, and one alone."""
        for guild in servers:
            await buddies.ask(3 * guild, TOKYO, guild=guild)
            await buddies.ask(3 * guild + 1, BERLIN, guild=guild)
            await buddies.ask(3 * guild + 2, BERLIN, guild=OTHER_GUILD + guild)

        with noted_statements() as noted:
            assert await buddies.write(lambda connection: match_all(connection, anywhere, NOON)) == 0
        return sum("buddy_requests" in statement for statement in noted)

    assert await statements(range(1, 3)) == await statements(range(3, 20)) == 3


async def test_a_tick_makes_the_pairs_of_many_servers_at_once(buddies: Buddies) -> None:
    for guild in range(1, 8):
        await buddies.ask(2 * guild, TOKYO, guild=guild)
        await buddies.ask(2 * guild + 1, BERLIN, guild=guild)
    assert await buddies.write(lambda connection: match_all(connection, anywhere, NOON + DAY)) == 7
    made = [await buddies.pair_of(2 * guild) for guild in range(1, 8)]
    assert [(one.guild_id, sorted(one.members.values())) for one in made if one is not None] == [
        (guild, [2 * guild, 2 * guild + 1]) for guild in range(1, 8)
    ]
    assert await buddies.rows("SELECT count(*) FROM outbox WHERE kind = 'errand'") == [(7,)]
    assert await buddies.rows("SELECT id FROM buddy_requests") == []


async def test_a_tick_that_has_nobody_to_match_waits_for_nobody(on_postgresql: Buddies) -> None:
    await on_postgresql.ask(1, TOKYO)
    await on_postgresql.ask(2, BERLIN)
    async with on_postgresql.database.unit_of_work() as uow, asyncio.timeout(10):
        await uow.run(one_at_a_time, LOCK)
        await on_postgresql.write(lambda connection: end_erased(connection, NOON))
        assert await on_postgresql.write(lambda connection: match_all(connection, anywhere, NOON)) == 0


async def test_one_whose_match_is_being_erased_goes_on_waiting(on_postgresql: Buddies) -> None:
    await on_postgresql.ask(1)
    async with on_postgresql.database.unit_of_work() as uow:
        await uow.execute(text("DELETE FROM users WHERE discord_id = '1'"))
        asking = asyncio.create_task(on_postgresql.ask(2))
        while not await on_postgresql.rows(BLOCKED):
            assert not asking.done()
    assert await asking is None
    assert await on_postgresql.write(lambda connection: waiting_since(connection, 2)) == NOON


async def test_another_server_is_another_queue(buddies: Buddies) -> None:
    await buddies.ask(1)
    assert await buddies.ask(2, guild=OTHER_GUILD) is None
    assert await buddies.write(lambda connection: match_all(connection, anywhere, NOON + 30 * DAY)) == 0


async def test_what_is_left_out_is_taken_from_what_is_known(buddies: Buddies) -> None:
    request = Request(Identity(1, "ana"), GUILD)
    await buddies.write(lambda connection: ask(connection, request, TOKYO, NOON))
    assert await buddies.rows("SELECT zone, experience FROM buddy_requests") == [("Asia/Tokyo", "beginner")]


async def test_the_queue_is_refused_to_those_who_are_in_it_or_matched(buddies: Buddies) -> None:
    await buddies.ask(1)
    with pytest.raises(Refusal, match="waiting for a partner already"):
        await buddies.ask(1, guild=OTHER_GUILD)
    await buddies.ask(2)
    with pytest.raises(Refusal, match="practise with <@2> already"):
        await buddies.ask(1)


async def test_forty_requests_at_once_from_two_processes_make_twenty_pairs(
    buddies: Buddies, other_process: Buddies
) -> None:
    numbers = count(1)
    asked = [each.ask(next(numbers)) for _ in range(20) for each in (buddies, other_process)]
    await asyncio.gather(*asked)
    partners = await buddies.rows("SELECT user_id FROM buddy_partners")
    assert len(partners) == len(set(partners)) == 40
    assert await buddies.rows("SELECT count(*) FROM practice_buddies WHERE is_active") == [(20,)]
    assert await buddies.rows("SELECT id FROM buddy_requests") == []


async def test_one_member_asking_ten_times_at_once_asks_once(
    buddies: Buddies, other_process: Buddies
) -> None:
    asked = [each.ask(who) for _ in range(5) for each in (buddies, other_process) for who in (1, 2)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, Refusal | Matched | None) for each in outcomes), outcomes
    assert sum(isinstance(each, Refusal) for each in outcomes) == len(outcomes) - 2
    assert await buddies.rows("SELECT count(*) FROM practice_buddies") == [(1,)]


async def test_two_ticks_at_once_match_everybody_once(buddies: Buddies, other_process: Buddies) -> None:
    for who in range(1, 4):
        await buddies.ask(who, ZoneInfo(f"Etc/GMT{8 * (who - 2):+}") if who != 2 else None)
    later = NOON + DAY
    made = await asyncio.gather(
        *(
            each.write(lambda connection: match_all(connection, anywhere, later))
            for each in (buddies, other_process)
        )
    )
    assert sum(made) == 1
    assert await buddies.rows("SELECT count(*) FROM buddy_requests") == [(1,)]


async def test_matching_and_leaving_at_once(buddies: Buddies, other_process: Buddies) -> None:
    for first in range(1, 40, 2):
        await buddies.ask(first)
        outcomes = await asyncio.gather(
            buddies.ask(first + 1),
            other_process.write(lambda connection, who=first: leave(connection, who, NOON)),
        )
        active = await buddies.rows("SELECT id FROM practice_buddies WHERE is_active")
        assert active == []
        waiting = await buddies.rows("SELECT id FROM buddy_requests")
        assert len(waiting) == (outcomes[0] is None), "left before or after, but not in between"
        if waiting:
            await buddies.write(lambda connection, who=first + 1: leave(connection, who, NOON))


# What the database refuses


async def make_pair(buddies: Buddies, one: int = 1, other: int = 2, at: datetime = NOON) -> Matched:
    await buddies.ask(one, at=at)
    matched = await buddies.ask(other, at=at)
    assert matched is not None
    return matched


async def test_a_pair_is_one_in_either_order_and_of_two(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    one, other = sorted(pair.members)
    for first, second in ((one, other), (other, one), (one, one)):
        statement = insert(pairs).values(user1_id=first, user2_id=second)
        with pytest.raises(IntegrityError):
            await buddies.write(lambda connection, refused=statement: connection.execute(refused))


async def test_a_member_has_one_partner_at_a_time(buddies: Buddies) -> None:
    await make_pair(buddies)
    twice = text("INSERT INTO buddy_partners SELECT * FROM buddy_partners")
    with pytest.raises(IntegrityError):
        await buddies.write(lambda connection: connection.execute(twice))


# Practising together


async def test_a_day_counts_once_both_practised(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    assert await buddies.practise(1, NOON) is None
    assert await buddies.practise(1, NOON + timedelta(hours=1)) is None
    together = await buddies.practise(2, NOON + timedelta(hours=2))
    assert together is not None
    assert together.days == 1
    assert together.pair == pair
    assert await buddies.practise(1, NOON + timedelta(hours=3)) is None
    assert await buddies.practise(2, NOON + DAY) is None
    stored = await buddies.write(lambda connection: read_pair(connection, pair.id))
    assert stored is not None
    assert (stored.days, stored.last_practice) == (1, NOON + timedelta(hours=2))
    for user_id in pair.members:
        assert await buddies.write(lambda connection, who=user_id: days_together(connection, who)) == 1


async def test_the_same_day_by_two_processes_at_once_counts_once(
    buddies: Buddies, other_process: Buddies
) -> None:
    pair = (await make_pair(buddies)).pair
    for who in (1, 2):
        await buddies.practise(who, NOON)
    await buddies.write(lambda connection: connection.execute(text("DELETE FROM buddy_days")))
    counted = await asyncio.gather(
        *(
            each.write(lambda connection, who=who: count_day(connection, who, NOON.date(), NOON, NOON))
            for _ in range(5)
            for each in (buddies, other_process)
            for who in pair.members
        )
    )
    assert sum(each is not None for each in counted) == 1


async def test_only_what_lies_within_the_pair_counts(buddies: Buddies) -> None:
    await make_pair(buddies)
    await buddies.write(lambda connection: leave(connection, 1, NOON + DAY))
    for who in (1, 2):
        assert await buddies.practise(who, NOON + 2 * DAY) is None
        assert await buddies.practise(who, NOON - DAY) is None
    assert await buddies.practise(1, NOON + timedelta(hours=2)) is None
    late = await buddies.practise(2, NOON + timedelta(hours=3))
    assert late is not None, "heard of after the end, but done before it"
    assert (await buddies.rows("SELECT day FROM buddy_days")) in ([("2026-03-02",)], [(date(2026, 3, 2),)])


async def test_what_the_partner_did_after_the_end_does_not_count(buddies: Buddies) -> None:
    """Not even if the other's practice, from before the end, is only heard of now."""
    await make_pair(buddies)
    hour = timedelta(hours=1)
    await buddies.write(lambda connection: leave(connection, 1, NOON + 2 * hour))
    assert await buddies.practise(2, NOON + 3 * hour) is None
    assert await buddies.practise(1, NOON + hour) is None
    assert await buddies.rows("SELECT day FROM buddy_days") == []


async def test_milestones_go_to_the_room(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    await buddies.write(lambda connection: note_room(connection, pair, 55, "", NOON))
    for day in range(4):
        for who in (1, 2):
            await buddies.practise(who, NOON + day * DAY)
    keys = [key for (key,) in await buddies.rows("SELECT key FROM outbox ORDER BY id")]
    assert [key for key in keys if "milestone" in key] == [f"buddy:milestone:{pair.id.hex}:3"]


# The room and the end


async def test_the_first_channel_noted_is_the_room_and_the_greeting_is_one(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    assert await buddies.write(lambda connection: note_room(connection, pair, 55, "", NOON))
    assert not await buddies.write(lambda connection: note_room(connection, pair, 56, "", NOON))
    known = await buddies.write(lambda connection: read_pair(connection, pair.id))
    assert known is not None
    assert await buddies.write(lambda connection: note_room(connection, known, 55, "", NOON))
    assert await buddies.rows("SELECT count(*) FROM outbox WHERE key LIKE 'buddy:hello:%'") == [(1,)]


async def test_ending_twice_at_once_ends_once(buddies: Buddies, other_process: Buddies) -> None:
    await make_pair(buddies)
    outcomes = await asyncio.gather(
        *(
            each.write(lambda connection, who=who: leave(connection, who, NOON))
            for each, who in ((buddies, 1), (other_process, 2))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Refusal) for each in outcomes) == 1
    assert await buddies.rows("SELECT user_id FROM buddy_partners") == []


async def test_the_same_two_have_one_pair_however_often_they_meet(buddies: Buddies) -> None:
    first = await make_pair(buddies)
    await buddies.write(lambda connection: leave(connection, 1, NOON))
    await buddies.ask(1, at=NOON)
    await buddies.ask(2, at=NOON)
    almost = NOON + APART - timedelta(minutes=1)
    assert await buddies.write(lambda connection: match_all(connection, anywhere, almost)) == 0
    assert await buddies.write(lambda connection: match_all(connection, anywhere, NOON + APART)) == 1
    again = await buddies.write(lambda connection: pair_of(connection, 1))
    assert again is not None
    assert again.id == first.pair.id
    assert (again.ended_at, again.is_greeted) == (None, False)


async def test_who_is_left_over_goes_back_to_their_place(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    later = NOON + timedelta(hours=1)
    await buddies.write(lambda connection: end_without(connection, pair.id, [2], later))
    assert await buddies.write(lambda connection: waiting_since(connection, 1)) == NOON
    assert await buddies.write(lambda connection: waiting_since(connection, 2)) is None
    await buddies.write(lambda connection: end_without(connection, pair.id, [2], later))
    assert await buddies.ask(3, at=later) is not None


async def test_a_server_without_the_bot_is_told_nothing(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    await buddies.write(lambda connection: note_room(connection, pair, 55, "", NOON))
    await buddies.write(lambda connection: connection.execute(text("DELETE FROM outbox")))
    await buddies.write(lambda connection: end(connection, pair, "removed", NOON))
    assert await buddies.pair_of(1) is None
    assert await buddies.rows("SELECT key FROM outbox") == []


async def test_an_erased_member_leaves_the_other_free_and_with_their_days(buddies: Buddies) -> None:
    pair = (await make_pair(buddies)).pair
    for who in (1, 2):
        await buddies.practise(who, NOON)
    await buddies.write(
        lambda connection: connection.execute(text("DELETE FROM users WHERE discord_id = '2'"))
    )
    assert await buddies.write(lambda connection: end_erased(connection, NOON)) == 1
    assert await buddies.write(lambda connection: end_erased(connection, NOON)) == 0
    assert await buddies.write(lambda connection: pair_of(connection, 1)) is None
    left = await buddies.write(lambda connection: read_pair(connection, pair.id))
    assert left is not None
    assert (list(left.members.values()), left.days) == ([1], 1)
    await buddies.write(lambda connection: connection.execute(text("DELETE FROM users")))
    await buddies.write(lambda connection: end_erased(connection, NOON + 2 * DAY))
    for table in ("practice_buddies", "buddy_days", "buddy_partners"):
        assert await buddies.rows(f"SELECT * FROM {table}") == []


async def test_one_whose_partner_was_just_erased_may_ask_at_once(buddies: Buddies) -> None:
    await make_pair(buddies)
    await buddies.write(
        lambda connection: connection.execute(text("DELETE FROM users WHERE discord_id = '2'"))
    )
    assert await buddies.ask(1) is None
    assert await buddies.ask(3) is not None


async def test_pairs_are_looked_after_once_a_day(buddies: Buddies) -> None:
    await make_pair(buddies)
    await buddies.write(lambda connection: connection.execute(text("DELETE FROM outbox")))
    for hours, asked in ((23, 0), (24, 1), (25, 1)):
        now = NOON + timedelta(hours=hours)
        await buddies.write(lambda connection, at=now: look_after(connection, at))
        assert await buddies.rows("SELECT count(*) FROM outbox") == [(asked,)]


# What the portal relies on


async def test_the_portals_columns(postgres_url: str) -> None:
    database = await open_database(async_url(postgres_url))
    statement = text(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'practice_buddies'"
    )
    columns = dict(
        await database.read(lambda connection: [(row[0], row[1]) for row in connection.execute(statement)])
    )
    await database.close()
    assert (
        columns.items()
        >= {
            "id": "uuid",
            "created_at": "timestamp with time zone",
            "user1_id": "uuid",
            "user2_id": "uuid",
            "matched_at": "timestamp with time zone",
            "practice_count": "integer",
            "last_practice": "timestamp with time zone",
            "discord_channel_id": "character varying",
            "is_active": "boolean",
        }.items()
    )
