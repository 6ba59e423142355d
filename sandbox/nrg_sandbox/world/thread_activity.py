"""What keeps a thread open: who is in it, what is written there, and how long ago that was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.snowflakes import created_at
from nrg_sandbox.world.channel import PRIVATE_THREAD, Channel
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.payloads import Json
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = [
    "change_thread",
    "check_open",
    "enter",
    "guild_of",
    "join",
    "leave",
    "note_message",
    "settle",
    "tell_of",
    "tell_of_new_member",
]

_MOST_COUNTED = 50


def guild_of(channel: Channel) -> Guild:
    """Return the server that a channel belongs to.

    Raises
    ------
    ApiError
        50003, for direct messages.
    """
    if channel.guild is None:
        raise ApiError.of(50003)
    return channel.guild


def tell_of(name: str, data: Json, thread: Channel) -> None:
    """Tell bots that see a thread of something that happened to it."""
    guild = guild_of(thread)
    guild.world.bus.emit(Event(name, data, intent=Intent.GUILDS, guild_id=guild.id, channel=thread))


def change_thread(thread: Channel, changes: Json) -> Json:
    """Replace a thread's settings."""
    thread.payload = thread.payload | changes
    guild_of(thread).forget_permissions()
    starter = thread.parent.messages.get(thread.id) if thread.parent else None
    if starter is not None:
        starter.payload = starter.payload | {"thread": thread.payload}
    tell_of("THREAD_UPDATE", thread.payload, thread)
    return thread.payload


def settle(thread: Channel) -> None:
    """Archive a thread if nobody has written in it for as long as it was to stay open.

    Nothing runs in the background: whoever reads a thread settles it first.
    """
    metadata: Json = thread.payload["thread_metadata"]
    if metadata["archived"]:
        return
    active = datetime.fromisoformat(metadata["archive_timestamp"])
    if (last := thread.payload["last_message_id"]) is not None:
        active = max(active, created_at(last))
    due = active + timedelta(minutes=metadata["auto_archive_duration"])
    if due <= guild_of(thread).world.clock.now():
        stamp = due.isoformat(timespec="microseconds")
        changes = metadata | {"archived": True, "archive_timestamp": stamp}
        change_thread(thread, {"thread_metadata": changes})


def check_open(thread: Channel) -> None:
    """Check that a thread takes changes.

    Raises
    ------
    ApiError
        50083, for an archived one.
    """
    if thread.archived:
        raise ApiError.of(50083)


def note_message(thread: Channel, author_id: str) -> int:
    """Count a message that is about to be written, which opens the thread and lets its author join.

    Returns
    -------
    int
        How many were written before it.

    Raises
    ------
    ApiError
        50083, for an archived thread that is locked; 160005, for a locked one and a member who is no
        moderator.
    """
    guild = guild_of(thread)
    settle(thread)
    if thread.locked:
        check_open(thread)
        _check_may_write_locked(thread, author_id)
    if thread.archived:
        metadata = thread.payload["thread_metadata"]
        opened: Json = {"archived": False, "archive_timestamp": guild.world.clock.stamp()}
        change_thread(thread, {"thread_metadata": metadata | opened})
    if author_id in guild.members:
        join(thread, author_id)
    before: int = thread.payload["total_message_sent"]
    thread.payload["message_count"] += 1
    thread.payload["total_message_sent"] = before + 1
    return before


def _check_may_write_locked(thread: Channel, author_id: str) -> None:
    guild = guild_of(thread)
    allowed = guild.permissions(author_id, thread)
    if author_id in guild.members and not allowed & Permission.MANAGE_THREADS:
        raise ApiError.of(160005)


def enter(thread: Channel, user_id: str) -> Json:
    """Make a user a member of a thread without telling anyone."""
    guild = guild_of(thread)
    member: Json = {
        "id": thread.id,
        "user_id": user_id,
        "join_timestamp": guild.world.clock.stamp(),
        "flags": 0,
    }
    thread.participants[user_id] = member
    _recount(thread)
    return member


def join(thread: Channel, user_id: str) -> None:
    """Make a user a member of a thread; nothing happens when they are one.

    Raises
    ------
    ApiError
        10007 or 10013, for someone who is not on the server.
    """
    if user_id in thread.participants:
        return
    guild = guild_of(thread)
    guild.member(user_id)
    member = enter(thread, user_id)
    if thread.kind == PRIVATE_THREAD and user_id == guild.world.bot["id"]:
        # The bot has not known of it so far.
        tell_of("THREAD_CREATE", thread.payload | {"member": member}, thread)
    tell_of_new_member(thread, user_id)


def leave(thread: Channel, user_id: str) -> None:
    """End a user's membership of a thread; nothing happens when they are no member."""
    if user_id not in thread.participants:
        return
    # Told first: who leaves a private thread sees nothing of it afterwards.
    _tell_members(thread, user_id, -1, {"removed_member_ids": [user_id]})
    del thread.participants[user_id]
    _recount(thread)


def tell_of_new_member(thread: Channel, user_id: str) -> None:
    """Tell bots that a user has joined a thread."""
    member = guild_of(thread).member(user_id)
    added = thread.participants[user_id] | {"member": member, "presence": None}
    _tell_members(thread, user_id, 0, {"added_members": [added]})


def _tell_members(thread: Channel, user_id: str, change: int, told: Json) -> None:
    guild = guild_of(thread)
    count = min(len(thread.participants) + change, _MOST_COUNTED)
    data: Json = {"id": thread.id, "guild_id": guild.id, "member_count": count} | told
    # A bot hears of itself without the intent.
    intent = Intent.GUILDS if user_id == guild.world.bot["id"] else Intent.GUILD_MEMBERS
    event = Event("THREAD_MEMBERS_UPDATE", data, intent=intent, guild_id=guild.id, channel=thread)
    guild.world.bus.emit(event)


def _recount(thread: Channel) -> None:
    thread.payload["member_count"] = min(len(thread.participants), _MOST_COUNTED)
    guild_of(thread).forget_permissions()
