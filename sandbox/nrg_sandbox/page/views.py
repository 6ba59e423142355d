"""The world as one member sees it, in the shape in which the page is told."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from nrg_sandbox.client.command_access import finds
from nrg_sandbox.page.read_marks import ReadMarks
from nrg_sandbox.page.requests import Json
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.reactions import reactions_seen_by
from nrg_sandbox.world.threads import visible_threads

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions
    from nrg_sandbox.gateway.gateway import Gateway
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.messages import Message

__all__ = ["Views"]

_LISTED_MEMBERS = 200


class Views:
    """What a member may see, made afresh whenever it is asked for."""

    def __init__(self, actions: Actions, gateway: Gateway) -> None:
        self._world = actions.world
        self._actions = actions
        self._gateway = gateway
        self.marks = ReadMarks()

    def state(self, user: Json, guild_id: str | None) -> Json:
        """Return everything that a page needs when it opens, on one of the member's servers."""
        user_id: str = user["id"]
        guild = self.guild_of(user_id, guild_id)
        # Their direct messages stand in the list before the bot has written the first.
        self._world.dm_with(user_id)
        return {
            "guilds": self.guilds(user_id),
            "guild": guild.whole(),
            "channels": self.channels(user_id, guild),
            "unread": self.unread(user_id),
            "members": self.members(guild),
            "member_count": len(guild.members),
            "me": guild.members.get(user_id) or {"user": user, "nick": None, "roles": [], "absent": True},
            "voice": list(guild.voice.values()),
            "bot": self._world.bot,
            "commands": self._actions.commands.offered(guild.id),
            "clock": self.clock(),
            "bot_online": self._gateway.online,
        }

    def clock(self) -> Json:
        """Return the clock."""
        clock = self._world.clock
        return {"now": clock.now().isoformat(), "offset": clock.offset.total_seconds()}

    # Servers and people

    def guild_of(self, user_id: str, guild_id: str | None) -> Guild:
        """Return the server asked for if the member is on it, else their first, else the first of all."""
        wanted = self._world.guilds.get(guild_id or "")
        if wanted is not None and user_id in wanted.members:
            return wanted
        return next(self._guilds(user_id), self._world.home)

    def guilds(self, user_id: str) -> list[Json]:
        """Return the member's servers by name."""
        return [{"id": guild.id, "name": guild.name} for guild in self._guilds(user_id)]

    def _guilds(self, user_id: str) -> Iterator[Guild]:
        return (guild for guild in self._world.guilds.values() if user_id in guild.members)

    def members(self, guild: Guild) -> list[Json]:
        """Return those who stand on top of a server's list: bots and those set apart by a role first."""
        places = {role["id"]: role["position"] for role in guild.roles.values() if role["hoist"]}

        def place(member: Json) -> tuple[bool, int, str]:
            highest = max((places.get(role, 0) for role in member["roles"]), default=0)
            return not member["user"]["bot"], -highest, _shown_name(member)

        return heapq.nsmallest(_LISTED_MEMBERS, guild.members.values(), key=place)

    def search_members(self, guild: Guild, words: str, limit: int) -> list[Json]:
        """Return members whose names hold some text."""
        wanted = words.lower()
        found = (
            member
            for member in guild.members.values()
            if wanted in _shown_name(member) or wanted in member["user"]["username"]
        )
        return list(islice(found, limit))

    def people(self, guild: Guild, ids: Iterable[str]) -> list[Json]:
        """Return people by id: members, and others as far as they are known at all."""
        known = self._world.users
        return [
            guild.members.get(one) or {"user": known[one], "nick": None, "roles": []}
            for one in ids
            if one in known
        ]

    # Channels

    def channels(self, user_id: str, guild: Guild) -> list[Json]:
        """Return what a member sees: a server's channels, its open threads, and their direct messages."""
        rooms = [room for room in guild.channels.values() if self.sees(user_id, room)]
        rooms += [thread for thread in visible_threads(guild, user_id) if not thread.archived]
        rooms += [room for room in self._world.channels.values() if room.recipient_id == user_id]
        return [self.channel(user_id, room) for room in rooms]

    def channel(self, user_id: str, room: Channel) -> Json:
        """Return a channel with what the member may do in it."""
        return room.payload | {"permissions": str(self._world.permissions(user_id, room))}

    def threads(self, user_id: str, parent: Channel) -> list[Json]:
        """Return a channel's threads, archived ones as well, the youngest first."""
        threads = visible_threads(parent.guild, user_id, parent) if parent.guild else []
        return [self.channel(user_id, thread) for thread in threads]

    def sees(self, user_id: str, room: Channel) -> bool:
        """Return whether a member sees a channel."""
        return bool(self._world.permissions(user_id, room) & Permission.VIEW_CHANNEL)

    def unread(self, user_id: str) -> dict[str, Json]:
        """Return what is new to a member on all their servers and in their direct messages, by channel."""
        found: dict[str, Json] = {}
        for room in self._world.channels.values():
            if not room.messages or room.archived or not self.sees(user_id, room):
                continue
            member = room.guild.members.get(user_id) if room.guild else None
            roles: list[str] = member["roles"] if member else []
            if (new := self.marks.unread(user_id, room, roles)) is not None:
                found[room.id] = new._asdict() | {"guild_id": room.guild_id}
        return found

    def commands(self, user_id: str, room: Channel) -> list[Json]:
        """Return the commands that a member finds in a channel."""
        commands = self._actions.commands
        return [one for one in commands.offered(room.guild_id) if finds(commands, one, user_id, room)]

    # Messages

    def message(self, message: Message, user_id: str) -> Json:
        """Return a message as the page shows it to one member."""
        view: Json = message.payload | {
            "guild_id": message.channel.guild_id,
            "ephemeral": message.viewer is not None,
            "loading": message.loading,
            "failed": message.failed,
        }
        metadata: Json | None = view.get("interaction_metadata")
        if message.name is not None and metadata:
            view["interaction_metadata"] = metadata | {"name": message.name}
        if message.reactions:
            view["reactions"] = reactions_seen_by(message, user_id)
        return view

    def messages(
        self,
        user_id: str,
        room: Channel,
        limit: int,
        *,
        before: int = 0,
        after: int = 0,
        around: int = 0,
    ) -> Json:
        """Return a stretch of a channel, oldest first, and whether there is more at either end.

        Parameters
        ----------
        before, after, around
            The id of the message at which the stretch ends, begins, or in whose midst it lies; the
            channel's end when none is told.
        """
        seen = [message for message in room.messages.values() if message.seen_by(user_id)]
        start, end = max(0, len(seen) - limit), len(seen)
        if before:
            end = bisect_left(seen, before, key=_number)
            start = max(0, end - limit)
        elif after or around:
            start = (
                bisect_right(seen, after, key=_number) if after else bisect_left(seen, around, key=_number)
            )
            start = max(0, start - (0 if after else limit // 2))
            end = min(len(seen), start + limit)
        return {
            "messages": [self.message(message, user_id) for message in seen[start:end]],
            "older": start > 0,
            "newer": end < len(seen),
        }

    def pins(self, user_id: str, room: Channel) -> list[Json]:
        """Return a channel's pinned messages, the last pinned first."""
        pinned = [room.messages[one] for one in reversed(room.pins) if one in room.messages]
        return [self.message(message, user_id) for message in pinned]


def _number(message: Message) -> int:
    return int(message.id)


def _shown_name(member: Json) -> str:
    user = member["user"]
    return (member["nick"] or user["global_name"] or user["username"]).lower()
