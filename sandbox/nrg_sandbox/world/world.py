"""Everything there is in the local Discord: servers, people, channels, and what was said in them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from nrg_sandbox.clock import SandboxClock
from nrg_sandbox.errors import ApiError
from nrg_sandbox.snowflakes import Snowflakes
from nrg_sandbox.world import payloads
from nrg_sandbox.world.channel import VOICE, Channel
from nrg_sandbox.world.events import Bus, Event, Intent
from nrg_sandbox.world.files import FileStore
from nrg_sandbox.world.guild import Guild
from nrg_sandbox.world.payloads import Json
from nrg_sandbox.world.permissions import ALL, Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.messages import Message

__all__ = ["BOT_PERMISSIONS", "World"]

BOT_PERMISSIONS = ALL & ~Permission.ADMINISTRATOR
"""What the bot's own role allows unless told otherwise: everything, each by its own bit."""

_KEPT_MESSAGES = 20_000
_TEXT_CHANNELS = ("general", "practice", "announcements")
_VOICE_CHANNEL = "practice-room"


class World:
    """Holds all state, and the one application with its bot.

    Parameters
    ----------
    application_id, token
        Fixed ones, for a bot that is started again; made up when absent.
    guild_name
        The name of the first server.
    bot_permissions
        What the bot's role allows on every server.

    Attributes
    ----------
    home
        The first server: the one meant where none is named.
    """

    def __init__(
        self,
        *,
        application_id: str | None = None,
        token: str | None = None,
        guild_name: str = "Practice",
        bot_permissions: int = BOT_PERMISSIONS,
    ) -> None:
        self.clock = SandboxClock()
        self.bus = Bus()
        self.snowflakes = Snowflakes(self.clock)
        self.files = FileStore()
        self.base_url = ""
        self.users: dict[str, Json] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        self.invites: dict[str, Json] = {}
        self._names: dict[str, str] = {}
        self._dms: dict[str, Channel] = {}
        self._bot_permissions = bot_permissions
        self.application_id = application_id or self.snowflakes.next()
        self.token = token or _token(self.application_id)
        self.bot = payloads.user(self.application_id, "NRG", bot=True)
        self._enter(self.bot)
        self.owner = self.person("owner")
        self.home = self.create_guild(guild_name)

    # Servers

    def create_guild(self, name: str, members: Iterable[str] = ()) -> Guild:
        """Create a server with the bot, its owner and a few channels on it.

        Parameters
        ----------
        members
            The names of further members who are there from the start.
        """
        guild_id = self.snowflakes.named("guild", name, self.guilds)
        guild = Guild(self, payloads.guild(guild_id, name, self.owner["id"]))
        guild.roles[guild_id] = payloads.role(guild_id, "@everyone")
        managed = payloads.role(
            self.snowflakes.named("role", f"{guild_id}:{self.bot['username']}"),
            self.bot["username"],
            permissions=self._bot_permissions,
            position=1,
        )
        guild.roles[managed["id"]] = managed | {"managed": True, "tags": {"bot_id": self.bot["id"]}}
        guild.admit(self.owner)
        guild.admit(self.bot, [managed["id"]])
        for member in members:
            guild.admit(self.person(member))
        for channel in _TEXT_CHANNELS:
            guild.create_channel(channel)
        guild.create_channel(_VOICE_CHANNEL, kind=VOICE)
        self.guilds[guild_id] = guild
        self.bus.emit(Event("GUILD_CREATE", {"id": guild_id}, intent=Intent.GUILDS, guild_id=guild_id))
        return guild

    def guild(self, guild_id: str) -> Guild:
        """Return a server.

        Raises
        ------
        ApiError
            10004, for one that does not exist.
        """
        if (guild := self.guilds.get(guild_id)) is None:
            raise ApiError.of(10004)
        return guild

    # People

    def person(self, name: str) -> Json:
        """Return the user of that name, made at first use."""
        if (known := self.named(name)) is not None:
            return known
        return self._enter(payloads.user(self.snowflakes.named("user", name.lower(), self.users), name))

    def _enter(self, user: Json) -> Json:
        self.users[user["id"]] = user
        self._names[user["username"]] = user["id"]
        return user

    def named(self, name: str) -> Json | None:
        """Return the user of that name, whether on a server or not."""
        user_id = self._names.get(name.lower())
        return self.users[user_id] if user_id else None

    def user(self, user_id: str) -> Json:
        """Return a user.

        Raises
        ------
        ApiError
            10013, for one that does not exist.
        """
        if (user := self.users.get(user_id)) is None:
            raise ApiError.of(10013)
        return user

    # Channels

    def channel(self, channel_id: str) -> Channel:
        """Return a channel, thread or channel of direct messages.

        Raises
        ------
        ApiError
            10003, for one that does not exist.
        """
        if (channel := self.channels.get(channel_id)) is None:
            raise ApiError.of(10003)
        return channel

    def find_channel(self, name_or_id: str, guild: Guild | None = None) -> Channel:
        """Return a channel of a server by name (with or without ``#``), or any by id.

        Parameters
        ----------
        guild
            The server to look in; the first when absent.

        Raises
        ------
        KeyError
            If there is none, naming those there are.
        """
        wanted = name_or_id.removeprefix("#")
        if wanted in self.channels:
            return self.channels[wanted]
        place = guild or self.home
        candidates = [*place.channels.values(), *place.threads.values()]
        for channel in candidates:
            if channel.payload["name"] == wanted:
                return channel
        names = ", ".join(channel.payload["name"] for channel in candidates)
        msg = f"no channel {name_or_id!r}; there are: {names}"
        raise KeyError(msg)

    def dm_with(self, user_id: str) -> Channel:
        """Return the channel of direct messages between the bot and a user.

        Raises
        ------
        ApiError
            10013, for a user who does not exist.
        """
        if (channel := self._dms.get(user_id)) is None:
            payload = payloads.dm_channel(self.snowflakes.named("dm", user_id), self.user(user_id))
            channel = self._dms[user_id] = Channel(payload, recipient_id=user_id)
            self.channels[channel.id] = channel
            # Bots are not told of it; the page of the user is.
            self.bus.emit(Event("CHANNELS", {}, intent=None, viewer=user_id))
        return channel

    def forget(self, channel: Channel) -> None:
        """Drop a channel and its messages from the index."""
        del self.channels[channel.id]
        for message_id in channel.messages:
            self.messages.pop(message_id, None)

    def permissions(self, user_id: str, channel: Channel) -> int:
        """Return what a user may do in a channel; nothing for someone who is not there."""
        if channel.guild is not None:
            return channel.guild.permissions(user_id, channel)
        return ALL if user_id in (channel.recipient_id, self.bot["id"]) else 0

    def faces(self, user_id: str, channel: Channel) -> tuple[bytes, bytes, str]:
        """Return what an interaction says of its surroundings; see ``Guild.faces``."""
        if channel.guild is not None:
            return channel.guild.faces(user_id, channel)
        place = channel.payload | {"permissions": str(ALL)}
        return orjson.dumps(self.users[user_id]), orjson.dumps(place), str(ALL)

    # Messages

    def keep(self, channel: Channel, message: Message) -> None:
        """Store a new message; beyond a limit the channel's oldest is forgotten."""
        channel.messages[message.id] = message
        self.messages[message.id] = message
        # Written in place: copying a channel for each message would be the dearest part of it.
        channel.payload["last_message_id"] = message.id
        if len(channel.messages) > _KEPT_MESSAGES:
            forgotten, _ = channel.messages.popitem(last=False)
            self.messages.pop(forgotten, None)


def _token(application_id: str) -> str:
    head = base64.urlsafe_b64encode(application_id.encode()).decode().rstrip("=")
    return f"{head}.sandbox.{secrets.token_urlsafe(24)}"
