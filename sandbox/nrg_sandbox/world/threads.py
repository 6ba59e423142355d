"""Threads: started from a message, without one or in a forum, and listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world import payloads
from nrg_sandbox.world.channel import (
    ANNOUNCEMENT_THREAD,
    NEWS,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
)
from nrg_sandbox.world.messages import (
    Message,
    change_message,
    compose,
    post_system_message,
    publish,
)
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import (
    change_thread,
    enter,
    guild_of,
    settle,
    tell_of,
    tell_of_new_member,
)

if TYPE_CHECKING:
    from nrg_sandbox.world.files import File
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json

__all__ = ["edit_thread", "start_from_message", "start_in_forum", "start_thread", "visible_threads"]

_NAME_CHANGED, _CREATED, _STARTER = 4, 18, 21
_HAS_THREAD = 1 << 5
_MOST_ACTIVE = 1000
_DAY = 1440


def start_from_message(message: Message, owner: Json, form: Json) -> Channel:
    """Start a thread that hangs under a message and has its id.

    Parameters
    ----------
    owner
        The user who starts it.
    form
        Its name and settings.

    Raises
    ------
    ApiError
        160004, for a message that has one; 160006, when there are too many.
    """
    parent = message.channel
    world = guild_of(parent).world
    if message.id in world.channels:
        raise ApiError.of(160004)
    kind = ANNOUNCEMENT_THREAD if parent.kind == NEWS else PUBLIC_THREAD
    thread = _new(parent, owner, form, kind=kind, thread_id=message.id)
    _open(thread, owner)
    referenced = {key: value for key, value in message.payload.items() if key != "referenced_message"}
    extra: Json = {"message_reference": message.pointer(), "referenced_message": referenced}
    post_system_message(world, thread, owner, _STARTER, extra=extra)
    flags = message.payload["flags"] | _HAS_THREAD
    change_message(world, message, {"flags": flags, "thread": thread.payload})
    return thread


def start_thread(parent: Channel, owner: Json, form: Json, *, kind: int) -> Channel:
    """Start a thread that hangs under no message.

    Parameters
    ----------
    owner
        The user who starts it.
    form
        Its name and settings.
    kind
        Discord's channel type.

    Raises
    ------
    ApiError
        160006, when there are too many.
    """
    world = guild_of(parent).world
    thread = _new(parent, owner, form, kind=kind, thread_id=world.snowflakes.next())
    _open(thread, owner)
    if kind != PRIVATE_THREAD:
        pointer: Json = {"type": 0, "channel_id": thread.id, "guild_id": thread.guild_id}
        name: str = thread.payload["name"]
        post_system_message(
            world, parent, owner, _CREATED, content=name, extra={"message_reference": pointer}
        )
    return thread


def start_in_forum(
    parent: Channel,
    owner: Json,
    form: Json,
    body: Json,
    uploads: dict[int, File],
    *,
    extra: Json | None = None,
) -> tuple[Channel, Message]:
    """Start a thread in a forum, with its first message, which has the thread's id.

    Parameters
    ----------
    owner
        The user who starts it.
    form
        Its name, tags and settings.
    body
        The message, read by its form.
    extra
        Further fields of the message object.

    Raises
    ------
    ApiError
        50006, for a message that shows nothing; 160006, when there are too many threads.
    """
    world = guild_of(parent).world
    thread = _new(parent, owner, form, kind=PUBLIC_THREAD, thread_id=world.snowflakes.next())
    thread.payload["applied_tags"] = form.get("applied_tags") or []
    message = compose(world, thread, owner, body, uploads, extra=(extra or {}) | {"id": thread.id})
    _open(thread, owner)
    return thread, publish(world, message)


def edit_thread(thread: Channel, editor: Json, changes: Json) -> Json:
    """Change a thread's settings; a new name is told in the thread.

    Parameters
    ----------
    editor
        The user who changes them.
    changes
        Fields of the thread, those of its ``thread_metadata`` among them.
    """
    world = guild_of(thread).world
    metadata: Json = thread.payload["thread_metadata"]
    inner = {key: value for key, value in changes.items() if key in (*metadata, "invitable")}
    if inner.get("archived", metadata["archived"]) != metadata["archived"]:
        inner["archive_timestamp"] = world.clock.stamp()
    renamed = changes.get("name", thread.payload["name"]) != thread.payload["name"]
    outer = {key: value for key, value in changes.items() if key not in inner}
    payload = change_thread(thread, outer | {"thread_metadata": metadata | inner})
    if renamed:
        post_system_message(world, thread, editor, _NAME_CHANGED, content=payload["name"])
    return thread.payload


def visible_threads(guild: Guild, user_id: str, parent: Channel | None = None) -> list[Channel]:
    """Return the threads that a member sees, as they are by now, the newest first.

    Parameters
    ----------
    parent
        The channel they hang under; any when absent.
    """
    found: list[Channel] = []
    for thread in guild.threads.values():
        settle(thread)
        fits = parent is None or thread.parent is parent
        if fits and guild.permissions(user_id, thread) & Permission.VIEW_CHANNEL:
            found.append(thread)
    return sorted(found, key=lambda thread: int(thread.id), reverse=True)


def _new(parent: Channel, owner: Json, form: Json, *, kind: int, thread_id: str) -> Channel:
    guild = guild_of(parent)
    if sum(not thread.archived for thread in guild.threads.values()) >= _MOST_ACTIVE:
        raise ApiError.of(160006)
    usual = parent.payload
    slowmode = form.get("rate_limit_per_user")
    payload = payloads.thread(
        thread_id,
        parent.id,
        guild.id,
        owner["id"],
        form["name"],
        kind=kind,
        created=guild.world.clock.stamp(),
        minutes=form.get("auto_archive_duration") or usual.get("default_auto_archive_duration") or _DAY,
        slowmode=usual.get("default_thread_rate_limit_per_user", 0) if slowmode is None else slowmode,
    )
    if kind == PRIVATE_THREAD:
        payload["thread_metadata"]["invitable"] = form.get("invitable") is not False
    return Channel(payload, guild=guild, parent=parent)


def _open(thread: Channel, owner: Json) -> None:
    guild = guild_of(thread)
    guild.threads[thread.id] = guild.world.channels[thread.id] = thread
    # A webhook is no member.
    joins = owner["id"] in guild.members
    if joins:
        enter(thread, owner["id"])
    tell_of("THREAD_CREATE", thread.payload | {"newly_created": True}, thread)
    if joins:
        tell_of_new_member(thread, owner["id"])
