"""Users, and direct messages with them."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.rest.api import Call, Route
from nrg_sandbox.world import payloads

__all__ = ["ROUTES"]

Json = dict[str, Any]


def me(call: Call) -> Json:
    """Return the bot's own user."""
    return payloads.own_user(call.world.bot)


def get_user(call: Call) -> Json:
    """Return a user."""
    if (user := call.world.users.get(call.ids["user"])) is None:
        raise ApiError.of(10013)
    return user


def my_guilds(call: Call) -> list[Json]:
    """List the bot's servers."""
    world = call.world
    own = world.permissions(world.bot["id"], next(iter(world.channels.values())))
    guild = {key: world.guild[key] for key in ("id", "name", "icon", "banner", "features")}
    return [guild | {"owner": False, "permissions": str(own)}]


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
