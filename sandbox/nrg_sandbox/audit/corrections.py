"""Where the description is known to be wrong about Discord, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["UNDESCRIBED", "Undescribed", "correct"]

Json = dict[str, Any]


class Undescribed(NamedTuple):
    """A route that clients rightly call although the description lacks it."""

    method: str
    path: str
    reason: str


UNDESCRIBED = (
    Undescribed("GET", "/applications/{application_id}/skus", "documented"),
    Undescribed("POST", "/guilds/{guild_id}/mfa", "documented"),
    Undescribed("POST", "/oauth2/token", "documented with OAuth2"),
    Undescribed("POST", "/oauth2/token/revoke", "documented with OAuth2"),
    Undescribed("POST", "/guilds", "documented in earlier years; discord.py and disnake send it"),
    Undescribed("DELETE", "/guilds/{guild_id}", "documented in earlier years; libraries send it"),
    Undescribed("POST", "/guilds/templates/{code}", "documented in earlier years; libraries send it"),
    Undescribed("PATCH", "/guilds/{guild_id}/vanity-url", "discord.py and disnake send it"),
    Undescribed("GET", "/guilds/{guild_id}/member-verification", "hikari sends it"),
    Undescribed("PATCH", "/guilds/{guild_id}/member-verification", "hikari sends it"),
)

_FLAG: Json = {"type": ["boolean", "null"]}
_TEXT: Json = {"type": ["string", "null"]}
# `nsfw` of commands is documented; `default_permission` was in earlier years, and disnake sends it.
_COMMAND_FLAGS: Json = {"nsfw": _FLAG, "default_permission": _FLAG}
# discord.js sends these with every message, also with one that is edited and where only channels know them.
_MESSAGE_FLAGS: Json = {"enforce_nonce": _FLAG, "tts": _FLAG}
_UNDESCRIBED_FIELDS: dict[str, Json] = {
    "ApplicationCommandCreateRequest": _COMMAND_FLAGS,
    "ApplicationCommandPatchRequestPartial": _COMMAND_FLAGS,
    "ApplicationCommandUpdateRequest": _COMMAND_FLAGS,
    "IncomingWebhookInteractionRequest": _MESSAGE_FLAGS,
    "IncomingWebhookRequestPartial": _MESSAGE_FLAGS,
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": _MESSAGE_FLAGS,
    "IncomingWebhookUpdateRequestPartial": _MESSAGE_FLAGS,
    "MessageEditRequestPartial": _MESSAGE_FLAGS,
    # discord.py sends back what an embed that it read had.
    "RichEmbed": {"flags": {"type": ["integer", "null"]}},
}

# Libraries ban and unban without a body, which is documented as all optional.
_OPTIONAL_BODIES = (
    ("/guilds/{guild_id}/bans/{user_id}", "put"),
    ("/guilds/{guild_id}/bans/{user_id}", "delete"),
)

# An own user may be changed in any of its fields alone, and an application is described by a plain text.
_OPTIONAL_FIELDS = {"BotAccountPatchRequest": ("username",)}
_TEXTS = {"ApplicationFormPartial": ("description",)}

# Forwards are documented.
_FORWARD: Json = {"title": "FORWARD", "const": 1}

# The codes of single fields are names such as BASE_TYPE_REQUIRED; only an answer as a whole has a number.
_FIELD_ERROR: Json = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}

# A rate limit has no code, unless it is one of the special ones.
_RATE_LIMIT: Json = {
    "type": "object",
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
    "required": ["message"],
}


def correct(document: Json) -> None:
    """Correct the description, in place."""
    for path, method in _OPTIONAL_BODIES:
        if path in document["paths"]:
            document["paths"][path][method]["requestBody"]["required"] = False
    schemas: Json = document["components"]["schemas"]
    for name, fields in _UNDESCRIBED_FIELDS.items():
        if name in schemas:
            schemas[name]["properties"] |= fields
    for name, optional in _OPTIONAL_FIELDS.items():
        if name in schemas:
            schemas[name]["required"] = [key for key in schemas[name]["required"] if key not in optional]
    for name, texts in _TEXTS.items():
        if name in schemas:
            schemas[name]["properties"] |= dict.fromkeys(texts, _TEXT)
    if "MessageReferenceType" in schemas:
        schemas["MessageReferenceType"]["oneOf"].append(_FORWARD)
    if "InnerErrors" in schemas:
        schemas["InnerErrors"]["properties"]["_errors"]["items"] = _FIELD_ERROR
    if "RatelimitedResponse" in schemas:
        limit: list[Json] = schemas["RatelimitedResponse"]["allOf"]
        schemas["RatelimitedResponse"]["allOf"] = [_RATE_LIMIT, *limit[1:]]
