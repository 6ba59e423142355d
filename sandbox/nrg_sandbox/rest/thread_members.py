"""Members of threads: who joins, is added, leaves or is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import wrong_kind
from nrg_sandbox.world.channel import PRIVATE_THREAD
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import check_open, guild_of, join, leave

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel

__all__ = ["ROUTES"]

Json = dict[str, Any]


def join_thread(call: Call) -> None:
    """Let the bot join."""
    thread = _open_thread(call)
    join(thread, call.bot_id)


def add_member(call: Call) -> None:
    """Add a member of the server."""
    thread = _open_thread(call)
    call.require(thread, Permission.SEND_MESSAGES_IN_THREADS)
    private = thread.kind == PRIVATE_THREAD
    if private and not thread.payload["thread_metadata"]["invitable"] and not _own(call, thread):
        call.require(thread, Permission.MANAGE_THREADS)
    join(thread, call.ids["user"])


def leave_thread(call: Call) -> None:
    """Let the bot leave."""
    leave(_open_thread(call), call.bot_id)


def remove_member(call: Call) -> None:
    """Remove a member from the thread."""
    thread = _open_thread(call)
    if not (thread.kind == PRIVATE_THREAD and _own(call, thread)):
        call.require(thread, Permission.MANAGE_THREADS)
    call.world.user(call.ids["user"])
    leave(thread, call.ids["user"])


def get_member(call: Call) -> Json:
    """Return one member of the thread."""
    thread = _thread(call)
    user_id: str = call.world.user(call.bot_id if call.ids["user"] == "@me" else call.ids["user"])["id"]
    if (member := thread.participants.get(user_id)) is None:
        raise ApiError.of(10007)
    return _shown(call, thread, member)


def list_members(call: Call) -> list[Json]:
    """List the members of the thread; in parts only together with their membership of the server."""
    thread = _thread(call)
    if not call.api.commands.application.granted(Intent.GUILD_MEMBERS):
        raise ApiError.of(50001)
    limit, after = call.number("limit", 100, 100), call.snowflake("after") or 0
    members = sorted(thread.participants.values(), key=lambda member: int(member["user_id"]))
    if call.flag("with_member"):
        members = [member for member in members if int(member["user_id"]) > after][:limit]
    return [_shown(call, thread, member) for member in members]


def _shown(call: Call, thread: Channel, member: Json) -> Json:
    if not call.flag("with_member"):
        return member
    return member | {"member": guild_of(thread).member(member["user_id"])}


def _own(call: Call, thread: Channel) -> bool:
    return thread.payload["owner_id"] == call.bot_id


def _thread(call: Call) -> Channel:
    thread = call.channel()
    if not thread.is_thread:
        raise wrong_kind()
    return thread


def _open_thread(call: Call) -> Channel:
    thread = _thread(call)
    check_open(thread)
    return thread


_MEMBERS = "/channels/{channel}/thread-members"

ROUTES = [
    Route("GET", _MEMBERS, list_members),
    Route("PUT", _MEMBERS + "/@me", join_thread),
    Route("DELETE", _MEMBERS + "/@me", leave_thread),
    Route("GET", _MEMBERS + "/{user}", get_member),
    Route("PUT", _MEMBERS + "/{user}", add_member),
    Route("DELETE", _MEMBERS + "/{user}", remove_member),
]
