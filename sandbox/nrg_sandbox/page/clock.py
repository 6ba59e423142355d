"""The virtual clock, moved from the page and followed by whoever keeps time by it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import orjson
from aiohttp import web
from pydantic import Field

from nrg_sandbox.errors import InvalidOption
from nrg_sandbox.page.requests import Body, Room, answer, read

if TYPE_CHECKING:
    from nrg_sandbox.clock import SandboxClock
    from nrg_sandbox.page.pages import Pages
    from nrg_sandbox.page.views import Views

__all__ = ["ClockRoom"]


# A century ahead: ids have room for the years up to 2154.
_FARTHEST = timedelta(days=36_525)


class _Advance(Body):
    advance: Annotated[float, Field(ge=0, le=_FARTHEST.total_seconds(), allow_inf_nan=False)]


class ClockRoom:
    """Moves the clock and tells of its moves."""

    def __init__(self, clock: SandboxClock, views: Views, pages: Pages) -> None:
        self._clock = clock
        self._views = views
        self._pages = pages
        self._streams: set[asyncio.Event] = set()
        self._stopping = False
        clock.subscribe(self._moved)

    def routes(self) -> Room:
        """Return its routes."""
        return [
            ("POST", "/sandbox/clock", self._advance),
            ("GET", "/sandbox/clock/stream", self._stream),
        ]

    def close(self) -> None:
        """End every stream."""
        self._stopping = True
        for moved in self._streams:
            moved.set()

    async def _advance(self, request: web.Request) -> web.Response:
        body = await read(request, _Advance)
        by = timedelta(seconds=body.advance)
        if self._clock.offset + by > _FARTHEST:
            msg = "the clock goes at most a century ahead"
            raise InvalidOption(msg)
        self._clock.advance(by)
        return answer(self._views.clock())

    def _moved(self) -> None:
        self._pages.tell_all("CLOCK", self._views.clock())
        self._pages.refresh_channels()
        for moved in self._streams:
            moved.set()

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        moved = asyncio.Event()
        self._streams.add(moved)
        try:
            await response.prepare(request)
            while not self._stopping:
                moved.clear()
                offset = self._clock.offset.total_seconds()
                await response.write(orjson.dumps({"offset": offset}) + b"\n")
                await moved.wait()
        except ConnectionError:
            pass
        finally:
            self._streams.discard(moved)
        return response
