"""The sockets of open pages: each is told what its member may see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from nrg_sandbox.world.messages import page_view
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions
    from nrg_sandbox.gateway.gateway import Gateway
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.events import Event
    from nrg_sandbox.world.world import World

__all__ = ["Pages"]

Json = dict[str, Any]

_LISTS = {
    "COMMANDS": "COMMANDS",
    "GUILD_MEMBER_ADD": "MEMBERS",
    "GUILD_MEMBER_REMOVE": "MEMBERS",
    "GUILD_MEMBER_UPDATE": "MEMBERS",
    "CHANNELS": "CHANNELS",
    "CHANNEL_CREATE": "CHANNELS",
    "CHANNEL_UPDATE": "CHANNELS",
    "CHANNEL_DELETE": "CHANNELS",
}
_MESSAGES = {
    "MESSAGE_CREATE": "MESSAGE_CREATE",
    "MESSAGE_UPDATE": "MESSAGE_UPDATE",
    "MESSAGE_REACTION_ADD": "MESSAGE_UPDATE",
    "MESSAGE_REACTION_REMOVE": "MESSAGE_UPDATE",
}


class Pages:
    """Turns the world's events into what pages are told."""

    def __init__(self, world: World, actions: Actions, gateway: Gateway) -> None:
        self._world = world
        self._actions = actions
        self._gateway = gateway
        self._open: dict[asyncio.Queue[bytes | None], str] = {}
        world.bus.subscribe(self._on_event)

    def open(self, user_id: str) -> asyncio.Queue[bytes | None]:
        """Return a queue that fills with what one member's page is told."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._open[queue] = user_id
        return queue

    def forget(self, queue: asyncio.Queue[bytes | None]) -> None:
        """Stop filling a queue."""
        self._open.pop(queue, None)

    def close(self) -> None:
        """End every page's socket."""
        for queue in self._open:
            queue.put_nowait(None)

    def clock(self) -> Json:
        """Return the clock as pages see it."""
        clock = self._world.clock
        return {"now": clock.now().isoformat(), "offset": clock.offset.total_seconds()}

    def clock_moved(self) -> None:
        """Tell every page."""
        for queue in self._open:
            _put(queue, "CLOCK", self.clock())

    def state(self, user_id: str | None) -> Json:
        """Return everything that a page needs when it opens."""
        world = self._world
        guild = world.home
        me = guild.members.get(self._actions.user(user_id)["id"])
        viewer: str = me["user"]["id"] if me else str(user_id)
        return {
            "guild": guild.whole(),
            "channels": self.channels(viewer),
            "members": list(guild.members.values()),
            "me": me,
            "bot": world.bot,
            "commands": self._actions.commands.offered(self._world.home.id),
            "clock": self.clock(),
            "bot_online": self._gateway.online,
        }

    def channels(self, user_id: str) -> list[Json]:
        """Return the channels that a member sees, their direct messages last."""
        channels = list(self._world.channels.values())
        shown = [item.payload for item in channels if item.in_guild and self._sees(user_id, item)]
        return shown + [item.payload for item in channels if item.recipient_id == user_id]

    def _sees(self, user_id: str, channel: Channel) -> bool:
        return bool(self._world.permissions(user_id, channel) & Permission.VIEW_CHANNEL)

    def _on_event(self, event: Event) -> None:
        if not self._open:
            return
        for queue, user_id in self._open.items():
            if event.viewer is not None and event.viewer != user_id:
                continue
            told = self._told(event, user_id)
            if told is not None:
                _put(queue, *told)

    def _told(self, event: Event, user_id: str) -> tuple[str, object] | None:
        if event.name in _LISTS:
            name = _LISTS[event.name]
            if name == "COMMANDS":
                return name, self._actions.commands.offered(self._world.home.id)
            members = list(self._world.home.members.values())
            return name, members if name == "MEMBERS" else self.channels(user_id)
        if event.name == "INTERACTION":
            told = event.data
            if event.record is not None:
                told = told | {"message": page_view(event.record, user_id)}
            return event.name, told
        if event.name in ("MODAL", "BOT"):
            return event.name, event.data
        channel = self._world.channels.get(str(event.data.get("channel_id")))
        if channel is None or not self._sees(user_id, channel):
            return None
        if event.name in _MESSAGES and event.record is not None:
            return _MESSAGES[event.name], page_view(event.record, user_id)
        if event.name in ("MESSAGE_DELETE", "TYPING"):
            return event.name, event.data
        return None


def _put(queue: asyncio.Queue[bytes | None], name: str, data: object) -> None:
    queue.put_nowait(orjson.dumps({"t": name, "d": data}))
