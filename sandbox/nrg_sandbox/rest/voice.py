"""Voice: regions, and who may speak on a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.members import OWN_VOICE_STATE, VOICE_STATE
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world.channel import STAGE
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES"]

Json = dict[str, Any]

_REGIONS = {"us-east": "US East", "rotterdam": "Rotterdam", "singapore": "Singapore"}


def list_regions(_: Call) -> list[Json]:
    """List where voice servers stand."""
    return [
        {"id": region, "name": name, "custom": False, "deprecated": False, "optimal": region == "us-east"}
        for region, name in _REGIONS.items()
    ]


def list_guild_regions(call: Call) -> list[Json]:
    """List where the server's voice can be."""
    call.guild()
    return list_regions(call)


def get_own_voice_state(call: Call) -> Json:
    """Return how the bot is heard."""
    return call.guild().voice_state(call.bot_id)


def get_voice_state(call: Call) -> Json:
    """Return how a member is heard."""
    return call.guild().voice_state(call.ids["user"])


def edit_own_voice_state(call: Call) -> None:
    """Let the bot speak on a stage, ask to, or be silent again."""
    guild, form = call.guild(), OWN_VOICE_STATE.read(call.body)
    stage = _stage(guild, call.bot_id, form.get("channel_id"))
    asked = form.get("request_to_speak_timestamp")
    if form.get("suppress") is False:
        call.require(stage, Permission.MUTE_MEMBERS)
    if asked is not None:
        call.require(stage, Permission.REQUEST_TO_SPEAK)
    changes = {key: form[key] for key in ("request_to_speak_timestamp",) if key in form}
    _change(guild, call.bot_id, form, changes)


def edit_voice_state(call: Call) -> None:
    """Let a member speak on a stage, or no longer."""
    guild, user_id, form = call.guild(), call.ids["user"], VOICE_STATE.read(call.body)
    stage = _stage(guild, user_id, form.get("channel_id"))
    call.require(stage, Permission.MUTE_MEMBERS)
    _change(guild, user_id, form, {})


def _stage(guild: Guild, user_id: str, channel_id: str | None) -> Channel:
    state = guild.voice_state(user_id)
    if channel_id not in (None, state["channel_id"]):
        raise ApiError.of(40032)
    channel = guild.channels[state["channel_id"]]
    if channel.kind != STAGE:
        raise ApiError.of(50024)
    return channel


def _change(guild: Guild, user_id: str, form: Json, changes: Json) -> None:
    if form.get("suppress") is not None:
        changes["suppress"] = form["suppress"]
        if not form["suppress"]:
            changes["request_to_speak_timestamp"] = None
    if changes:
        guild.change_voice(user_id, changes)


_STATES = "/guilds/{guild}/voice-states"

ROUTES = [
    Route("GET", "/voice/regions", list_regions),
    Route("GET", "/guilds/{guild}/regions", list_guild_regions),
    Route("GET", _STATES + "/@me", get_own_voice_state),
    Route("PATCH", _STATES + "/@me", edit_own_voice_state),
    Route("GET", _STATES + "/{user}", get_voice_state),
    Route("PATCH", _STATES + "/{user}", edit_voice_state),
]
