"""A clock that follows a sandbox's: time moved there moves here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import aiohttp
import structlog

from nrg_core.clock import OffsetClock

__all__ = ["FollowedClock"]

RETRY: Final = 1.0
_log = structlog.get_logger("nrg.clock")


class FollowedClock(OffsetClock):
    """The real time plus the offset that a sandbox tells.

    Parameters
    ----------
    url
        The sandbox's address; its ``/sandbox/clock/stream`` sends a line of JSON at each move.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url.rstrip("/") + "/sandbox/clock/stream"
        self._told = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow; returns once the time is known, or after a moment without an answer."""
        self._task = asyncio.create_task(self._follow(), name="clock")
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._told.wait()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every move: what waits for the real time need not wait any longer."""
        self._listeners.append(listener)

    async def stop(self) -> None:
        """Follow no longer; the last offset stays."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None, connect=5)
        while True:
            try:
                async with (
                    aiohttp.ClientSession(timeout=timeout) as session,
                    session.get(self._url, raise_for_status=True) as response,
                ):
                    async for line in response.content:
                        self.offset = timedelta(seconds=json.loads(line)["offset"])
                        self._told.set()
                        for listener in self._listeners:
                            listener()
            except (aiohttp.ClientError, OSError, ValueError) as error:
                _log.warning("the sandbox's clock does not answer; keeping its last time", reason=str(error))
            await asyncio.sleep(RETRY)
