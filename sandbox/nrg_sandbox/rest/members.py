"""Members: found, changed, given roles, removed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.members import MEMBER_EDIT, OWN_MEMBER_EDIT, check_time_out
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.paging import page
from nrg_sandbox.rest.roles import check_assignable
from nrg_sandbox.world import payloads
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.channel import STAGE, VOICE
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES", "check_outranked"]

Json = dict[str, Any]

_CLEARED = ("nick", "roles", "communication_disabled_until", "channel_id")
"""Fields where null means something; in others it is as if they were absent."""

_BYPASSES_VERIFICATION = 1 << 2
_VERIFIERS = Permission.MANAGE_GUILD | Permission.MANAGE_ROLES


def check_outranked(guild: Guild, user_id: str, other_id: str) -> None:
    """Check that a member stands above another user in the hierarchy; nobody stands above themselves.

    Raises
    ------
    ApiError
        50013.
    """
    if guild.rank(user_id) <= guild.rank(other_id):
        raise ApiError.of(50013)


def list_members(call: Call) -> list[Json]:
    """List members by id."""
    guild = call.guild()
    if not call.api.commands.application.granted(Intent.GUILD_MEMBERS):
        raise ApiError.of(50001)
    return [guild.members[user_id] for user_id in page(call, guild.members, 1, 1000)]


def search_members(call: Call) -> list[Json]:
    """List members whose user name or nickname starts with some text."""
    guild, limit = call.guild(), call.number("limit", 1, 1000)
    problems = Problems()
    problems.length(("query",), call.query.get("query"), 1, 100, optional=False)
    problems.raise_any()
    query = call.query["query"].lower()
    found = (
        member
        for member in guild.members.values()
        if any(name.lower().startswith(query) for name in _names(member))
    )
    return list(islice(found, limit))


def _names(member: Json) -> list[str]:
    user = member["user"]
    return [name for name in (member["nick"], user["global_name"], user["username"]) if name]


def get_member(call: Call) -> Json:
    """Return one member."""
    return call.guild().member(call.ids["user"])


def edit_own_member(call: Call) -> Json:
    """Change how the bot looks on the server."""
    guild = call.guild()
    form = OWN_MEMBER_EDIT.read(call.body)
    if "nick" in form:
        call.guild(Permission.CHANGE_NICKNAME)
    changes: Json = {key: payloads.picture(form[key]) for key in ("avatar", "banner") if key in form}
    if "nick" in form:
        changes["nick"] = form["nick"] or None
    return _change(call, guild, call.bot_id, changes)


def edit_member(call: Call) -> Json:
    """Change a member's nickname, roles, time-out or what they can do in voice."""
    guild, user_id = call.guild(), call.ids["user"]
    member = guild.member(user_id)
    form: Json = {
        key: value
        for key, value in MEMBER_EDIT.read(call.body).items()
        if value is not None or key in _CLEARED
    }
    for key in form:
        _ALLOWED[key](call, guild, member, form[key])
    changes = {key: form[key] for key in ("communication_disabled_until", "mute", "deaf") if key in form}
    if "nick" in form:
        changes["nick"] = form["nick"] or None
    if "roles" in form:
        changes["roles"] = form["roles"] or []
    if "flags" in form:
        kept = member["flags"] & ~_BYPASSES_VERIFICATION
        changes["flags"] = kept | form["flags"] & _BYPASSES_VERIFICATION
    _change(call, guild, user_id, changes)
    if spoken := {key: form[key] for key in ("mute", "deaf") if key in form}:
        guild.change_voice(user_id, spoken)
    if "channel_id" in form:
        _move(call, guild, user_id, form["channel_id"])
    return guild.member(user_id)


def _change(call: Call, guild: Guild, user_id: str, changes: Json) -> Json:
    member = guild.member(user_id)
    differing = differences(member, changes)
    if not differing:
        return member
    changed = guild.change_member(user_id, changes)
    if plain := [item for item in differing if item["key"] != "roles"]:
        record(call, guild, Action.MEMBER_UPDATE, user_id, changes=plain)
    _record_roles(call, guild, user_id, member["roles"], changed["roles"])
    return changed


def _record_roles(call: Call, guild: Guild, user_id: str, old: list[str], new: list[str]) -> None:
    changes: list[Json] = []
    for key, first, second in (("$add", new, old), ("$remove", old, new)):
        moved = [{"id": role, "name": guild.roles[role]["name"]} for role in first if role not in second]
        if moved:
            changes.append({"key": key, "new_value": moved})
    if changes:
        record(call, guild, Action.MEMBER_ROLE_UPDATE, user_id, changes=changes)


def _move(call: Call, guild: Guild, user_id: str, channel_id: str | None) -> None:
    guild.move_voice(user_id, channel_id)
    if channel_id is None:
        record(call, guild, Action.MEMBER_DISCONNECT, None, options={"count": "1"})
    else:
        record(call, guild, Action.MEMBER_MOVE, None, options={"channel_id": channel_id, "count": "1"})


# Whether the bot may change a field so


def _may_rename(call: Call, guild: Guild, member: Json, _: Any) -> None:
    call.guild(Permission.MANAGE_NICKNAMES)
    if member["user"]["id"] != call.bot_id:
        check_outranked(guild, call.bot_id, member["user"]["id"])


def _may_assign(call: Call, guild: Guild, member: Json, roles: list[str] | None) -> None:
    call.guild(Permission.MANAGE_ROLES)
    for role_id in set(roles or ()) ^ set(member["roles"]):
        check_assignable(guild, call.bot_id, role_id)


def _may_time_out(call: Call, guild: Guild, member: Json, until: str | None) -> None:
    call.guild(Permission.MODERATE_MEMBERS)
    user_id = member["user"]["id"]
    check_outranked(guild, call.bot_id, user_id)
    if until is not None and guild.permissions(user_id) & Permission.ADMINISTRATOR:
        raise ApiError.of(50013)
    check_time_out({"communication_disabled_until": until}, call.world.clock.now())


def _may_mute(call: Call, guild: Guild, member: Json, _: Any) -> None:
    _check_speaking(call, guild, member, Permission.MUTE_MEMBERS)


def _may_deafen(call: Call, guild: Guild, member: Json, _: Any) -> None:
    _check_speaking(call, guild, member, Permission.DEAFEN_MEMBERS)


def _may_move(call: Call, guild: Guild, member: Json, channel_id: str | None) -> None:
    _check_speaking(call, guild, member, Permission.MOVE_MEMBERS)
    if channel_id is None:
        return
    channel = guild.channels.get(channel_id)
    if channel is None:
        raise ApiError.of(10003)
    if channel.kind not in (VOICE, STAGE):
        raise ApiError.of(50024)
    call.require(channel, Permission.CONNECT | Permission.MOVE_MEMBERS)


def _check_speaking(call: Call, guild: Guild, member: Json, needs: Permission) -> None:
    call.guild(needs)
    if member["user"]["id"] not in guild.voice:
        raise ApiError.of(40032)


def _may_flag(call: Call, guild: Guild, _member: Json, _: Any) -> None:
    if not guild.permissions(call.bot_id) & _VERIFIERS:
        raise ApiError.of(50013)


_ALLOWED: dict[str, Callable[[Call, Guild, Json, Any], None]] = {
    "nick": _may_rename,
    "roles": _may_assign,
    "communication_disabled_until": _may_time_out,
    "mute": _may_mute,
    "deaf": _may_deafen,
    "channel_id": _may_move,
    "flags": _may_flag,
}


def remove_member(call: Call) -> None:
    """Remove a member from the server."""
    guild, user_id = call.guild(Permission.KICK_MEMBERS), call.ids["user"]
    guild.member(user_id)
    check_outranked(guild, call.bot_id, user_id)
    guild.leave(user_id)
    record(call, guild, Action.MEMBER_KICK, user_id)


def add_role(call: Call) -> None:
    """Give a member a role."""
    _give(call, take=False)


def take_role(call: Call) -> None:
    """Take a role from a member."""
    _give(call, take=True)


def _give(call: Call, *, take: bool) -> None:
    guild, user_id, role_id = call.guild(Permission.MANAGE_ROLES), call.ids["user"], call.ids["role"]
    old: list[str] = guild.member(user_id)["roles"]
    check_assignable(guild, call.bot_id, role_id)
    guild.give_role(user_id, role_id, take=take)
    _record_roles(call, guild, user_id, old, guild.member(user_id)["roles"])


_MEMBERS = "/guilds/{guild}/members"

ROUTES = [
    Route("GET", _MEMBERS, list_members),
    Route("GET", _MEMBERS + "/search", search_members),
    Route("PATCH", _MEMBERS + "/@me", edit_own_member),
    Route("GET", _MEMBERS + "/{user}", get_member),
    Route("PATCH", _MEMBERS + "/{user}", edit_member),
    Route("DELETE", _MEMBERS + "/{user}", remove_member),
    Route("PUT", _MEMBERS + "/{user}/roles/{role}", add_role),
    Route("DELETE", _MEMBERS + "/{user}/roles/{role}", take_role),
]
