"""What holds for a channel both when it is made and when it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.world import payloads
from nrg_sandbox.world.channel import CATEGORY
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.world import World

__all__ = ["check_overwrites", "check_parent", "overwrites", "tags"]

Json = dict[str, Any]

_MOST_IN_CATEGORY = 50


def check_parent(guild: Guild, parent_id: str, kind: int, problems: Problems) -> None:
    """Note why a channel of some kind cannot be put under a category."""
    path = ("parent_id",)
    parent = guild.channels.get(parent_id)
    if parent is None:
        problems.add(path, "CHANNEL_PARENT_INVALID", "Category does not exist")
    elif parent.kind != CATEGORY:
        problems.add(path, "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
    elif kind == CATEGORY:
        problems.add(path, "CHANNEL_PARENT_INVALID_PARENT", "Categories cannot have subcategories")
    else:
        held = sum(channel.payload["parent_id"] == parent_id for channel in guild.channels.values())
        if held >= _MOST_IN_CATEGORY:
            message = f"Maximum number of channels in category reached ({_MOST_IN_CATEGORY})"
            problems.add(path, "CHANNEL_PARENT_MAX_CHANNELS", message)


def overwrites(guild: Guild, given: list[Json]) -> list[Json]:
    """Return permission overwrites as Discord lists them.

    Raises
    ------
    ApiError
        10009, for a role or user who does not exist.
    """
    listed: list[Json] = []
    for entry in given:
        kind = entry.get("type")
        kind = int(entry["id"] not in guild.roles) if kind is None else kind
        if entry["id"] not in (guild.world.users if kind else guild.roles):
            raise ApiError.of(10009)
        listed.append(payloads.overwrite(entry | {"type": kind}))
    return listed


def check_overwrites(guild: Guild, user_id: str, old: list[Json], new: list[Json]) -> None:
    """Check that someone may change a channel's overwrites so.

    They can allow and deny only what they may do themselves, and MANAGE_ROLES only as an administrator.

    Raises
    ------
    ApiError
        50013.
    """
    own = guild.permissions(user_id)
    if own & Permission.ADMINISTRATOR:
        return
    before, after = _bits(old), _bits(new)
    touched = 0
    for target in before.keys() | after.keys():
        (allowed, denied), (allow, deny) = before.get(target, (0, 0)), after.get(target, (0, 0))
        touched |= allowed ^ allow | denied ^ deny
    if touched & ~own or touched & Permission.MANAGE_ROLES:
        raise ApiError.of(50013)


def _bits(listed: list[Json]) -> dict[str, tuple[int, int]]:
    return {entry["id"]: (int(entry["allow"]), int(entry["deny"])) for entry in listed}


def tags(world: World, given: list[Json]) -> list[Json]:
    """Return a forum's tags as Discord lists them; new ones get an id."""
    return [
        {
            "id": tag.get("id") or world.snowflakes.next(),
            "name": tag["name"],
            "moderated": bool(tag.get("moderated")),
            "emoji_id": tag.get("emoji_id"),
            "emoji_name": tag.get("emoji_name"),
        }
        for tag in given
    ]
