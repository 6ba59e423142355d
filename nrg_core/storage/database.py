"""The database: units of work on SQLite (the embedded default) or on PostgreSQL (for growth)."""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, CursorResult, ExceptionContext, Executable, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from nrg_core.errors import NrgError
from nrg_core.repeat import Repeater
from nrg_core.storage.guard import ENDING, FAILED, BrokenUnitOfWorkError, guard
from nrg_core.storage.sqlite import SqliteConnection, fetched
from nrg_core.storage.uow import Parameters, UnitOfWork
from nrg_core.urls import connect_args

__all__ = ["Database", "DatabaseAwayError", "is_unavailable", "open_database"]

P = ParamSpec("P")
T = TypeVar("T")

CONFLICT_TRIES = 4
"""How often a function is tried whose transaction PostgreSQL gave up for another's sake."""

CHECKPOINT = 1.0
"""Seconds between two moves of SQLite's log into the file."""

PATIENCE = 10.0
"""Seconds to wait for one of PostgreSQL's connections: a crowd that comes at once is served in turn."""

READERS = 2
"""Read-only connections to a SQLite file: more than the machine's cores gains nothing."""


class Database(ABC):
    """Where everything is kept. Made by ``open_database``."""

    dialect: Literal["sqlite", "postgresql"]

    @abstractmethod
    def _writing(self) -> UnitOfWork: ...

    @abstractmethod
    def _reading(self) -> UnitOfWork: ...

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncGenerator[UnitOfWork]:
        """Open a unit of work: committed at the end of the block, undone if the block raises.

        Raises
        ------
        BrokenUnitOfWorkError
            The block ended the transaction by itself; nothing can be promised about what it wrote.
        """
        async with _scope(self._writing()) as uow:
            yield uow

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[UnitOfWork]:
        """Open a unit of work that only reads: one consistent view, waiting for no writer."""
        async with _scope(self._reading()) as uow:
            yield uow

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of Core statements as one unit of work: with a connection, and these arguments.

        The quickest way: on SQLite the whole transaction is one crossing to the connection's thread. The
        function may be called again, on a clean slate, if PostgreSQL gave the transaction up because it and
        another waited for each other.
        """
        return await self._write(lambda connection: function(connection, *args, **kwargs))

    async def read(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of Core statements that only read, on one consistent view; see ``write``."""
        return await self._read(lambda connection: function(connection, *args, **kwargs))

    async def _write(self, function: Callable[[Connection], T]) -> T:
        for left in reversed(range(CONFLICT_TRIES)):
            try:
                async with self.unit_of_work() as uow:
                    return await uow.run(function)
            except DBAPIError as error:
                if not left or not _is_conflict(error):
                    raise
        raise AssertionError("unreachable")

    async def _read(self, function: Callable[[Connection], T]) -> T:
        async with self.reading() as uow:
            return await uow.run(function)

    async def ping(self) -> None:
        """Ask the database for a sign of life, raising what it raises."""
        await self.read(lambda connection: connection.execute(text("SELECT 1")))

    @abstractmethod
    async def close(self) -> None:
        """Let go of every connection."""


async def open_database(url: URL) -> Database:
    """Open the database that an asynchronous URL (see ``config.async_url``) names."""
    if url.get_backend_name() == "sqlite":
        return await _Sqlite.open(Path(url.database or "nrg.sqlite3"))
    return _Postgres(url)


class DatabaseAwayError(NrgError):
    """The database does not answer. What was not committed was not done; it may be tried again."""


def is_unavailable(error: BaseException) -> bool:
    """Tell whether an error means that the database is away or busy, not that a statement was wrong."""
    if isinstance(error, DBAPIError):
        # Classes of PostgreSQL's error codes: 08 connection, 53 out of resources, 57P shutting down.
        code = str(getattr(error.orig, "sqlstate", None) or "")
        return (
            error.connection_invalidated
            or code.startswith(("08", "53", "57P"))
            or "database is locked" in str(error.orig)
        )
    return isinstance(error, DatabaseAwayError)


def _is_conflict(error: DBAPIError) -> bool:
    """Tell whether PostgreSQL undid a transaction that would do, run again: a deadlock, or a lost race."""
    return getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


@asynccontextmanager
async def _scope(uow: UnitOfWork) -> AsyncGenerator[UnitOfWork]:
    try:
        yield uow
    except BaseException:
        # Shielded: a deadline that cancels us must not leave the connection inside a transaction.
        await asyncio.shield(uow.rollback())
        raise
    try:
        await uow.commit()
    except BaseException:
        await asyncio.shield(uow.rollback())
        raise


class _Sqlite(Database):
    """One writer and a few readers: SQLite has no use for a second writer."""

    dialect = "sqlite"

    def __init__(self, writer: SqliteConnection, readers: list[SqliteConnection]) -> None:
        self._all = [writer, *readers]
        self._repeater = Repeater("checkpoint", self._checkpoint, CHECKPOINT)
        self._repeater.start()
        self._writer: asyncio.Queue[SqliteConnection] = asyncio.Queue()
        self._writer.put_nowait(writer)
        self._readers: asyncio.Queue[SqliteConnection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)

    @classmethod
    async def open(cls, path: Path) -> _Sqlite:
        path.parent.mkdir(parents=True, exist_ok=True)
        connections = [SqliteConnection(path, read_only=False)]
        connections += [SqliteConnection(path, read_only=True) for _ in range(READERS)]
        for connection in connections:
            await connection.open()
        return cls(connections[0], connections[1:])

    def _writing(self) -> UnitOfWork:
        return _SqliteUnitOfWork(self._writer)

    def _reading(self) -> UnitOfWork:
        return _SqliteUnitOfWork(self._readers)

    async def _write(self, function: Callable[[Connection], T]) -> T:
        return await _transact(self._writer, function)

    async def _read(self, function: Callable[[Connection], T]) -> T:
        return await _transact(self._readers, function)

    async def _checkpoint(self) -> None:
        reader = await self._readers.get()
        try:
            await reader.checkpoint()
        finally:
            self._readers.put_nowait(reader)

    async def close(self) -> None:
        await self._repeater.stop()
        for connection in self._all:
            await connection.close()


async def _transact(free: asyncio.Queue[SqliteConnection], function: Callable[[Connection], T]) -> T:
    """Run one transaction on a free connection; whoever stops waiting for it does not stop it."""
    held = await free.get()
    task = asyncio.ensure_future(held.transact(function))

    def release(done: asyncio.Future[T]) -> None:
        free.put_nowait(held)
        if not done.cancelled():
            done.exception()  # seen, even if nobody waits for it any longer

    task.add_done_callback(release)
    try:
        return await asyncio.shield(task)
    except sqlite3.OperationalError as error:
        raise DatabaseAwayError(f"the database does not answer: {error}") from error


class _SqliteUnitOfWork(UnitOfWork):
    dialect = "sqlite"

    def __init__(self, free: asyncio.Queue[SqliteConnection]) -> None:
        super().__init__()
        self._free = free
        self._held: SqliteConnection | None = None

    @property
    def _sqlite(self) -> SqliteConnection:
        assert self._held is not None
        return self._held

    def _connection(self) -> AsyncConnection:
        if not self._sqlite.in_transaction:
            raise BrokenUnitOfWorkError("the transaction was undone inside the unit of work")
        return self._sqlite.connection

    async def _open(self) -> None:
        self._held = await self._free.get()
        try:
            await self._held.begin()
        except BaseException as error:
            # A statement under way cannot be called back: end what it may have begun before letting go.
            await asyncio.shield(self._rollback())
            if isinstance(error, sqlite3.OperationalError):
                raise DatabaseAwayError(f"the database does not answer: {error}") from error
            raise

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        await self._begin()
        # Through the synchronous face: it is quicker than the asyncio one by a third.
        return await self._sqlite.run(lambda connection: fetched(connection.execute(statement, parameters)))

    async def _run(self, function: Callable[[Connection], T]) -> T:
        await self._begin()
        return await self._sqlite.run(function)

    async def _commit(self) -> None:
        self._connection()
        await self._sqlite.commit()
        self._release()

    def _call_off(self) -> None:
        if self._held is not None:
            self._held.interrupt()

    async def _rollback(self) -> None:
        if self._held is not None:
            try:
                await self._held.rollback()
            finally:
                self._release()

    def _release(self) -> None:
        held, self._held = self._held, None
        self._begun = False
        if held is not None:
            self._free.put_nowait(held)


class _Postgres(Database):
    dialect = "postgresql"

    def __init__(self, url: URL) -> None:
        self._engine: AsyncEngine = create_async_engine(
            url,
            connect_args=connect_args(url),
            pool_size=8,
            max_overflow=8,
            pool_timeout=PATIENCE,
            hide_parameters=True,
        )
        guard(self._engine.sync_engine)
        event.listen(self._engine.sync_engine, "handle_error", _forget_row)
        self._readers = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def _writing(self) -> UnitOfWork:
        return _PostgresUnitOfWork(self._engine)

    def _reading(self) -> UnitOfWork:
        return _PostgresUnitOfWork(self._readers)

    async def close(self) -> None:
        await self._engine.dispose()


def _forget_row(context: ExceptionContext) -> None:
    """Take out of an error the row that was refused: what members wrote does not belong into a log."""
    cause: Any = context.original_exception.__cause__
    if getattr(cause, "detail", None) is not None:
        cause.detail = None


class _PostgresUnitOfWork(UnitOfWork):
    dialect = "postgresql"

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine = engine
        self._held: AsyncConnection | None = None
        self._transaction: Any = None

    def _connection(self) -> AsyncConnection:
        assert self._held is not None
        return self._held

    async def _open(self) -> None:
        try:
            self._held = await self._engine.connect()
            self._held.info.pop(FAILED, None)
            self._transaction = await self._held.begin()
        except (OSError, PoolTimeoutError) as error:
            raise DatabaseAwayError(f"the database does not answer: {error}") from error

    async def _run(self, function: Callable[[Connection], T]) -> T:
        return await (await self._begin()).run_sync(function)

    async def _commit(self) -> None:
        if not self._transaction.is_active:
            raise BrokenUnitOfWorkError("the transaction was undone inside the unit of work")
        info = self._connection().info
        if FAILED in info:
            await self._prove()
        info[ENDING] = True
        try:
            await self._transaction.commit()
        finally:
            del info[ENDING]
        await self._close()

    async def _prove(self) -> None:
        """A statement failed and the error was swallowed: unless a savepoint caught it, all is lost.

        PostgreSQL would say so only in passing, answering the commit with a rollback.
        """
        try:
            await self._connection().execute(text("SELECT 1"))
        except DBAPIError as error:
            raise BrokenUnitOfWorkError("a statement failed, and with it the whole unit of work") from error

    def _call_off(self) -> None:
        pass  # asyncpg has done so

    async def _rollback(self) -> None:
        if self._held is not None and self._transaction is not None and not self._transaction.is_active:
            # SQLAlchemy believes that nothing is left to undo, which is so at the server's end for sure.
            await self._held.invalidate()
        await self._close()

    async def _close(self) -> None:
        held, self._held = self._held, None
        self._begun = False
        if held is not None:
            await held.close()
