"""A pair's channel on Discord: made what the pair is, however often that is tried.

The channel bears the pair's key in its topic. So one that was made just before the process died, and is not
noted yet, is found again, and not made twice.

Exactly the two and the bot can see it. What moderators change besides is theirs, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import hikari

from nrg_buddy.service.pairs import Pair, end, note_room, read_pair
from nrg_buddy.service.queue import end_without
from nrg_buddy.words import NO_PLACE
from nrg_core.delivery.sender import PermanentFailure
from nrg_core.errors import NrgError
from nrg_core.gateway.services import Services

__all__ = ["PERMISSIONS", "arrange_room"]

Permissions = hikari.Permissions

_READING: Final = Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY
_WRITING: Final = Permissions.SEND_MESSAGES | Permissions.SEND_MESSAGES_IN_THREADS

PERMISSIONS: Final = _READING | _WRITING | Permissions.MANAGE_CHANNELS | Permissions.MANAGE_ROLES
"""What the bot needs: nobody can give others, in a channel, what they may not do themselves."""

_GONE: Final = (10007, 10013, 10004, 50001)
"""Discord's words for somebody who is not on the server, or is no more, and for a server without the bot."""

_TOO_MANY_CHANNELS: Final = 30013

_NAMES: Final = {True: "practice-buddies", False: "past-buddies"}


async def arrange_room(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Make the pair's channel what the pair is: open to the two alone; read-only once the pair has ended."""
    pair_id, why = UUID(payload["pair"]), payload["why"]
    pair = await services.database.read(read_pair, pair_id)
    while pair is not None:
        await _arrange(pair, why, rest, services)
        after = await services.database.read(read_pair, pair_id)
        if after is None or after.is_active == pair.is_active:
            return
        pair = after  # it ended while its channel was being opened, or the two met again


async def _arrange(pair: Pair, why: str, rest: hikari.api.RESTClient, services: Services) -> None:
    now = services.clock.now()
    me = (await rest.fetch_my_user()).id
    if await _is_gone(rest, pair, me):
        await services.database.write(end, pair, "removed", now)
        return
    if pair.is_active and (
        gone := [each for each in pair.members.values() if await _is_gone(rest, pair, each)]
    ):
        await services.database.write(end_without, pair.id, gone, now)
        return
    wanted = _overwrites(pair, me)
    room = await _find(rest, pair)
    made = room is None and pair.is_active
    if made:
        room = await _make(rest, pair, wanted)
    elif room is not None:
        await _put_right(rest, pair, room, wanted)
    if room is None:
        return
    channel_id = int(room.id)
    noted = await services.database.write(note_room, pair, channel_id, why, now)
    if not noted:
        if made:
            await rest.delete_channel(channel_id)  # another process was faster: theirs is the one
        raise NrgError("the pair's channel changed meanwhile")


async def _is_gone(rest: hikari.api.RESTClient, pair: Pair, discord_id: int) -> bool:
    try:
        await rest.fetch_member(pair.guild_id, discord_id)
    except (hikari.NotFoundError, hikari.ForbiddenError) as error:
        if error.code not in _GONE:
            raise
        return True
    return False


async def _find(rest: hikari.api.RESTClient, pair: Pair) -> hikari.GuildTextChannel | None:
    """Return the channel that was noted; by its topic only while that is not known, or not there any more."""
    channels = [
        each
        for each in await rest.fetch_guild_channels(pair.guild_id)
        if isinstance(each, hikari.GuildTextChannel)
    ]
    noted = (each for each in channels if each.id == pair.channel_id)
    marked = (each for each in channels if (each.topic or "").endswith(_mark(pair)))
    return next(noted, None) or next(marked, None)


async def _make(
    rest: hikari.api.RESTClient, pair: Pair, wanted: Sequence[hikari.PermissionOverwrite]
) -> hikari.GuildTextChannel:
    try:
        return await rest.create_guild_text_channel(
            pair.guild_id, _NAMES[True], topic=_topic(pair), permission_overwrites=wanted
        )
    except hikari.BadRequestError as error:
        if error.code != _TOO_MANY_CHANNELS:
            raise
        raise PermanentFailure(f"400: {error.message}", NO_PLACE) from error


async def _put_right(
    rest: hikari.api.RESTClient,
    pair: Pair,
    room: hikari.GuildTextChannel,
    wanted: Sequence[hikari.PermissionOverwrite],
) -> None:
    """Change what is not as it should be; a name that somebody gave the channel stays."""
    there = room.permission_overwrites
    merged = _merged(there, wanted)
    is_misnamed = room.name == _NAMES[not pair.is_active]
    if is_misnamed or _bits(there.values()) != _bits(merged):
        name = _NAMES[pair.is_active] if is_misnamed else hikari.UNDEFINED
        await rest.edit_channel(room.id, name=name, permission_overwrites=merged)


def _topic(pair: Pair) -> str:
    return f"A room for two who practise together · {_mark(pair)}"


def _mark(pair: Pair) -> str:
    return f"nrg-buddy {pair.id.hex}"


def _overwrites(pair: Pair, me: int) -> list[hikari.PermissionOverwrite]:
    """Return who may do what: nobody but the two and the bot sees the channel."""
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


def _merged(
    there: Mapping[hikari.Snowflake, hikari.PermissionOverwrite], wanted: Sequence[hikari.PermissionOverwrite]
) -> list[hikari.PermissionOverwrite]:
    """Return what is wanted, with all that moderators added but for letting somebody else see the channel."""
    known = {each.id for each in wanted}
    others = [
        hikari.PermissionOverwrite(
            id=each.id, type=each.type, allow=each.allow & ~Permissions.VIEW_CHANNEL, deny=each.deny
        )
        for each in there.values()
        if each.id not in known
    ]
    return [_laid_over(there[each.id], each) if each.id in there else each for each in wanted] + others


def _laid_over(
    there: hikari.PermissionOverwrite, wanted: hikari.PermissionOverwrite
) -> hikari.PermissionOverwrite:
    kept = ~(wanted.allow | wanted.deny)
    return hikari.PermissionOverwrite(
        id=wanted.id,
        type=wanted.type,
        allow=there.allow & kept | wanted.allow,
        deny=there.deny & kept | wanted.deny,
    )


def _bits(overwrites: Iterable[hikari.PermissionOverwrite]) -> set[tuple[int, int, int]]:
    return {(int(each.id), int(each.allow), int(each.deny)) for each in overwrites}
