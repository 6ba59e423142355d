"""Channels, what is said in them, and reactions to it."""

from __future__ import annotations

import time
from itertools import islice
from typing import Any
from urllib.parse import unquote

from nrg_sandbox.errors import ApiError
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads
from nrg_sandbox.world.channel import CATEGORY, Channel
from nrg_sandbox.world.events import Event
from nrg_sandbox.world.guild import Guild
from nrg_sandbox.world.messages import Message, delete_message, edit_message, react, write_message

__all__ = ["ROUTES"]

Json = dict[str, Any]

_NONCE_SECONDS = 300.0
_CHANNEL_FIELDS = (
    "name",
    "topic",
    "position",
    "parent_id",
    "nsfw",
    "permission_overwrites",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
)


def get_channel(call: Call) -> Json:
    """Return a channel."""
    return _channel(call).payload


def edit_channel(call: Call) -> Json:
    """Change a channel's settings."""
    channel, form = _channel(call), call.form()
    changes: Json = {key: form[key] for key in _CHANNEL_FIELDS if key in form}
    if "permission_overwrites" in changes:
        listed: list[Json] = changes["permission_overwrites"] or []
        changes["permission_overwrites"] = [payloads.overwrite(item) for item in listed]
    return _guild(channel).change_channel(channel, changes)


def delete_channel(call: Call) -> Json:
    """Delete a channel; direct messages are only closed, which changes nothing here."""
    channel = _channel(call)
    if channel.guild is not None:
        channel.guild.delete_channel(channel)
    return channel.payload


def set_overwrite(call: Call) -> None:
    """Set what a role or member may do in a channel."""
    channel, form, target = _channel(call), call.form(), call.ids["overwrite"]
    others = [item for item in channel.payload["permission_overwrites"] if item["id"] != target]
    entry = payloads.overwrite(form | {"id": target})
    _guild(channel).change_channel(channel, {"permission_overwrites": [*others, entry]})


def delete_overwrite(call: Call) -> None:
    """Remove what was set for a role or member in a channel."""
    channel, target = _channel(call), call.ids["overwrite"]
    kept = [item for item in channel.payload["permission_overwrites"] if item["id"] != target]
    _guild(channel).change_channel(channel, {"permission_overwrites": kept})


def list_messages(call: Call) -> list[Json]:
    """List messages, the newest first."""
    channel = _channel(call)
    limit = call.number("limit", 50, 100)
    visible = (message for message in reversed(channel.messages.values()) if message.viewer is None)
    if before := call.query.get("before"):
        visible = (message for message in visible if int(message.id) < int(before))
    elif after := call.query.get("after"):
        newer = [message for message in visible if int(message.id) > int(after)]
        return [message.payload for message in newer[-limit:]]
    return [message.payload for message in islice(visible, limit)]


def get_message(call: Call) -> Json:
    """Return one message."""
    return _message(call).payload


def create_message(call: Call) -> Json:
    """Say something; the same nonce again, soon, returns what was said."""
    world, channel, body = call.world, _channel(call), call.form()
    if channel.payload["type"] == CATEGORY:
        raise ApiError.of(50008)
    if channel.closed:
        raise ApiError.of(50007)
    nonce = str(body.get("nonce")) if body.get("nonce") is not None else None
    if nonce is not None and body.get("enforce_nonce") and (known := _said(call, nonce)):
        return known.payload
    extra: Json = {}
    kind = 0
    if reference := body.get("message_reference"):
        kind, extra = 19, _reply(call, channel, reference)
    message = write_message(world, channel, world.bot, body, call.uploads, kind=kind, extra=extra)
    if nonce is not None:
        call.api.nonces[world.bot["id"], nonce] = time.monotonic(), message.id
    return message.payload


def change_message(call: Call) -> Json:
    """Edit one of the bot's own messages."""
    message = _message(call)
    if message.payload["author"]["id"] != call.world.bot["id"]:
        raise ApiError.of(50005)
    return edit_message(call.world, message, call.form(), call.uploads).payload


def remove_message(call: Call) -> None:
    """Delete a message."""
    delete_message(call.world, _message(call))


def add_reaction(call: Call) -> None:
    """React as the bot."""
    react(call.world, _message(call), call.world.bot["id"], unquote(call.ids["emoji"]))


def remove_reaction(call: Call) -> None:
    """Take back the bot's own reaction, or a member's."""
    who = call.ids.get("user") or call.world.bot["id"]
    react(call.world, _message(call), who, unquote(call.ids["emoji"]), remove=True)


def list_reactions(call: Call) -> list[Json]:
    """List who reacted with an emoji, by id."""
    people = _message(call).reactions.get(unquote(call.ids["emoji"]), [])
    limit, after = call.number("limit", 25, 100), int(call.query.get("after") or 0)
    ordered = sorted(people, key=int)
    return [call.world.users[user] for user in ordered if int(user) > after][:limit]


def typing(call: Call) -> None:
    """Show that the bot is writing."""
    channel = _channel(call)
    told: Json = {"channel_id": channel.id, "user_id": call.world.bot["id"]}
    call.world.bus.emit(Event("TYPING", told, intent=None, guild_id=channel.guild_id))


def _channel(call: Call) -> Channel:
    return call.channel()


def _guild(channel: Channel) -> Guild:
    if channel.guild is None:
        raise ApiError.of(50003)
    return channel.guild


def _message(call: Call) -> Message:
    message = _channel(call).messages.get(call.ids["message"])
    # An ephemeral message lives with its interaction, not in the channel.
    if message is None or message.viewer is not None:
        raise ApiError.of(10008)
    return message


def _said(call: Call, nonce: str) -> Message | None:
    nonces = call.api.nonces
    horizon = time.monotonic() - _NONCE_SECONDS
    while nonces and next(iter(nonces.values()))[0] < horizon:
        del nonces[next(iter(nonces))]
    found = nonces.get((call.world.bot["id"], nonce))
    return call.world.messages.get(found[1]) if found else None


def _reply(call: Call, channel: Channel, reference: Json) -> Json:
    answered = channel.messages.get(str(reference.get("message_id")))
    if answered is None:
        if reference.get("fail_if_not_exists", True):
            raise ApiError.of(10008)
        return {}
    pointer: Json = {"type": 0, "message_id": answered.id, "channel_id": channel.id}
    if channel.guild_id is not None:
        pointer["guild_id"] = channel.guild_id
    referenced = {key: value for key, value in answered.payload.items() if key != "referenced_message"}
    return {"message_reference": pointer, "referenced_message": referenced}


_MESSAGES = "/channels/{channel}/messages"
_REACTIONS = _MESSAGES + "/{message}/reactions/{emoji}"

ROUTES = [
    Route("GET", "/channels/{channel}", get_channel),
    Route("PATCH", "/channels/{channel}", edit_channel),
    Route("DELETE", "/channels/{channel}", delete_channel),
    Route("PUT", "/channels/{channel}/permissions/{overwrite}", set_overwrite),
    Route("DELETE", "/channels/{channel}/permissions/{overwrite}", delete_overwrite),
    Route("POST", "/channels/{channel}/typing", typing),
    Route("GET", _MESSAGES, list_messages),
    Route("POST", _MESSAGES, create_message),
    Route("GET", _MESSAGES + "/{message}", get_message),
    Route("PATCH", _MESSAGES + "/{message}", change_message),
    Route("DELETE", _MESSAGES + "/{message}", remove_message),
    Route("GET", _REACTIONS, list_reactions),
    Route("PUT", _REACTIONS + "/@me", add_reaction),
    Route("DELETE", _REACTIONS + "/@me", remove_reaction),
    Route("DELETE", _REACTIONS + "/{user}", remove_reaction),
]
