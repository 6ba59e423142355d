"""Invites: made, found while they last, and used."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.thread_activity import guild_of

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json
    from nrg_sandbox.world.world import World

__all__ = ["create_invite", "delete_invite", "find_invite", "invites_of", "use_invite"]

_A_DAY = 86_400
_TERMS = ("max_age", "max_uses", "temporary")


def create_invite(channel: Channel, inviter: Json, form: Json) -> Json:
    """Return an invite to a channel: a new one, or one on the same terms unless a unique one is wanted.

    Parameters
    ----------
    inviter
        The user who invites.
    form
        ``max_age`` in seconds and ``max_uses``, 0 for without end; ``temporary``; ``unique``.
    """
    guild = guild_of(channel)
    world = guild.world
    terms: Json = {
        "max_age": _A_DAY if form.get("max_age") is None else form["max_age"],
        "max_uses": form.get("max_uses") or 0,
        "temporary": bool(form.get("temporary")),
    }
    if not form.get("unique") and (known := _like(channel, inviter, terms)) is not None:
        return known
    now = world.clock.now()
    ends = now + timedelta(seconds=terms["max_age"]) if terms["max_age"] else None
    invite = payloads.invite(_code(world), guild.payload, channel.payload, inviter) | terms
    invite |= {
        "uses": 0,
        "created_at": now.isoformat(timespec="microseconds"),
        "expires_at": ends.isoformat(timespec="microseconds") if ends else None,
    }
    world.invites[invite["code"]] = invite
    told = {key: invite[key] for key in (*_TERMS, "type", "code", "inviter", "uses", "created_at")}
    _tell(world, "INVITE_CREATE", invite, told | {"expires_at": invite["expires_at"]})
    return invite


def find_invite(world: World, code: str) -> Json:
    """Return an invite that still counts.

    Raises
    ------
    ApiError
        10006, for one unknown or expired.
    """
    invite = world.invites.get(code)
    if invite is None or not _counts(world, invite):
        raise ApiError.of(10006)
    return invite


def invites_of(guild: Guild, channel: Channel | None = None) -> Iterator[Json]:
    """Yield the invites to a server that still count, or those to one of its channels."""
    for invite in guild.world.invites.values():
        there = channel is None or invite["channel"]["id"] == channel.id
        if there and invite["guild_id"] == guild.id and _counts(guild.world, invite):
            yield invite


def delete_invite(world: World, invite: Json) -> None:
    """Withdraw an invite."""
    del world.invites[invite["code"]]
    _tell(world, "INVITE_DELETE", invite, {"code": invite["code"]})


def use_invite(world: World, code: str, user: Json) -> Json:
    """Let a user join by an invite, and return their membership; the last use ends it.

    Raises
    ------
    ApiError
        10006, for an invite unknown or expired; 40007, for a user who is banned.
    """
    invite = find_invite(world, code)
    guild = world.guild(invite["guild_id"])
    new = user["id"] not in guild.members
    member = guild.join(user)
    if new:
        invite["uses"] += 1
        if invite["uses"] == invite["max_uses"]:
            delete_invite(world, invite)
    return member


def _counts(world: World, invite: Json) -> bool:
    ends: str | None = invite["expires_at"]
    lasts = ends is None or datetime.fromisoformat(ends) > world.clock.now()
    return lasts and invite["channel"]["id"] in world.channels


def _like(channel: Channel, inviter: Json, terms: Json) -> Json | None:
    for invite in invites_of(guild_of(channel), channel):
        if invite["inviter"] is inviter and {key: invite[key] for key in _TERMS} == terms:
            return invite
    return None


def _code(world: World) -> str:
    while (code := secrets.token_urlsafe(6)) in world.invites:
        continue
    return code


def _tell(world: World, name: str, invite: Json, data: Json) -> None:
    guild_id: str = invite["guild_id"]
    channel = world.channel(invite["channel"]["id"])
    told = data | {"channel_id": channel.id, "guild_id": guild_id}
    intent = Intent.GUILD_INVITES
    world.bus.emit(Event(name, told, intent=intent, guild_id=guild_id, channel=channel))
