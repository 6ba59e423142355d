"""Users, the bot's servers, and direct messages."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.users import DIRECT_MESSAGES, OWN_USER_EDIT
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.paging import page
from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Event, Intent

__all__ = ["ROUTES"]

Json = dict[str, Any]

_TOLD = ("id", "name", "icon", "banner", "features")


def get_me(call: Call) -> Json:
    """Return the bot's own user."""
    return payloads.own_user(call.world.bot)


def edit_me(call: Call) -> Json:
    """Change the bot's name or pictures."""
    form, world = OWN_USER_EDIT.read(call.body), call.world
    changes: Json = {key: payloads.picture(form[key]) for key in ("avatar", "banner") if key in form}
    if "username" in form:
        changes["username"] = form["username"]
    # All memberships and messages share this one object.
    world.bot.update(changes)
    whole = payloads.own_user(world.bot)
    world.bus.emit(Event("USER_UPDATE", whole, intent=Intent.NONE))
    return whole


def get_user(call: Call) -> Json:
    """Return a user."""
    return call.world.user(call.ids["user"])


def my_guilds(call: Call) -> list[Json]:
    """List the bot's servers by id."""
    guilds = call.world.guilds
    own = [guild_id for guild_id, guild in guilds.items() if call.bot_id in guild.members]
    return [_my_guild(call, guild_id) for guild_id in page(call, own, 200, 200)]


def _my_guild(call: Call, guild_id: str) -> Json:
    guild = call.world.guilds[guild_id]
    told: Json = {key: guild.payload[key] for key in _TOLD}
    told |= {"owner": False, "permissions": str(guild.permissions(call.bot_id))}
    if call.flag("with_counts"):
        told |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return told


def leave_guild(call: Call) -> None:
    """Let the bot leave a server."""
    guild = call.world.guild(call.ids["guild"])
    if call.bot_id not in guild.members:
        raise ApiError.of(10004)
    guild.leave(call.bot_id)


def get_my_member(_: Call) -> Json:
    """Refuse: this is for users who log in somewhere, not for bots."""
    raise ApiError.of(20001)


def open_dm(call: Call) -> Json:
    """Return the channel of direct messages with a user."""
    user_id: str = DIRECT_MESSAGES.read(call.body)["recipient_id"]
    if call.world.user(user_id)["bot"]:
        raise ApiError.of(50007)
    return call.world.dm_with(user_id).payload


ROUTES = [
    Route("GET", "/users/@me", get_me),
    Route("PATCH", "/users/@me", edit_me),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("DELETE", "/users/@me/guilds/{guild}", leave_guild),
    Route("GET", "/users/@me/guilds/{guild}/member", get_my_member),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user}", get_user),
]
