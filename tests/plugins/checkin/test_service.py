"""What the plugin does, without Discord, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from nrg_checkin.service.feedback import give_feedback
from nrg_checkin.service.insight import (
    Insight,
    check_visible,
    earned_achievements,
    minutes_by_day,
    read_insight,
)
from nrg_checkin.service.leaderboard import Line, first_day, join, leave, own_line, read_board
from nrg_checkin.service.techniques import techniques
from nrg_core.domain.catalogue import read_catalogue
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import Recorded, RecordSession, record_sessions
from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.host.community import Community
from nrg_core.storage.database import Database

T = TypeVar("T")

GUILD, OTHER_GUILD = 700, 701
ANA, BEN, CAT = Identity(1, "ana"), Identity(2, "ben"), Identity(3, "cat")
WEDNESDAY = datetime(2026, 3, 11, 12, tzinfo=UTC)
POLICY = Policy()


class Practice:
    """A community that practises, on one database."""

    def __init__(self, database: Database, community: Community) -> None:
        self.database = database
        self.community = community

    async def run(self, function: Callable[[Connection], T]) -> T:
        async with self.database.unit_of_work() as uow:
            return await uow.run(function)

    async def record(
        self, member: Identity, minutes: int, at: datetime, *, hack: str = "energy-ball"
    ) -> Recorded:
        request = RecordSession(member=member, ended_at=at, hack=hack, minutes=minutes)
        library = self.community.library()
        (recorded,) = await self.run(
            lambda connection: record_sessions(connection, [request], library, POLICY)
        )
        assert isinstance(recorded, Recorded)
        return recorded

    async def joins(self, *members: Identity, guild: int = GUILD) -> None:
        for member in members:
            await self.run(lambda connection, one=member: join(connection, guild, one, WEDNESDAY))

    async def board(self, since: date | None = None, guild: int = GUILD) -> tuple[Line, ...]:
        board = await self.run(lambda connection: read_board(connection, guild, since))
        return board.lines

    async def own(self, member: Identity, since: date | None = None) -> Line | None:
        return await self.run(lambda connection: own_line(connection, GUILD, since, member.discord_id))

    async def insight(self, member: Identity, now: datetime) -> Insight:
        return await self.run(lambda connection: read_insight(connection, member, POLICY, now))


@pytest.fixture
async def practice(database: Database) -> Practice:
    community = Community(database, POLICY)
    await community.stock(read_catalogue(None, metrics=CORE_METRICS, plugins=["checkin"]))
    await community.use([])
    return Practice(database, community)


# Feedback


async def score_of(practice: Practice, session_id: UUID) -> int | None:
    async with practice.database.reading() as uow:
        rows = await uow.execute(text("SELECT feedback_score FROM practice_sessions"))
        return rows.scalar_one()


async def test_feedback_is_kept_and_changed(practice: Practice) -> None:
    session_id = (await practice.record(ANA, 5, WEDNESDAY)).session_id
    assert await score_of(practice, session_id) is None
    for score in (-1, 0, 1):
        await practice.run(lambda connection, s=score: give_feedback(connection, session_id, 1, s))
        assert await score_of(practice, session_id) == score


async def test_feedback_of_somebody_else_is_refused(practice: Practice) -> None:
    session_id = (await practice.record(ANA, 5, WEDNESDAY)).session_id
    with pytest.raises(Refusal, match="the one who practised"):
        await practice.run(lambda connection: give_feedback(connection, session_id, 2, 1))
    assert await score_of(practice, session_id) is None


async def test_feedback_on_nothing_is_refused(practice: Practice) -> None:
    with pytest.raises(Refusal, match="not there any more"):
        await practice.run(lambda connection: give_feedback(connection, uuid4(), 1, 1))


@pytest.mark.parametrize("score", [-2, 2, 7])
async def test_there_are_three_scores(practice: Practice, score: int) -> None:
    session_id = (await practice.record(ANA, 5, WEDNESDAY)).session_id
    with pytest.raises(ValueError, match="-1, 0 or 1"):
        await practice.run(lambda connection: give_feedback(connection, session_id, 1, score))


# Insight


async def test_insight_of_somebody_who_never_practised(practice: Practice) -> None:
    insight = await practice.insight(ANA, WEDNESDAY)
    assert (insight.streak_days, insight.since, insight.standing.sessions) == (0, None, 0)
    assert insight.shows("streak")
    check_visible(insight, 1, "streak")
    with pytest.raises(Refusal, match="has not practised here yet"):
        check_visible(insight, 2, "streak")
    assert await practice.run(lambda connection: minutes_by_day(connection, insight)) == {}


async def test_insight_counts_days_and_minutes(practice: Practice) -> None:
    for days_ago, minutes in ((2, 10), (1, 5), (1, 7), (0, 3)):
        await practice.record(ANA, minutes, WEDNESDAY - timedelta(days=days_ago))
    insight = await practice.insight(ANA, WEDNESDAY)
    assert insight.streak_days == 3
    assert insight.since == date(2026, 3, 9)
    assert insight.today == date(2026, 3, 11)
    assert await practice.run(lambda connection: minutes_by_day(connection, insight)) == {
        date(2026, 3, 9): 10,
        date(2026, 3, 10): 12,
        date(2026, 3, 11): 3,
    }
    later = await practice.insight(ANA, WEDNESDAY + timedelta(days=2))
    assert later.streak_days == 0
    assert later.standing.streak.longest == 3


async def test_calendar_reaches_back_seventeen_weeks(practice: Practice) -> None:
    for weeks in (16, 17, 18):
        await practice.record(ANA, weeks, WEDNESDAY - timedelta(weeks=weeks))
    insight = await practice.insight(ANA, WEDNESDAY)
    days = await practice.run(lambda connection: minutes_by_day(connection, insight))
    assert sorted(days.values()) == [16, 17]


async def test_minutes_are_ones_own(practice: Practice) -> None:
    await practice.record(ANA, 10, WEDNESDAY)
    await practice.record(BEN, 20, WEDNESDAY)
    insight = await practice.insight(ANA, WEDNESDAY)
    days = await practice.run(lambda connection: minutes_by_day(connection, insight))
    assert list(days.values()) == [10]


async def test_achievements_latest_first(practice: Practice) -> None:
    for days_ago in (2, 1, 0):
        await practice.record(ANA, 5, WEDNESDAY - timedelta(days=days_ago))
    insight = await practice.insight(ANA, WEDNESDAY)
    library = practice.community.library()
    earned = await practice.run(lambda connection: earned_achievements(connection, insight, library))
    assert [(one.slug, at) for one, at in earned] == [
        ("streak-3", WEDNESDAY),
        ("first-session", WEDNESDAY - timedelta(days=2)),
    ]


@pytest.mark.parametrize("visibility", ["private", "friends"])
async def test_what_is_kept_private(practice: Practice, visibility: str) -> None:
    await practice.record(ANA, 5, WEDNESDAY)
    settings = json.dumps({"streak_visibility": visibility, "profile_visibility": "public"})
    await practice.run(
        lambda connection: connection.execute(text("UPDATE users SET privacy_settings = :s"), {"s": settings})
    )
    insight = await practice.insight(ANA, WEDNESDAY)
    check_visible(insight, ANA.discord_id, "streak")
    check_visible(insight, BEN.discord_id, "profile")
    with pytest.raises(Refusal, match="keeps their streak to themselves"):
        check_visible(insight, BEN.discord_id, "streak")


# The leaderboard


async def test_equal_minutes_share_a_place_and_the_next_is_skipped(practice: Practice) -> None:
    for member, minutes in ((ANA, 20), (BEN, 20), (CAT, 10)):
        await practice.record(member, minutes, WEDNESDAY)
    await practice.joins(ANA, BEN, CAT)
    expected = (Line(1, 1, 20), Line(1, 2, 20), Line(3, 3, 10))
    assert await practice.board() == expected
    assert await practice.board(date(2026, 3, 9)) == expected
    for member, line in zip((ANA, BEN, CAT), expected, strict=True):
        assert await practice.own(member) == line


async def test_who_did_not_ask_is_neither_shown_nor_counted(practice: Practice) -> None:
    await practice.record(ANA, 60, WEDNESDAY)
    await practice.record(BEN, 20, WEDNESDAY)
    await practice.joins(BEN)
    assert await practice.board() == (Line(1, 2, 20),)
    assert await practice.own(ANA) is None


async def test_coming_twice_and_going(practice: Practice) -> None:
    await practice.record(ANA, 5, WEDNESDAY)
    await practice.joins(ANA, ANA)
    assert await practice.board() == (Line(1, 1, 5),)
    for _ in range(2):
        await practice.run(lambda connection: leave(connection, GUILD, ANA.discord_id))
        assert await practice.board() == ()
        assert await practice.own(ANA) is None


async def test_boards_of_two_servers_are_apart(practice: Practice) -> None:
    await practice.record(ANA, 5, WEDNESDAY)
    await practice.joins(ANA, guild=OTHER_GUILD)
    assert await practice.board() == ()
    assert await practice.board(guild=OTHER_GUILD) == (Line(1, 1, 5),)
    await practice.joins(ANA)
    await practice.run(lambda connection: leave(connection, OTHER_GUILD, ANA.discord_id))
    assert await practice.board() == (Line(1, 1, 5),)


async def test_a_period_counts_from_its_first_day(practice: Practice) -> None:
    await practice.joins(ANA, BEN)
    await practice.record(ANA, 100, datetime(2026, 3, 8, 23, 59, tzinfo=UTC))
    await practice.record(ANA, 3, datetime(2026, 3, 9, 0, 1, tzinfo=UTC))
    await practice.record(BEN, 7, WEDNESDAY)
    week = first_day("week", WEDNESDAY.date())
    assert await practice.board(week) == (Line(1, 2, 7), Line(2, 1, 3))
    assert await practice.own(ANA, week) == Line(2, 1, 3)
    assert await practice.board(first_day("month", WEDNESDAY.date())) == (Line(1, 1, 103), Line(2, 2, 7))
    assert await practice.board(None) == (Line(1, 1, 103), Line(2, 2, 7))


async def test_who_has_not_practised_in_the_period_has_a_place_but_no_line(practice: Practice) -> None:
    await practice.joins(ANA, BEN)
    await practice.record(BEN, 7, WEDNESDAY)
    assert await practice.board() == (Line(1, 2, 7),)
    assert await practice.own(ANA) == Line(2, 1, 0)
    assert await practice.own(ANA, date(2026, 3, 9)) == Line(2, 1, 0)


async def test_ten_lines_at_the_most(practice: Practice) -> None:
    members = [Identity(number, f"m{number}") for number in range(10, 22)]
    for member in members:
        await practice.record(member, member.discord_id, WEDNESDAY)
    await practice.joins(*members)
    lines = await practice.board()
    assert [line.discord_id for line in lines] == list(range(21, 11, -1))
    assert await practice.own(members[0]) == Line(12, 10, 10)


@given(st.dates())
def test_first_days(today: date) -> None:
    week, month = first_day("week", today), first_day("month", today)
    assert week is not None
    assert month is not None
    assert week.weekday() == 0
    assert timedelta() <= today - week < timedelta(days=7)
    assert (month.year, month.month, month.day) == (today.year, today.month, 1)
    assert first_day("all", today) is None


# Techniques


async def test_techniques_of_a_newcomer(practice: Practice) -> None:
    library = practice.community.library()
    standing = (await practice.insight(ANA, WEDNESDAY)).standing
    unlocked = techniques(standing, library, 0, "unlocked")
    assert [state.hack.slug for state in unlocked] == ["energy-ball", "eye-massage", "warm-liquid"]
    assert len(techniques(standing, library, 0, "all")) == len(library.hacks) == 7
    assert len(techniques(standing, library, 0, "locked")) == 4
    assert techniques(standing, library, 0, "mastered") == []


async def test_way_to_a_locked_and_to_an_open_technique(practice: Practice) -> None:
    for _ in range(5):
        await practice.record(ANA, 5, WEDNESDAY)
    insight = await practice.insight(ANA, WEDNESDAY)
    states = {
        state.hack.slug: state
        for state in techniques(insight.standing, practice.community.library(), 1, "all")
    }
    ball, shield = states["energy-ball"], states["double-torus-shield"]
    assert ball.way is not None
    assert shield.way is not None
    assert ball.way.fraction == pytest.approx(5 / 50)
    assert shield.way.fraction == pytest.approx(1 / 7)
    assert not shield.is_open
    assert ball.practised.sessions == 5


async def test_insight_goes_by_the_members_zone(practice: Practice) -> None:
    await practice.record(ANA, 5, WEDNESDAY)
    zone = ZoneInfo("Pacific/Kiritimati")
    await practice.run(
        lambda connection: connection.execute(text("UPDATE users SET timezone = :z"), {"z": zone.key})
    )
    insight = await practice.insight(ANA, datetime(2026, 3, 11, 11, tzinfo=UTC))
    assert insight.today == date(2026, 3, 12)
