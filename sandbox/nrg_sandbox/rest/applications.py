"""The application, its commands, and where the gateway is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.fields import UNIQUE, Between, Image, Int, Url
from nrg_sandbox.forms.form import Form
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads
from nrg_sandbox.world.application import INTENT_FLAGS

if TYPE_CHECKING:
    from nrg_sandbox.world.application import Application

__all__ = ["ROUTES", "own_application"]

Json = dict[str, Any]

_PICTURES = ("icon", "cover_image")
_TRANSLATED = ("name_localizations", "description_localizations")
_GRANTED = sum(INTENT_FLAGS.values())


class _Edit(TypedDict, total=False):
    description: Annotated[str, MaxLen(400)]
    icon: Image | None
    cover_image: Image | None
    tags: Annotated[list[Annotated[str, Between(1, 20)]], MaxLen(5), UNIQUE]
    flags: Int
    custom_install_url: Url | None
    role_connections_verification_url: Url | None
    interactions_endpoint_url: Url | None
    event_webhooks_url: Url | None


_EDIT: Form[Json] = Form(_Edit)


def gateway(call: Call) -> Json:
    """Tell where the gateway is."""
    return {"url": call.api.gateway()["url"]}


def gateway_bot(call: Call) -> Json:
    """Tell where the gateway is, and how many shards to use."""
    return call.api.gateway()


def own_application(call: Call) -> Application:
    """Return the application of the path, which must be the bot's own.

    Raises
    ------
    ApiError
        20012, for another one.
    """
    application = call.api.commands.application
    if call.ids.get("application", "@me") not in ("@me", application.payload["id"]):
        raise ApiError.of(20012)
    return application


def get_application(call: Call) -> Json:
    """Return the bot's application."""
    return own_application(call).whole()


def edit_application(call: Call) -> Json:
    """Change the bot's application."""
    application, form = own_application(call), _EDIT.read(call.body)
    problems = Problems()
    for key in ("interactions_endpoint_url", "event_webhooks_url"):
        # Discord calls such an address before it takes it; the sandbox calls nobody.
        if form.get(key) is not None:
            message = "The specified URL could not be verified."
            problems.add((key,), "APPLICATION_ENDPOINT_VALIDATION_FAILED", message)
    if (form.get("flags", 0) ^ application.payload["flags"]) & ~_GRANTED and "flags" in form:
        problems.add(("flags",), "APPLICATION_FLAGS_INVALID", "Only flags of limited intents can be changed.")
    problems.raise_any()
    pictures = {key: payloads.picture(form[key]) for key in _PICTURES if key in form}
    application.change(form | pictures)
    return application.whole()


def list_commands(call: Call) -> list[Json]:
    """List a scope's commands, without translations unless they are asked for."""
    listed = call.api.commands.listed(_scope(call))
    return listed if call.flag("with_localizations") else [_untranslated(command) for command in listed]


def _untranslated(item: Json) -> Json:
    plain = {key: value for key, value in item.items() if key not in _TRANSLATED}
    for key in ("options", "choices"):
        if key in plain:
            plain[key] = [_untranslated(inner) for inner in cast("list[Json]", plain[key])]
    return plain


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
    """Return the id of the path's server, on which the bot must be; None for global commands."""
    own_application(call)
    return call.guild().id if "guild" in call.ids else None


def list_permissions(call: Call) -> list[Json]:
    """List who may use which commands, where the server's managers said so."""
    own_application(call)
    return call.api.commands.listed_permissions(call.guild().id)


def get_permissions(call: Call) -> Json:
    """Return who may use one command, or, by the application's id, all of them."""
    application, commands, guild_id = own_application(call), call.api.commands, call.guild().id
    target_id = call.ids["command"]
    if target_id != application.payload["id"]:
        commands.usable(target_id, guild_id)
    if (guild_id, target_id) not in commands.permissions:
        raise ApiError.of(10066)
    return commands.permissions_payload(guild_id, target_id)


def set_permissions(_: Call) -> None:
    """Refuse: only a server's managers can, with a token of their own."""
    raise ApiError.of(20001)


def _command_routes(base: str) -> list[Route]:
    return [
        Route("GET", base, list_commands),
        Route("PUT", base, replace_commands),
        Route("POST", base, create_command),
        Route("GET", base + "/{command}", get_command),
        Route("PATCH", base + "/{command}", edit_command),
        Route("DELETE", base + "/{command}", delete_command),
    ]


_OF_GUILD = "/applications/{application}/guilds/{guild}/commands"

ROUTES = [
    Route("GET", "/gateway", gateway, token=False),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/oauth2/applications/@me", get_application),
    Route("GET", "/applications/@me", get_application),
    Route("PATCH", "/applications/@me", edit_application),
    Route("GET", "/applications/{application}", get_application),
    Route("PATCH", "/applications/{application}", edit_application),
    Route("GET", _OF_GUILD + "/permissions", list_permissions),
    Route("GET", _OF_GUILD + "/{command}/permissions", get_permissions),
    Route("PUT", _OF_GUILD + "/{command}/permissions", set_permissions),
    *_command_routes("/applications/{application}/commands"),
    *_command_routes(_OF_GUILD),
]
