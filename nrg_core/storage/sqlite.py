"""SQLite: one connection, one thread, two faces.

Each statement sent through aiosqlite's own cursor crosses threads four times (open, execute, fetch,
close), at some 30 µs a crossing. Here a statement crosses once, and ``run`` takes a whole function of
many statements across in one go. Both faces speak over the same ``sqlite3`` connection and therefore in
the same transaction: SQLAlchemy's asyncio face for everybody, its synchronous face for hot paths.

The driver is left in autocommit; whoever opens a transaction says so (``BEGIN IMMEDIATE``), because the
driver's own way of beginning loses concurrent updates without an error.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, CursorResult, ExceptionContext, StaticPool, create_engine, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from nrg_core.storage.guard import BrokenUnitOfWorkError, guard

__all__ = ["SqliteConnection", "fetched"]

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
"""How long a statement waits for another process (the command line, a backup) to let go."""


class _Cursor:
    """What SQLAlchemy needs of an aiosqlite cursor, a statement and its rows in one crossing."""

    def __init__(self, connection: _Driver) -> None:
        self._driver = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> _Cursor:
        return self

    def _statement(self, method: str, sql: str, parameters: Any) -> None:
        if self._driver.guarded and not self._driver.raw.in_transaction:
            # Such as after INSERT OR ROLLBACK: what follows would be committed by itself.
            raise sqlite3.OperationalError("the transaction is over")
        cursor = self._driver.raw.cursor()
        try:
            getattr(cursor, method)(sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _Cursor:
        await self._driver.call(self._statement, "execute", sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> _Cursor:
        await self._driver.call(self._statement, "executemany", sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = []


class _Driver(aiosqlite.Connection):
    """An aiosqlite connection whose cursors cross threads once a statement."""

    guarded = False
    """Whether statements are refused outside a transaction."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself, for code that already runs in its thread."""
        return self._conn

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run ``function`` in the connection's thread."""
        return await self._execute(function, *arguments)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    async def rollback(self) -> None:
        if self.raw.in_transaction:
            await super().rollback()

    def cursor(self) -> Any:
        return _Cursor(self)


class SqliteConnection:
    """One connection to a database file, with a transaction that its holder opens and ends."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self._driver = _Driver(self._connect, 64)
        # A daemon: a process that was told to end must not wait for a thread that waits for work.
        self._driver._thread.daemon = True  # pyright: ignore[reportPrivateUsage]

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        raw.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL keeps every commit of a process that is killed; only a power cut may take the
        # last moments. FULL would pay a disk flush for each commit.
        raw.execute("PRAGMA synchronous = NORMAL")
        # Not by whoever happens to commit: see ``checkpoint``.
        raw.execute("PRAGMA wal_autocheckpoint = 0")
        raw.execute("PRAGMA foreign_keys = ON")
        if self._read_only:
            raw.execute("PRAGMA query_only = ON")
        return raw

    async def open(self) -> None:
        """Connect. The folder must exist; the file is made if it is not there."""
        await self._driver

        async def shared(*_: Any, **__: Any) -> aiosqlite.Connection:
            return self._driver

        self._sync_engine = create_engine(
            "sqlite://",
            creator=lambda: self._driver.raw,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._async_engine = create_async_engine(
            "sqlite+aiosqlite://",
            connect_args={"async_creator_fn": shared},
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        guard(self._sync_engine)
        guard(self._async_engine.sync_engine)
        event.listen(self._async_engine.sync_engine, "handle_error", _keep)
        self._sync = self._sync_engine.connect()
        self._async = await self._async_engine.connect()
        self._driver.guarded = True

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's asyncio face."""
        return self._async

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Call ``function`` with SQLAlchemy's synchronous face, in the connection's thread."""
        return await self._driver.call(function, self._sync)

    async def transact(self, function: Callable[[Connection], T]) -> T:
        """Run ``function`` as one transaction, in one crossing. Once begun it is carried through."""
        return await self._driver.call(lambda: self._transact(function))

    def _transact(self, function: Callable[[Connection], T]) -> T:
        self._driver.raw.execute(self._begin)
        try:
            result = function(self._sync)
            self._commit()
        except BaseException:
            self._rollback()
            raise
        return result

    async def checkpoint(self) -> None:
        """Move what was committed from the log into the file: the one step that waits for the disk.

        Any other connection may do so, while the writer goes on.
        """
        await self._driver.call(self._script, "PRAGMA wal_checkpoint(PASSIVE)")

    async def begin(self) -> None:
        """Open a transaction: for writing at once, so that no concurrent update is lost."""
        await self._driver.call(self._script, self._begin)

    async def commit(self) -> None:
        """Make what was written durable."""
        await self._driver.call(self._commit)
        await self._reset()

    async def rollback(self) -> None:
        """Undo what was written; nothing happens outside a transaction."""
        await self._driver.call(self._rollback)
        await self._reset()

    async def _reset(self) -> None:
        """Let SQLAlchemy forget its own idea of the transaction, with all savepoints left open in it."""
        if self._async.get_transaction() is not None:
            await self._async.rollback()

    def interrupt(self) -> None:
        """Make a statement fail that is still under way, such as one whose task was cancelled."""
        self._driver.raw.interrupt()

    @property
    def in_transaction(self) -> bool:
        """Whether the transaction that was opened still stands."""
        return self._driver.raw.in_transaction

    async def close(self) -> None:
        """Disconnect and end the thread."""
        await self._async.close()
        await self._driver.close()

    def _script(self, sql: str) -> None:
        self._driver.raw.execute(sql)

    def _commit(self) -> None:
        if not self._driver.raw.in_transaction:
            raise BrokenUnitOfWorkError("the transaction was undone inside the unit of work")
        self._driver.raw.execute("COMMIT")
        self._reset_sync()

    def _rollback(self) -> None:
        if self._driver.raw.in_transaction:
            self._driver.raw.execute("ROLLBACK")
        self._reset_sync()

    def _reset_sync(self) -> None:
        # Only if the function left something behind: otherwise SQLAlchemy's idea does no harm.
        transaction = self._sync.get_transaction()
        if transaction is not None and (not transaction.is_active or self._sync.in_nested_transaction()):
            self._sync.rollback()


def fetched(result: CursorResult[Any]) -> CursorResult[Any]:
    """Fetch all rows of a result, in the thread in which its statement ran."""
    if result.returns_rows and result.cursor is not None:
        result.cursor_strategy = FullyBufferedCursorFetchStrategy(result.cursor)
    return result


def _keep(context: ExceptionContext) -> None:
    """Keep the one connection there is: SQLAlchemy would close it when a deadline cancels a statement."""
    context.is_disconnect = False
