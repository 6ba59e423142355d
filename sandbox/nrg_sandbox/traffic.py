"""What went over the wire lately: REST calls and gateway frames, for inspectors and for tests."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

__all__ = ["Exchange", "Frame", "Traffic"]

_KEPT_EXCHANGES, _KEPT_FRAMES = 10_000, 2_000
_KEPT_BODIES = 500


class Exchange(NamedTuple):
    """One REST call of a bot, with its answer.

    Attributes
    ----------
    id
        Counts up.
    at
        When the answer was ready: seconds since 1970, of real time.
    path
        What follows ``/api/v10``, without the query.
    status
        The status of the answer; 0 when there was none.
    seconds
        Real seconds that the answer took.
    request, response
        The bodies in JSON, files left out; empty when there was none, or when they have been let go.
    violations
        What broke Discord's own description of its API, in plain words.
    """

    id: int
    at: float
    method: str
    path: str
    query: str
    status: int
    seconds: float
    request: bytes
    response: bytes
    violations: tuple[str, ...]


class Frame(NamedTuple):
    """One gateway payload.

    Attributes
    ----------
    sent
        Whether the sandbox sent it; otherwise a bot did.
    name
        The event's name, for a dispatch.
    body
        The payload in JSON.
    """

    id: int
    at: float
    sent: bool
    shard: int
    op: int
    name: str | None
    body: bytes


class Traffic:
    """The latest calls and frames, oldest first, and whoever wants to hear of new ones."""

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=_KEPT_EXCHANGES)
        self.frames: deque[Frame] = deque(maxlen=_KEPT_FRAMES)
        self._listeners: list[Callable[[Exchange | Frame], None]] = []
        self._numbers = count(1)

    def called(
        self,
        method: str,
        path: str,
        query: str,
        status: int,
        *,
        seconds: float = 0.0,
        request: bytes = b"",
        response: bytes = b"",
        violations: tuple[str, ...] = (),
    ) -> None:
        """Keep a REST call; of older ones the bodies are let go."""
        number, now = next(self._numbers), time.time()
        exchange = Exchange(number, now, method, path, query, status, seconds, request, response, violations)
        self.exchanges.append(exchange)
        if len(self.exchanges) > _KEPT_BODIES:
            old = self.exchanges[-_KEPT_BODIES - 1]
            if old.request or old.response:
                self.exchanges[-_KEPT_BODIES - 1] = old._replace(request=b"", response=b"")
        self._tell(exchange)

    def framed(self, body: bytes, *, sent: bool, shard: int, op: int, name: str | None = None) -> None:
        """Keep a gateway payload."""
        frame = Frame(next(self._numbers), time.time(), sent, shard, op, name, body)
        self.frames.append(frame)
        self._tell(frame)

    def subscribe(self, listener: Callable[[Exchange | Frame], None]) -> Callable[[], None]:
        """Call ``listener`` with everything from now on; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, item: Exchange | Frame) -> None:
        for listener in tuple(self._listeners):
            listener(item)
