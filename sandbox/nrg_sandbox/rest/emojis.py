"""Emojis of servers and of the application, and the stickers and sounds of which there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.guilds import EMOJI_CREATE, EMOJI_EDIT
from nrg_sandbox.rest.applications import own_application
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world import payloads
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.emojis import add_emoji, change_emoji, check_room, find_emoji, remove_emoji
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES"]

Json = dict[str, Any]

_EITHER = Permission.CREATE_GUILD_EXPRESSIONS | Permission.MANAGE_GUILD_EXPRESSIONS
_MOST_OF_APPLICATION = 2000


def list_emojis(call: Call) -> list[Json]:
    """List the server's emojis."""
    guild = call.guild()
    return [_seen(call, guild, emoji) for emoji in guild.emojis.values()]


def get_emoji(call: Call) -> Json:
    """Return one of the server's emojis."""
    guild = call.guild()
    return _seen(call, guild, find_emoji(guild.emojis, call.ids["emoji"]))


def _seen(call: Call, guild: Guild, emoji: Json) -> Json:
    """Return an emoji; who made it is told only to those who may make or manage some."""
    if guild.permissions(call.bot_id) & _EITHER:
        return emoji
    return {key: value for key, value in emoji.items() if key != "user"}


def create_emoji(call: Call) -> Json:
    """Create an emoji on the server."""
    guild = call.guild(Permission.CREATE_GUILD_EXPRESSIONS)
    form = EMOJI_CREATE.read(call.body)
    emoji = _made(call, form, form.get("roles") or [])
    _check_roles(guild, emoji["roles"])
    add_emoji(guild, emoji)
    made = [{"key": "name", "new_value": emoji["name"]}]
    record(call, guild, Action.EMOJI_CREATE, emoji["id"], changes=made)
    call.status = 201
    return emoji


def edit_emoji(call: Call) -> Json:
    """Rename an emoji of the server, or say who may use it."""
    guild, emoji = _managed(call)
    form = EMOJI_EDIT.read(call.body)
    changes: Json = dict(form)
    if "roles" in form:
        allowed: list[str] = form["roles"] or []
        _check_roles(guild, allowed)
        changes["roles"] = allowed
    differing = differences(emoji, changes)
    if differing:
        emoji = change_emoji(guild, emoji["id"], changes)
        record(call, guild, Action.EMOJI_UPDATE, emoji["id"], changes=differing)
    return emoji


def delete_emoji(call: Call) -> None:
    """Remove an emoji from the server."""
    guild, emoji = _managed(call)
    remove_emoji(guild, emoji["id"])
    gone = [{"key": "name", "old_value": emoji["name"]}]
    record(call, guild, Action.EMOJI_DELETE, emoji["id"], changes=gone)


def _managed(call: Call) -> tuple[Guild, Json]:
    """Return an emoji that the bot may change: its own, or any with the permission to manage them."""
    guild = call.guild()
    emoji = find_emoji(guild.emojis, call.ids["emoji"])
    own = emoji["user"]["id"] == call.bot_id
    if not guild.permissions(call.bot_id) & (_EITHER if own else Permission.MANAGE_GUILD_EXPRESSIONS):
        raise ApiError.of(50013)
    return guild, emoji


def _check_roles(guild: Guild, roles: list[str]) -> None:
    for role_id in roles:
        guild.role(role_id)


def _made(call: Call, form: Json, roles: list[str]) -> Json:
    emoji_id, animated = call.world.snowflakes.next(), payloads.is_animated(form["image"])
    return payloads.emoji(emoji_id, form["name"], call.world.bot, animated=animated, roles=roles)


def list_application_emojis(call: Call) -> Json:
    """List the application's emojis."""
    return {"items": list(_own(call).values())}


def get_application_emoji(call: Call) -> Json:
    """Return one of the application's emojis."""
    return find_emoji(_own(call), call.ids["emoji"])


def create_application_emoji(call: Call) -> Json:
    """Give the application an emoji."""
    emojis, form = _own(call), EMOJI_CREATE.read(call.body)
    _check_name(emojis, form["name"])
    check_room(len(emojis), _MOST_OF_APPLICATION)
    emoji = _made(call, form, [])
    emojis[emoji["id"]] = emoji
    call.status = 201
    return emoji


def edit_application_emoji(call: Call) -> Json:
    """Rename one of the application's emojis."""
    emojis, form = _own(call), EMOJI_EDIT.read(call.body)
    emoji = find_emoji(emojis, call.ids["emoji"])
    if form.get("name") not in (None, emoji["name"]):
        _check_name(emojis, form["name"])
        emoji = emojis[emoji["id"]] = emoji | {"name": form["name"]}
    return emoji


def delete_application_emoji(call: Call) -> None:
    """Take an emoji from the application."""
    emojis = _own(call)
    del emojis[find_emoji(emojis, call.ids["emoji"])["id"]]


def _own(call: Call) -> dict[str, Json]:
    return own_application(call).emojis


def _check_name(emojis: dict[str, Json], name: str) -> None:
    if any(emoji["name"] == name for emoji in emojis.values()):
        problems = Problems()
        message = "This name is already taken"
        problems.add(("name",), "APPLICATION_EMOJI_NAME_ALREADY_TAKEN", message)
        problems.raise_any()


def list_stickers(call: Call) -> list[Json]:
    """List the server's stickers: there are none."""
    call.guild()
    return []


def list_sticker_packs(_: Call) -> Json:
    """List the packs of stickers: there are none."""
    return {"sticker_packs": []}


def refuse_sticker(_: Call) -> None:
    """Refuse a sticker, since there are none."""
    raise ApiError.of(10060)


def list_sounds(call: Call) -> Json:
    """List the server's sounds: there are none."""
    call.guild()
    return {"items": []}


def list_default_sounds(_: Call) -> list[Json]:
    """List the sounds that every server has: there are none."""
    return []


_OF_GUILD = "/guilds/{guild}/emojis"
_OF_APPLICATION = "/applications/{application}/emojis"

ROUTES = [
    Route("GET", _OF_GUILD, list_emojis),
    Route("POST", _OF_GUILD, create_emoji),
    Route("GET", _OF_GUILD + "/{emoji}", get_emoji),
    Route("PATCH", _OF_GUILD + "/{emoji}", edit_emoji),
    Route("DELETE", _OF_GUILD + "/{emoji}", delete_emoji),
    Route("GET", _OF_APPLICATION, list_application_emojis),
    Route("POST", _OF_APPLICATION, create_application_emoji),
    Route("GET", _OF_APPLICATION + "/{emoji}", get_application_emoji),
    Route("PATCH", _OF_APPLICATION + "/{emoji}", edit_application_emoji),
    Route("DELETE", _OF_APPLICATION + "/{emoji}", delete_application_emoji),
    Route("GET", "/guilds/{guild}/stickers", list_stickers),
    Route("GET", "/guilds/{guild}/stickers/{sticker}", refuse_sticker),
    Route("GET", "/stickers/{sticker}", refuse_sticker),
    Route("GET", "/sticker-packs", list_sticker_packs, token=False),
    Route("GET", "/guilds/{guild}/soundboard-sounds", list_sounds),
    Route("GET", "/soundboard-default-sounds", list_default_sounds),
]
