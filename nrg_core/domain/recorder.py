"""Recording for many members at once: whoever asks while a commit is under way joins the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from nrg_core.domain.library import Library
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import Outcome, Recorded, RecordSession, record_sessions
from nrg_core.storage.database import Database, is_unavailable
from nrg_core.storage.uow import UnitOfWork

__all__ = ["Recorder"]

GROUP: Final = 128
"""Sessions at the most in one commit."""

TRIES: Final = 3
"""How often a group is tried while the database is away: the first try often only notices the loss."""


@dataclass(slots=True)
class _Waiting:
    request: RecordSession
    outcome: asyncio.Future[Outcome]


class Recorder:
    """Records sessions. Nobody is answered before their commit."""

    def __init__(
        self,
        database: Database,
        library: Callable[[], Library],
        policy: Policy,
    ) -> None:
        self._database = database
        self._library = library
        self._policy = policy
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to record."""
        self._task = asyncio.create_task(self._run(), name="recorder")

    async def stop(self) -> None:
        """Record what is waiting, and end."""
        if self._task is not None:
            while self._waiting and not self._task.done():
                await asyncio.wait([waiting.outcome for waiting in self._waiting])
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def record(self, request: RecordSession) -> Recorded:
        """Record a session and return what became of it, once it is committed.

        Raises
        ------
        Refusal
            The technique is unknown or locked, the minutes or the notes break a rule, too little is known
            (``TooLittleKnown``), or it is recorded already (``AlreadyRecorded``).
        DatabaseAwayError, sqlalchemy.exc.DBAPIError
            The database did not take it; nothing was recorded.
        """
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._wake.set()
        return _recorded(await waiting.outcome)

    async def record_in(self, uow: UnitOfWork, request: RecordSession) -> Recorded:
        """Record a session in a unit of work that holds more: all of it is committed together.

        Whoever locks rows of their own in it locks the member first, by ``lock_members``, as this does.

        Raises
        ------
        Refusal
            As for ``record``. Nothing was written; the unit of work can go on.
        """
        (outcome,) = await self.record_all_in(uow, [request])
        return _recorded(outcome)

    async def record_all_in(self, uow: UnitOfWork, requests: Sequence[RecordSession]) -> list[Outcome]:
        """Record sessions as ``record_in`` does, in a fixed number of statements; return what became of each.

        A refused session is an outcome, not an exception: the others are recorded all the same.
        """
        library = self._library()
        return await uow.run(record_sessions, requests, library, self._policy)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            if not self._waiting:
                self._wake.clear()
            try:
                await self._record_group(group)
            except asyncio.CancelledError:
                for waiting in group:
                    waiting.outcome.cancel()
                raise

    async def _record_group(self, group: list[_Waiting]) -> None:
        try:
            outcomes = await self._commit([waiting.request for waiting in group])
        except Exception as error:
            if len(group) == 1 or is_unavailable(error):
                for waiting in group:
                    _fail(waiting, error)
            else:
                # One of them is at fault: alone, it harms nobody else.
                for waiting in group:
                    await self._record_group([waiting])
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if not waiting.outcome.done():
                waiting.outcome.set_result(outcome)

    async def _commit(self, requests: list[RecordSession]) -> list[Outcome]:
        library = self._library()
        for left in reversed(range(TRIES)):
            try:
                return await self._database.write(record_sessions, requests, library, self._policy)
            except Exception as error:
                # Trying again is safe: what was committed after all is recognised by its key.
                if not left or not is_unavailable(error):
                    raise
        raise AssertionError("unreachable")


def _recorded(outcome: Outcome) -> Recorded:
    if isinstance(outcome, Recorded):
        return outcome
    raise outcome


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.outcome.done():
        waiting.outcome.set_exception(error)
