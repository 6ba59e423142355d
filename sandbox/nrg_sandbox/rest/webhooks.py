"""Webhooks of channels, and what is written through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.messages import WEBHOOK_MESSAGE, check_message
from nrg_sandbox.forms.webhooks import WEBHOOK_CREATE, WEBHOOK_EDIT
from nrg_sandbox.rest import interactions
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import wrong_kind
from nrg_sandbox.world.audit_log import Action
from nrg_sandbox.world.channel import CATEGORY, FORUM
from nrg_sandbox.world.messages import Message, compose, delete_message, edit_message, publish
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.polls import opened
from nrg_sandbox.world.thread_activity import check_open, guild_of, settle
from nrg_sandbox.world.threads import start_in_forum
from nrg_sandbox.world.webhooks import (
    author_of,
    change_webhook,
    create_webhook,
    delete_webhook,
    find_webhook,
    webhooks_of,
)

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel

__all__ = ["ROUTES"]

Json = dict[str, Any]


def create(call: Call) -> Json:
    """Give a channel a webhook."""
    channel = _managed(call)
    form = WEBHOOK_CREATE.read(call.body)
    webhook = create_webhook(channel, call.world.bot, form["name"], form.get("avatar"))
    record(call, guild_of(channel), Action.WEBHOOK_CREATE, webhook["id"])
    return webhook


def list_of_channel(call: Call) -> list[Json]:
    """List a channel's webhooks."""
    return list(_managed(call).webhooks.values())


def list_of_guild(call: Call) -> list[Json]:
    """List a server's webhooks."""
    return webhooks_of(call.guild(Permission.MANAGE_WEBHOOKS))


def _managed(call: Call) -> Channel:
    channel = call.channel()
    guild_of(channel)
    if channel.is_thread or channel.kind == CATEGORY:
        raise wrong_kind()
    call.require(channel, Permission.MANAGE_WEBHOOKS)
    return channel


def get(call: Call) -> Json:
    """Return a webhook."""
    return _by_id(call)[1]


def edit(call: Call) -> Json:
    """Change a webhook, or move it to another channel."""
    channel, webhook = _by_id(call)
    form = WEBHOOK_EDIT.read(call.body)
    moved_to: Channel | None = None
    if form.get("channel_id") is not None:
        moved_to = guild_of(channel).channels.get(form["channel_id"])
        if moved_to is None:
            raise ApiError.of(10003)
        call.require(moved_to, Permission.MANAGE_WEBHOOKS)
    changed = change_webhook(channel, webhook, form, moved_to)
    record(call, guild_of(channel), Action.WEBHOOK_UPDATE, webhook["id"])
    return changed


def delete(call: Call) -> None:
    """Delete a webhook."""
    channel, webhook = _by_id(call)
    delete_webhook(channel, webhook)
    record(call, guild_of(channel), Action.WEBHOOK_DELETE, webhook["id"])


def _by_id(call: Call) -> tuple[Channel, Json]:
    channel, webhook = find_webhook(call.world, call.ids["webhook"])
    call.require(channel, Permission.MANAGE_WEBHOOKS)
    return channel, webhook


# With the webhook's token, for which no bot is needed


def get_by_token(call: Call) -> Json:
    """Return a webhook without its creator."""
    return _without_user(_by_token(call)[1])


def edit_by_token(call: Call) -> Json:
    """Change a webhook's name or picture."""
    channel, webhook = _by_token(call)
    return _without_user(change_webhook(channel, webhook, WEBHOOK_EDIT.read(call.body)))


def delete_by_token(call: Call) -> None:
    """Delete a webhook."""
    delete_webhook(*_by_token(call))


def _without_user(webhook: Json) -> Json:
    return {key: value for key, value in webhook.items() if key != "user"}


def execute(call: Call) -> Json | None:
    """Write through a webhook."""
    channel, webhook = _by_token(call)
    body = check_message(call.form(), call.uploads, form=WEBHOOK_MESSAGE)
    author = author_of(webhook, body.get("username"), body.get("avatar_url"))
    extra: Json = {"webhook_id": webhook["id"]}
    if webhook["application_id"] is not None:
        extra["application_id"] = webhook["application_id"]
    if body.get("poll"):
        extra["poll"] = opened(body["poll"], call.world.clock.now())
    message = _write(call, channel, author, body, extra)
    return message.payload if call.flag("wait") else None


def _write(call: Call, channel: Channel, author: Json, body: Json, extra: Json) -> Message:
    thread_name: str | None = body.get("thread_name")
    target = _thread_or(call, channel)
    if channel.kind == FORUM:
        if thread_name is None and target is channel:
            text = "Webhooks posted to forum channels must have a thread_name or thread_id"
            raise ApiError(400, 220001, text)
        if thread_name is not None and target is not channel:
            text = "Webhooks posted to forum channels cannot have both a thread_name and thread_id"
            raise ApiError(400, 220002, text)
        if thread_name is not None:
            form: Json = {"name": thread_name, "applied_tags": body.get("applied_tags")}
            return start_in_forum(channel, author, form, body, call.uploads, extra=extra)[1]
    elif thread_name is not None:
        raise ApiError.of(220003)
    return publish(call.world, compose(call.world, target, author, body, call.uploads, extra=extra))


def get_message(call: Call) -> Json:
    """Return a message that was written through the webhook."""
    return _message(call).payload


def edit_own_message(call: Call) -> Json:
    """Edit a message that was written through the webhook."""
    message = _message(call)
    check_open(message.channel)
    return edit_message(call.world, message, call.form(), call.uploads).payload


def delete_own_message(call: Call) -> None:
    """Delete a message that was written through the webhook."""
    delete_message(call.world, _message(call))


def _by_token(call: Call) -> tuple[Channel, Json]:
    channel, webhook = find_webhook(call.world, call.ids["application"])
    if webhook["token"] != call.ids["token"]:
        raise ApiError.of(50027)
    return channel, webhook


def _thread_or(call: Call, channel: Channel) -> Channel:
    thread_id = call.snowflake("thread_id")
    if thread_id is None:
        return channel
    thread = guild_of(channel).threads.get(str(thread_id))
    if thread is None or thread.parent is not channel:
        raise ApiError.of(10003)
    settle(thread)
    return thread


def _message(call: Call) -> Message:
    channel, webhook = _by_token(call)
    message = call.message(_thread_or(call, channel))
    if message.payload.get("webhook_id") != webhook["id"]:
        raise ApiError.of(10008)
    return message


def _either(answer: Callable[[Call], Any], webhook: Callable[[Call], Any]) -> Callable[[Call], Any]:
    """Return a handler for a path that interactions and webhooks share: the application's id tells which."""

    def handler(call: Call) -> Any:
        meant = answer if call.ids["application"] == call.world.application_id else webhook
        return meant(call)

    return handler


_CHANNELS = "/channels/{channel}/webhooks"
_WEBHOOK = "/webhooks/{webhook}"
_TOKEN = "/webhooks/{application}/{token}"
_MESSAGE = _TOKEN + "/messages/{message}"

ROUTES = [
    Route("POST", _CHANNELS, create),
    Route("GET", _CHANNELS, list_of_channel),
    Route("GET", "/guilds/{guild}/webhooks", list_of_guild),
    Route("GET", _WEBHOOK, get),
    Route("PATCH", _WEBHOOK, edit),
    Route("DELETE", _WEBHOOK, delete),
    Route("GET", _TOKEN, get_by_token, token=False),
    Route("PATCH", _TOKEN, edit_by_token, token=False),
    Route("DELETE", _TOKEN, delete_by_token, token=False),
    Route("POST", _TOKEN, _either(interactions.follow_up, execute), token=False),
    Route("GET", _MESSAGE, _either(interactions.get_answer, get_message), token=False),
    Route("PATCH", _MESSAGE, _either(interactions.edit_answer, edit_own_message), token=False),
    Route("DELETE", _MESSAGE, _either(interactions.delete_answer, delete_own_message), token=False),
]
