"""Putting a recorded session right, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from nrg_core.domain.correcting import correct_minutes
from nrg_core.domain.models import PracticeSession
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import Recorded, record_sessions
from nrg_core.errors import Refusal
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from tests.support.community import BEGINNING, assert_counters_agree, request, stock


@pytest.fixture
async def recorded(database: Database, tmp_path: Path) -> Recorded:
    library = await stock(database, tmp_path)
    requests = [request(1, "gaze", minutes=7), request(1, "breath", minutes=20)]
    _, outcome = await database.write(record_sessions, requests, library, Policy())
    assert isinstance(outcome, Recorded)
    return outcome


@pytest.mark.parametrize("minutes", [1, 19, 20, 1440])
async def test_the_counters_follow(database: Database, recorded: Recorded, minutes: int) -> None:
    await database.write(correct_minutes, recorded.session_id, minutes)
    await assert_counters_agree(database)
    async with database.reading() as uow:
        assert await uow.scalar(text("SELECT total_practice_minutes FROM users")) == 7 + minutes


@pytest.mark.parametrize(("minutes", "begun"), [(30, -30), (90, -40)])
async def test_it_is_not_moved_back_beyond_its_beginning(
    database: Database, recorded: Recorded, minutes: int, begun: int
) -> None:
    earliest = BEGINNING - timedelta(minutes=40)
    await database.write(correct_minutes, recorded.session_id, minutes, earliest=earliest)
    sessions = table_of(PracticeSession)
    async with database.reading() as uow:
        row = (await uow.execute(select(sessions).where(sessions.c.id == recorded.session_id))).one()
    assert row.duration_seconds == minutes * 60
    assert (row.started_at, row.ended_at) == (BEGINNING + timedelta(minutes=begun), BEGINNING)
    await assert_counters_agree(database)


@pytest.mark.parametrize("minutes", [0, -1, 1441])
async def test_minutes_that_cannot_be(database: Database, recorded: Recorded, minutes: int) -> None:
    with pytest.raises(Refusal, match="1 to 1,440"):
        await database.write(correct_minutes, recorded.session_id, minutes)
    await assert_counters_agree(database)


async def test_a_session_that_is_not_there(database: Database) -> None:
    with pytest.raises(Refusal, match="not there any more"):
        await database.write(correct_minutes, uuid4(), 5)
