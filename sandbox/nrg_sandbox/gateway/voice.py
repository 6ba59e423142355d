"""The bot's own way into voice channels and out of them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import orjson

from nrg_sandbox.world.channel import STAGE, VOICE
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.gateway.forms import VoiceStateUpdate
    from nrg_sandbox.gateway.sessions import Session
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json

__all__ = ["update_voice"]


def update_voice(guild: Guild, session: Session, asked: VoiceStateUpdate) -> None:
    """Let the bot enter a voice channel, change there, or leave; nothing happens when it may not."""
    bot_id: str = guild.world.bot["id"]
    channel_id = asked["channel_id"]
    state: Json = guild.voice.get(bot_id, {})
    if channel_id is None:
        session.spoken_in.discard(guild.id)
        if state:
            guild.move_voice(bot_id, None)
        return
    enters = state.get("channel_id") != channel_id
    if enters and not _may_enter(guild, bot_id, guild.channels.get(channel_id)):
        return
    flags = {key: bool(asked.get(key)) for key in ("self_mute", "self_deaf")}
    if not enters:
        if any(state[key] != value for key, value in flags.items()):
            guild.change_voice(bot_id, flags)
    else:
        session.spoken_in.add(guild.id)
        guild.move_voice(bot_id, channel_id, **flags)
        # There is no voice server here, and Discord says so with null while it has none to offer.
        told = {"token": secrets.token_hex(8), "guild_id": guild.id, "endpoint": None}
        session.push("VOICE_SERVER_UPDATE", orjson.dumps(told))


def _may_enter(guild: Guild, bot_id: str, channel: Channel | None) -> bool:
    if channel is None or channel.kind not in (VOICE, STAGE):
        return False
    allowed = guild.permissions(bot_id, channel)
    there = sum(state["channel_id"] == channel.id for state in guild.voice.values())
    full = 0 < channel.payload["user_limit"] <= there
    return bool(allowed & Permission.CONNECT) and (not full or bool(allowed & Permission.MOVE_MEMBERS))
