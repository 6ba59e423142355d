"""One server: its people, roles and channels, and who may do what in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world import payloads
from nrg_sandbox.world.audit_log import AuditLog
from nrg_sandbox.world.channel import PRIVATE_THREAD, TEXT, Channel
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.payloads import Json
from nrg_sandbox.world.permissions import EVERYONE, Permission, base_permissions, in_channel
from nrg_sandbox.world.threads import visible_threads

if TYPE_CHECKING:
    from nrg_sandbox.world.world import World

__all__ = ["Guild"]


class Guild:
    """A server; what changes it goes through its methods, so that listeners hear of it.

    Attributes
    ----------
    payload
        Discord's guild object, without the lists.
    members, roles, emojis, channels, threads, voice, bans, scheduled_events
        Discord's objects by id: by user id for members, voice states and bans.
    interested
        Who wants to come to a scheduled event: user ids in order, by the event's id.
    audit_log
        Who changed what.
    """

    def __init__(self, world: World, payload: Json) -> None:
        self.world = world
        self.payload = payload
        self.members: dict[str, Json] = {}
        self.roles: dict[str, Json] = {}
        self.emojis: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.threads: dict[str, Channel] = {}
        self.voice: dict[str, Json] = {}
        self.bans: dict[str, Json] = {}
        self.scheduled_events: dict[str, Json] = {}
        self.interested: dict[str, list[str]] = {}
        self.audit_log = AuditLog(self)
        self._permissions: dict[tuple[str, str], int] = {}
        self._faces: dict[tuple[str, str], tuple[bytes, bytes, str]] = {}

    @property
    def id(self) -> str:
        """The server's id."""
        return self.payload["id"]

    @property
    def name(self) -> str:
        """The server's name."""
        return self.payload["name"]

    def tell(self, name: str, data: Json, intent: int) -> None:
        """Tell bots of something that happened here."""
        self.world.bus.emit(Event(name, data, intent=intent, guild_id=self.id))

    def change(self, changes: Json) -> Json:
        """Change the server itself."""
        self.payload = self.payload | changes
        self.forget_permissions()
        self.tell("GUILD_UPDATE", self.whole(), Intent.GUILDS)
        return self.whole()

    def whole(self) -> Json:
        """Return the guild object with its roles and emojis."""
        return self.payload | {"roles": list(self.roles.values()), "emojis": list(self.emojis.values())}

    # People

    def member(self, user_id: str) -> Json:
        """Return a member.

        Raises
        ------
        ApiError
            10007, for someone who is not on the server; 10013 for someone there is not at all.
        """
        if (member := self.members.get(user_id)) is None:
            raise ApiError.of(10007 if user_id in self.world.users else 10013)
        return member

    def admit(self, user: Json, roles: Iterable[str] = ()) -> Json:
        """Make a user a member without telling anyone."""
        member = payloads.member(user, self.world.clock.stamp(), list(roles))
        self.members[user["id"]] = member
        return member

    def join(self, user: Json) -> Json:
        """Return a user's membership, which begins now if they had none.

        Raises
        ------
        ApiError
            40007, for someone who is banned.
        """
        if (known := self.members.get(user["id"])) is not None:
            return known
        if user["id"] in self.bans:
            raise ApiError.of(40007)
        member = self.admit(user)
        self.tell("GUILD_MEMBER_ADD", member | {"guild_id": self.id}, Intent.GUILD_MEMBERS)
        return member

    def leave(self, user_id: str) -> None:
        """Let a member leave; their messages stay."""
        member = self.member(user_id)
        if user_id == self.world.bot["id"]:
            self.tell("GUILD_DELETE", {"id": self.id}, Intent.GUILDS)
        if user_id in self.voice:
            self.move_voice(user_id, None)
        del self.members[user_id]
        self.forget_permissions()
        data: Json = {"guild_id": self.id, "user": member["user"]}
        self.tell("GUILD_MEMBER_REMOVE", data, Intent.GUILD_MEMBERS)

    def change_member(self, user_id: str, changes: Json) -> Json:
        """Replace a member by one with other roles, nickname or time-out."""
        member = self.members[user_id] | changes
        self.members[user_id] = member
        self.forget_permissions()
        # A bot hears of changes to itself without the intent.
        intent = Intent.GUILDS if user_id == self.world.bot["id"] else Intent.GUILD_MEMBERS
        self.tell("GUILD_MEMBER_UPDATE", member | {"guild_id": self.id}, intent)
        return member

    def ban(self, user_id: str, reason: str | None) -> None:
        """Ban a user, member or not; nothing happens when they are banned already."""
        if (user := self.world.users.get(user_id)) is None:
            raise ApiError.of(10013)
        if user_id in self.bans:
            return
        if user_id in self.members:
            self.leave(user_id)
        self.bans[user_id] = {"reason": reason, "user": user}
        self.tell("GUILD_BAN_ADD", {"guild_id": self.id, "user": user}, Intent.GUILD_MODERATION)

    def banned(self, user_id: str) -> Json:
        """Return a ban.

        Raises
        ------
        ApiError
            10026, for someone who is not banned.
        """
        if (ban := self.bans.get(user_id)) is None:
            raise ApiError.of(10026)
        return ban

    def unban(self, user_id: str) -> None:
        """Lift a ban.

        Raises
        ------
        ApiError
            10026, for someone who is not banned.
        """
        user = self.banned(user_id)["user"]
        del self.bans[user_id]
        self.tell("GUILD_BAN_REMOVE", {"guild_id": self.id, "user": user}, Intent.GUILD_MODERATION)

    # Roles

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

    def create_role(self, name: str, *, permissions: int = EVERYONE, changes: Json | None = None) -> Json:
        """Create a role at the lowest place."""
        above = [role["id"] for role in self.roles.values() if role["position"]]
        role_id = self.world.snowflakes.named("role", f"{self.id}:{name}", self.roles)
        role = payloads.role(role_id, name, permissions=permissions, position=1)
        role |= changes or {}
        self.roles[role["id"]] = role
        self.forget_permissions()
        self.tell("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role}, Intent.GUILDS)
        for role_id in above:
            self.change_role(role_id, {"position": self.roles[role_id]["position"] + 1})
        return role

    def change_role(self, role_id: str, changes: Json) -> Json:
        """Replace a role by one with other settings."""
        role = self.roles[role_id] = self.roles[role_id] | changes
        self.forget_permissions()
        self.tell("GUILD_ROLE_UPDATE", {"guild_id": self.id, "role": role}, Intent.GUILDS)
        return role

    def delete_role(self, role_id: str) -> None:
        """Remove a role, from its members as well."""
        for member in list(self.members.values()):
            if role_id in member["roles"]:
                self.give_role(member["user"]["id"], role_id, take=True)
        del self.roles[role_id]
        self.forget_permissions()
        self.tell("GUILD_ROLE_DELETE", {"guild_id": self.id, "role_id": role_id}, Intent.GUILDS)

    def give_role(self, user_id: str, role_id: str, *, take: bool = False) -> None:
        """Give a member a role, or take it away; nothing happens when that is so already."""
        member, _ = self.member(user_id), self.role(role_id)
        roles: list[str] = member["roles"]
        if (role_id in roles) == take:
            kept = [role for role in roles if role != role_id]
            self.change_member(user_id, {"roles": kept if take else [*roles, role_id]})

    def rank(self, user_id: str) -> tuple[int, int]:
        """Return a member's place in the hierarchy, greater is higher; the owner stands above all."""
        if user_id == self.payload["owner_id"]:
            return (1 << 31, 0)
        member = self.members.get(user_id)
        held: list[str] = member["roles"] if member else []
        return max((self.role_rank(role) for role in held), default=(0, 0))

    def role_rank(self, role_id: str) -> tuple[int, int]:
        """Return a role's place in the hierarchy; of two at one position the older one is higher."""
        return self.role(role_id)["position"], -int(role_id)

    def move_roles(self, positions: dict[str, int]) -> None:
        """Put roles at new positions, counted from 1; the others make room and keep their order."""
        ranked = sorted(self.roles.keys() - positions.keys() - {self.id}, key=self.role_rank)
        for role_id in sorted(positions, key=lambda moved: positions[moved]):
            ranked.insert(max(positions[role_id] - 1, 0), role_id)
        for position, role_id in enumerate(ranked, start=1):
            if self.roles[role_id]["position"] != position:
                self.change_role(role_id, {"position": position})

    # Channels

    def create_channel(self, name: str, *, kind: int = TEXT, changes: Json | None = None) -> Channel:
        """Create a channel below the others."""
        world = self.world
        channel_id = world.snowflakes.named("channel", f"{self.id}:{name}", world.channels)
        payload = payloads.channel(channel_id, self.id, name, kind=kind, position=len(self.channels))
        payload |= changes or {}
        channel = self.channels[channel_id] = world.channels[channel_id] = Channel(payload, guild=self)
        self.tell("CHANNEL_CREATE", payload, Intent.GUILDS)
        return channel

    def change_channel(self, channel: Channel, changes: Json) -> Json:
        """Replace a channel's settings."""
        channel.payload = channel.payload | changes
        self.forget_permissions()
        self.tell("CHANNEL_UPDATE", channel.payload, Intent.GUILDS)
        return channel.payload

    def delete_channel(self, channel: Channel) -> None:
        """Remove a channel with its threads and all that was said in it; what a category held stays."""
        for thread in [item for item in self.threads.values() if item.parent is channel]:
            self._drop(thread)
        for state in [state for state in self.voice.values() if state["channel_id"] == channel.id]:
            self.move_voice(state["user_id"], None)
        for child in list(self.channels.values()):
            if child.payload.get("parent_id") == channel.id:
                self.change_channel(child, {"parent_id": None})
        self._drop(channel)
        self.forget_permissions()

    def _drop(self, channel: Channel) -> None:
        (self.threads if channel.is_thread else self.channels).pop(channel.id)
        self.world.forget(channel)
        if channel.is_thread:
            data = {key: channel.payload[key] for key in ("id", "guild_id", "parent_id", "type")}
            self.tell("THREAD_DELETE", data, Intent.GUILDS)
        else:
            self.tell("CHANNEL_DELETE", channel.payload, Intent.GUILDS)

    # Who may do what

    def permissions(self, user_id: str, channel: Channel | None = None) -> int:
        """Return what a user may do on the server, or in one of its channels; nothing for a stranger."""
        key = (user_id, channel.id if channel else "")
        if (known := self._permissions.get(key)) is not None:
            return known
        if (member := self.members.get(user_id)) is None:
            return 0
        timed_out = self._timed_out(member)
        if channel is None:
            allowed = base_permissions(member, self.roles, self.payload)
        else:
            # A thread has no overwrites of its own.
            allowed = in_channel(
                member,
                (channel.parent or channel).payload,
                self.roles,
                self.payload,
                in_thread=channel.is_thread,
                timed_out=timed_out,
            )
            if channel.kind == PRIVATE_THREAD and user_id not in channel.participants:
                allowed = allowed if allowed & Permission.MANAGE_THREADS else 0
        if not timed_out:
            # A time-out ends by itself; everything else is forgotten when it changes.
            self._permissions[key] = allowed
        return allowed

    def _timed_out(self, member: Json) -> bool:
        until: str | None = member["communication_disabled_until"]
        return until is not None and datetime.fromisoformat(until) > self.world.clock.now()

    def faces(self, user_id: str, channel: Channel) -> tuple[bytes, bytes, str]:
        """Return what an interaction says of its surroundings, made once and kept until something changes.

        The three parts are the member with their permissions and the channel, both as JSON, and the
        bot's own permissions.
        """
        key = (user_id, channel.id)
        if (faces := self._faces.get(key)) is None:
            allowed = str(self.permissions(user_id, channel))
            own = str(self.permissions(self.world.bot["id"], channel))
            person = orjson.dumps(self.member(user_id) | {"permissions": allowed})
            place = orjson.dumps(channel.payload | {"permissions": allowed})
            faces = self._faces[key] = person, place, own
        return faces

    def forget_permissions(self) -> None:
        """Work out anew who may do what, because something changed on which that rests."""
        self._permissions.clear()
        self._faces.clear()

    # Voice

    def move_voice(
        self, user_id: str, channel_id: str | None, *, self_mute: bool = False, self_deaf: bool = False
    ) -> None:
        """Let a member enter a voice channel, or leave with None."""
        member = self.member(user_id)
        state = payloads.voice_state(self.id, channel_id, user_id)
        if channel_id is None:
            self.voice.pop(user_id, None)
        else:
            # What moderators set lasts from one visit to the next.
            state |= {"mute": member["mute"], "deaf": member["deaf"]}
            state |= {"self_mute": self_mute, "self_deaf": self_deaf}
            self.voice[user_id] = state
        self._tell_voice(state)

    def voice_state(self, user_id: str) -> Json:
        """Return the state of a member who is in a voice channel.

        Raises
        ------
        ApiError
            10065, for one who is in none.
        """
        if (state := self.voice.get(user_id)) is None:
            raise ApiError.of(10065)
        return state

    def change_voice(self, user_id: str, changes: Json) -> None:
        """Change the state of a member who is in a voice channel.

        Raises
        ------
        ApiError
            10065, for one who is in none.
        """
        state = self.voice[user_id] = self.voice_state(user_id) | changes
        self._tell_voice(state)

    def _tell_voice(self, state: Json) -> None:
        data = state | {"member": self.member(state["user_id"])}
        self.tell("VOICE_STATE_UPDATE", data, Intent.GUILD_VOICE_STATES)

    # What a bot is told that just connected

    def announcement(self) -> Json:
        """Return what the gateway announces of the server, but for its people: those depend on who asks."""
        bot_id: str = self.world.bot["id"]
        threads = [thread for thread in visible_threads(self, bot_id) if not thread.archived]
        return self.whole() | {
            "channels": [channel.payload for channel in self.channels.values()],
            "threads": [thread.payload for thread in threads],
            "member_count": len(self.members),
            "joined_at": self.members[bot_id]["joined_at"],
            "unavailable": False,
            "guild_scheduled_events": list(self.scheduled_events.values()),
            "stage_instances": [],
            "soundboard_sounds": [],
        }
