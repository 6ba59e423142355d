"""Whether a member finds a command where they are: contexts, default permissions, and what a server set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import InvalidOption
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.commands import Commands
    from nrg_sandbox.world.guild import Guild

__all__ = ["check_access", "finds"]

Json = dict[str, Any]

_ROLE, _USER, _CHANNEL = 1, 2, 3


def check_access(commands: Commands, command: Json, user: Json, channel: Channel) -> None:
    """Check that a member finds a command in a channel.

    Raises
    ------
    InvalidOption
        If it is not offered there, or not to them.
    """
    if not _fits_context(command, channel):
        where = "in a server" if channel.in_guild else "in direct messages"
        msg = f"/{command['name']} is not offered {where}"
        raise InvalidOption(msg)
    if not finds(commands, command, user["id"], channel):
        msg = f"{user['username']} has not the permissions that /{command['name']} needs"
        raise InvalidOption(msg)


def finds(commands: Commands, command: Json, user_id: str, channel: Channel) -> bool:
    """Return whether a member finds a command in a channel."""
    if not _fits_context(command, channel):
        return False
    guild = channel.guild
    if guild is None:
        return True
    allowed = guild.permissions(user_id, channel)
    if allowed & Permission.ADMINISTRATOR:
        return True
    if not allowed & Permission.USE_APPLICATION_COMMANDS:
        return False
    own = commands.permissions.get((guild.id, command["id"]), [])
    general = commands.permissions.get((guild.id, command["application_id"]), [])
    place = (channel.parent or channel).id
    if not _first(_for_channel(own, guild, place), _for_channel(general, guild, place), otherwise=True):
        return False
    said = _for_member(own, guild, user_id)
    if said is not None:
        return said
    if _for_member(general, guild, user_id) is False:
        return False
    needed = command.get("default_member_permissions")
    if needed is None:
        return True
    # Nothing at all means administrators only.
    return int(needed) != 0 and allowed & int(needed) == int(needed)


def _fits_context(command: Json, channel: Channel) -> bool:
    contexts = command.get("contexts")
    if contexts is None:
        return channel.in_guild or command.get("dm_permission", True)
    return (0 if channel.in_guild else 1) in contexts


def _first(*said: bool | None, otherwise: bool) -> bool:
    return next((word for word in said if word is not None), otherwise)


def _for_channel(entries: list[Json], guild: Guild, channel_id: str) -> bool | None:
    # Discord's id for "all channels" is the server's less one.
    everywhere = str(int(guild.id) - 1)
    told = {entry["id"]: entry["permission"] for entry in entries if entry["type"] == _CHANNEL}
    return told.get(channel_id, told.get(everywhere))


def _for_member(entries: list[Json], guild: Guild, user_id: str) -> bool | None:
    told = {(entry["type"], entry["id"]): entry["permission"] for entry in entries}
    if (personal := told.get((_USER, user_id))) is not None:
        return personal
    by_role = [told[_ROLE, role] for role in guild.members[user_id]["roles"] if (_ROLE, role) in told]
    if by_role:
        return any(by_role)
    return told.get((_ROLE, guild.id))
