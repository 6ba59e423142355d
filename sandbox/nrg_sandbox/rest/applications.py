"""The application, its commands, and where the gateway is."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads

__all__ = ["ROUTES"]

Json = dict[str, Any]


def gateway(call: Call) -> Json:
    """Tell where the gateway is."""
    return {"url": call.api.gateway_url()}


def gateway_bot(call: Call) -> Json:
    """Tell where the gateway is, and how many shards to use."""
    return payloads.bot_gateway(call.api.gateway_url())


def application(call: Call) -> Json:
    """Return the bot's application."""
    world = call.world
    return payloads.application(world.application_id, world.bot["username"], world.bot, world.owner)


def list_commands(call: Call) -> list[Json]:
    """List a scope's commands."""
    return call.api.commands.listed(_scope(call))


def get_command(call: Call) -> Json:
    """Return one command."""
    return call.api.commands.get(call.ids["command"], _scope(call))


def replace_commands(call: Call) -> list[Json]:
    """Make the listed commands the only ones of a scope."""
    return call.api.commands.replace_all(call.body, _scope(call))


def create_command(call: Call) -> Json:
    """Register one command."""
    command, new = call.api.commands.upsert(call.form(), _scope(call))
    call.status = 201 if new else 200
    return command


def edit_command(call: Call) -> Json:
    """Change one command."""
    return call.api.commands.edit(call.ids["command"], call.form(), _scope(call))


def delete_command(call: Call) -> None:
    """Remove one command."""
    call.api.commands.delete(call.ids["command"], _scope(call))


def _scope(call: Call) -> str | None:
    if call.ids["application"] != call.world.application_id:
        raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
    return call.ids.get("guild")


def _command_routes(base: str) -> list[Route]:
    return [
        Route("GET", base, list_commands),
        Route("PUT", base, replace_commands),
        Route("POST", base, create_command),
        Route("GET", base + "/{command}", get_command),
        Route("PATCH", base + "/{command}", edit_command),
        Route("DELETE", base + "/{command}", delete_command),
    ]


ROUTES = [
    Route("GET", "/gateway", gateway, token=False),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/applications/@me", application),
    *_command_routes("/applications/{application}/commands"),
    *_command_routes("/applications/{application}/guilds/{guild}/commands"),
]
