"""What happens in the world, told once to whoever listens: gateways, pages, waiting programs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.messages import Message

__all__ = ["Bus", "Event", "Intent"]

Json = dict[str, Any]


class Intent:
    """The gateway intents that the sandbox's events need."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    KNOWN = (1 << 26) - 1


class Event:
    """One thing that happened.

    Parameters
    ----------
    name
        Discord's name of the event, or a name of the sandbox's own.
    data
        The payload for bots.
    intent
        The intent a bot needs to hear of it; 0 for none; None when it concerns no bot.
    guild_id
        The server it belongs to; None for direct messages and users.
    channel
        Where it happened, if only those who see that channel may know.
    record
        The message concerned, for pages.
    viewer
        The only member who may see it, if there is such a limit.
    """

    __slots__ = ("_body", "channel", "data", "guild_id", "intent", "name", "record", "viewer")

    def __init__(
        self,
        name: str,
        data: Json,
        *,
        intent: int | None,
        guild_id: str | None = None,
        channel: Channel | None = None,
        record: Message | None = None,
        viewer: str | None = None,
    ) -> None:
        self.name = name
        self.data = data
        self.intent = intent
        self.guild_id = guild_id
        self.channel = channel
        self.record = record
        self.viewer = viewer
        self._body: bytes | None = None

    def body(self) -> bytes:
        """Return the payload as JSON, made once for all listeners."""
        if self._body is None:
            self._body = orjson.dumps(self.data)
        return self._body


class Bus:
    """Passes events on and wakes those who wait for the world to change."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []
        self._waiters: list[asyncio.Future[None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with every event from now on."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        """Tell everyone."""
        for listener in self._listeners:
            listener(event)
        self.touch()

    def touch(self) -> None:
        """Wake whoever waits: something changed."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def changed(self) -> asyncio.Future[None]:
        """Return a future that is done at the next change."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter
