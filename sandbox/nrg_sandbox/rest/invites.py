"""Invites to a server, through one of its channels."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.channels import INVITE_CREATE
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.places import wrong_kind
from nrg_sandbox.world.audit_log import Action
from nrg_sandbox.world.channel import CATEGORY
from nrg_sandbox.world.invites import create_invite, delete_invite, find_invite, invites_of
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import guild_of

__all__ = ["ROUTES"]

Json = dict[str, Any]

_METADATA = ("uses", "max_uses", "max_age", "temporary", "created_at")


def create(call: Call) -> Json:
    """Invite people to a channel."""
    channel = call.channel()
    guild = guild_of(channel)
    if channel.is_thread or channel.kind == CATEGORY:
        raise wrong_kind()
    call.require(channel, Permission.CREATE_INSTANT_INVITE)
    form = INVITE_CREATE.read(call.body)
    _check_target(form)
    known = set(call.world.invites)
    invite = create_invite(channel, call.world.bot, form)
    if invite["code"] not in known:
        record(call, guild, Action.INVITE_CREATE, None)
    return invite


def _check_target(form: Json) -> None:
    # Streams and activities are watched in voice channels, and the sandbox has neither.
    if form.get("target_type") is not None:
        problems = Problems()
        message = "Invalid target for this kind of invite"
        problems.add(("target_type",), "GUILD_INVITE_INVALID_TARGET_TYPE", message)
        problems.raise_any()


def list_of_channel(call: Call) -> list[Json]:
    """List the invites to a channel."""
    channel = call.channel()
    guild = guild_of(channel)
    call.require(channel, Permission.MANAGE_CHANNELS)
    return list(invites_of(guild, channel))


def list_of_guild(call: Call) -> list[Json]:
    """List the invites to a server."""
    return list(invites_of(call.guild(Permission.MANAGE_GUILD)))


def get(call: Call) -> Json:
    """Return what anyone may know of an invite who has its code."""
    invite = find_invite(call.world, call.ids["code"])
    if not call.flag("with_counts"):
        return _public(invite)
    guild = call.world.guild(invite["guild_id"])
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return _public(invite) | counts


def delete(call: Call) -> Json:
    """Withdraw an invite."""
    invite = find_invite(call.world, call.ids["code"])
    guild = call.world.guild(invite["guild_id"])
    if call.bot_id not in guild.members:
        raise ApiError.of(50001)
    channel = call.world.channel(invite["channel"]["id"])
    if not guild.permissions(call.bot_id) & Permission.MANAGE_GUILD:
        call.require(channel, Permission.MANAGE_CHANNELS)
    delete_invite(call.world, invite)
    record(call, guild, Action.INVITE_DELETE, None)
    return _public(invite)


def _public(invite: Json) -> Json:
    return {key: value for key, value in invite.items() if key not in _METADATA}


_INVITE = "/invites/{code}"

ROUTES = [
    Route("POST", "/channels/{channel}/invites", create),
    Route("GET", "/channels/{channel}/invites", list_of_channel),
    Route("GET", "/guilds/{guild}/invites", list_of_guild),
    Route("GET", _INVITE, get, token=False),
    Route("DELETE", _INVITE, delete),
]
