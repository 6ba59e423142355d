"""Who may do what, where: Discord's algorithm over roles, a channel's overwrites and time-outs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntFlag
from typing import Any

__all__ = ["ALL", "EVERYONE", "Permission", "base_permissions", "in_channel"]

Json = dict[str, Any]


class Permission(IntFlag):
    """Discord's permission bits."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


_P = Permission
ALL = int(_P(sum(_P)))

# What a new server lets everyone do: see, read, write, react, embed, attach, speak, use commands.
EVERYONE = int(
    _P.CREATE_INSTANT_INVITE
    | _P.ADD_REACTIONS
    | _P.STREAM
    | _P.VIEW_CHANNEL
    | _P.SEND_MESSAGES
    | _P.EMBED_LINKS
    | _P.ATTACH_FILES
    | _P.READ_MESSAGE_HISTORY
    | _P.USE_EXTERNAL_EMOJIS
    | _P.CONNECT
    | _P.SPEAK
    | _P.USE_VAD
    | _P.CHANGE_NICKNAME
    | _P.USE_APPLICATION_COMMANDS
    | _P.REQUEST_TO_SPEAK
    | _P.CREATE_PUBLIC_THREADS
    | _P.CREATE_PRIVATE_THREADS
    | _P.USE_EXTERNAL_STICKERS
    | _P.SEND_MESSAGES_IN_THREADS
    | _P.SEND_VOICE_MESSAGES
    | _P.SEND_POLLS
)

_TIMED_OUT = int(_P.VIEW_CHANNEL | _P.READ_MESSAGE_HISTORY)
_NEED_SENDING = int(_P.SEND_TTS_MESSAGES | _P.EMBED_LINKS | _P.ATTACH_FILES | _P.MENTION_EVERYONE)
_VOICE_TYPES = (2, 13)


def base_permissions(member: Json, roles: Mapping[str, Json], guild: Json) -> int:
    """Return what a member may do in the guild, before any channel's overwrites."""
    if member["user"]["id"] == guild["owner_id"]:
        return ALL
    permissions = int(roles[guild["id"]]["permissions"])
    for role_id in member["roles"]:
        permissions |= int(roles[role_id]["permissions"])
    return ALL if permissions & Permission.ADMINISTRATOR else permissions


def in_channel(
    member: Json,
    channel: Json,
    roles: Mapping[str, Json],
    guild: Json,
    *,
    in_thread: bool = False,
    timed_out: bool = False,
) -> int:
    """Return what a member may do in one channel of the guild.

    Parameters
    ----------
    channel
        The channel whose overwrites count: for a thread, its parent.
    in_thread
        Whether it is for a thread under that channel, where another permission lets people write.
    timed_out
        Whether the member is in a time-out just now.
    """
    permissions = base_permissions(member, roles, guild)
    if permissions == ALL:
        return ALL
    overwrites: dict[str, Json] = {entry["id"]: entry for entry in channel.get("permission_overwrites", ())}
    permissions = _apply(permissions, (overwrites.get(guild["id"]),))
    permissions = _apply(permissions, [overwrites.get(role_id) for role_id in member["roles"]])
    permissions = _apply(permissions, (overwrites.get(member["user"]["id"]),))
    writing = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
    return _without_what_depends(permissions & _TIMED_OUT if timed_out else permissions, channel, writing)


def _without_what_depends(permissions: int, channel: Json, writing: Permission) -> int:
    """Take away what is worth nothing without the permission it rests on."""
    if not permissions & Permission.VIEW_CHANNEL:
        return 0
    if channel["type"] in _VOICE_TYPES and not permissions & Permission.CONNECT:
        return permissions & int(Permission.VIEW_CHANNEL)
    if not permissions & writing:
        return permissions & ~_NEED_SENDING
    return permissions


def _apply(permissions: int, overwrites: Iterable[Json | None]) -> int:
    allow = deny = 0
    for overwrite in overwrites:
        if overwrite is not None:
            allow |= int(overwrite["allow"])
            deny |= int(overwrite["deny"])
    return permissions & ~deny | allow
