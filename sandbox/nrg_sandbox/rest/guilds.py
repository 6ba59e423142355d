"""The server itself, and its list of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.channels import CHANNEL_CREATE, CHANNEL_POSITIONS
from nrg_sandbox.forms.guilds import GUILD_EDIT
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.channel_rules import check_overwrites, check_parent, overwrites, tags
from nrg_sandbox.world import payloads
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.channel import NEWS, TEXT, VOICE
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES"]

Json = dict[str, Any]

_MOST_CHANNELS = 500
_MOST_BITRATE = 96_000
_PICTURES = ("icon", "splash", "discovery_splash", "banner", "home_header")
_BOOSTED = _PICTURES[1:]
_PREVIEWED = ("id", "name", "icon", "description", "home_header", "splash", "discovery_splash", "features")
_CHANNELS: dict[str, tuple[int, ...]] = {
    "afk_channel_id": (VOICE,),
    "system_channel_id": (TEXT, NEWS),
    "rules_channel_id": (TEXT, NEWS),
    "safety_alerts_channel_id": (TEXT, NEWS),
    "public_updates_channel_id": (TEXT, NEWS),
}
_OWNERS_FEATURES = {"COMMUNITY", "DISCOVERABLE"}
_OPEN_FEATURES = {"INVITES_DISABLED", "RAID_ALERTS_DISABLED"}


def get_guild(call: Call) -> Json:
    """Return the server."""
    guild = call.guild()
    return guild.whole() | (_counts(guild) if call.flag("with_counts") else {})


def preview_guild(call: Call) -> Json:
    """Return what a stranger may know of the server."""
    guild = call.guild()
    whole = guild.whole()
    return {key: whole[key] for key in (*_PREVIEWED, "emojis", "stickers")} | _counts(guild)


def _counts(guild: Guild) -> Json:
    return {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}


def edit_guild(call: Call) -> Json:
    """Change the server's settings; null puts one back to what it was at first."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = GUILD_EDIT.read(call.body)
    _check_channels(guild, form)
    if any(form.get(key) is not None for key in _BOOSTED):
        raise ApiError.of(50101)
    at_first = payloads.guild(guild.id, guild.name, guild.payload["owner_id"])
    changes = {key: at_first[key] if value is None else value for key, value in form.items()}
    changes |= {key: payloads.picture(form[key]) for key in _PICTURES if key in form}
    if "features" in changes:
        _check_features(call, guild, changes["features"])
    differing = differences(guild.payload, changes)
    if differing:
        guild.change(changes)
        record(call, guild, Action.GUILD_UPDATE, guild.id, changes=differing)
    return guild.whole()


def _check_channels(guild: Guild, form: Json) -> None:
    problems = Problems()
    for key, kinds in _CHANNELS.items():
        if (channel_id := form.get(key)) is None:
            continue
        channel = guild.channels.get(channel_id)
        if channel is None or channel.kind not in kinds:
            problems.add((key,), "GUILD_INVALID_CHANNEL", "Channel does not exist or is of the wrong type.")
    problems.raise_any()


def _check_features(call: Call, guild: Guild, wanted: list[str]) -> None:
    changed = set(wanted) ^ set(guild.payload["features"])
    if unknown := changed - _OWNERS_FEATURES - _OPEN_FEATURES:
        problems = Problems()
        problems.add(("features",), "GUILD_FEATURES_INVALID", f"Cannot change {', '.join(sorted(unknown))}.")
        problems.raise_any()
    if changed & _OWNERS_FEATURES:
        call.guild(Permission.ADMINISTRATOR)


def list_channels(call: Call) -> list[Json]:
    """List the channels, those that the bot does not see as well."""
    return [channel.payload for channel in call.guild().channels.values()]


def create_channel(call: Call) -> Json:
    """Create a channel; under a category and without overwrites of its own it takes over the category's."""
    guild = call.guild()
    form = {key: value for key, value in CHANNEL_CREATE.read(call.body).items() if value is not None}
    kind, name, parent_id = form.pop("type", TEXT), form.pop("name"), form.get("parent_id")
    problems = Problems()
    if form.get("bitrate", 0) > _MOST_BITRATE:
        message = f"int value should be less than or equal to {_MOST_BITRATE}."
        problems.add(("bitrate",), "NUMBER_TYPE_MAX", message)
    if parent_id is not None:
        check_parent(guild, parent_id, kind, problems)
    problems.raise_any()
    parent = guild.channels[parent_id] if parent_id is not None else None
    if parent is not None:
        call.require(parent, Permission.MANAGE_CHANNELS)
    else:
        call.guild(Permission.MANAGE_CHANNELS)
    if len(guild.channels) >= _MOST_CHANNELS:
        raise ApiError.of(30013)
    if "permission_overwrites" in form:
        listed = overwrites(guild, form["permission_overwrites"])
        check_overwrites(guild, call.bot_id, [], listed)
        form["permission_overwrites"] = listed
    elif parent is not None:
        form["permission_overwrites"] = parent.payload["permission_overwrites"]
    if "available_tags" in form:
        form["available_tags"] = tags(call.world, form["available_tags"])
    # What a kind of channel does not have is ignored.
    known = payloads.channel("", guild.id, name, kind=kind)
    changes = {key: value for key, value in form.items() if key in known}
    payload = guild.create_channel(name, kind=kind, changes=changes).payload
    made = [{"key": "name", "new_value": name}, {"key": "type", "new_value": kind}]
    record(call, guild, Action.CHANNEL_CREATE, payload["id"], changes=made)
    call.status = 201
    return payload


def move_channels(call: Call) -> None:
    """Put channels at other positions or under other categories."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    moves = CHANNEL_POSITIONS.read(call.body)
    problems = Problems()
    for move in moves:
        if (channel := guild.channels.get(move["id"])) is None:
            raise ApiError.of(10003)
        parent_id = move.get("parent_id")
        if parent_id not in (None, channel.payload["parent_id"]):
            check_parent(guild, parent_id, channel.kind, problems)
    problems.raise_any()
    for move in moves:
        _move_channel(call, guild, move)


def _move_channel(call: Call, guild: Guild, move: Json) -> None:
    channel = guild.channels[move["id"]]
    changes: Json = {}
    if move.get("position") is not None:
        changes["position"] = move["position"]
    if "parent_id" in move:
        changes["parent_id"] = move["parent_id"]
    parent_id = changes.get("parent_id", channel.payload["parent_id"])
    if move.get("lock_permissions") and parent_id is not None:
        locked = guild.channels[parent_id].payload["permission_overwrites"]
        check_overwrites(guild, call.bot_id, channel.payload["permission_overwrites"], locked)
        changes["permission_overwrites"] = locked
    if differences(channel.payload, changes):
        guild.change_channel(channel, changes)


def list_integrations(call: Call) -> list[Json]:
    """List the integrations: there are none."""
    call.guild(Permission.MANAGE_GUILD)
    return []


ROUTES = [
    Route("GET", "/guilds/{guild}", get_guild),
    Route("PATCH", "/guilds/{guild}", edit_guild),
    Route("GET", "/guilds/{guild}/preview", preview_guild),
    Route("GET", "/guilds/{guild}/channels", list_channels),
    Route("POST", "/guilds/{guild}/channels", create_channel),
    Route("PATCH", "/guilds/{guild}/channels", move_channels),
    Route("GET", "/guilds/{guild}/integrations", list_integrations),
]
