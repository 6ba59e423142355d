"""Whom a message mentions: what its text names, as far as the author allows it and is allowed it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nrg_sandbox.world.payloads import Json
from nrg_sandbox.world.permissions import ALL, Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.world import World

__all__ = ["mentions"]

_USER, _ROLE, _EVERYONE = (
    re.compile(r"<@!?(\d+)>"),
    re.compile(r"<@&(\d+)>"),
    re.compile(r"@(everyone|here)\b"),
)


def mentions(
    world: World, channel: Channel, payload: Json, body: Json, default_parse: tuple[str, ...]
) -> Json:
    """Return the fields of a message that tell whom it mentions.

    Parameters
    ----------
    payload
        The message so far.
    body
        What was sent; its ``allowed_mentions`` count.
    default_parse
        Which mentions count when the body does not say.
    """
    content: str = payload["content"]
    replied: Json | None = payload.get("referenced_message")
    if "@" not in content and replied is None:
        return {"mentions": [], "mention_roles": [], "mention_everyone": False}
    given: Json | None = body.get("allowed_mentions")
    rules: Json = {"parse": default_parse} if given is None else given
    parse: list[str] = list(rules.get("parse") or ())
    may_all = _may_mention_all(world, channel, payload["author"]["id"])
    return {
        "mentions": _users(world, content, rules, parse, replied, pings_author=given is None),
        "mention_roles": _roles(channel, content, rules, parse, may_all=may_all),
        "mention_everyone": may_all and "everyone" in parse and bool(_EVERYONE.search(content)),
    }


def _may_mention_all(world: World, channel: Channel, author_id: str) -> bool:
    # Whoever writes through a webhook is no user, and may.
    allowed = world.permissions(author_id, channel) if author_id in world.users else ALL
    return bool(allowed & Permission.MENTION_EVERYONE)


def _users(
    world: World, content: str, rules: Json, parse: list[str], replied: Json | None, *, pings_author: bool
) -> list[Json]:
    listed: list[Any] = rules.get("users") or []
    allowed = {str(user) for user in listed}
    named: list[str] = list(dict.fromkeys(_USER.findall(content)))
    found: list[Json] = [
        world.users[user] for user in named if user in world.users and ("users" in parse or user in allowed)
    ]
    if replied and rules.get("replied_user", pings_author) and replied["author"] not in found:
        found.append(replied["author"])
    return found


def _roles(channel: Channel, content: str, rules: Json, parse: list[str], *, may_all: bool) -> list[str]:
    roles = channel.guild.roles if channel.guild else {}
    listed: list[Any] = rules.get("roles") or []
    allowed = {str(role) for role in listed}
    named: list[str] = list(dict.fromkeys(_ROLE.findall(content)))
    return [
        role
        for role in named
        if role in roles and ("roles" in parse or role in allowed) and (may_all or roles[role]["mentionable"])
    ]
