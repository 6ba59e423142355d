"""Pinned messages of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.messages import Message, change_message, post_system_message

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.payloads import Json
    from nrg_sandbox.world.world import World

__all__ = ["pin", "unpin"]

_MOST = 250
_PINNED = 6


def pin(world: World, message: Message, by: Json) -> None:
    """Pin a message; nothing happens when it is pinned already.

    Parameters
    ----------
    by
        The user who pins it.

    Raises
    ------
    ApiError
        30003, when there are too many.
    """
    channel = message.channel
    if message.id in channel.pins:
        return
    if len(channel.pins) >= _MOST:
        raise ApiError.of(30003)
    channel.pins[message.id] = world.clock.stamp()
    change_message(world, message, {"pinned": True})
    _tell(world, channel)
    extra: Json = {"message_reference": message.pointer()}
    post_system_message(world, channel, by, _PINNED, extra=extra)


def unpin(world: World, message: Message) -> None:
    """Take a message from the pinned ones; nothing happens when it is not there."""
    if message.channel.pins.pop(message.id, None) is not None:
        change_message(world, message, {"pinned": False})
        _tell(world, message.channel)


def _tell(world: World, channel: Channel) -> None:
    latest = max(channel.pins.values(), default=None)
    channel.payload["last_pin_timestamp"] = latest
    data: Json = {"channel_id": channel.id, "last_pin_timestamp": latest}
    if channel.guild_id is not None:
        data["guild_id"] = channel.guild_id
    intent = Intent.GUILDS if channel.in_guild else Intent.DIRECT_MESSAGES
    world.bus.emit(
        Event("CHANNEL_PINS_UPDATE", data, intent=intent, guild_id=channel.guild_id, channel=channel)
    )
