"""Who may do what, where: Discord's algorithm over roles and a channel's overwrites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["ADMINISTRATOR", "ALL", "EVERYONE", "VIEW_CHANNEL", "base_permissions", "in_channel"]

Json = dict[str, Any]

VIEW_CHANNEL = 1 << 10
ADMINISTRATOR = 1 << 3
ALL = (1 << 53) - 1

# What a new server lets everyone do: see, read, write, react, embed, attach, speak, use commands.
EVERYONE = sum(
    1 << bit for bit in (0, 6, 9, 10, 11, 14, 15, 16, 18, 20, 21, 25, 26, 31, 32, 35, 36, 37, 38, 46, 49)
)


def base_permissions(member: Json, roles: Mapping[str, Json], guild: Json) -> int:
    """Return what a member may do in the guild, before any channel's overwrites."""
    if member["user"]["id"] == guild["owner_id"]:
        return ALL
    permissions = int(roles[guild["id"]]["permissions"])
    for role_id in member["roles"]:
        permissions |= int(roles[role_id]["permissions"])
    return ALL if permissions & ADMINISTRATOR else permissions


def in_channel(member: Json, channel: Json, roles: Mapping[str, Json], guild: Json) -> int:
    """Return what a member may do in one channel of the guild."""
    permissions = base_permissions(member, roles, guild)
    if permissions == ALL:
        return ALL
    overwrites: dict[str, Json] = {entry["id"]: entry for entry in channel.get("permission_overwrites", ())}
    permissions = _apply(permissions, (overwrites.get(guild["id"]),))
    permissions = _apply(permissions, [overwrites.get(role_id) for role_id in member["roles"]])
    return _apply(permissions, (overwrites.get(member["user"]["id"]),))


def _apply(permissions: int, overwrites: Iterable[Json | None]) -> int:
    allow = deny = 0
    for overwrite in overwrites:
        if overwrite is not None:
            allow |= int(overwrite["allow"])
            deny |= int(overwrite["deny"])
    return permissions & ~deny | allow
