"""Channels: read, changed, deleted, and who may do what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.channels import CHANNEL_EDIT, OVERWRITE, check_channel
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.channel_rules import check_overwrites, check_parent, overwrites, tags
from nrg_sandbox.rest.places import sending, wrong_kind
from nrg_sandbox.rest.threads import edit_thread_settings
from nrg_sandbox.world import payloads
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.channel import NEWS, TEXT
from nrg_sandbox.world.events import Event
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import guild_of

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES"]

Json = dict[str, Any]

_REQUIRE_TAG = 1 << 4
_CONVERTIBLE = (TEXT, NEWS)


def get_channel(call: Call) -> Json:
    """Return a channel; of a thread, with the bot's membership."""
    channel = call.channel()
    member = channel.participants.get(call.bot_id)
    return channel.payload if member is None else channel.payload | {"member": member}


def edit_channel(call: Call) -> Json:
    """Change a channel's settings; null puts one back to what it was at first."""
    channel = call.channel()
    guild = guild_of(channel)
    if channel.is_thread:
        return edit_thread_settings(call, channel)
    call.require(channel, Permission.MANAGE_CHANNELS)
    form = CHANNEL_EDIT.read(call.body)
    kind = _new_kind(channel, form)
    _check_edit(guild, channel, form, kind)
    changes = _settings(call, guild, channel, form, kind)
    if differing := differences(channel.payload, changes):
        guild.change_channel(channel, changes)
        record(call, guild, Action.CHANNEL_UPDATE, channel.id, changes=differing)
    return channel.payload


def _new_kind(channel: Channel, form: Json) -> int:
    wanted = form.get("type")
    if wanted in (None, channel.kind):
        return channel.kind
    problems = Problems()
    problems.one_of(("type",), channel.kind, _CONVERTIBLE)
    problems.one_of(("type",), wanted, _CONVERTIBLE)
    problems.raise_any()
    return int(wanted)


def _check_edit(guild: Guild, channel: Channel, form: Json, kind: int) -> None:
    problems = Problems()
    check_channel(form, kind, problems)
    parent_id = form.get("parent_id")
    if parent_id not in (None, channel.payload["parent_id"]):
        check_parent(guild, parent_id, kind, problems)
    problems.raise_any()


def _settings(call: Call, guild: Guild, channel: Channel, form: Json, kind: int) -> Json:
    at_first = payloads.channel(channel.id, guild.id, channel.payload["name"], kind=kind)
    at_first["position"] = channel.payload["position"]
    # What a kind of channel does not have is ignored.
    changes = {
        key: at_first[key] if value is None else value for key, value in form.items() if key in at_first
    }
    if "flags" in changes:
        kept: int = channel.payload["flags"] & ~_REQUIRE_TAG
        changes["flags"] = kept | changes["flags"] & _REQUIRE_TAG
    if "permission_overwrites" in changes:
        call.require(channel, Permission.MANAGE_ROLES)
        listed = overwrites(guild, changes["permission_overwrites"])
        check_overwrites(guild, call.bot_id, channel.payload["permission_overwrites"], listed)
        changes["permission_overwrites"] = listed
    if "available_tags" in changes:
        changes["available_tags"] = tags(call.world, changes["available_tags"])
    return changes


def delete_channel(call: Call) -> Json:
    """Delete a channel; direct messages are only closed, which changes nothing here."""
    channel = call.channel()
    if channel.guild is None:
        return channel.payload
    call.require(channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS)
    channel.guild.delete_channel(channel)
    action = Action.THREAD_DELETE if channel.is_thread else Action.CHANNEL_DELETE
    record(call, channel.guild, action, channel.id)
    return channel.payload


def set_overwrite(call: Call) -> None:
    """Set what a role or member may do in a channel."""
    channel = _governed(call)
    guild = guild_of(channel)
    form = OVERWRITE.read(call.body)
    (entry,) = overwrites(guild, [form | {"id": call.ids["overwrite"]}])
    old = _overwrite(channel, entry["id"])
    _change_overwrites(call, channel, entry["id"], entry)
    action = Action.CHANNEL_OVERWRITE_UPDATE if old else Action.CHANNEL_OVERWRITE_CREATE
    record(
        call, guild, action, channel.id, changes=differences(old or {}, entry), options=_named(guild, entry)
    )


def delete_overwrite(call: Call) -> None:
    """Remove what was set for a role or member in a channel."""
    channel = _governed(call)
    guild = guild_of(channel)
    if (old := _overwrite(channel, call.ids["overwrite"])) is None:
        raise ApiError.of(10009)
    _change_overwrites(call, channel, old["id"], None)
    record(call, guild, Action.CHANNEL_OVERWRITE_DELETE, channel.id, options=_named(guild, old))


def _governed(call: Call) -> Channel:
    channel = call.channel()
    if channel.is_thread:
        # A thread has no overwrites of its own.
        raise wrong_kind()
    call.require(channel, Permission.MANAGE_ROLES)
    return channel


def _overwrite(channel: Channel, target: str) -> Json | None:
    listed: list[Json] = channel.payload["permission_overwrites"]
    return next((entry for entry in listed if entry["id"] == target), None)


def _change_overwrites(call: Call, channel: Channel, target: str, entry: Json | None) -> None:
    guild = guild_of(channel)
    old: list[Json] = channel.payload["permission_overwrites"]
    new = [item for item in old if item["id"] != target]
    if entry is not None:
        new.append(entry)
    check_overwrites(guild, call.bot_id, old, new)
    guild.change_channel(channel, {"permission_overwrites": new})


def _named(guild: Guild, entry: Json) -> Json:
    options: Json = {"id": entry["id"], "type": str(entry["type"])}
    role = guild.roles.get(entry["id"])
    return options if role is None else options | {"role_name": role["name"]}


def typing(call: Call) -> None:
    """Show that the bot is writing."""
    channel = call.channel()
    call.require(channel, sending(channel))
    told: Json = {"channel_id": channel.id, "user_id": call.bot_id}
    call.world.bus.emit(Event("TYPING", told, intent=None, guild_id=channel.guild_id))


_CHANNEL = "/channels/{channel}"
_OVERWRITE = _CHANNEL + "/permissions/{overwrite}"

ROUTES = [
    Route("GET", _CHANNEL, get_channel),
    Route("PATCH", _CHANNEL, edit_channel),
    Route("DELETE", _CHANNEL, delete_channel),
    Route("PUT", _OVERWRITE, set_overwrite),
    Route("DELETE", _OVERWRITE, delete_overwrite),
    Route("POST", _CHANNEL + "/typing", typing),
]
