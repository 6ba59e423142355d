"""The server: its channels, members and roles."""

from __future__ import annotations

from itertools import islice
from typing import Any

from nrg_sandbox.errors import Problems
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads
from nrg_sandbox.world.channel import CATEGORY, NEWS, TEXT, VOICE
from nrg_sandbox.world.permissions import EVERYONE

__all__ = ["ROUTES"]

Json = dict[str, Any]

_MEMBER_FIELDS = ("nick", "roles", "communication_disabled_until", "mute", "deaf")
_ROLE_FIELDS = ("color", "hoist", "mentionable", "icon", "unicode_emoji")
_CHANNEL_FIELDS = ("topic", "parent_id", "nsfw", "position", "rate_limit_per_user", "bitrate", "user_limit")


def get_guild(call: Call) -> Json:
    """Return the server."""
    guild = call.guild()
    whole = guild.whole()
    if call.flag("with_counts"):
        whole |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return whole


def list_channels(call: Call) -> list[Json]:
    """List the channels."""
    return [channel.payload for channel in call.guild().channels.values()]


def create_channel(call: Call) -> Json:
    """Create a channel."""
    guild, form = call.guild(), call.form()
    problems = Problems()
    problems.length(("name",), form.get("name"), 1, 100, optional=False)
    kind = form.get("type") or TEXT
    problems.one_of(("type",), kind, (TEXT, VOICE, CATEGORY, NEWS))
    problems.length(("topic",), form.get("topic"), 0, 1024)
    problems.raise_any()
    changes = {key: form[key] for key in _CHANNEL_FIELDS if form.get(key) is not None}
    listed: list[Json] = form.get("permission_overwrites") or []
    changes["permission_overwrites"] = [payloads.overwrite(item) for item in listed]
    call.status = 201
    return guild.create_channel(form["name"], kind=kind, changes=changes).payload


def list_members(call: Call) -> list[Json]:
    """List members by id."""
    guild, limit = call.guild(), call.number("limit", 1, 1000)
    after = int(call.query.get("after") or 0)
    ordered = sorted(guild.members.values(), key=lambda member: int(member["user"]["id"]))
    return list(islice((item for item in ordered if int(item["user"]["id"]) > after), limit))


def search_members(call: Call) -> list[Json]:
    """List members whose name starts with some text."""
    guild, limit = call.guild(), call.number("limit", 1, 1000)
    query = call.query.get("query", "").lower()
    found = (
        member
        for member in guild.members.values()
        if member["user"]["username"].startswith(query) or (member["nick"] or "").lower().startswith(query)
    )
    return list(islice(found, limit))


def get_member(call: Call) -> Json:
    """Return one member."""
    return call.guild().member(call.ids["user"])


def edit_member(call: Call) -> Json:
    """Change a member's roles, nickname or time-out."""
    guild, form = call.guild(), call.form()
    guild.member(call.ids["user"])
    for role_id in form.get("roles") or ():
        guild.role(str(role_id))
    changes = {key: form[key] for key in _MEMBER_FIELDS if key in form}
    return guild.change_member(call.ids["user"], changes)


def remove_member(call: Call) -> None:
    """Remove a member from the server."""
    guild = call.guild()
    guild.member(call.ids["user"])
    guild.leave(call.ids["user"])


def add_role(call: Call) -> None:
    """Give a member a role."""
    call.guild().give_role(call.ids["user"], call.ids["role"])


def take_role(call: Call) -> None:
    """Take a role from a member."""
    call.guild().give_role(call.ids["user"], call.ids["role"], take=True)


def list_roles(call: Call) -> list[Json]:
    """List the roles."""
    return list(call.guild().roles.values())


def create_role(call: Call) -> Json:
    """Create a role."""
    guild, form = call.guild(), call.form() if call.body is not None else {}
    problems = Problems()
    problems.length(("name",), form.get("name"), 1, 100)
    problems.raise_any()
    changes = {key: form[key] for key in _ROLE_FIELDS if form.get(key) is not None}
    if "color" in changes:
        changes["colors"] = {
            "primary_color": changes["color"],
            "secondary_color": None,
            "tertiary_color": None,
        }
    permissions = form.get("permissions")
    return guild.create_role(
        form.get("name") or "new role",
        permissions=EVERYONE if permissions is None else int(permissions),
        changes=changes,
    )


_MEMBER = "/guilds/{guild}/members/{user}"

ROUTES = [
    Route("GET", "/guilds/{guild}", get_guild),
    Route("GET", "/guilds/{guild}/channels", list_channels),
    Route("POST", "/guilds/{guild}/channels", create_channel),
    Route("GET", "/guilds/{guild}/members", list_members),
    Route("GET", "/guilds/{guild}/members/search", search_members),
    Route("GET", _MEMBER, get_member),
    Route("PATCH", _MEMBER, edit_member),
    Route("DELETE", _MEMBER, remove_member),
    Route("PUT", _MEMBER + "/roles/{role}", add_role),
    Route("DELETE", _MEMBER + "/roles/{role}", take_role),
    Route("GET", "/guilds/{guild}/roles", list_roles),
    Route("POST", "/guilds/{guild}/roles", create_role),
]
