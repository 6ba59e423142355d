"""What the plugin does, without Discord, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from nrg_core.domain.correcting import correct_minutes
from nrg_core.domain.library import Library
from nrg_core.domain.models import User
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from nrg_practice.hooks import Hooks
from nrg_practice.models import JournalEntry, TimedPractice
from nrg_practice.service import closing, journal, practices
from nrg_practice.service.closing import (
    Closed,
    Due,
    close_forgotten,
    correct,
    due_reminders,
    end,
    end_own,
    vouched,
)
from nrg_practice.service.practices import Place, Practice
from nrg_practice.service.timer import Timer
from tests.support.community import assert_counters_agree, count, stock
from tests.support.statements import noted_statements

T = TypeVar("T")

ANA, BEN = Identity(1001, "ana"), Identity(1002, "ben")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLACE = Place(7, 5)


def later(**span: float) -> datetime:
    return NOON + timedelta(**span)


class Room:
    """Members who practise by the clock, on one database."""

    def __init__(self, database: Database, library: Library) -> None:
        self.database = database
        self.whole = self.library = library
        self.recorder = Recorder(database, lambda: self.library, Policy())

    async def run(self, function: Callable[[Connection], T]) -> T:
        return await self.database.write(function)

    async def work(self, deed: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        async with self.database.unit_of_work() as uow:
            return await deed(uow)

    async def start(
        self, member: Identity = ANA, goal: int | None = None, at: datetime = NOON, hack: str = "breath"
    ) -> Practice:
        return await self.run(
            lambda connection: practices.start(
                connection, member, hack, goal, PLACE, library=self.library, now=at
            )
        )

    async def start_again(self) -> Practice:
        """Begin something that leaves the catalogue at once, with a goal of twenty minutes."""
        gone, self.library = self.library, self.whole
        begun = await self.start(goal=20, at=later(hours=2))
        self.library = gone
        return begun

    async def change(self, deed: Callable[..., Practice], at: datetime, member: Identity = ANA) -> Practice:
        return await self.run(
            lambda connection: deed(connection, practices.open_practice(connection, member.discord_id), at)
        )

    async def end(
        self, at: datetime, member: Identity = ANA, notes: str | None = None, key: int = 77
    ) -> Closed:
        async def deed(uow: UnitOfWork) -> Closed:
            record = partial(self.recorder.record_in, uow)
            return await end(uow, member.discord_id, notes, record, interaction_id=key, now=at)

        return await self.work(deed)

    async def end_own(self, practice_id: UUID, at: datetime, member: Identity = ANA, key: int = 78) -> Closed:
        async def deed(uow: UnitOfWork) -> Closed:
            record = partial(self.recorder.record_in, uow)
            return await end_own(
                uow, practice_id, member.discord_id, record, interaction_id=key, shown_on=None, now=at
            )

        return await self.work(deed)

    async def forget(self, at: datetime) -> list[Closed]:
        return await self.work(
            lambda uow: close_forgotten(uow, partial(self.recorder.record_all_in, uow), at)
        )

    async def correct(self, practice_id: UUID, minutes: int, at: datetime, member: Identity = ANA) -> Closed:
        return await self.work(
            lambda uow: correct(
                uow, practice_id, member.discord_id, minutes, partial(self.recorder.record_in, uow), now=at
            )
        )

    async def rows(self, statement: str) -> list[Any]:
        async with self.database.reading() as uow:
            return [tuple(row) for row in (await uow.execute(text(statement))).all()]

    async def sessions(self) -> list[Any]:
        return await self.rows("SELECT duration_seconds / 60 FROM practice_sessions ORDER BY ended_at")


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> Room:
    return Room(database, await stock(database, tmp_path))


# Starting


async def test_a_member_has_one_open_practice_whoever_writes_it(room: Room) -> None:
    practice = await room.start()
    values = {"user_id": practice.user_id, "started_at": NOON, "counts_from": NOON, "last_sign_at": NOON}
    hack = room.library.hacks["breath"].id
    with pytest.raises(IntegrityError):
        await room.run(
            lambda connection: connection.execute(
                table_of(TimedPractice).insert(), {**values, "hack_id": hack, "channel_id": "5"}
            )
        )


async def test_starts_at_once_give_one_practice(room: Room) -> None:
    said = await asyncio.gather(*(room.start() for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, Practice) for each in said) == 1
    assert sum(isinstance(each, Refusal) for each in said) == 7
    assert await count(room.database, TimedPractice) == 1


@pytest.mark.parametrize("goal", [0, -1, 1441])
async def test_a_goal_has_bounds(room: Room, goal: int) -> None:
    with pytest.raises(Refusal, match="1 to 1,440"):
        await room.start(goal=goal)
    assert await count(room.database, TimedPractice) == 0


async def test_a_locked_technique_cannot_be_started(room: Room) -> None:
    with pytest.raises(Refusal, match="not open to you yet"):
        await room.start(hack="shield")


# Ending


async def test_it_is_recorded_and_closed_together(room: Room) -> None:
    practice = await room.start()
    closed = await room.end(later(minutes=12.9), notes=" calm ")
    assert closed.recorded is not None
    assert closed.recorded.session_id == practice.id
    assert closed.recorded.minutes == 12
    assert await room.rows("SELECT notes, source, interaction_id FROM practice_sessions") == [
        ("calm", "practice", "77")
    ]
    assert await room.rows("SELECT minutes FROM timed_practices WHERE closed_at IS NOT NULL") == [(12,)]
    await assert_counters_agree(room.database)


async def test_what_dies_between_recording_and_closing_is_neither(room: Room) -> None:
    practice = await room.start()

    async def dying(uow: UnitOfWork) -> None:
        record = partial(room.recorder.record_in, uow)
        await end(uow, ANA.discord_id, None, record, interaction_id=1, now=later(minutes=5))
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await room.work(dying)
    assert await room.sessions() == []
    assert (await room.end_own(practice.id, later(minutes=6))).recorded is not None
    assert await room.sessions() == [(6,)]


async def test_clicks_at_once_and_later_give_one_session(room: Room) -> None:
    practice = await room.start()
    clicks = (room.end_own(practice.id, later(minutes=5), key=key) for key in range(100, 106))
    closed = await asyncio.gather(*clicks)
    assert sum(each.recorded is not None for each in closed) == 1
    again = await room.end_own(practice.id, later(minutes=9), key=106)
    assert (again.recorded, again.practice.minutes) == (None, 5)
    assert await room.rows("SELECT minutes FROM timed_practices") == [(5,)]
    assert await room.sessions() == [(5,)]
    await assert_counters_agree(room.database)


async def test_the_member_and_the_tick_at_once_give_one_session(room: Room) -> None:
    practice = await room.start(goal=20)
    await asyncio.gather(room.end_own(practice.id, later(hours=13)), room.forget(later(hours=13)))
    assert len(await room.sessions()) == 1
    await assert_counters_agree(room.database)


async def test_nobody_ends_anothers_practice(room: Room) -> None:
    practice = await room.start()
    with pytest.raises(Refusal, match="belong to the one who practises"):
        await room.end_own(practice.id, later(minutes=5), member=BEN)
    with pytest.raises(Refusal, match="not there any more"):
        await room.end_own(uuid4(), later(minutes=5))
    assert await count(room.database, User) == 1


async def test_more_than_a_day_is_a_day(room: Room) -> None:
    await room.start()
    for hours in (10, 20):
        await room.change(practices.pause, later(hours=hours))
        await room.change(practices.resume, later(hours=hours))
    closed = await room.end(later(hours=30))
    assert closed.recorded is not None
    assert closed.recorded.minutes == 1440


async def test_a_technique_that_has_gone_meanwhile_loses_no_minute(room: Room) -> None:
    await room.start()
    room.library = Library([], [], {}, {})
    closed = await room.end(later(minutes=40))
    assert closed.recorded is not None
    assert (closed.recorded.hack.slug, closed.recorded.minutes) == ("breath", 40)
    await room.start_again()
    await room.forget(later(hours=40))
    assert await room.sessions() == [(40,), (20,)]
    await assert_counters_agree(room.database)


async def test_a_member_who_is_erased_leaves_nothing(room: Room) -> None:
    await room.start()
    await room.run(lambda connection: journal.write(connection, ANA, "mine", 1, NOON))
    await room.run(lambda connection: connection.execute(table_of(User).delete()))
    assert await count(room.database, TimedPractice) == 0
    assert await count(room.database, JournalEntry) == 0


# Reminders


async def test_a_reminder_is_due_once(room: Room) -> None:
    practice = await room.start(goal=20)
    assert await room.run(lambda connection: due_reminders(connection, later(minutes=19.9))) == []
    due = [Due(practice.id, practice.user_id, 7, later(minutes=20))]
    assert await room.run(lambda connection: due_reminders(connection, later(minutes=20))) == due
    assert await room.run(lambda connection: due_reminders(connection, later(minutes=20))) == []
    await room.change(practices.pause, later(minutes=21))
    await room.change(practices.resume, later(minutes=25))
    assert await room.run(lambda connection: due_reminders(connection, later(hours=2))) == []


async def test_a_pause_moves_the_reminder(room: Room) -> None:
    await room.start(goal=20)
    await room.change(practices.pause, later(minutes=10))
    assert await room.run(lambda connection: due_reminders(connection, later(minutes=30))) == []
    await room.change(practices.resume, later(minutes=30))
    assert await room.run(lambda connection: due_reminders(connection, later(minutes=39.9))) == []
    assert len(await room.run(lambda connection: due_reminders(connection, later(minutes=40)))) == 1


# Forgotten


async def test_only_what_is_silent_is_closed(room: Room) -> None:
    await room.start(goal=30)
    await room.start(BEN, at=later(hours=1))
    assert await room.forget(later(hours=12.4)) == []
    (closed,) = await room.forget(later(hours=12.5))
    assert closed.practice.member == ANA
    assert closed.practice.is_forgotten
    assert closed.recorded is not None
    assert closed.recorded.minutes == 30
    assert await room.rows("SELECT minutes FROM timed_practices WHERE closed_at IS NULL") == [(None,)]


async def test_it_counts_for_the_day_on_which_it_was(room: Room) -> None:
    await room.start(goal=30)
    await room.forget(later(hours=20))
    ((day,),) = await room.rows("SELECT CAST(local_day AS VARCHAR(10)) FROM practice_sessions")
    assert day == "2026-03-02"


async def test_silence_counts_from_the_goal(room: Room) -> None:
    await room.start(goal=13 * 60)
    assert await room.forget(later(hours=24.9)) == []
    (closed,) = await room.forget(later(hours=25))
    assert closed.recorded is not None
    assert closed.recorded.minutes == 13 * 60


async def test_silence_counts_from_the_pause_whatever_the_goal(room: Room) -> None:
    await room.start(goal=13 * 60)
    await room.change(practices.pause, later(hours=1))
    assert await room.forget(later(hours=12.9)) == []
    assert len(await room.forget(later(hours=13))) == 1


async def crowd(room: Room, number: int, first: int = 2000) -> None:
    for who in range(first, first + number):
        await room.start(Identity(who, f"member {who}"), goal=10)


async def test_many_forgotten_ones_are_closed_in_turns(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "BATCH", 8)
    await crowd(room, 12)
    assert len(await room.forget(later(hours=13))) == 8
    assert len(await room.forget(later(hours=13))) == 4
    assert len(await room.sessions()) == 12
    assert await room.forget(later(hours=13)) == []


async def test_many_reminders_are_due_in_turns(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "REMINDERS", 4)
    await crowd(room, 6)
    due = [await room.run(lambda connection: due_reminders(connection, later(minutes=10))) for _ in range(3)]
    assert [len(each) for each in due] == [4, 2, 0]
    assert len({each.practice_id for turn in due for each in turn}) == 6


async def test_many_cost_no_more_statements_than_few(room: Room) -> None:
    numbers: list[int] = []
    await crowd(room, 1)
    await room.forget(later(hours=13))
    for number in (2, 12):
        await crowd(room, number, 3000 * number)
        with noted_statements() as noted:
            assert len(await room.run(lambda connection: due_reminders(connection, later(minutes=10))))
            assert len(await room.forget(later(hours=13))) == number
        numbers.append(len([each for each in noted if "INTO events" not in each]))
    few, many = numbers
    assert few == many


async def test_one_that_cannot_be_closed_is_in_nobodys_way(room: Room) -> None:
    await crowd(room, 3)
    ((key,),) = await room.rows(
        "SELECT p.id FROM timed_practices p JOIN users u ON u.id = user_id WHERE discord_id = '2001'"
    )
    await room.work(lambda uow: forbid(uow, key))
    assert len(await room.forget(later(hours=13))) == 2
    assert await room.forget(later(hours=13)) == []
    assert await room.sessions() == [(10,), (10,)]
    await assert_counters_agree(room.database)
    await room.work(lambda uow: uow.execute(text(ALLOW[uow.dialect])))
    assert len(await room.forget(later(hours=26))) == 1


ALLOW = {
    "sqlite": "DROP TRIGGER poison",
    "postgresql": "ALTER TABLE practice_sessions DROP CONSTRAINT poison",
}


async def forbid(uow: UnitOfWork, key: object) -> None:
    """Let the database refuse a session."""
    await uow.execute(
        text(
            f"CREATE TRIGGER poison BEFORE INSERT ON practice_sessions WHEN NEW.id = '{key}' "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
            if uow.dialect == "sqlite"
            else f"ALTER TABLE practice_sessions ADD CONSTRAINT poison CHECK (id <> '{key}')"
        )
    )


@given(
    paused=st.none() | st.integers(0, 900),
    seen=st.integers(0, 900),
    goal=st.none() | st.integers(1, 1440),
    pauses=st.integers(0, 300),
)
def test_no_minute_is_invented(paused: int | None, seen: int, goal: int | None, pauses: int) -> None:
    timer = Timer(later(minutes=pauses), later(minutes=pauses + paused) if paused is not None else None)
    sign = later(minutes=pauses + (paused if paused is not None else seen))
    now = sign + timedelta(hours=12)
    practice = replace(FORGOTTEN, timer=timer, last_sign_at=sign, goal_minutes=goal)
    counted = vouched(practice, now)
    assert timedelta() <= counted <= timer.elapsed(now)
    if paused is not None:
        assert counted == timedelta(minutes=paused)
    else:
        assert counted >= timedelta(minutes=seen)
        assert counted <= timedelta(minutes=max(seen, goal or 0))


FORGOTTEN = Practice(
    id=uuid4(),
    member=ANA,
    user_id=uuid4(),
    hack="breath",
    hack_name="Breath",
    started_at=NOON,
    timer=Timer(NOON),
    goal_minutes=None,
    remind_at=None,
    last_sign_at=NOON,
    closed_at=None,
    is_forgotten=False,
    minutes=None,
    corrected_minutes=None,
    place=PLACE,
    message_id=None,
)


# Putting it right


async def test_a_correction_moves_every_counter(room: Room) -> None:
    practice = await room.start(goal=30)
    await room.forget(later(hours=13))
    await room.correct(practice.id, 100, later(hours=14))
    assert await room.sessions() == [(100,)]
    await assert_counters_agree(room.database)
    assert await room.rows("SELECT minutes, corrected_minutes FROM timed_practices") == [(30, 100)]


async def test_corrections_at_once_are_one(room: Room) -> None:
    practice = await room.start()
    await room.forget(later(hours=13))
    said = await asyncio.gather(
        *(room.correct(practice.id, minutes, later(hours=14)) for minutes in (10, 20, 30)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Closed) for each in said) == 1
    assert len(await room.sessions()) == 1
    await assert_counters_agree(room.database)


@pytest.mark.parametrize("minutes", [0, -3, 781, 1441])
async def test_a_correction_is_no_longer_than_the_span(room: Room, minutes: int) -> None:
    practice = await room.start(goal=30)
    await room.forget(later(hours=13))
    with pytest.raises(Refusal, match="from 1 to 780 minutes"):
        await room.correct(practice.id, minutes, later(hours=14))
    assert await room.sessions() == [(30,)]


async def test_a_correction_does_not_move_the_start_before_the_beginning(room: Room) -> None:
    practice = await room.start()
    await room.change(practices.pause, later(minutes=2))
    await room.change(practices.resume, later(minutes=3))
    await room.forget(later(hours=13))
    await room.correct(practice.id, 600, later(hours=14))
    ((begun,),) = await room.rows(
        "SELECT count(*) FROM practice_sessions s JOIN timed_practices p ON p.id = s.id "
        "WHERE s.started_at = p.started_at AND duration_seconds = 36000"
    )
    assert begun == 1


async def test_what_the_member_ended_cannot_be_corrected(room: Room) -> None:
    practice = await room.start()
    await room.end(later(minutes=30))
    with pytest.raises(Refusal, match="closed for you"):
        await room.correct(practice.id, 60, later(hours=1))


# The metric


async def test_timed_minutes_follow_whoever_corrects(room: Room) -> None:
    (metric,) = Hooks().metrics()
    practice = await room.start(goal=30)
    await room.forget(later(hours=13))

    async def value() -> int:
        async with room.database.reading() as uow:
            return await metric.compute(uow, practice.user_id, None)  # pyright: ignore[reportArgumentType]

    assert await value() == 30
    await room.correct(practice.id, 45, later(hours=14))
    assert await value() == 45
    await room.run(lambda connection: correct_minutes(connection, practice.id, 90))
    assert await value() == 90


# The journal


async def test_the_same_interaction_writes_one_entry(room: Room) -> None:
    await asyncio.gather(
        *(room.run(lambda connection: journal.write(connection, ANA, "calm", 9, NOON)) for _ in range(4))
    )
    assert await count(room.database, JournalEntry) == 1


async def test_the_search_knows_a_letter_however_it_is_typed(room: Room) -> None:
    await room.run(lambda connection: journal.write(connection, ANA, "caf\u00e9", 1, NOON))
    for search in ("caf\u00e9", "CAFE\u0301"):
        page = await room.database.read(journal.read_page, ANA.discord_id, 1, search)
        assert page.total == 1


@pytest.mark.parametrize("search", ["", "ENTRY", "ß"])
async def test_pages_hold_each_entry_once(room: Room, search: str) -> None:
    for number in range(11):
        await room.run(
            lambda connection, n=number: journal.write(connection, ANA, f"entry ß {n}", n, later(minutes=n))
        )
    await room.run(lambda connection: journal.write(connection, BEN, "entry ß of ben", 99, NOON))
    read = [
        await room.database.read(journal.read_page, ANA.discord_id, number, search) for number in (1, 2, 3)
    ]
    assert [each.text for page in read for each in page.entries] == [
        f"entry ß {n}" for n in range(10, -1, -1)
    ]
    assert {(page.pages, page.total) for page in read} == {(3, 11)}
    beyond = await room.database.read(journal.read_page, ANA.discord_id, 99, search)
    assert beyond.number == 3
