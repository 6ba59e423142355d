"""Sessions: what a bot is owed, so that a dropped connection loses no event."""

from __future__ import annotations

import secrets
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from nrg_sandbox.world.events import Intent

if TYPE_CHECKING:
    import asyncio

    from nrg_sandbox.gateway.sockets import Socket

__all__ = ["Owed", "Session", "View"]

_KEPT_EVENTS = 20_000


class View(NamedTuple):
    """What a session is shown of a server that is announced to it.

    Attributes
    ----------
    threshold
        Up to how many members are all listed.
    presences, voice
        Whether it hears of presences, and of who is in voice channels.
    """

    threshold: int
    presences: bool
    voice: bool


class Owed(NamedTuple):
    """An event with its number; the body is shared by all sessions that are told of it."""

    number: int
    name: str
    body: bytes

    def frame(self) -> bytes:
        """Return the payload."""
        return b'{"op":0,"t":"%b","s":%d,"d":%b}' % (self.name.encode(), self.number, self.body)


class Session:
    """What one bot is owed: events with numbers, kept until acknowledged.

    Parameters
    ----------
    shard
        Its shard's index, and how many shards there are.
    threshold
        Up to how many members of a server are all listed when it is announced.
    compress
        Whether large payloads are compressed, each by itself.

    Attributes
    ----------
    socket
        What it is written to now; None while the bot is away.
    expiry
        Ends it when the bot does not come back.
    spoken_in
        The ids of the servers in whose voice channels the bot is through this session.
    """

    def __init__(
        self, intents: int, shard: tuple[int, int], threshold: int = 50, *, compress: bool = False
    ) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.compress = compress
        self.view = View(
            threshold,
            presences=bool(intents & Intent.GUILD_PRESENCES),
            voice=bool(intents & Intent.GUILD_VOICE_STATES),
        )
        self.sequence = 0
        self.kept: deque[Owed] = deque(maxlen=_KEPT_EVENTS)
        self.socket: Socket | None = None
        self.expiry: asyncio.TimerHandle | None = None
        self.spoken_in: set[str] = set()

    def push(self, name: str, body: bytes) -> None:
        """Send an event, or keep it for the next socket."""
        self.sequence += 1
        owed = Owed(self.sequence, name, body)
        self.kept.append(owed)
        if self.socket is not None:
            self.socket.dispatch(owed)

    def acknowledge(self, sequence: int) -> None:
        """Forget the events that have arrived."""
        while self.kept and self.kept[0].number <= sequence:
            self.kept.popleft()

    def missed(self, sequence: int) -> list[Owed] | None:
        """Return the events after ``sequence``, or None when some are gone."""
        count = self.sequence - sequence
        if count > len(self.kept):
            return None
        return list(islice(self.kept, len(self.kept) - count, None))
