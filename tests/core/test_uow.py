"""Units of work, on both databases: what is promised holds when things go wrong inside them."""

# ruff: noqa: PT012 - what raises is a whole unit of work

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlmodel import select as select_model

from nrg_core.domain.models import Hack
from nrg_core.storage import sqlite
from nrg_core.storage.database import Database, is_unavailable, open_database
from nrg_core.storage.uow import BrokenUnitOfWorkError, UnitOfWork
from nrg_core.urls import async_url
from tests.support.proxy import Proxy

marks = Table("marks", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer))
words = Table("words", marks.metadata, Column("word", String, primary_key=True))

ENDLESS = {
    "sqlite": text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"),
    "postgresql": text("SELECT pg_sleep(3600)"),
}


@pytest.fixture
async def database(database: Database) -> Database:
    await make_tables(database)
    return database


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncGenerator[Database]:
    opened = await open_database(async_url(sqlite_url))
    await make_tables(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def on_postgresql(postgres_url: str) -> AsyncGenerator[Database]:
    opened = await open_database(async_url(postgres_url))
    await make_tables(opened)
    yield opened
    await opened.close()


async def make_tables(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await uow.run(marks.metadata.create_all)
        await uow.execute(insert(marks).values(id=1, n=0))


async def total(database: Database) -> int:
    """Return what the marks add up to, as everybody sees it."""
    async with database.reading() as uow:
        return int(await uow.scalar(select(func.sum(marks.c.n))))


async def add(uow: UnitOfWork, n: int = 1) -> None:
    await uow.execute(update(marks).where(marks.c.id == 1).values(n=marks.c.n + n))


async def assert_healthy(database: Database) -> None:
    """Check that everybody can still write, at once, and loses nothing."""
    before = await total(database)

    async def write() -> None:
        async with database.unit_of_work() as uow:
            await add(uow)
            await (await uow.session()).exec(text("SELECT 1"))  # pyright: ignore[reportCallIssue, reportArgumentType]

    async with asyncio.timeout(10):
        await asyncio.gather(*(write() for _ in range(20)))
    assert await total(database) == before + 20


async def test_the_end_of_the_block_commits(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await add(uow, 3)
        assert await uow.scalar(select(marks.c.n)) == 3
        assert await total(database) == 0, "nobody else sees it before the commit"
    assert await total(database) == 3


async def test_raising_undoes_everything(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as uow:
            await add(uow)
            await uow.run(lambda connection: connection.execute(update(marks).values(n=9)))
            raise ZeroDivisionError
    assert await total(database) == 0
    await assert_healthy(database)


async def test_statements_and_functions_share_one_transaction(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await add(uow, 2)
        seen = await uow.run(lambda connection: connection.execute(select(marks.c.n)).scalar_one())
        session = await uow.session()
        session.add(Hack(name="Hum", slug="hum"))
        await session.flush()
        assert seen == 2
        assert await uow.scalar(select(func.count()).select_from(Hack)) == 1


async def test_nothing_is_opened_before_the_first_statement(on_sqlite: Database) -> None:
    async with on_sqlite.unit_of_work() as dawdling:
        async with asyncio.timeout(5), on_sqlite.unit_of_work() as uow:
            await add(uow)
        await add(dawdling)
    assert await total(on_sqlite) == 2


async def test_a_session_ends_nothing_but_itself(database: Database) -> None:
    # The very first statement on a fresh connection, where a session would begin the transaction itself.
    async with database.unit_of_work() as uow:
        session = await uow.session()
        session.add(Hack(name="Undone", slug="undone"))
        await session.flush()
        await session.rollback()
        session.add(Hack(name="Kept", slug="kept"))
        await session.commit()
        session.add(Hack(name="Flushed at the end", slug="flushed"))
        assert await count_hacks(database) == 0
    async with database.reading() as uow:
        slugs = set((await (await uow.session()).exec(select_model(Hack.slug))).all())
    assert slugs == {"kept", "flushed"}
    await assert_healthy(database)


async def test_what_a_session_committed_is_undone_with_the_rest(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as uow:
            session = await uow.session()
            session.add(Hack(name="Gone", slug="gone"))
            await session.commit()
            raise ZeroDivisionError
    assert await count_hacks(database) == 0


async def count_hacks(database: Database) -> int:
    async with database.reading() as uow:
        return int(await uow.scalar(select(func.count()).select_from(Hack)))


async def test_concurrent_increments_of_two_processes_lose_nothing(
    database: Database, database_url: str
) -> None:
    other = await open_database(async_url(database_url))

    async def increment(number: int) -> None:
        async with (database, other)[number % 2].unit_of_work() as uow:
            n = await uow.scalar(select(marks.c.n).where(marks.c.id == 1).with_for_update())
            await asyncio.sleep(0)
            await uow.execute(update(marks).where(marks.c.id == 1).values(n=n + 1))

    await asyncio.gather(*(increment(number) for number in range(120)))
    assert await total(database) == 120
    await other.close()


async def test_a_deadline_in_the_middle_of_a_statement(database: Database) -> None:
    endless = ENDLESS[database.dialect]
    for face in ("statement", "session", "function", "savepoint"):
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), database.unit_of_work() as uow:
                await add(uow)
                match face:
                    case "statement":
                        await uow.execute(endless)
                    case "session":
                        await (await uow.session()).exec(endless)  # pyright: ignore[reportCallIssue, reportArgumentType]
                    case "function":
                        await uow.run(lambda connection: connection.execute(endless))
                    case _:
                        async with uow.savepoint():
                            await uow.execute(endless)
        assert time.monotonic() - begun < 5, f"the {face} was not called off"
        assert await total(database) == 0
    await assert_healthy(database)


async def test_many_deadlines_leave_every_connection_usable(database: Database) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), database.unit_of_work() as uow:
                await add(uow)
                await uow.execute(ENDLESS[database.dialect])

    await asyncio.gather(*(give_up() for _ in range(24)))
    assert await total(database) == 0
    await assert_healthy(database)


ENDINGS = ("COMMIT", "rollback", "  END", "/* quietly */ COMMIT", "-- quietly\nROLLBACK", "BEGIN", "ABORT")


async def test_ending_the_transaction_from_inside_is_refused(database: Database) -> None:
    for ending in ENDINGS:
        with pytest.raises(BrokenUnitOfWorkError):
            async with database.unit_of_work() as uow:
                await add(uow)
                await uow.execute(text(ending))
        assert await total(database) == 0, ending
    await assert_healthy(database)


async def test_a_refused_commit_has_committed_nothing_even_if_the_refusal_is_swallowed(
    database: Database,
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as uow:
            await add(uow)
            with pytest.raises(BrokenUnitOfWorkError):
                await uow.execute(text("COMMIT"))
            await add(uow)
            raise ZeroDivisionError
    assert await total(database) == 0


async def test_the_connection_behind_the_session_cannot_end_it_either(database: Database) -> None:
    for way in ("commit", "rollback"):
        with pytest.raises(Exception):  # noqa: B017, PT011 - the databases say it differently
            async with database.unit_of_work() as uow:
                session = await uow.session()
                connection = await session.connection()
                await add(uow)
                await getattr(connection, way)()
                await add(uow)
        assert await total(database) == 0, way
        await assert_healthy(database)
        async with database.unit_of_work() as uow:
            await uow.execute(update(marks).values(n=0))


def call(connection: Connection, method: str) -> None:
    getattr(connection, method)()


async def test_a_function_cannot_end_it_either(database: Database) -> None:
    for way in ("commit", "rollback"):
        with pytest.raises(BrokenUnitOfWorkError):
            async with database.unit_of_work() as uow:
                await add(uow)
                await uow.run(call, way)
                await add(uow)
        assert await total(database) == 0, way


async def test_what_a_function_leaves_behind_harms_nobody(database: Database) -> None:
    for way in ("begin_nested", "commit", "rollback"):
        with suppress(BrokenUnitOfWorkError):
            await database.write(call, way)
        with suppress(BrokenUnitOfWorkError):
            async with database.unit_of_work() as uow:
                await uow.run(call, way)
    await assert_healthy(database)


async def test_a_swallowed_error_is_not_taken_for_success(on_postgresql: Database) -> None:
    called: list[int] = []
    with pytest.raises(BrokenUnitOfWorkError):
        async with on_postgresql.unit_of_work() as uow:
            uow.after_commit(lambda: called.append(1))
            await add(uow)
            with pytest.raises(DBAPIError):
                await uow.execute(text("SELECT nonsense"))
    assert await total(on_postgresql) == 0
    assert not called
    await assert_healthy(on_postgresql)


async def test_an_error_inside_a_savepoint_undoes_the_savepoint_alone(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await add(uow)
        with pytest.raises(DBAPIError):
            async with uow.savepoint():
                await add(uow, 10)
                await uow.execute(text("SELECT nonsense"))
        async with uow.savepoint():
            await add(uow, 100)
    assert await total(database) == 101


async def test_an_undone_transaction_takes_no_more_statements(on_sqlite: Database) -> None:
    with pytest.raises((DBAPIError, BrokenUnitOfWorkError)):
        async with on_sqlite.unit_of_work() as uow:
            await uow.execute(insert(words).values(word="one"))
            session = await uow.session()
            with pytest.raises(DBAPIError):
                await uow.execute(text("INSERT OR ROLLBACK INTO words VALUES ('one')"))
            await session.exec(insert(words).values(word="two"))
    async with on_sqlite.reading() as uow:
        assert await uow.scalar(select(func.count()).select_from(words)) == 0
    await assert_healthy(on_sqlite)


async def test_after_commit_waits_for_the_commit(database: Database) -> None:
    seen: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as uow:
            uow.after_commit(lambda: seen.append("undone"))
            await add(uow)
            raise ZeroDivisionError
    async with database.unit_of_work() as uow:
        uow.after_commit(lambda: seen.append("done"))
        await add(uow)
        assert seen == []
    assert seen == ["done"]


async def test_what_outlives_the_block_gets_nothing(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await add(uow)
    with pytest.raises(BrokenUnitOfWorkError):
        await add(uow)
    with pytest.raises(BrokenUnitOfWorkError):
        await uow.session()
    await assert_healthy(database)


async def test_a_task_that_was_waiting_when_the_block_ended_gets_nothing(on_sqlite: Database) -> None:
    async with on_sqlite.unit_of_work() as blocking:
        await add(blocking)
        async with on_sqlite.unit_of_work() as uow:
            straggler = asyncio.create_task(add(uow))
            await asyncio.sleep(0)  # it waits for the writer now
    with pytest.raises(BrokenUnitOfWorkError):
        await straggler
    assert await total(on_sqlite) == 1
    await assert_healthy(on_sqlite)


async def test_readers_wait_for_no_writer_and_see_one_moment(database: Database) -> None:
    async with asyncio.timeout(5), database.unit_of_work() as writing:
        await add(writing)
        async with database.reading() as reading:
            assert await reading.scalar(select(marks.c.n)) == 0
            async with database.reading() as other:
                assert await other.scalar(select(marks.c.n)) == 0
    async with database.reading() as reading:
        before = await reading.scalar(select(marks.c.n))
        async with database.unit_of_work() as writing:
            await add(writing)
        assert await reading.scalar(select(marks.c.n)) == before == 1
    assert await total(database) == 2


async def test_readers_cannot_write(database: Database) -> None:
    for way in ("statement", "function"):
        with pytest.raises(DBAPIError):
            async with database.reading() as uow:
                if way == "statement":
                    await add(uow)
                else:
                    await uow.run(lambda connection: connection.execute(update(marks).values(n=9)))
    assert await total(database) == 0
    await assert_healthy(database)


async def use(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await add(uow)


async def test_postgresql_that_goes_away_and_comes_back(postgres_url: str) -> None:
    async with Proxy.before(postgres_url) as proxy:
        database = await open_database(async_url(proxy.url(postgres_url)))
        await make_tables(database)
        await asyncio.gather(*(use(database) for _ in range(8)))
        # In the middle of a unit of work.
        with pytest.raises(Exception) as lost:  # noqa: PT011 - judged below
            async with database.unit_of_work() as uow:
                await add(uow)
                await proxy.cut()
                await add(uow)
        assert is_unavailable(lost.value)
        # While it is away, for those who write and for those who read.
        with pytest.raises(Exception) as away:  # noqa: PT011
            await use(database)
        assert is_unavailable(away.value)
        with pytest.raises(Exception) as unread:  # noqa: PT011
            await database.ping()
        assert is_unavailable(unread.value)
        await proxy.mend()
        await use(database)
        assert await total(database) == 9
        await assert_healthy(database)
        await database.close()


async def test_postgresql_that_goes_away_at_the_commit(postgres_url: str) -> None:
    async with Proxy.before(postgres_url) as proxy:
        database = await open_database(async_url(proxy.url(postgres_url)))
        await make_tables(database)
        with pytest.raises(Exception) as lost:  # noqa: PT011
            async with database.unit_of_work() as uow:
                await add(uow)
                await proxy.cut()
        assert is_unavailable(lost.value)
        await proxy.mend()
        assert await total(database) == 0
        await assert_healthy(database)
        await database.close()


async def test_idle_connections_that_were_cut_are_noticed_and_replaced(postgres_url: str) -> None:
    async with Proxy.before(postgres_url) as proxy:
        database = await open_database(async_url(proxy.url(postgres_url)))
        await make_tables(database)
        await asyncio.gather(*(use(database) for _ in range(8)))
        await proxy.cut()
        await proxy.mend()
        with suppress(Exception):
            await use(database)  # one failure tells of all the connections of that time
        for _ in range(8):
            await use(database)
        await assert_healthy(database)
        await database.close()


async def test_sqlite_that_another_process_keeps(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    url = async_url(sqlite_url)
    database = await open_database(url)
    await make_tables(database)
    other = sqlite3.connect(url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception) as busy:  # noqa: PT011
        await use(database)
    assert is_unavailable(busy.value)
    assert await total(database) == 0, "reading goes on"
    other.execute("COMMIT")
    other.close()
    await use(database)
    await assert_healthy(database)
    await database.close()


def test_a_wrong_statement_is_not_a_database_that_is_away() -> None:
    assert not is_unavailable(ValueError())
    assert not is_unavailable(DBAPIError("SELECT", None, Exception("no such table")))
