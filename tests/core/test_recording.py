"""Recording through the Recorder, on both databases: nothing lost, nothing doubled, nobody harmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from nrg_core.domain.library import Library
from nrg_core.domain.members import set_zone, zone_of
from nrg_core.domain.models import Hack, HackUnlock, MemberHack, PracticeSession, User, UserAchievement
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.recording import AlreadyRecorded, Recorded, RecordSession, TooLittleKnown
from nrg_core.domain.standing import read_standing
from nrg_core.errors import Refusal
from nrg_core.storage.database import Database, is_unavailable, open_database
from nrg_core.storage.sql import table_of
from nrg_core.urls import async_url
from tests.support.community import (
    BEGINNING,
    assert_counters_agree,
    count,
    deliveries,
    member,
    outbox,
    request,
    stock,
)
from tests.support.proxy import Proxy

DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


@asynccontextmanager
async def recording(
    database: Database, library: Callable[[], Library], policy: Policy | None = None
) -> AsyncGenerator[Recorder]:
    recorder = Recorder(database, library, policy or Policy())
    await recorder.start()
    try:
        yield recorder
    finally:
        await recorder.stop()


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> Library:
    return await stock(database, tmp_path)


@pytest.fixture
async def recorder(database: Database, library: Library) -> AsyncGenerator[Recorder]:
    async with recording(database, lambda: library) as running:
        yield running


async def outcomes(recorder: Recorder, *requests: RecordSession) -> list[Recorded | BaseException]:
    """Ask for all at once, so that they share commits."""
    return await asyncio.gather(*(recorder.record(one) for one in requests), return_exceptions=True)


async def test_a_first_check_in(database: Database, recorder: Recorder) -> None:
    recorded = await recorder.record(request(notes="  calm\u0000 and warm ", interaction_id=2**60))
    assert (recorded.minutes, recorded.notes) == (5, "calm and warm")
    assert (recorded.streak_days, recorded.longest_streak_days, recorded.first_of_day) == (1, 1, True)
    assert (recorded.sessions, recorded.total_minutes, recorded.mastered) == (1, 5, False)
    assert [one.slug for one in recorded.earned] == ["first"]
    assert recorded.unlocked == ()
    async with database.reading() as uow:
        row: Any = (await uow.execute(select(table_of(PracticeSession)))).one()
    assert row.id == recorded.session_id
    assert (row.started_at, row.ended_at) == (BEGINNING - timedelta(minutes=5), BEGINNING)
    assert (row.duration_seconds, row.notes, row.zone) == (300, "calm and warm", "UTC")
    assert (row.local_day, row.interaction_id, row.guild_id) == (BEGINNING.date(), str(2**60), "7")
    [announcement] = await outbox(database)
    assert announcement.payload["channel_id"] == 5
    assert "member 1" in announcement.payload["content"]
    await assert_counters_agree(database)


async def test_what_is_left_out_is_taken_from_before(recorder: Recorder) -> None:
    await recorder.record(request(hack="gaze", minutes=17))
    await recorder.record(request(hack="breath", minutes=30, at=BEGINNING + DAY))
    again = await recorder.record(request(hack=None, at=BEGINNING + 2 * DAY))
    assert (again.hack.slug, again.minutes) == ("breath", 5), "the last technique, its own duration"


async def test_too_little_known_says_what_is_missing(database: Database, recorder: Recorder) -> None:
    for asked, knows, asks_minutes in [
        (request(hack=None), None, True),
        (request(hack=None, minutes=5), None, False),
        (request(hack="gaze"), "gaze", True),
    ]:
        with pytest.raises(TooLittleKnown) as told:
            await recorder.record(asked)
        assert (told.value.hack and told.value.hack.slug) == knows
        assert told.value.asks_minutes is asks_minutes
    assert await count(database) == 0


async def test_refusals_lose_nothing_and_harm_nobody_in_the_same_commit(
    database: Database, recorder: Recorder
) -> None:
    wrong: list[dict[str, Any]] = [
        {"hack": "nonsense"},
        {"hack": "shield"},
        {"minutes": 0},
        {"minutes": -5},
        {"minutes": 1441},
        {"notes": "x" * 501},
        {"notes": "<script>alert(1)"},
    ]
    asked: list[RecordSession] = []
    for number, values in enumerate(wrong):
        asked += [request(number), request(number, **values), request(100 + number)]
    told = await outcomes(recorder, *asked)
    for number, values in enumerate(wrong):
        good, refused, other = told[3 * number : 3 * number + 3]
        assert isinstance(good, Recorded)
        assert isinstance(other, Recorded)
        assert isinstance(refused, Refusal), values
        assert str(refused)
    assert await count(database) == 2 * len(wrong)
    await assert_counters_agree(database)


async def test_an_interaction_delivered_twice_is_recorded_once(
    database: Database, recorder: Recorder
) -> None:
    first = await recorder.record(request(interaction_id=77))
    with pytest.raises(AlreadyRecorded):
        await recorder.record(request(interaction_id=77))
    assert await count(database, PracticeSession) == 1
    assert first.sessions == 1
    await assert_counters_agree(database)


async def test_64_deliveries_of_one_interaction_at_once_record_one_session(
    database: Database, library: Library
) -> None:
    async with recording(database, lambda: library) as one, recording(database, lambda: library) as other:
        told = await asyncio.gather(
            *((one, other)[n % 2].record(request(interaction_id=77)) for n in range(64)),
            return_exceptions=True,
        )
    assert sum(isinstance(outcome, Recorded) for outcome in told) == 1
    assert sum(isinstance(outcome, AlreadyRecorded) for outcome in told) == 63
    assert await count(database) == 1
    await assert_counters_agree(database)


async def test_one_key_is_one_session(database: Database, recorder: Recorder) -> None:
    """Whether it comes in the same commit or later, and whoever asks."""
    key = uuid4()
    told = await outcomes(recorder, *(request(session_id=key, interaction_id=n) for n in range(5)))
    assert sum(isinstance(outcome, Recorded) for outcome in told) == 1
    with pytest.raises(AlreadyRecorded):
        await recorder.record(request(session_id=key))
    assert await count(database) == 1
    await assert_counters_agree(database)


async def test_recording_in_a_unit_of_work_stands_or_falls_with_it(
    database: Database, recorder: Recorder
) -> None:
    async def dying() -> None:
        async with database.unit_of_work() as uow:
            await recorder.record_in(uow, request())
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await dying()
    assert await count(database) == 0
    async with database.unit_of_work() as uow:
        with pytest.raises(Refusal, match="not open to you yet"):
            await recorder.record_in(uow, request(hack="shield"))
        await recorder.record_in(uow, request())
    assert await count(database) == 1
    await assert_counters_agree(database)


async def test_two_sessions_of_one_member_in_one_commit(database: Database, recorder: Recorder) -> None:
    told = await outcomes(recorder, *(request(minutes=n) for n in (1, 2, 3)), request(2))
    sessions = [outcome.sessions for outcome in told if isinstance(outcome, Recorded)]
    first = [outcome.first_of_day for outcome in told if isinstance(outcome, Recorded)]
    assert sessions == [1, 2, 3, 1]
    assert first == [True, False, False, True]
    assert isinstance(told[2], Recorded)
    assert told[2].total_minutes == 6
    assert await count(database, UserAchievement) == 2
    await assert_counters_agree(database)


async def test_concurrent_check_ins_of_two_processes_lose_nothing(
    database: Database, library: Library
) -> None:
    async with recording(database, lambda: library) as one, recording(database, lambda: library) as other:
        told = await asyncio.gather(
            *((one, other)[n % 2].record(request(n % 5, at=BEGINNING + DAY * (n // 20))) for n in range(60)),
            return_exceptions=True,
        )
    assert all(isinstance(outcome, Recorded) for outcome in told)
    assert await count(database) == 60
    assert await count(database, UserAchievement) == 10, "each of five members both achievements, once"
    assert len(await outbox(database)) == 15, "ten announcements, five roles"
    await assert_counters_agree(database)


async def test_a_streak_opens_what_it_opens_for_good(database: Database, recorder: Recorder) -> None:
    for day in range(2):
        await recorder.record(request(at=BEGINNING + DAY * day))
    recorded = await recorder.record(request(at=BEGINNING + DAY * 2))
    assert recorded.streak_days == 3
    assert [one.slug for one in recorded.unlocked] == ["shield"]
    assert [one.slug for one in recorded.earned] == ["three-days"]
    roles = [row.payload for row in await outbox(database) if row.kind == "add_role"]
    assert roles == [{"guild_id": 7, "discord_id": 1001, "role_id": 99, "plugin": None}]
    later = await recorder.record(request(hack="shield", at=BEGINNING + DAY * 30))
    assert (later.streak_days, later.longest_streak_days) == (1, 3)
    assert later.earned == ()
    assert await count(database, HackUnlock) == 1
    await assert_counters_agree(database)


async def test_the_next_unlock_is_the_nearest(recorder: Recorder) -> None:
    recorded = await recorder.record(request())
    assert recorded.next_unlock is not None
    hack, _, way = recorded.next_unlock
    assert hack.slug == "shield"
    assert way.fraction == pytest.approx(1 / 3)


async def test_mastery_at_fifty_sessions_opens_what_follows(database: Database, recorder: Recorder) -> None:
    first = await outcomes(recorder, *(request() for _ in range(49)))
    assert not any(isinstance(one, Recorded) and one.mastered for one in first)
    fiftieth = await recorder.record(request(at=BEGINNING + DAY))
    assert fiftieth.mastered
    assert [hack.slug for hack in fiftieth.unlocked] == ["after-breath"]
    assert not (await recorder.record(request(at=BEGINNING + DAY))).mastered
    async with database.reading() as uow:
        mastered_at = await uow.scalar(select(table_of(MemberHack).c.mastered_at))
    assert mastered_at == BEGINNING + DAY, "the date stays"
    await assert_counters_agree(database)


async def test_a_request_that_breaks_the_commit_harms_only_itself(
    database: Database, library: Library, recorder: Recorder
) -> None:
    # Removed behind our back: the library still knows it.
    async with database.unit_of_work() as uow:
        await uow.execute(delete(table_of(Hack)).where(table_of(Hack).c.slug == "gaze"))
    told = await outcomes(
        recorder,
        *(request(n) for n in range(5)),
        request(9, "gaze", minutes=5),
        *(request(n) for n in (5, 6)),
    )
    assert [isinstance(outcome, Recorded) for outcome in told] == [True] * 5 + [False] + [True] * 2
    assert isinstance(told[5], Exception)
    assert not is_unavailable(told[5])
    assert await count(database) == 7
    assert await count(database, User) == 7, "nothing of the broken one stays"
    await assert_counters_agree(database)


async def test_a_move_between_zones_neither_loses_nor_doubles_a_day(
    database: Database, recorder: Recorder
) -> None:
    auckland, los_angeles = ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Los_Angeles")
    await move(database, auckland, BEGINNING)
    # 9 March, 00:30 in Auckland, is the 8th in Los Angeles.
    there = datetime(2026, 3, 9, 0, 30, tzinfo=auckland).astimezone(UTC)
    await recorder.record(request(at=there))
    await move(database, los_angeles, there + timedelta(hours=1))
    eighth = await recorder.record(request(at=there + timedelta(hours=2)))
    assert eighth.streak_days == 2, "the 8th and the 9th"
    ninth = await recorder.record(request(at=there + timedelta(hours=26)))
    tenth = await recorder.record(request(at=there + timedelta(hours=50)))
    assert (ninth.streak_days, tenth.streak_days) == (2, 3)
    await assert_counters_agree(database)


async def test_days_that_a_move_eastwards_takes_break_no_streak(
    database: Database, recorder: Recorder
) -> None:
    los_angeles, auckland = ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Auckland")
    await move(database, los_angeles, BEGINNING)
    evening = datetime(2026, 3, 4, 22, tzinfo=los_angeles).astimezone(UTC)
    await recorder.record(request(at=evening))
    # Late on the 4th: in Auckland it is the 5th, 19:30. What is left of the 5th is missed.
    await move(database, auckland, evening + timedelta(minutes=30))
    standing = await database.read(read_standing, discord_id=1001)
    assert standing is not None
    assert {day.day for day in standing.excused} == {4, 5}
    sixth = datetime(2026, 3, 6, 20, tzinfo=auckland).astimezone(UTC)
    carried_on = await recorder.record(request(at=sixth))
    assert carried_on.streak_days == 2
    await assert_counters_agree(database)


async def move(database: Database, zone: ZoneInfo, at: datetime) -> None:
    async with database.unit_of_work() as uow:
        await uow.run(lambda c: set_zone(c, member(1), zone, default=UTC_ZONE, now=at))


async def test_old_excuses_are_forgotten(database: Database, library: Library) -> None:
    await move(database, ZoneInfo("Pacific/Auckland"), BEGINNING)
    await move(database, ZoneInfo("Europe/Paris"), BEGINNING + 70 * DAY)
    standing = await database.read(read_standing, discord_id=1001)
    assert standing is not None
    assert standing.excused == frozenset()


async def test_rest_days_are_the_communitys(database: Database, library: Library) -> None:
    async with recording(database, lambda: library, Policy(rest_days=1)) as recorder:
        await recorder.record(request(at=BEGINNING))
        rested = await recorder.record(request(at=BEGINNING + 2 * DAY))
        broken = await recorder.record(request(at=BEGINNING + 5 * DAY))
    assert (rested.streak_days, broken.streak_days) == (2, 1)
    await assert_counters_agree(database, rest_days=1)


async def test_without_achievements_none_are_given_but_techniques_open(
    database: Database, library: Library
) -> None:
    async with recording(database, lambda: library, Policy(achievements=False)) as recorder:
        for day in range(2):
            await recorder.record(request(at=BEGINNING + DAY * day))
        recorded = await recorder.record(request(at=BEGINNING + DAY * 2))
    assert recorded.earned == ()
    assert [hack.slug for hack in recorded.unlocked] == ["shield"]
    assert await count(database, UserAchievement) == 0
    assert await outbox(database) == []


async def test_events_are_stored_for_the_audience_in_the_order_of_what_happened(
    database: Database, library: Library
) -> None:
    policy = Policy(audience=lambda kind, guild: ["one", "two"] if guild == 7 else ["one"])
    async with recording(database, lambda: library, policy) as recorder:
        recorded = await recorder.record(request())
        elsewhere = await recorder.record(request(guild_id=8))
    kinds = [(one.kind, one.plugin) for one in recorded.deliveries]
    assert kinds == [
        ("session_recorded", "one"),
        ("session_recorded", "two"),
        ("achievement_earned", "one"),
        ("achievement_earned", "two"),
    ]
    assert [one.plugin for one in elsewhere.deliveries] == ["one"]
    rows = await deliveries(database)
    assert {(row.event_id, row.plugin) for row in rows} == {
        (one.event_id, one.plugin) for one in [*recorded.deliveries, *elsewhere.deliveries]
    }


async def test_many_events_of_one_commit_keep_their_order(database: Database, library: Library) -> None:
    async with recording(database, lambda: library, Policy(audience=lambda kind, guild: ["one"])) as recorder:
        told = await outcomes(recorder, *(request(n % 7, minutes=n + 1) for n in range(60)))
    ids: dict[object, list[int]] = {}
    for outcome in told:
        assert isinstance(outcome, Recorded)
        sessions = [one for one in outcome.deliveries if one.kind == "session_recorded"]
        assert [one.payload["minutes"] for one in sessions] == [outcome.minutes]
        ids.setdefault(outcome.user_id, []).extend(one.event_id for one in outcome.deliveries)
    assert all(own == sorted(own) for own in ids.values())


async def test_stopping_records_what_was_waiting(database: Database, library: Library) -> None:
    recorder = Recorder(database, lambda: library, Policy())
    await recorder.start()
    asked = [asyncio.ensure_future(recorder.record(request(n))) for n in range(200)]
    await asyncio.sleep(0)
    await recorder.stop()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, Recorded) for one in told) == await count(database) == 200


async def test_a_database_that_goes_away_fails_those_who_ask_and_comes_back(
    postgres_url: str, tmp_path: Path
) -> None:
    async with Proxy.before(postgres_url) as proxy:
        database = await open_database(async_url(proxy.url(postgres_url)))
        library = await stock(database, tmp_path)
        async with recording(database, lambda: library) as recorder:
            await recorder.record(request(interaction_id=1))
            await proxy.cut()
            told = await outcomes(recorder, request(interaction_id=2), request(2, interaction_id=3))
            assert all(isinstance(one, Exception) and is_unavailable(one) for one in told)
            await proxy.mend()
            # The first try only notices the loss; whoever asks is not told of it.
            await proxy.cut()
            await proxy.mend()
            await recorder.record(request(interaction_id=2))
        assert await count(database) == 2
        await assert_counters_agree(database)
        await database.close()


async def test_erasing_a_member_leaves_nothing(database: Database, library: Library) -> None:
    async with recording(database, lambda: library, Policy(audience=lambda kind, guild: ["one"])) as recorder:
        for day in range(3):
            await recorder.record(request(at=BEGINNING + DAY * day))
        await recorder.record(request(2))
    async with database.unit_of_work() as uow:
        await uow.execute(delete(table_of(User)).where(table_of(User).c.discord_id == "1001"))
    assert await count(database) == 1
    assert await count(database, UserAchievement) == 1
    assert await count(database, MemberHack) == 1
    assert await count(database, HackUnlock) == 0
    assert {row.user_id for row in await outbox(database)} == {
        row.user_id for row in await deliveries(database)
    }
    assert len(await deliveries(database)) == 2


async def test_a_changed_counter_is_found_by_the_recount(database: Database, recorder: Recorder) -> None:
    await recorder.record(request())
    async with database.unit_of_work() as uow:
        await uow.execute(update(table_of(User)).values(session_count=5))
    with pytest.raises(AssertionError):
        await assert_counters_agree(database)


async def test_session_ids_are_the_callers(recorder: Recorder) -> None:
    key = uuid4()
    recorded = await recorder.record(request(session_id=key))
    assert recorded.session_id == key
    with pytest.raises(AlreadyRecorded):
        await recorder.record(request(session_id=key))


async def test_what_was_begun_while_it_was_open_is_recorded(
    database: Database, library: Library, recorder: Recorder
) -> None:
    with pytest.raises(Refusal, match="not open to you yet"):
        await recorder.record(request(hack="shield"))
    recorded = await recorder.record(request(hack="shield", was_open=True))
    assert (recorded.hack.slug, recorded.mastered, recorded.sessions) == ("shield", False, 1)
    await assert_counters_agree(database)


async def test_what_was_begun_is_recorded_even_if_it_has_left_the_catalogue(
    database: Database, library: Library
) -> None:
    rest = Library(
        [hack for hack in library.hacks.values() if hack.slug != "breath"],
        list(library.achievements.values()),
        library.metrics,
        library.texts,
    )
    async with recording(database, lambda: rest) as recorder:
        with pytest.raises(Refusal, match="no technique called"):
            await recorder.record(request(minutes=40))
        recorded = await recorder.record(request(minutes=40, was_open=True))
        assert (recorded.hack.name, recorded.minutes, recorded.sessions) == ("Breath", 40, 1)
        assert [one.slug for one in recorded.earned] == ["first"]
        with pytest.raises(Refusal, match="no technique called"):
            await recorder.record(request(hack="never-was", was_open=True))
    await assert_counters_agree(database)


async def test_a_zone_that_nobody_knows_is_the_servers(database: Database, recorder: Recorder) -> None:
    await recorder.record(request())
    async with database.unit_of_work() as uow:
        await uow.execute(update(table_of(User)).values(timezone="Mars/Phobos"))
    assert (await recorder.record(request(at=BEGINNING + DAY))).streak_days == 2
    async with database.reading() as uow:
        zone = await uow.run(zone_of, 1001, ZoneInfo("Asia/Tokyo"))
    assert zone.key == "Asia/Tokyo"
