"""Counting again from the sessions: no false alarm, and no difference overlooked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text, update

from nrg_core.domain import recount as counting
from nrg_core.domain.catalogue import read_catalogue
from nrg_core.domain.catalogue.storing import read_texts, store_catalogue
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.library import read_library
from nrg_core.domain.members import set_zone
from nrg_core.domain.models import User
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import Recorded, RecordSession, record_sessions
from nrg_core.domain.recount import recount
from nrg_core.domain.standing import Identity
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.sql import table_of
from nrg_core.testing.databases import Databases
from nrg_core.urls import async_url
from tests.cli.conftest import Nrg

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HACKS = ("energy-ball", "eye-massage", "warm-liquid")
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
_users = table_of(User)
_ids = count(1)


def practise(connection: Connection, who: Identity, at: datetime, hack: str, policy: Policy) -> None:
    library = read_library(connection, CORE_METRICS, read_texts(connection))
    (outcome,) = record_sessions(
        connection, [RecordSession(member=who, ended_at=at, hack=hack, minutes=10)], library, policy
    )
    assert isinstance(outcome, Recorded)


async def stock(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await uow.run(store_catalogue, read_catalogue())


async def somebody(database: Database, days: int = 5) -> Identity:
    """Return a member who practised on some days in a row."""
    who = Identity(next(_ids), "ana")

    def write(connection: Connection) -> None:
        for day in range(days):
            practise(connection, who, START + timedelta(days=day), HACKS[day % 2], Policy())

    async with database.unit_of_work() as uow:
        await uow.run(write)
    return who


STEPS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=100),  # hours since the step before
        st.sampled_from(HACKS),
        st.one_of(st.none(), st.sampled_from(ZONES)),  # a move before practising
    ),
    max_size=12,
)


@given(steps=STEPS, rest_days=st.integers(0, 2), forgotten=st.booleans())
@example(
    steps=[(25, HACKS[0], None), (100, HACKS[0], "Pacific/Kiritimati"), (41, HACKS[0], None)],
    rest_days=2,
    forgotten=True,
)
@settings(max_examples=30, deadline=None)
def test_what_the_core_wrote_is_right(
    databases: Databases, steps: list[tuple[int, str, str | None]], rest_days: int, forgotten: bool
) -> None:
    policy = Policy(rest_days=rest_days)
    who = Identity(next(_ids), "ana")

    def write(connection: Connection) -> None:
        at = START
        for hours, hack, zone in steps:
            at += timedelta(hours=hours)
            if zone is not None:
                set_zone(connection, who, ZoneInfo(zone), default=policy.zone, now=at)
            practise(connection, who, at, hack, policy)
        if forgotten:
            # As after two months: what is left are the zones of the sessions.
            connection.execute(update(_users).values(excused_days=[]))

    async def check() -> None:
        database = await open_database(async_url(await databases.sqlite()))
        try:
            await stock(database)
            async with database.unit_of_work() as uow:
                await uow.run(write)
            assert await recount(database, rest_days=rest_days) == []
        finally:
            await database.close()

    asyncio.run(check())


@pytest.mark.parametrize(
    ("statement", "counter", "stored", "recounted"),
    [
        ("UPDATE users SET session_count = 6", "session_count", 6, 5),
        ("UPDATE users SET total_practice_minutes = 0", "total_practice_minutes", 0, 50),
        ("UPDATE users SET streak_count = 6", "streak_count", 6, 5),
        ("UPDATE users SET streak_count = 4", "streak_count", 4, 5),
        ("UPDATE users SET longest_streak = 9", "longest_streak", 9, 5),
        ("UPDATE users SET streak_day = NULL", "streak_day", None, "2026-01-05"),
        ("UPDATE users SET distinct_hacks = 3", "distinct_hacks", 3, 2),
        ("UPDATE users SET hacks_mastered = 1", "hacks_mastered", 1, 0),
        (
            "UPDATE member_hacks SET sessions = 4 WHERE sessions = 3",
            "member_hacks.sessions (energy-ball)",
            4,
            3,
        ),
        (
            "UPDATE member_hacks SET minutes = 1 WHERE sessions = 2",
            "member_hacks.minutes (eye-massage)",
            1,
            20,
        ),
    ],
)
async def test_every_counter_is_compared(
    database: Database, statement: str, counter: str, stored: object, recounted: object
) -> None:
    await stock(database)
    await somebody(database)
    assert await recount(database, rest_days=0) == []
    async with database.unit_of_work() as uow:
        await uow.execute(text(statement))
    (difference,) = await recount(database, rest_days=0)
    assert (difference.counter, difference.stored, difference.recounted) == (counter, stored, recounted)


async def test_sessions_that_vanished_are_noticed(database: Database) -> None:
    await stock(database)
    await somebody(database)
    async with database.unit_of_work() as uow:
        await uow.execute(text("DELETE FROM practice_sessions"))
    differences = await recount(database, rest_days=0)
    found = {each.counter: (each.stored, each.recounted) for each in differences}
    assert found["session_count"] == (5, 0)
    assert found["streak_day"] == ("2026-01-05", None)
    assert found["member_hacks.sessions (energy-ball)"] == (3, 0)


async def test_batches_leave_nobody_out(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH", 2)
    await stock(database)
    for _ in range(5):
        await somebody(database, days=1)
    async with database.unit_of_work() as uow:
        await uow.execute(text("UPDATE users SET session_count = 3"))
        ids = set((await uow.execute(select(_users.c.id))).scalars())
    told: list[tuple[int, int]] = []
    differences = await recount(
        database, rest_days=0, on_batch=lambda done, total: told.append((done, total))
    )
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert [each.user_id for each in differences] == sorted(ids)


async def test_the_command_lists_differences(home: Nrg, database: Database) -> None:
    await stock(database)
    await somebody(database)
    assert (await home("doctor", "--recount")).code == 0
    async with database.unit_of_work() as uow:
        await uow.execute(text("UPDATE users SET session_count = 77"))
    assert (await home("doctor")).code == 0
    said = await home("doctor", "--recount")
    assert said.code == 1
    assert "1 member with counters that differ" in said.out
    (line,) = (line for line in said.out.splitlines() if "session_count" in line)
    assert line.split()[-2:] == ["77", "5"]
    told = (await home("doctor", "--recount", "--json")).json
    assert [each["counter"] for each in told["differences"]] == ["session_count"]
