"""Messages: listed, written, edited, deleted, and published to followers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.channels import BULK_DELETE
from nrg_sandbox.forms.messages import MESSAGE_EDIT, check_message
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import (
    on_system_message,
    require_moderator,
    sending,
    wrong_kind,
)
from nrg_sandbox.snowflakes import created_at
from nrg_sandbox.world.audit_log import Action
from nrg_sandbox.world.channel import NEWS, WRITABLE
from nrg_sandbox.world.messages import (
    CROSSPOSTED,
    SUPPRESS_EMBEDS,
    WRITTEN,
    Message,
    change_message,
    compose,
    delete_message,
    delete_messages,
    edit_message,
    forward,
    publish,
    reply,
)
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.polls import opened
from nrg_sandbox.world.thread_activity import check_open, guild_of

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel

__all__ = ["ROUTES"]

Json = dict[str, Any]

_NONCES_KEPT = timedelta(minutes=5)
_TWO_WEEKS = timedelta(days=14)
_REFERENCE = ("message_reference",)
# Discord's own messages, which cannot be deleted.
_LASTING = (1, 2, 3, 4, 5, 21)


def list_messages(call: Call) -> list[Json]:
    """List messages, the newest first."""
    channel = call.channel()
    limit = call.number("limit", 50, 100)
    around, before, after = (call.snowflake(name) for name in ("around", "before", "after"))
    if not call.world.permissions(call.bot_id, channel) & Permission.READ_MESSAGE_HISTORY:
        return []
    if around is not None:
        older = islice(_older(channel, around + 1), limit // 2 + 1)
        newer = _newer(channel, around)[-(limit // 2) :] if limit > 1 else []
        found = [*newer, *older][:limit]
    elif after is not None:
        found = _newer(channel, after)[-limit:]
    else:
        found = list(islice(_older(channel, before), limit))
    return [message.payload for message in found]


def _older(channel: Channel, than: int | None = None) -> Iterator[Message]:
    for message in reversed(channel.messages.values()):
        if message.viewer is None and (than is None or int(message.id) < than):
            yield message


def _newer(channel: Channel, than: int) -> list[Message]:
    found: list[Message] = []
    for message in reversed(channel.messages.values()):
        if int(message.id) <= than:
            break
        if message.viewer is None:
            found.append(message)
    return found


def get_message(call: Call) -> Json:
    """Return one message."""
    return call.message(call.channel(Permission.READ_MESSAGE_HISTORY)).payload


def create_message(call: Call) -> Json:
    """Say something; the same nonce again, soon, returns what was said."""
    world, channel = call.world, call.channel()
    if channel.kind not in WRITABLE:
        raise ApiError.of(50008)
    call.require(channel, sending(channel))
    _check_recipient(call, channel)
    body = _permitted(call, channel, check_message(call.form(), call.uploads))
    nonce = str(body["nonce"]) if body.get("nonce") is not None else None
    if nonce is not None and body.get("enforce_nonce") and (known := _said(call, nonce)):
        return known.payload
    extra = _referring(call, channel, body.get("message_reference"))
    if body.get("poll"):
        extra["poll"] = opened(body["poll"], world.clock.now())
    message = publish(world, compose(world, channel, world.bot, body, call.uploads, extra=extra))
    if nonce is not None:
        call.api.nonces[call.bot_id, nonce] = message.id
    return message.payload


def _check_recipient(call: Call, channel: Channel) -> None:
    if channel.recipient_id is None:
        return
    shared = any(
        call.bot_id in guild.members and channel.recipient_id in guild.members
        for guild in call.world.guilds.values()
    )
    if channel.closed or not shared:
        raise ApiError.of(50007)


def _permitted(call: Call, channel: Channel, body: Json) -> Json:
    """Return what is left of a message by what the bot may do; embeds and speech are dropped silently."""
    allowed = call.world.permissions(call.bot_id, channel)
    if call.uploads:
        call.require(channel, Permission.ATTACH_FILES)
    if body.get("poll"):
        call.require(channel, Permission.SEND_POLLS)
    if body.get("sticker_ids"):
        # There are none here.
        raise ApiError.of(50081)
    if not allowed & Permission.EMBED_LINKS:
        body["embeds"] = []
    if not allowed & Permission.SEND_TTS_MESSAGES:
        body["tts"] = False
    return body


def _said(call: Call, nonce: str) -> Message | None:
    nonces = call.api.nonces
    horizon = call.world.clock.now() - _NONCES_KEPT
    while nonces and created_at(next(iter(nonces.values()))) < horizon:
        del nonces[next(iter(nonces))]
    found = nonces.get((call.bot_id, nonce))
    return call.world.messages.get(found) if found else None


def _referring(call: Call, channel: Channel, reference: Json | None) -> Json:
    if reference is None:
        return {}
    return _forwarding(call, reference) if reference.get("type") == 1 else _replying(call, channel, reference)


def _replying(call: Call, channel: Channel, reference: Json) -> Json:
    problems = Problems()
    if reference.get("channel_id") not in (None, channel.id):
        message = "Cannot reply to a message in a different channel"
        problems.add(_REFERENCE, "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", message)
        problems.raise_any()
    if not call.world.permissions(call.bot_id, channel) & Permission.READ_MESSAGE_HISTORY:
        raise ApiError.of(160002)
    answered = channel.messages.get(reference["message_id"])
    if answered is None or answered.viewer is not None:
        if reference.get("fail_if_not_exists") is not False:
            problems.add(_REFERENCE, "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            problems.raise_any()
        return {}
    if answered.payload["type"] not in WRITTEN:
        message = "Cannot reply to a system message"
        problems.add(_REFERENCE, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", message)
        problems.raise_any()
    return reply(answered)


def _forwarding(call: Call, reference: Json) -> Json:
    problems = Problems()
    if reference.get("channel_id") is None:
        problems.required((*_REFERENCE, "channel_id"))
        problems.raise_any()
    origin = call.world.channel(reference["channel_id"])
    call.require(origin, Permission.READ_MESSAGE_HISTORY)
    original = origin.messages.get(reference["message_id"])
    if original is None or original.viewer is not None:
        raise ApiError.of(10008)
    if original.payload["type"] not in WRITTEN:
        raise on_system_message()
    return forward(original)


def edit(call: Call) -> Json:
    """Edit one of the bot's own messages; of others' only whether their embeds are shown."""
    channel = call.channel()
    message = call.message(channel)
    check_open(channel)
    if message.payload["author"]["id"] != call.bot_id:
        return _hide_embeds(call, message)
    if message.payload["type"] not in WRITTEN:
        raise on_system_message()
    return edit_message(call.world, message, call.form(), call.uploads).payload


def _hide_embeds(call: Call, message: Message) -> Json:
    body = check_message(call.form(), call.uploads, form=MESSAGE_EDIT)
    if body.keys() != {"flags"}:
        raise ApiError.of(50005)
    require_moderator(call, message.channel)
    hidden = (body["flags"] or 0) & SUPPRESS_EMBEDS
    flags = message.payload["flags"] & ~SUPPRESS_EMBEDS | hidden
    return change_message(call.world, message, {"flags": flags}).payload


def delete(call: Call) -> None:
    """Delete a message."""
    channel = call.channel()
    message = call.message(channel)
    author_id: str = message.payload["author"]["id"]
    if author_id != call.bot_id:
        require_moderator(call, channel)
    if message.payload["type"] in _LASTING:
        raise on_system_message()
    delete_message(call.world, message)
    if author_id != call.bot_id:
        options: Json = {"channel_id": channel.id, "count": "1"}
        record(call, guild_of(channel), Action.MESSAGE_DELETE, author_id, options=options)


def bulk_delete(call: Call) -> None:
    """Delete several messages that are not older than two weeks; unknown ones are passed over."""
    channel = call.channel()
    guild = guild_of(channel)
    call.require(channel, Permission.MANAGE_MESSAGES)
    ids: list[str] = BULK_DELETE.read(call.body)["messages"]
    horizon = call.world.clock.now() - _TWO_WEEKS
    if any(created_at(message_id) < horizon for message_id in ids):
        raise ApiError.of(50034)
    found = [channel.messages[message_id] for message_id in ids if message_id in channel.messages]
    delete_messages(call.world, channel, (message for message in found if message.viewer is None))
    options: Json = {"count": str(len(ids))}
    record(call, guild, Action.MESSAGE_BULK_DELETE, channel.id, options=options)


def crosspost(call: Call) -> Json:
    """Publish a message of an announcement channel to those who follow it."""
    channel = call.channel(Permission.SEND_MESSAGES)
    message = call.message(channel)
    if channel.kind != NEWS:
        raise wrong_kind()
    if message.payload["author"]["id"] != call.bot_id:
        require_moderator(call, channel)
    flags: int = message.payload["flags"]
    if flags & CROSSPOSTED:
        raise ApiError.of(40033)
    return change_message(call.world, message, {"flags": flags | CROSSPOSTED}).payload


_MESSAGES = "/channels/{channel}/messages"
_MESSAGE = _MESSAGES + "/{message}"

ROUTES = [
    Route("GET", _MESSAGES, list_messages),
    Route("POST", _MESSAGES, create_message),
    Route("POST", _MESSAGES + "/bulk-delete", bulk_delete),
    Route("GET", _MESSAGE, get_message),
    Route("PATCH", _MESSAGE, edit),
    Route("DELETE", _MESSAGE, delete),
    Route("POST", _MESSAGE + "/crosspost", crosspost),
]
