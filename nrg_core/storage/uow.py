"""The unit of work: what is written in it is committed together, or not at all.

A unit of work is opened by its first statement, not before: a plugin that dawdles before it writes holds
no lock that another plugin or a member would wait for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from nrg_core.errors import NrgError

__all__ = ["BrokenUnitOfWorkError", "UnitOfWork"]

T = TypeVar("T")

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class BrokenUnitOfWorkError(NrgError):
    """The transaction under a unit of work was ended or broken by the code that used it."""


class UnitOfWork(ABC):
    """Statements that succeed or fail together.

    Made by ``Database.unit_of_work()`` (writes) and ``Database.reading()`` (does not). Committed when its
    block ends, rolled back when the block raises. Await nothing but its own methods between the first
    statement and the end: on SQLite everybody else who writes waits for it.
    """

    def __init__(self) -> None:
        self._session: AsyncSession | None = None
        self._after_commit: list[Callable[[], None]] = []
        self._begun = False

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
        if self._session is None:
            self._session = AsyncSession(
                bind=await self._begin(), expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
        return self._session

    @abstractmethod
    async def run(self, function: Callable[[Connection], T]) -> T:
        """Call a synchronous function of many Core statements where the database is nearest.

        For hot paths: on SQLite the whole function runs in the connection's thread. It must touch
        nothing but the connection it is handed.
        """

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once what is written here is durable: to make a cached copy void, say."""
        self._after_commit.append(callback)

    async def _begin(self) -> AsyncConnection:
        if not self._begun:
            await self._open()
            self._begun = True
        return self._connection()

    async def commit(self) -> None:
        """Commit. For ``Database``; whoever was handed a unit of work leaves it alone."""
        if self._session is not None:
            await self._session.commit()
            await self._session.close()
        if self._begun:
            await self._commit()
        for callback in self._after_commit:
            callback()

    async def rollback(self) -> None:
        """Undo everything. For ``Database``; whoever was handed a unit of work leaves it alone."""
        if self._session is not None:
            await self._session.close()
        if self._begun:
            await self._rollback()

    @abstractmethod
    def _connection(self) -> AsyncConnection: ...

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _commit(self) -> None: ...

    @abstractmethod
    async def _rollback(self) -> None: ...
