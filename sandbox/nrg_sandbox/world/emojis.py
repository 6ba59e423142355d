"""Emojis that a server or the application has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.payloads import Json

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["add_emoji", "change_emoji", "check_room", "find_emoji", "remove_emoji"]

_MOST = 50


def find_emoji(emojis: dict[str, Json], emoji_id: str) -> Json:
    """Return an emoji.

    Raises
    ------
    ApiError
        10014, for one that does not exist.
    """
    if (emoji := emojis.get(emoji_id)) is None:
        raise ApiError.of(10014)
    return emoji


def check_room(count: int, most: int) -> None:
    """Check that one more fits.

    Raises
    ------
    ApiError
        30008, when there are too many.
    """
    if count >= most:
        raise ApiError(400, 30008, f"Maximum number of emojis reached ({most})")


def add_emoji(guild: Guild, emoji: Json) -> None:
    """Give a server an emoji.

    Raises
    ------
    ApiError
        30008, when it has fifty of the kind: still or moving.
    """
    check_room(sum(known["animated"] == emoji["animated"] for known in guild.emojis.values()), _MOST)
    guild.emojis[emoji["id"]] = emoji
    _tell(guild)


def change_emoji(guild: Guild, emoji_id: str, changes: Json) -> Json:
    """Replace an emoji of a server by one with another name or other roles."""
    emoji = guild.emojis[emoji_id] = find_emoji(guild.emojis, emoji_id) | changes
    _tell(guild)
    return emoji


def remove_emoji(guild: Guild, emoji_id: str) -> None:
    """Take an emoji from a server."""
    find_emoji(guild.emojis, emoji_id)
    del guild.emojis[emoji_id]
    _tell(guild)


def _tell(guild: Guild) -> None:
    data: Json = {"guild_id": guild.id, "emojis": list(guild.emojis.values())}
    guild.tell("GUILD_EMOJIS_UPDATE", data, Intent.GUILD_EXPRESSIONS)
