"""What members write is for those whom they show it to: no error of the database carries it into a log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from nrg_core.clock import OffsetClock
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.models import PracticeSession
from nrg_core.hooks.context import HookContext
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from tests.support.community import BEGINNING, deliveries
from tests.support.stage import Witness, open_stage

SECRET = "my most private thought"

_sessions = table_of(PracticeSession)
_row: dict[str, Any] = {"user_id": None, "hack_id": uuid4(), "started_at": BEGINNING, "notes": SECRET}


async def by_statement(uow: UnitOfWork) -> None:
    await uow.execute(insert(_sessions), _row)


async def by_function(uow: UnitOfWork) -> None:
    await uow.run(lambda connection: connection.execute(insert(_sessions), [_row]))


async def by_session(uow: UnitOfWork) -> None:
    session = await uow.session()
    session.add(PracticeSession(**_row))
    await session.flush()


@pytest.mark.parametrize("way", [by_statement, by_function, by_session])
async def test_a_failing_insert_leaves_no_text_behind(
    database: Database,
    manual_clock: OffsetClock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    way: Callable[[UnitOfWork], Awaitable[None]],
) -> None:
    class Failing(Witness):
        async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
            await way(ctx.uow)

    async with open_stage(database, manual_clock, tmp_path, deadline=5) as stage:
        stage.add(Failing("failing"))
        await stage.check_in()
        [owed] = await deliveries(database)
    logged = "".join(capsys.readouterr())
    assert "hook failed" in logged
    for told in (logged, owed.last_error):
        assert "IntegrityError" in told
        assert "practice_sessions" in told, "it still says what is wrong"
        assert SECRET not in told


async def test_a_failing_write_leaves_no_text_behind(
    database: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    async with open_stage(database, manual_clock, tmp_path):
        with pytest.raises(DBAPIError) as caught:
            await database.write(lambda connection: connection.execute(insert(_sessions), [_row]))
    error: BaseException | None = caught.value
    while error is not None:  # a traceback tells of every one of them
        assert SECRET not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__
