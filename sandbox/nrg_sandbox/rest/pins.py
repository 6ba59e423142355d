"""Pinned messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import moment, on_system_message
from nrg_sandbox.world.audit_log import Action
from nrg_sandbox.world.channel import Channel
from nrg_sandbox.world.messages import WRITTEN, Message
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.pins import pin, unpin
from nrg_sandbox.world.thread_activity import check_open

__all__ = ["ROUTES"]

Json = dict[str, Any]

_LISTED = 50


def list_pins(call: Call) -> Json:
    """List pinned messages, the latest pinned first."""
    channel = call.channel()
    limit = call.number("limit", _LISTED, _LISTED)
    before = moment(call, "before")
    pins = [
        {"pinned_at": pinned_at, "message": message.payload}
        for pinned_at, message in _newest(call, channel)
        if before is None or datetime.fromisoformat(pinned_at) < before
    ]
    return {"items": pins[:limit], "has_more": len(pins) > limit}


def list_pins_plainly(call: Call) -> list[Json]:
    """List the messages pinned latest, on the route that Discord keeps for old clients."""
    return [message.payload for _, message in _newest(call, call.channel())[:_LISTED]]


def _newest(call: Call, channel: Channel) -> list[tuple[str, Message]]:
    if not call.world.permissions(call.bot_id, channel) & Permission.READ_MESSAGE_HISTORY:
        return []
    return [(stamp, channel.messages[message_id]) for message_id, stamp in reversed(channel.pins.items())]


def create_pin(call: Call) -> None:
    """Pin a message."""
    message = _pinnable(call)
    if message.payload["type"] not in WRITTEN:
        raise on_system_message()
    pin(call.world, message, call.world.bot)
    _record(call, message, Action.MESSAGE_PIN)


def delete_pin(call: Call) -> None:
    """Take a message from the pinned ones."""
    message = _pinnable(call)
    unpin(call.world, message)
    _record(call, message, Action.MESSAGE_UNPIN)


def _pinnable(call: Call) -> Message:
    channel = call.channel(Permission.PIN_MESSAGES)
    message = call.message(channel)
    check_open(channel)
    return message


def _record(call: Call, message: Message, action: Action) -> None:
    if message.channel.guild is not None:
        options: Json = {"channel_id": message.channel.id, "message_id": message.id}
        record(call, message.channel.guild, action, message.payload["author"]["id"], options=options)


_PINS = "/channels/{channel}/messages/pins"
_OLD_PINS = "/channels/{channel}/pins"

# They come before the routes of single messages, whose pattern fits "pins" as well.
ROUTES = [
    Route("GET", _PINS, list_pins),
    Route("PUT", _PINS + "/{message}", create_pin),
    Route("DELETE", _PINS + "/{message}", delete_pin),
    Route("GET", _OLD_PINS, list_pins_plainly),
    Route("PUT", _OLD_PINS + "/{message}", create_pin),
    Route("DELETE", _OLD_PINS + "/{message}", delete_pin),
]
