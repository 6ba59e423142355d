"""Users, and direct messages with them."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads

__all__ = ["ROUTES"]

Json = dict[str, Any]


def me(call: Call) -> Json:
    """Return the bot's own user."""
    return payloads.own_user(call.world.bot)


def get_user(call: Call) -> Json:
    """Return a user."""
    return call.world.user(call.ids["user"])


def my_guilds(call: Call) -> list[Json]:
    """List the bot's servers."""
    told = ("id", "name", "icon", "banner", "features")
    return [
        {key: guild.payload[key] for key in told}
        | {"owner": False, "permissions": str(guild.permissions(call.bot_id))}
        for guild in call.world.guilds.values()
        if call.bot_id in guild.members
    ]


def open_dm(call: Call) -> Json:
    """Return the channel of direct messages with a user."""
    recipient = call.form().get("recipient_id")
    if recipient is None:
        problems = Problems()
        problems.required(("recipient_id",))
        problems.raise_any()
    user_id = str(recipient)
    if user_id == call.world.bot["id"]:
        raise ApiError.of(50007)
    return call.world.dm_with(user_id).payload


ROUTES = [
    Route("GET", "/users/@me", me),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user}", get_user),
]
