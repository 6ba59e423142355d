"""The unit of work: what is written in it is committed together, or not at all.

A unit of work is opened by its first statement, not before: a plugin that dawdles before it writes holds
no lock that another plugin or a member would wait for.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from nrg_core.storage.guard import BrokenUnitOfWorkError

__all__ = ["BrokenUnitOfWorkError", "Parameters", "UnitOfWork"]

P = ParamSpec("P")
T = TypeVar("T")

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class UnitOfWork(ABC):
    """Statements that succeed or fail together.

    Made by ``Database.unit_of_work()`` (writes) and ``Database.reading()`` (does not). Committed when its
    block ends, rolled back when the block raises. Await nothing but its own methods between the first
    statement and the end: on SQLite everybody else who writes waits for it.
    """

    dialect: Literal["sqlite", "postgresql"]
    """For statements that the two databases spell differently; see ``storage.sql``."""

    def __init__(self) -> None:
        self._session: AsyncSession | None = None
        self._after_commit: list[Callable[[], object]] = []
        self._begun = False
        self._over = False
        self._opening = asyncio.Lock()
        self.deadline: asyncio.Timeout | None = None
        """What times the code that uses this; it stands still while others are waited for."""

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        """Execute one Core statement; its rows are already fetched.

        Raises
        ------
        sqlalchemy.exc.DBAPIError
            The database refused the statement. On PostgreSQL the unit of work is broken then.
        """
        connection = await self._begin()
        return await connection.execute(statement, parameters)  # pyright: ignore[reportReturnType]

    async def scalar(self, statement: Executable, parameters: Parameters | None = None) -> Any:
        """Execute a statement and return the first column of its first row, or ``None``."""
        return (await self.execute(statement, parameters)).scalar()

    async def session(self) -> AsyncSession:
        """Return an ORM session inside this unit of work.

        It is flushed before the commit; its own ``commit`` and ``rollback`` reach no further than itself.
        """
        connection = await self._begin()
        if self._session is None:
            if not connection.in_transaction():
                await connection.begin()  # else the session would take it for its own to begin, and to end
            self._session = AsyncSession(
                bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
        return self._session

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Open a part that can fail by itself: if the block raises, no more than the block is undone."""
        connection = await self._begin()
        async with connection.begin_nested():
            try:
                yield
            except BaseException:
                self._call_off()
                raise

    async def run(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a synchronous function of many Core statements where the database is nearest.

        It is called with a connection, and these arguments. On SQLite the whole function runs in the
        connection's thread, so it must touch nothing but what it is handed.
        """
        return await self._run(lambda connection: function(connection, *args, **kwargs))

    def after_commit(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` once what is written here is durable: to make a cached copy void, say."""
        self._after_commit.append(callback)

    async def _begin(self) -> AsyncConnection:
        if not self._begun:
            async with self._opening:
                await self._open_once()
        if self._over:
            raise BrokenUnitOfWorkError("this unit of work is over")
        return self._connection()

    async def _open_once(self) -> None:
        if self._begun or self._over:
            return
        with _standing_still(self.deadline):
            await self._open()
        if self._over:
            # A task that outlived the block: nobody else would give the connection back.
            await self._rollback()
        else:
            self._begun = True

    async def commit(self) -> None:
        """Commit. For ``Database``; whoever was handed a unit of work leaves it alone."""
        self._over = True
        if self._session is not None:
            await self._session.commit()
            await self._session.close()
        if self._begun:
            await self._commit()
        for callback in self._after_commit:
            callback()

    async def rollback(self) -> None:
        """Undo everything. For ``Database``; whoever was handed a unit of work leaves it alone."""
        self._over = True
        self._call_off()
        try:
            if self._session is not None:
                await self._session.close()
        finally:
            await self._rollback()

    @abstractmethod
    def _connection(self) -> AsyncConnection: ...

    @abstractmethod
    async def _run(self, function: Callable[[Connection], T]) -> T: ...

    @abstractmethod
    def _call_off(self) -> None:
        """Call off a statement that may still be under way, where cancelling its task did not."""

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _commit(self) -> None: ...

    @abstractmethod
    async def _rollback(self) -> None: ...


@contextmanager
def _standing_still(deadline: asyncio.Timeout | None) -> Generator[None]:
    """Stop a deadline: nobody is to be blamed for the time in which another held the database."""
    when = deadline.when() if deadline is not None and not deadline.expired() else None
    if deadline is None or when is None:
        yield
        return
    now = asyncio.get_running_loop().time
    left = when - now()
    deadline.reschedule(None)
    try:
        yield
    finally:
        deadline.reschedule(now() + left)
