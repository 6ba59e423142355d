"""Reactions to messages."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import emoji

from nrg_sandbox.errors import ApiError
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import require_moderator
from nrg_sandbox.world.channel import Channel
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.reactions import clear_reactions, react
from nrg_sandbox.world.thread_activity import check_open

__all__ = ["ROUTES"]

Json = dict[str, Any]

_MOST = 20
_BURST = 1


def add_reaction(call: Call) -> None:
    """React as the bot."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    message = call.message(channel)
    check_open(channel)
    chosen = _emoji(call, channel)
    if chosen not in message.reactions:
        call.require(channel, Permission.ADD_REACTIONS)
        if len(message.reactions) >= _MOST:
            raise ApiError.of(30010)
    react(call.world, message, call.bot_id, chosen)


def remove_own_reaction(call: Call) -> None:
    """Take back the bot's own reaction."""
    channel = call.channel()
    react(call.world, call.message(channel), call.bot_id, _emoji(call, channel), remove=True)


def remove_reaction(call: Call) -> None:
    """Take back somebody's reaction."""
    channel = call.channel()
    message = call.message(channel)
    user_id: str = call.world.user(call.ids["user"])["id"]
    if user_id != call.bot_id:
        require_moderator(call, channel)
    react(call.world, message, user_id, _emoji(call, channel), remove=True)


def remove_emoji(call: Call) -> None:
    """Take back everyone's reaction with one emoji."""
    channel = call.channel()
    message = call.message(channel)
    require_moderator(call, channel)
    clear_reactions(call.world, message, _emoji(call, channel))


def remove_all(call: Call) -> None:
    """Take back every reaction."""
    channel = call.channel()
    message = call.message(channel)
    require_moderator(call, channel)
    clear_reactions(call.world, message)


def list_reactions(call: Call) -> list[Json]:
    """List who reacted with an emoji, by id."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    message, chosen = call.message(channel), _emoji(call, channel)
    limit, after = call.number("limit", 25, 100), call.snowflake("after") or 0
    if call.number("type", 0, _BURST, least=0) == _BURST:
        # Bots and the sandbox's members react plainly.
        return []
    people = sorted(message.reactions.get(chosen, ()), key=int)
    return [call.world.users[user_id] for user_id in people if int(user_id) > after][:limit]


def _emoji(call: Call, channel: Channel) -> str:
    """Return the emoji of the path: a character, or name and id of a custom one that the bot can use.

    Raises
    ------
    ApiError
        10014, when it is neither; 50013 for another server's without USE_EXTERNAL_EMOJIS.
    """
    given = unquote(call.ids["emoji"])
    if emoji.is_emoji(given):
        return given
    emoji_id = given.rpartition(":")[2]
    if emoji_id in (own := call.api.commands.application.emojis):
        return f"{own[emoji_id]['name']}:{emoji_id}"
    for guild in call.world.guilds.values():
        if emoji_id in guild.emojis and call.bot_id in guild.members:
            if guild is not channel.guild:
                call.require(channel, Permission.USE_EXTERNAL_EMOJIS)
            return f"{guild.emojis[emoji_id]['name']}:{emoji_id}"
    raise ApiError(400, 10014, "Unknown Emoji")


_REACTIONS = "/channels/{channel}/messages/{message}/reactions"
_EMOJI = _REACTIONS + "/{emoji}"

ROUTES = [
    Route("DELETE", _REACTIONS, remove_all),
    Route("GET", _EMOJI, list_reactions),
    Route("DELETE", _EMOJI, remove_emoji),
    Route("PUT", _EMOJI + "/@me", add_reaction),
    Route("DELETE", _EMOJI + "/@me", remove_own_reaction),
    Route("DELETE", _EMOJI + "/{user}", remove_reaction),
]
