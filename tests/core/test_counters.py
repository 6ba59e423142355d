"""Whatever members do, in whatever order and grouping: the counters are what a recount finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from nrg_core.domain.members import set_zone
from nrg_core.domain.models import PracticeSession, User
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import Recorded, RecordSession, record_sessions
from nrg_core.domain.streaks import from_days
from nrg_core.storage.database import open_database
from nrg_core.storage.sql import table_of
from nrg_core.testing.databases import Databases
from nrg_core.urls import async_url
from tests.support.community import BEGINNING, assert_counters_agree, member, request, stock

ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris", "Asia/Kathmandu")


@dataclass(frozen=True)
class Practice:
    """Somebody practises, some hours after what came before."""

    who: int
    hours: int
    hack: str
    minutes: int


@dataclass(frozen=True)
class Move:
    """Somebody moves to another zone."""

    who: int
    zone: str


members = st.integers(0, 2)
practices = st.builds(
    Practice,
    members,
    st.sampled_from([0, 1, 5, 11, 24, 25, 49]),
    st.sampled_from(["breath", "gaze"]),
    st.integers(1, 1440),
)
# What stands in one list happens in one commit.
steps = st.lists(
    st.one_of(st.lists(practices, min_size=1, max_size=6), st.builds(Move, members, st.sampled_from(ZONES))),
    max_size=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counters")


@given(story=steps, rest_days=st.integers(0, 2))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_counters_equal_a_recount(
    databases: Databases, folder: Path, story: list[list[Practice] | Move], rest_days: int
) -> None:
    database = await open_database(async_url(await databases.sqlite()))
    library = await stock(database, folder)
    policy = Policy(rest_days=rest_days)
    now, moved = BEGINNING, False
    try:
        for step in story:
            if isinstance(step, Move):
                moved = True
                zone, who, at = ZoneInfo(step.zone), member(step.who), now
                await database.write(set_zone, who, zone, default=ZoneInfo("UTC"), now=at)
                continue
            asked: list[RecordSession] = []
            for one in step:
                now += timedelta(hours=one.hours)
                asked.append(request(one.who, one.hack, at=now, minutes=one.minutes))
            told = await database.write(record_sessions, asked, library, policy)
            assert all(isinstance(outcome, Recorded) for outcome in told)
            await assert_counters_agree(database, rest_days)
        if not moved:
            await database.read(lambda c: assert_streaks_are_what_all_days_make(c, rest_days))
    finally:
        await database.close()


def assert_streaks_are_what_all_days_make(connection: Connection, rest_days: int) -> None:
    users, sessions = table_of(User), table_of(PracticeSession)
    for user in connection.execute(select(users)):
        days = connection.execute(select(sessions.c.local_day).where(sessions.c.user_id == user.id)).scalars()
        streak = from_days(days, rest_days=rest_days)
        assert (user.streak_count, user.longest_streak, user.streak_day) == (
            streak.current,
            streak.longest,
            streak.last_day,
        )
