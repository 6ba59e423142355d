"""The inspector's side of the server: what went over the wire, told in batches to whoever watches."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from nrg_sandbox.errors import ApiError
from nrg_sandbox.page.pages import frame
from nrg_sandbox.page.requests import Json, Room, answer
from nrg_sandbox.traffic import Exchange, Frame

if TYPE_CHECKING:
    from nrg_sandbox.page.faults import FaultPanel
    from nrg_sandbox.page.pages import OpenPage, Pages
    from nrg_sandbox.traffic import Traffic

__all__ = ["Inspector"]

# Seconds: a busy bot makes thousands of calls a second, and a page need not draw each by itself.
_PAUSE = 0.1


class Inspector:
    """Serves the traffic, and tells the pages that watch it of what is new."""

    def __init__(self, traffic: Traffic, faults: FaultPanel, pages: Pages) -> None:
        self._traffic = traffic
        self._faults = faults
        self._pages = pages
        self._watching: set[OpenPage] = set()
        self._new: list[Json] = []
        self._violations = 0
        self._later: asyncio.TimerHandle | None = None
        self._unsubscribe = traffic.subscribe(self._on_traffic)

    def routes(self) -> Room:
        """Return its routes."""
        return [
            ("GET", "/sandbox/traffic", self._list),
            ("GET", "/sandbox/traffic/{item}", self._item),
        ]

    def watch(self, page: OpenPage) -> None:
        """Tell a page of new traffic from now on."""
        self._watching.add(page)

    def forget(self, page: OpenPage) -> None:
        """Stop telling a page."""
        self._watching.discard(page)

    def close(self) -> None:
        """Stop listening."""
        self._unsubscribe()
        if self._later is not None:
            self._later.cancel()

    async def _list(self, _: web.Request) -> web.Response:
        items: list[Exchange | Frame] = [*self._traffic.exchanges, *self._traffic.frames]
        items.sort(key=_number)
        return answer([_summary(item) for item in items])

    async def _item(self, request: web.Request) -> web.Response:
        wanted = request.match_info["item"]
        if not wanted.isdecimal() or len(wanted) > 18:
            raise ApiError.of(0)
        for kept in (self._traffic.exchanges, self._traffic.frames):
            item = _find(tuple(kept), int(wanted))
            if item is not None:
                return answer(_whole(item))
        raise ApiError.of(0)

    def _on_traffic(self, item: Exchange | Frame) -> None:
        violating = isinstance(item, Exchange) and bool(item.violations)
        self._violations += violating
        if self._watching:
            self._new.append(_summary(item))
        if self._later is None and (self._watching or violating):
            self._later = asyncio.get_running_loop().call_later(_PAUSE, self._tell)

    def _tell(self) -> None:
        self._later = None
        new, self._new = self._new, list[Json]()
        violations, self._violations = self._violations, 0
        if violations:
            self._pages.tell_all("VIOLATIONS", {"count": violations})
        told = (frame("TRAFFIC", new), frame("FAULTS", self._faults.pending()))
        for page in self._watching:
            for one in told:
                page.send(one)


def _number(item: Exchange | Frame) -> int:
    return item.id


def _find(kept: Sequence[Exchange | Frame], number: int) -> Exchange | Frame | None:
    place = bisect_left(kept, number, key=_number)
    return kept[place] if place < len(kept) and kept[place].id == number else None


def _summary(item: Exchange | Frame) -> Json:
    if isinstance(item, Exchange):
        return {
            "id": item.id,
            "at": item.at,
            "kind": "rest",
            "method": item.method,
            "path": item.path,
            "query": item.query,
            "status": item.status,
            "seconds": item.seconds,
            "violations": item.violations,
        }
    return {
        "id": item.id,
        "at": item.at,
        "kind": "gateway",
        "sent": item.sent,
        "shard": item.shard,
        "op": item.op,
        "name": item.name,
        "bytes": len(item.body),
    }


def _whole(item: Exchange | Frame) -> Json:
    bodies = (
        {"request": _json(item.request), "response": _json(item.response)}
        if isinstance(item, Exchange)
        else {"body": _json(item.body)}
    )
    return _summary(item) | bodies


def _json(body: bytes) -> Any:
    """Return a body as JSON, as text where it is none, and None where there is none."""
    if not body:
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        return body.decode(errors="replace")
