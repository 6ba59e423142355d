"""Doing something again and again, whatever goes wrong in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

__all__ = ["Repeater"]

_log = structlog.get_logger("nrg.repeat")


class Repeater:
    """A task that looks for something to do every so often, and at once when it is woken.

    Parameters
    ----------
    name
        What it does, for the log.
    look
        Called again and again; what it raises is logged, and it is called again.
    every
        Seconds between two looks.
    """

    def __init__(self, name: str, look: Callable[[], Awaitable[object]], every: float) -> None:
        self._name = name
        self._look = look
        self._every = every
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a look at once."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    def wake(self) -> None:
        """Look now: there is something to do."""
        self._wake.set()

    async def stop(self) -> None:
        """End, in the middle of a look if need be."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._look()
            except Exception:
                _log.exception("failed; trying again", task=self._name)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._wake.wait()
