"""Threads: started, changed and listed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.messages import check_message
from nrg_sandbox.forms.threads import FORUM_THREAD, MESSAGE_THREAD, THREAD_CREATE, THREAD_EDIT
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import moment, wrong_kind
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.channel import (
    ANNOUNCEMENT_THREAD,
    FORUM,
    NEWS,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
)
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import check_open, guild_of
from nrg_sandbox.world.threads import (
    edit_thread,
    start_from_message,
    start_in_forum,
    start_thread,
    visible_threads,
)

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel

__all__ = ["ROUTES", "edit_thread_settings"]

Json = dict[str, Any]

_PINNED, _REQUIRE_TAG = 1 << 1, 1 << 4
# What the one who started a thread may change in it.
_OWNERS = {"name", "archived", "auto_archive_duration", "invitable", "applied_tags"}
_REOPENING = {"archived", "locked"}
_KINDS = {TEXT: (PUBLIC_THREAD, PRIVATE_THREAD), NEWS: (ANNOUNCEMENT_THREAD,)}


def start_on_message(call: Call) -> Json:
    """Start a thread from a message."""
    channel = call.channel()
    if channel.kind not in _KINDS:
        raise wrong_kind()
    call.require(channel, Permission.CREATE_PUBLIC_THREADS)
    message = call.message(channel)
    form = MESSAGE_THREAD.read(call.body)
    return _started(call, start_from_message(message, call.world.bot, form))


def start(call: Call) -> Json:
    """Start a thread without a message, or in a forum with its first one."""
    channel = call.channel()
    if channel.kind == FORUM:
        return _start_in_forum(call, channel)
    if channel.kind not in _KINDS:
        raise wrong_kind()
    form = THREAD_CREATE.read(call.body)
    # Without a type it is a private one, as it was before there were others.
    kind: int = form.get("type") or PRIVATE_THREAD
    if kind not in _KINDS[channel.kind]:
        raise wrong_kind()
    private = kind == PRIVATE_THREAD
    call.require(channel, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
    return _started(call, start_thread(channel, call.world.bot, form, kind=kind))


def _start_in_forum(call: Call, channel: Channel) -> Json:
    call.require(channel, Permission.SEND_MESSAGES)
    form = FORUM_THREAD.read(call.body)
    _check_tags(call, channel, form.get("applied_tags") or [])
    body = check_message(form["message"], call.uploads, root=("message",))
    if call.uploads:
        call.require(channel, Permission.ATTACH_FILES)
    thread, message = start_in_forum(channel, call.world.bot, form, body, call.uploads)
    return _started(call, thread) | {"message": message.payload}


def _started(call: Call, thread: Channel) -> Json:
    record(call, guild_of(thread), Action.THREAD_CREATE, thread.id)
    call.status = 201
    return thread.payload | {"member": thread.participants[call.bot_id]}


def _check_tags(call: Call, forum: Channel, chosen: list[str]) -> None:
    known: dict[str, Json] = {tag["id"]: tag for tag in forum.payload["available_tags"]}
    if not known.keys() >= set(chosen):
        raise ApiError.of(10087)
    if not chosen and forum.payload["flags"] & _REQUIRE_TAG:
        raise ApiError.of(40067)
    if any(known[tag]["moderated"] for tag in chosen):
        call.require(forum, Permission.MANAGE_THREADS)


def edit_thread_settings(call: Call, thread: Channel) -> Json:
    """Change a thread's settings.

    Raises
    ------
    ApiError
        50013, for what the bot may not change; 50083, for an archived thread that stays so.
    """
    guild = guild_of(thread)
    form = {key: value for key, value in THREAD_EDIT.read(call.body).items() if value is not None}
    if thread.kind != PRIVATE_THREAD:
        form.pop("invitable", None)
    _check_may_edit(call, thread, form)
    if form.keys() - _REOPENING and form.get("archived") is not False:
        check_open(thread)
    if "applied_tags" in form and thread.parent is not None and thread.parent.kind == FORUM:
        _check_tags(call, thread.parent, form["applied_tags"])
    else:
        form.pop("applied_tags", None)
    if "flags" in form:
        form["flags"] = thread.payload["flags"] & ~_PINNED | form["flags"] & _PINNED
    shown = thread.payload | thread.payload["thread_metadata"]
    if differing := differences(shown, form):
        edit_thread(thread, call.world.bot, form)
        record(call, guild, Action.THREAD_UPDATE, thread.id, changes=differing)
    return thread.payload


def _check_may_edit(call: Call, thread: Channel, form: Json) -> None:
    reopens = form == {"archived": False} and not thread.locked
    if reopens:
        call.require(thread, Permission.SEND_MESSAGES_IN_THREADS)
    elif thread.payload["owner_id"] != call.bot_id or thread.locked or form.keys() - _OWNERS:
        call.require(thread, Permission.MANAGE_THREADS)


def list_active(call: Call) -> Json:
    """List a server's threads that are not archived and that the bot sees, the newest first."""
    guild = call.guild()
    return _listed(call, [thread for thread in visible_threads(guild, call.bot_id) if not thread.archived])


def list_archived_public(call: Call) -> Json:
    """List archived threads that all may see, the latest archived first."""
    return _archived(
        call, call.channel(Permission.READ_MESSAGE_HISTORY), (PUBLIC_THREAD, ANNOUNCEMENT_THREAD)
    )


def list_archived_private(call: Call) -> Json:
    """List archived private threads, the latest archived first."""
    needs = Permission.READ_MESSAGE_HISTORY | Permission.MANAGE_THREADS
    return _archived(call, call.channel(needs), (PRIVATE_THREAD,))


def _archived(call: Call, channel: Channel, kinds: tuple[int, ...]) -> Json:
    before = moment(call, "before")
    found = [
        thread
        for thread in visible_threads(guild_of(channel), call.bot_id, channel)
        if thread.archived and thread.kind in kinds and (before is None or _archived_at(thread) < before)
    ]
    return _listed(call, sorted(found, key=_archived_at, reverse=True), _limit(call))


def list_own_archived_private(call: Call) -> Json:
    """List archived private threads that the bot is in, the newest first."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    before = call.snowflake("before")
    found = [
        thread
        for thread in visible_threads(guild_of(channel), call.bot_id, channel)
        if thread.archived and thread.kind == PRIVATE_THREAD and call.bot_id in thread.participants
    ]
    if before is not None:
        found = [thread for thread in found if int(thread.id) < before]
    return _listed(call, found, _limit(call))


def _archived_at(thread: Channel) -> datetime:
    return datetime.fromisoformat(thread.payload["thread_metadata"]["archive_timestamp"])


def _limit(call: Call) -> int:
    return call.number("limit", 50, 100, least=2)


def _listed(call: Call, threads: list[Channel], limit: int | None = None) -> Json:
    shown = threads[:limit]
    return {
        "threads": [thread.payload for thread in shown],
        "members": [
            thread.participants[call.bot_id] for thread in shown if call.bot_id in thread.participants
        ],
        "has_more": len(threads) > len(shown),
    }


_CHANNEL = "/channels/{channel}"
_ARCHIVED = _CHANNEL + "/threads/archived"

ROUTES = [
    Route("POST", _CHANNEL + "/messages/{message}/threads", start_on_message),
    Route("POST", _CHANNEL + "/threads", start),
    Route("GET", _ARCHIVED + "/public", list_archived_public),
    Route("GET", _ARCHIVED + "/private", list_archived_private),
    Route("GET", _CHANNEL + "/users/@me/threads/archived/private", list_own_archived_private),
    Route("GET", "/guilds/{guild}/threads/active", list_active),
]
