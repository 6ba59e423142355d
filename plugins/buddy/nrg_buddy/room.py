"""A pair's channel on Discord: made what the pair is, however often that is tried.

The channel bears the pair's key in its topic. So one that was made just before the process died is found
again, and not made twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import hikari

from nrg_buddy.service.pairs import Pair, note_room, read_pair
from nrg_buddy.service.queue import end_without
from nrg_core.errors import NrgError
from nrg_core.gateway.services import Services

__all__ = ["PERMISSIONS", "arrange_room"]

Permissions = hikari.Permissions

_READING: Final = Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY
_WRITING: Final = Permissions.SEND_MESSAGES | Permissions.SEND_MESSAGES_IN_THREADS

PERMISSIONS: Final = _READING | _WRITING | Permissions.MANAGE_CHANNELS | Permissions.MANAGE_ROLES
"""What the bot needs: nobody can give others, in a channel, what they may not do themselves."""

_GONE: Final = (10007, 10013)
"""Discord's words for somebody who is not on the server, or is no more."""

_NAMES: Final = {True: "practice-buddies", False: "past-buddies"}


async def arrange_room(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Make the pair's channel what the pair is: open to the two alone; read-only once the pair has ended."""
    pair_id, why = UUID(payload["pair"]), payload["why"]
    pair = await services.database.read(lambda connection: read_pair(connection, pair_id))
    while pair is not None:
        await _arrange(pair, why, rest, services)
        after = await services.database.read(lambda connection: read_pair(connection, pair_id))
        if after is None or after.is_active == pair.is_active:
            return
        pair = after  # it ended while its channel was being opened, or the two met again


async def _arrange(pair: Pair, why: str, rest: hikari.api.RESTClient, services: Services) -> None:
    now = services.clock.now()
    if pair.is_active and (
        gone := [each for each in pair.members.values() if await _is_gone(rest, pair, each)]
    ):
        await services.database.write(lambda connection: end_without(connection, pair.id, gone, now))
        return
    me = await rest.fetch_my_user()
    wanted = _overwrites(pair, me.id)
    room = await _find(rest, pair)
    made = room is None and pair.is_active
    if made:
        room = await rest.create_guild_text_channel(
            pair.guild_id, _NAMES[True], topic=_topic(pair), permission_overwrites=wanted
        )
    elif room is not None and not _is_so(room, wanted):
        await rest.edit_channel(room.id, name=_NAMES[pair.is_active], permission_overwrites=wanted)
    if room is None:
        return
    channel_id = int(room.id)
    noted = await services.database.write(
        lambda connection: note_room(connection, pair, channel_id, why, now)
    )
    if not noted:
        if made:
            await rest.delete_channel(channel_id)  # another process was faster: theirs is the one
        raise NrgError("the pair's channel changed meanwhile")


async def _is_gone(rest: hikari.api.RESTClient, pair: Pair, discord_id: int) -> bool:
    try:
        await rest.fetch_member(pair.guild_id, discord_id)
    except hikari.NotFoundError as error:
        if error.code not in _GONE:
            raise
        return True
    return False


async def _find(rest: hikari.api.RESTClient, pair: Pair) -> hikari.PermissibleGuildChannel | None:
    for channel in await rest.fetch_guild_channels(pair.guild_id):
        if isinstance(channel, hikari.GuildTextChannel) and (
            channel.id == pair.channel_id or (channel.topic or "").endswith(_mark(pair))
        ):
            return channel
    return None


def _topic(pair: Pair) -> str:
    return f"A room for two who practise together · {_mark(pair)}"


def _mark(pair: Pair) -> str:
    return f"nrg-buddy {pair.id.hex}"


def _overwrites(pair: Pair, me: int) -> list[hikari.PermissionOverwrite]:
    """Return who may do what: nobody but the two and the bot sees the channel, and all of it is kept."""
    member, role = hikari.PermissionOverwriteType.MEMBER, hikari.PermissionOverwriteType.ROLE
    allow, deny = (_READING | _WRITING, Permissions.NONE) if pair.is_active else (_READING, _WRITING)
    return [
        hikari.PermissionOverwrite(id=pair.guild_id, type=role, deny=Permissions.VIEW_CHANNEL),
        hikari.PermissionOverwrite(id=me, type=member, allow=_READING | _WRITING),
        *(
            hikari.PermissionOverwrite(id=each, type=member, allow=allow, deny=deny)
            for each in pair.members.values()
        ),
    ]


def _is_so(room: hikari.PermissibleGuildChannel, wanted: Sequence[hikari.PermissionOverwrite]) -> bool:
    """Tell whether everybody concerned may do what they should; what moderators added is left alone."""
    there = room.permission_overwrites
    return all(
        each.id in there and (there[each.id].allow, there[each.id].deny) == (each.allow, each.deny)
        for each in wanted
    )
