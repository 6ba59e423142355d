"""Webhooks of channels: made, found by id, and the authors they write as."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.thread_activity import guild_of

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json
    from nrg_sandbox.world.world import World

__all__ = [
    "author_of",
    "change_webhook",
    "create_webhook",
    "delete_webhook",
    "find_webhook",
    "webhooks_of",
]

_MOST = 15


def create_webhook(channel: Channel, creator: Json, name: str, avatar: str | None) -> Json:
    """Give a channel a webhook.

    Parameters
    ----------
    creator
        The user who makes it.
    avatar
        A picture as a ``data:`` address.

    Raises
    ------
    ApiError
        30007, when the channel has too many.
    """
    if len(channel.webhooks) >= _MOST:
        raise ApiError.of(30007)
    guild = guild_of(channel)
    world = guild.world
    webhook = payloads.webhook(
        world.snowflakes.next(),
        channel.id,
        guild.id,
        name,
        token=secrets.token_urlsafe(51),
        base_url=world.base_url,
        creator=creator,
    )
    # Only the bot belongs to an application.
    if creator is world.bot:
        webhook["application_id"] = world.application_id
    webhook["avatar"] = payloads.picture(avatar)
    channel.webhooks[webhook["id"]] = webhook
    _tell(channel)
    return webhook


def find_webhook(world: World, webhook_id: str) -> tuple[Channel, Json]:
    """Return a webhook and the channel that it writes in.

    Raises
    ------
    ApiError
        10015, for one that does not exist.
    """
    for channel in world.channels.values():
        if (webhook := channel.webhooks.get(webhook_id)) is not None:
            return channel, webhook
    raise ApiError.of(10015)


def webhooks_of(guild: Guild) -> list[Json]:
    """Return every webhook of a server."""
    return [webhook for channel in guild.channels.values() for webhook in channel.webhooks.values()]


def change_webhook(channel: Channel, webhook: Json, changes: Json, moved_to: Channel | None = None) -> Json:
    """Replace a webhook by one with another name or picture, or in another channel.

    Raises
    ------
    ApiError
        30007, when the other channel has too many.
    """
    place = moved_to or channel
    if place is not channel and len(place.webhooks) >= _MOST:
        raise ApiError.of(30007)
    changed = webhook | {"channel_id": place.id}
    if "name" in changes:
        changed["name"] = changes["name"]
    if "avatar" in changes:
        changed["avatar"] = payloads.picture(changes["avatar"])
    del channel.webhooks[webhook["id"]]
    place.webhooks[webhook["id"]] = changed
    _tell(channel)
    if place is not channel:
        _tell(place)
    return changed


def delete_webhook(channel: Channel, webhook: Json) -> None:
    """Take a webhook from its channel."""
    del channel.webhooks[webhook["id"]]
    _tell(channel)


def author_of(webhook: Json, username: str | None, avatar_url: str | None) -> Json:
    """Return the author of a message that a webhook writes, under a name and picture of the moment."""
    avatar = payloads.picture(avatar_url) or webhook["avatar"]
    author = payloads.user(webhook["id"], username or webhook["name"], bot=True)
    return author | {
        "username": username or webhook["name"],
        "discriminator": "0000",
        "avatar": avatar,
    }


def _tell(channel: Channel) -> None:
    guild = guild_of(channel)
    guild.tell("WEBHOOKS_UPDATE", {"guild_id": guild.id, "channel_id": channel.id}, Intent.GUILD_WEBHOOKS)
