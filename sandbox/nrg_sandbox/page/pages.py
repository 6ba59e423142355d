"""The sockets of open pages: each is told what its member may see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from nrg_sandbox.page.views import Views
    from nrg_sandbox.world.events import Event
    from nrg_sandbox.world.world import World

__all__ = ["OpenPage", "Pages"]

# A page that reads nothing for so many events is let go; it reads everything anew when it comes back.
_MOST_WAITING = 20_000

# What changes the list of channels that a member sees, their rights in them included.
_CHANNELS = frozenset(
    {
        "CHANNELS",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "GUILD_UPDATE",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_DELETE",
        "THREAD_MEMBERS_UPDATE",
    }
)
_SERVERS = frozenset({"GUILD_CREATE", "GUILD_DELETE", "GUILD_UPDATE"})
_ROLES = frozenset({"GUILD_UPDATE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE"})
_MEMBERS = frozenset({"GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"})
_MESSAGES = {
    "MESSAGE_CREATE": "MESSAGE_CREATE",
    "MESSAGE_UPDATE": "MESSAGE_UPDATE",
    "MESSAGE_REACTION_ADD": "MESSAGE_UPDATE",
    "MESSAGE_REACTION_REMOVE": "MESSAGE_UPDATE",
    "MESSAGE_REACTION_REMOVE_ALL": "MESSAGE_UPDATE",
    "MESSAGE_REACTION_REMOVE_EMOJI": "MESSAGE_UPDATE",
}


class OpenPage:
    """One page's socket: what is still to be sent, and which lists have changed since they were sent.

    Attributes
    ----------
    guild_id
        The server that the page shows.
    queue
        Frames to send; None ends the socket.
    """

    def __init__(self, user_id: str, guild_id: str) -> None:
        self.user_id = user_id
        self.guild_id = guild_id
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.stale: set[str] = set()

    def send(self, frame: bytes) -> None:
        """Queue a frame; a page that does not keep up is let go."""
        if self.queue.qsize() >= _MOST_WAITING:
            self.end()
        else:
            self.queue.put_nowait(frame)

    def tell(self, name: str, data: object) -> None:
        """Queue an event."""
        self.send(frame(name, data))

    def end(self) -> None:
        """End the socket without sending the rest."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Pages:
    """Turns the world's events into what open pages are told."""

    def __init__(self, world: World, views: Views) -> None:
        self._world = world
        self._views = views
        self._open: set[OpenPage] = set()
        world.bus.subscribe(self._on_event)

    def open(self, user_id: str, guild_id: str) -> OpenPage:
        """Return a socket's queue, which fills from now on."""
        page = OpenPage(user_id, guild_id)
        self._open.add(page)
        return page

    def forget(self, page: OpenPage) -> None:
        """Stop filling a queue."""
        self._open.discard(page)

    def close(self) -> None:
        """End every page's socket."""
        for page in self._open:
            page.end()

    def tell_all(self, name: str, data: object) -> None:
        """Tell every page the same."""
        told = frame(name, data)
        for page in self._open:
            page.send(told)

    def refresh_channels(self) -> None:
        """Send every page its channels soon: time archives threads without an event."""
        for page in self._open:
            self._mark(page, "CHANNELS")

    def tell_member(self, user_id: str, name: str, data: object) -> None:
        """Tell every page of one member."""
        for page in self._open:
            if page.user_id == user_id:
                page.tell(name, data)

    def _on_event(self, event: Event) -> None:
        for page in self._open:
            if event.viewer is None or event.viewer == page.user_id:
                self._pass_on(event, page)

    def _pass_on(self, event: Event, page: OpenPage) -> None:
        if event.name in _MEMBERS:
            self._member(event, page)
        elif event.name in _CHANNELS or event.name in _ROLES or event.name in _SERVERS:
            self._lists(event, page)
        elif event.name == "COMMANDS":
            self._mark(page, "COMMANDS")
        elif event.name == "VOICE_STATE_UPDATE":
            if event.guild_id == page.guild_id:
                page.tell("VOICE", {key: value for key, value in event.data.items() if key != "member"})
        elif event.name == "INTERACTION":
            told = event.data
            if event.record is not None:
                told = told | {"message": self._views.message(event.record, page.user_id)}
            page.tell(event.name, told)
        elif event.name in ("MODAL", "BOT"):
            page.tell(event.name, event.data)
        else:
            self._said(event, page)

    def _said(self, event: Event, page: OpenPage) -> None:
        room = self._world.channels.get(str(event.data.get("channel_id")))
        if room is None or not self._views.sees(page.user_id, room):
            return
        if event.name in _MESSAGES and event.record is not None:
            page.tell(_MESSAGES[event.name], self._views.message(event.record, page.user_id))
        elif event.name in ("MESSAGE_DELETE", "MESSAGE_DELETE_BULK"):
            page.tell(event.name, event.data)
        elif event.name in ("TYPING", "TYPING_START"):
            page.tell("TYPING", {"channel_id": room.id, "user_id": event.data["user_id"]})

    def _member(self, event: Event, page: OpenPage) -> None:
        user_id: str = event.data["user"]["id"]
        if user_id == page.user_id:
            # Their own membership decides which servers and channels there are for them.
            self._mark(page, "GUILDS", "CHANNELS")
        if event.guild_id == page.guild_id:
            members = self._world.guilds[page.guild_id].members
            told = {"user_id": user_id, "member": members.get(user_id), "count": len(members)}
            page.tell("MEMBER", told)

    def _lists(self, event: Event, page: OpenPage) -> None:
        if event.name == "THREAD_UPDATE":
            self._thread(event, page)
        elif event.name == "THREAD_DELETE" and event.guild_id == page.guild_id:
            page.tell(event.name, event.data)
        if event.name in _SERVERS:
            self._mark(page, "GUILDS")
        if event.guild_id not in (None, page.guild_id):
            return
        if event.name in _ROLES:
            self._mark(page, "GUILD")
        if event.name in _CHANNELS:
            self._mark(page, "CHANNELS")

    def _thread(self, event: Event, page: OpenPage) -> None:
        """Tell of a thread by itself: an archived one is in no list, and may be open all the same."""
        room = self._world.channels.get(event.data["id"])
        if room is not None and self._views.sees(page.user_id, room):
            page.tell("THREAD", self._views.channel(page.user_id, room))

    def _mark(self, page: OpenPage, *lists: str) -> None:
        """Send whole lists soon: many changes at once make one list."""
        if not page.stale:
            asyncio.get_running_loop().call_soon(self._refresh, page)
        page.stale.update(lists)

    def _refresh(self, page: OpenPage) -> None:
        views, user_id = self._views, page.user_id
        stale, page.stale = page.stale, set[str]()
        if page not in self._open:
            return
        guild = self._world.guilds[page.guild_id]
        if "GUILDS" in stale:
            page.tell("GUILDS", views.guilds(user_id))
        if "GUILD" in stale:
            page.tell("GUILD", guild.whole())
        if "CHANNELS" in stale:
            page.tell("CHANNELS", views.channels(user_id, guild))
        if "COMMANDS" in stale:
            # What a member finds differs from channel to channel: the page asks for where it is.
            page.tell("COMMANDS", {})


def frame(name: str, data: object) -> bytes:
    """Return an event as it goes over a page's socket."""
    return orjson.dumps({"t": name, "d": data})
