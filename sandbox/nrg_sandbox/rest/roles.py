"""Roles, and who stands above whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.roles import ROLE, ROLE_POSITIONS
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES", "check_assignable"]

Json = dict[str, Any]

_MOST_ROLES = 250
_PLAIN = ("name", "hoist", "mentionable", "unicode_emoji")
_BOOSTED = ("icon", "unicode_emoji")


def _invalid_role() -> ApiError:
    """Return the refusal of a role that cannot be used so."""
    return ApiError.of(50028)


def _check_below(guild: Guild, user_id: str, role_id: str) -> None:
    """Check that a role exists and stands below a member's highest.

    Raises
    ------
    ApiError
        10011, or 50013 when it does not stand below.
    """
    if guild.role_rank(role_id) >= guild.rank(user_id):
        raise ApiError.of(50013)


def check_assignable(guild: Guild, user_id: str, role_id: str) -> None:
    """Check that a member may give a role to somebody or take it away.

    Raises
    ------
    ApiError
        10011, 50013 when it does not stand below their highest, 50028 for one that nobody can give.
    """
    role = guild.role(role_id)
    if role_id == guild.id or role["managed"]:
        raise _invalid_role()
    _check_below(guild, user_id, role_id)


def list_roles(call: Call) -> list[Json]:
    """List the roles."""
    return list(call.guild().roles.values())


def get_role(call: Call) -> Json:
    """Return one role."""
    return call.guild().role(call.ids["role"])


def count_members(call: Call) -> dict[str, int]:
    """Tell how many members have each role, @everyone left out."""
    guild = call.guild()
    counts = dict.fromkeys((role_id for role_id in guild.roles if role_id != guild.id), 0)
    for member in guild.members.values():
        for role_id in member["roles"]:
            counts[role_id] += 1
    return counts


def create_role(call: Call) -> Json:
    """Create a role; without permissions in the body it has those of @everyone."""
    guild = call.guild(Permission.MANAGE_ROLES)
    form = ROLE.read(call.body)
    changes = _settings(form)
    if len(guild.roles) >= _MOST_ROLES:
        raise ApiError.of(30005)
    general = int(guild.roles[guild.id]["permissions"])
    permissions = form["permissions"] if form.get("permissions") is not None else general
    _check_granted(call, guild, permissions)
    name = changes.pop("name", "new role")
    role = guild.create_role(name, permissions=permissions, changes=changes)
    made = {"name": name, "permissions": role["permissions"], **changes}
    record(call, guild, Action.ROLE_CREATE, role["id"], changes=differences({}, made))
    return role


def edit_role(call: Call) -> Json:
    """Change a role."""
    guild, role_id = call.guild(Permission.MANAGE_ROLES), call.ids["role"]
    role = guild.role(role_id)
    _check_below(guild, call.bot_id, role_id)
    form = ROLE.read(call.body)
    changes = _settings(form)
    if form.get("permissions") is not None:
        _check_granted(call, guild, form["permissions"] & ~int(role["permissions"]))
        changes["permissions"] = str(form["permissions"])
    differing = differences(role, changes)
    if differing:
        guild.change_role(role_id, changes)
        record(call, guild, Action.ROLE_UPDATE, role_id, changes=differing)
    return guild.role(role_id)


def _check_granted(call: Call, guild: Guild, permissions: int) -> None:
    own = guild.permissions(call.bot_id)
    if permissions & ~own and not own & Permission.ADMINISTRATOR:
        raise ApiError.of(50013)


def _settings(form: Json) -> Json:
    """Return the role's fields that a body sets; a colour is kept in both its shapes."""
    colours: Json = form.get("colors") or {}
    if any(form.get(key) for key in _BOOSTED) or _is_gradient(colours):
        raise ApiError.of(50101)
    settings: Json = {key: form[key] for key in _PLAIN if form.get(key) is not None}
    if form.get("color") is not None:
        colours = {"primary_color": form["color"]}
    if colours.get("primary_color") is not None:
        settings["color"] = colours["primary_color"]
        settings["colors"] = payloads.colours(colours["primary_color"])
    return settings


def _is_gradient(colours: Json) -> bool:
    return colours.get("secondary_color") is not None or colours.get("tertiary_color") is not None


def move_roles(call: Call) -> list[Json]:
    """Put roles at other positions; the bot moves only what stands below it, and only below itself."""
    guild = call.guild(Permission.MANAGE_ROLES)
    places = [place for place in ROLE_POSITIONS.read(call.body) if place.get("position") is not None]
    highest, _ = guild.rank(call.bot_id)
    for place in places:
        if place["id"] == guild.id:
            raise _invalid_role()
        _check_below(guild, call.bot_id, place["id"])
        if place["position"] >= highest:
            raise ApiError.of(50013)
    guild.move_roles({place["id"]: place["position"] for place in places})
    return list(guild.roles.values())


def delete_role(call: Call) -> None:
    """Remove a role."""
    guild, role_id = call.guild(Permission.MANAGE_ROLES), call.ids["role"]
    check_assignable(guild, call.bot_id, role_id)
    name = guild.role(role_id)["name"]
    guild.delete_role(role_id)
    record(call, guild, Action.ROLE_DELETE, role_id, changes=[{"key": "name", "old_value": name}])


_ROLES = "/guilds/{guild}/roles"

ROUTES = [
    Route("GET", _ROLES, list_roles),
    Route("POST", _ROLES, create_role),
    Route("PATCH", _ROLES, move_roles),
    Route("GET", _ROLES + "/member-counts", count_members),
    Route("GET", _ROLES + "/{role}", get_role),
    Route("PATCH", _ROLES + "/{role}", edit_role),
    Route("DELETE", _ROLES + "/{role}", delete_role),
]
