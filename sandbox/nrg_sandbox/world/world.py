"""The state of the one server: people, roles, channels, and what was said in them."""

from __future__ import annotations

import base64
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

import orjson

from nrg_sandbox.clock import SandboxClock
from nrg_sandbox.errors import ApiError
from nrg_sandbox.snowflakes import Snowflakes
from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Bus, Event, Intent
from nrg_sandbox.world.files import FileStore
from nrg_sandbox.world.payloads import TEXT, VOICE, Json
from nrg_sandbox.world.permissions import ADMINISTRATOR, ALL, EVERYONE, in_channel

if TYPE_CHECKING:
    from nrg_sandbox.world.messages import Message

__all__ = ["Channel", "World"]

_KEPT_MESSAGES = 20_000


class Channel:
    """A channel and its messages, oldest first, the oldest forgotten beyond a limit.

    ``closed`` direct messages take none from the bot.
    """

    __slots__ = ("closed", "messages", "payload", "recipient_id")

    def __init__(self, payload: Json, recipient_id: str | None = None) -> None:
        self.payload = payload
        self.recipient_id = recipient_id
        self.closed = False
        self.messages: OrderedDict[str, Message] = OrderedDict()

    @property
    def id(self) -> str:
        """The channel's id."""
        return self.payload["id"]

    @property
    def in_guild(self) -> bool:
        """Whether it is one of the server's, not a direct-message channel."""
        return self.recipient_id is None


class World:
    """Everything there is; rooms that act on it go through its methods, so that listeners hear of it.

    Parameters
    ----------
    application_id, token
        Fixed ones, for a bot that is started again; made up when absent.
    guild_name
        The name of the server.
    """

    def __init__(
        self, *, application_id: str | None = None, token: str | None = None, guild_name: str = "Practice"
    ) -> None:
        self.clock = SandboxClock()
        self.bus = Bus()
        self.snowflakes = Snowflakes(self.clock)
        self.files = FileStore()
        self.base_url = ""
        self.users: dict[str, Json] = {}
        self.members: dict[str, Json] = {}
        self.roles: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        self.voice: dict[str, Json] = {}
        self._names: dict[str, str] = {}
        self._dms: dict[str, Channel] = {}
        self._faces: dict[tuple[str, str], tuple[bytes, bytes, str]] = {}
        self.application_id = application_id or self.snowflakes.next()
        self.token = token or _token(self.application_id)
        self.guild_id = self.snowflakes.named("guild", guild_name)
        self.bot = payloads.user(self.application_id, "NRG", bot=True)
        self.users[self.bot["id"]] = self.bot
        self._found(guild_name)

    def _found(self, guild_name: str) -> None:
        owner = payloads.user(self.snowflakes.named("user", "owner"), "owner")
        self.users[owner["id"]] = owner
        self.owner_id: str = owner["id"]
        self.guild = payloads.guild(self.guild_id, guild_name, owner["id"])
        self.roles[self.guild_id] = payloads.role(self.guild_id, "@everyone")
        managed = payloads.role(
            self.snowflakes.named("role", self.bot["username"]),
            self.bot["username"],
            permissions=ALL & ~ADMINISTRATOR,
        )
        self.roles[managed["id"]] = managed | {
            "managed": True,
            "position": 1,
            "tags": {"bot_id": self.bot["id"]},
        }
        for user, roles in ((owner, []), (self.bot, [managed["id"]])):
            self._admit(user, roles)
        for name in ("general", "practice", "announcements"):
            self.create_channel(name)
        self.create_channel("practice-room", kind=VOICE)

    # People

    def _admit(self, user: Json, roles: list[str]) -> Json:
        member = payloads.member(user, self.clock.stamp(), roles)
        self.members[user["id"]] = member
        self._names[user["username"]] = user["id"]
        return member

    def join(self, name: str) -> Json:
        """Return the member of that name, who joins now if they had not."""
        known = self._names.get(name.lower())
        if known is not None and known in self.members:
            return self.members[known]
        if known:
            user = self.users[known]
        else:
            user = payloads.user(self.snowflakes.named("user", name.lower(), self.users), name)
        self.users[user["id"]] = user
        member = self._admit(user, [])
        data = member | {"guild_id": self.guild_id}
        self.bus.emit(Event("GUILD_MEMBER_ADD", data, intent=Intent.GUILD_MEMBERS))
        return member

    def leave(self, user_id: str) -> None:
        """Let a member leave the server; their messages stay."""
        member = self.members.pop(user_id)
        self._faces.clear()
        data: Json = {"guild_id": self.guild_id, "user": member["user"]}
        self.bus.emit(Event("GUILD_MEMBER_REMOVE", data, intent=Intent.GUILD_MEMBERS))

    def change_member(self, user_id: str, changes: Json) -> Json:
        """Replace a member by one with other roles, nickname or time-out."""
        member = self.members[user_id] | changes
        self.members[user_id] = member
        self._faces.clear()
        data = member | {"guild_id": self.guild_id}
        # A bot hears of changes to itself without the intent.
        intent = Intent.GUILDS if user_id == self.bot["id"] else Intent.GUILD_MEMBERS
        self.bus.emit(Event("GUILD_MEMBER_UPDATE", data, intent=intent))
        return member

    def member(self, user_id: str) -> Json:
        """Return a member.

        Raises
        ------
        ApiError
            10007, for someone who is not on the server.
        """
        if (member := self.members.get(user_id)) is None:
            raise ApiError.of(10007)
        return member

    def named(self, name: str) -> Json | None:
        """Return the user of that name, here or gone."""
        user_id = self._names.get(name.lower())
        return self.users[user_id] if user_id else None

    # Roles

    def create_role(self, name: str, *, permissions: int = EVERYONE, changes: Json | None = None) -> Json:
        """Create a role at the lowest place."""
        for role in self.roles.values():
            if role["position"]:
                role["position"] += 1
        role_id = self.snowflakes.named("role", name, self.roles)
        role = payloads.role(role_id, name, permissions=permissions, position=1)
        role |= changes or {}
        self.roles[role["id"]] = role
        data: Json = {"guild_id": self.guild_id, "role": role}
        self.bus.emit(Event("GUILD_ROLE_CREATE", data, intent=Intent.GUILDS))
        return role

    def role(self, role_id: str) -> Json:
        """Return a role.

        Raises
        ------
        ApiError
            10011, for one that does not exist.
        """
        if (role := self.roles.get(role_id)) is None:
            raise ApiError.of(10011)
        return role

    def give_role(self, user_id: str, role_id: str, *, take: bool = False) -> None:
        """Give a member a role, or take it away; nothing happens when that is so already."""
        member, _ = self.member(user_id), self.role(role_id)
        roles: list[str] = member["roles"]
        if (role_id in roles) == take:
            kept = [role for role in roles if role != role_id]
            self.change_member(user_id, {"roles": kept if take else [*roles, role_id]})

    # Channels

    def create_channel(self, name: str, *, kind: int = TEXT, changes: Json | None = None) -> Json:
        """Create a channel below the others."""
        position = len(self.channels)
        channel_id = self.snowflakes.named("channel", name, self.channels)
        payload = payloads.channel(channel_id, self.guild_id, name, kind=kind, position=position)
        payload |= changes or {}
        self.channels[payload["id"]] = Channel(payload)
        self.bus.emit(Event("CHANNEL_CREATE", payload, intent=Intent.GUILDS))
        return payload

    def change_channel(self, channel: Channel, changes: Json) -> Json:
        """Replace a channel's settings."""
        channel.payload = channel.payload | changes
        self._faces.clear()
        self.bus.emit(Event("CHANNEL_UPDATE", channel.payload, intent=Intent.GUILDS))
        return channel.payload

    def delete_channel(self, channel: Channel) -> Json:
        """Remove a channel with all that was said in it."""
        del self.channels[channel.id]
        for message_id in channel.messages:
            self.messages.pop(message_id, None)
        self.bus.emit(Event("CHANNEL_DELETE", channel.payload, intent=Intent.GUILDS))
        return channel.payload

    def channel(self, channel_id: str) -> Channel:
        """Return a channel.

        Raises
        ------
        ApiError
            10003, for one that does not exist.
        """
        if (channel := self.channels.get(channel_id)) is None:
            raise ApiError.of(10003)
        return channel

    def find_channel(self, name_or_id: str) -> Channel:
        """Return a channel of the server by name (with or without ``#``) or by id.

        Raises
        ------
        KeyError
            If there is none, naming those there are.
        """
        wanted = name_or_id.removeprefix("#")
        if wanted in self.channels:
            return self.channels[wanted]
        for channel in self.channels.values():
            if channel.payload.get("name") == wanted:
                return channel
        names = ", ".join(str(channel.payload.get("name")) for channel in self.channels.values())
        msg = f"no channel {name_or_id!r}; there are: {names}"
        raise KeyError(msg)

    def dm_with(self, user_id: str) -> Channel:
        """Return the channel of direct messages between the bot and a user."""
        if (channel := self._dms.get(user_id)) is None:
            if user_id not in self.users:
                raise ApiError.of(10013)
            payload = payloads.dm_channel(self.snowflakes.named("dm", user_id), self.users[user_id])
            channel = self._dms[user_id] = Channel(payload, user_id)
            self.channels[channel.id] = channel
            # Bots are not told of it; the page of the user is.
            self.bus.emit(Event("CHANNELS", {}, intent=None, viewer=user_id))
        return channel

    def guild_channels(self) -> list[Json]:
        """Return the server's channels."""
        return [channel.payload for channel in self.channels.values() if channel.in_guild]

    def permissions(self, user_id: str, channel: Channel) -> int:
        """Return what a user may do in a channel; nothing for someone who is not there."""
        if not channel.in_guild:
            return ALL if user_id in (channel.recipient_id, self.bot["id"]) else 0
        member = self.members.get(user_id)
        return in_channel(member, channel.payload, self.roles, self.guild) if member else 0

    def faces(self, user_id: str, channel: Channel) -> tuple[bytes, bytes, str]:
        """Return what an interaction says of its surroundings, made once and kept until something changes.

        The three parts are the member with their permissions and the channel, both as JSON, and the
        bot's own permissions.
        """
        key = (user_id, channel.id)
        if (faces := self._faces.get(key)) is None:
            allowed = str(self.permissions(user_id, channel))
            own = str(self.permissions(self.bot["id"], channel))
            if channel.in_guild:
                person = self.member(user_id) | {"permissions": allowed}
            else:
                person = self.users[user_id]
            place = channel.payload | {"permissions": allowed}
            faces = self._faces[key] = orjson.dumps(person), orjson.dumps(place), own
        return faces

    # Messages

    def keep(self, channel: Channel, message: Message) -> None:
        """Store a new message."""
        channel.messages[message.id] = message
        self.messages[message.id] = message
        # Written in place: copying a channel for each message would be the dearest part of it.
        channel.payload["last_message_id"] = message.id
        if len(channel.messages) > _KEPT_MESSAGES:
            forgotten, _ = channel.messages.popitem(last=False)
            self.messages.pop(forgotten, None)

    def guild_create(self, *, everyone: bool, threshold: int) -> Json:
        """Return the announcement of the guild to a bot that just connected.

        Parameters
        ----------
        everyone
            Whether the bot may list members.
        threshold
            Up to how many members are listed at once; beyond that only the bot itself is.
        """
        everyone = everyone and len(self.members) <= threshold
        people = list(self.members.values()) if everyone else [self.members[self.bot["id"]]]
        present = {member["user"]["id"] for member in people}
        data = payloads.guild_create(
            self.guild,
            roles=list(self.roles.values()),
            channels=self.guild_channels(),
            members=people,
            count=len(self.members),
            joined_at=self.members[self.bot["id"]]["joined_at"],
        )
        data["voice_states"] = [state for user_id, state in self.voice.items() if user_id in present]
        return data

    def move_voice(self, user_id: str, channel_id: str | None) -> None:
        """Let a member enter a voice channel, or leave with None."""
        state: Json = {
            "guild_id": self.guild_id,
            "channel_id": channel_id,
            "user_id": user_id,
            "session_id": f"voice-{user_id}",
            "deaf": False,
            "mute": False,
            "self_deaf": False,
            "self_mute": False,
            "self_video": False,
            "suppress": False,
            "request_to_speak_timestamp": None,
        }
        if channel_id is None:
            self.voice.pop(user_id, None)
        else:
            self.voice[user_id] = state
        data = state | {"member": self.member(user_id)}
        self.bus.emit(Event("VOICE_STATE_UPDATE", data, intent=Intent.GUILD_VOICE_STATES))


def _token(application_id: str) -> str:
    head = base64.urlsafe_b64encode(application_id.encode()).decode().rstrip("=")
    return f"{head}.sandbox.{secrets.token_urlsafe(24)}"
