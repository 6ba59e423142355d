"""What a session is told at its beginning: READY, and each server as it becomes available."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from nrg_sandbox.world import payloads

if TYPE_CHECKING:
    from nrg_sandbox.gateway.hub import Hub
    from nrg_sandbox.gateway.sessions import Session, View
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json

__all__ = ["guild_create", "ready"]


def ready(hub: Hub, session: Session, guilds: list[Guild], *, version: int, sharded: bool) -> bytes:
    """Return the first event of a session.

    Parameters
    ----------
    guilds
        The servers that will be announced.
    sharded
        Whether the bot named its shard.
    """
    world = hub.world
    told: Json = {
        "v": version,
        "user": payloads.own_user(world.bot),
        "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
        "session_id": session.id,
        "session_type": "normal",
        "resume_gateway_url": hub.url,
        "application": {key: hub.application.payload[key] for key in ("id", "flags", "flags_new")},
        "private_channels": [],
        "relationships": [],
        "presences": [],
        "user_settings": {},
        "geo_ordered_rtc_regions": [],
        "_trace": [],
    }
    if sharded:
        told["shard"] = session.shard
    return orjson.dumps(told)


def guild_create(hub: Hub, guild: Guild, view: View) -> bytes:
    """Return the announcement of a server, with the members that a session may be shown at once.

    Members who are neither the bot nor in a voice channel are shown to those alone who hear of presences;
    on a server that is large for the session, only if they have one.
    """
    presences = hub.presences.of(guild) if view.presences else {}
    large = len(guild.members) > view.threshold
    if view.presences and not large:
        members = list(guild.members.values())
    else:
        shown = dict.fromkeys((hub.world.bot["id"], *guild.voice, *presences))
        members = [guild.members[user_id] for user_id in shown]
    told = guild.announcement() | {
        "members": members,
        "large": large,
        "presences": list(presences.values()),
        "voice_states": list(guild.voice.values()) if view.voice else [],
    }
    return orjson.dumps(told)
