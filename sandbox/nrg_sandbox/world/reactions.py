"""Reactions to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.world.events import Event, Intent

if TYPE_CHECKING:
    from nrg_sandbox.world.messages import Message
    from nrg_sandbox.world.world import World

__all__ = ["clear_reactions", "react", "reactions_seen_by"]

Json = dict[str, Any]


def react(world: World, message: Message, user_id: str, emoji: str, *, remove: bool = False) -> None:
    """Add or take back one member's reaction; nothing happens when that is so already."""
    before = message.reactions.get(emoji, [])
    if (user_id in before) != remove:
        return
    after = [person for person in before if person != user_id] if remove else [*before, user_id]
    message.reactions[emoji] = after
    if not after:
        del message.reactions[emoji]
    reactions: Any = reactions_seen_by(message, world.bot["id"])
    message.payload = message.payload | {"reactions": reactions}
    author: Json = message.payload["author"]
    data: Json = {
        "user_id": user_id,
        "channel_id": message.payload["channel_id"],
        "message_id": message.id,
        "emoji": _emoji(emoji),
        "burst": False,
        "type": 0,
    }
    guild = message.channel.guild
    if guild is not None and not remove:
        data |= {"member": guild.member(user_id), "message_author_id": author["id"]}
    _emit(world, "MESSAGE_REACTION_REMOVE" if remove else "MESSAGE_REACTION_ADD", data, message)


def clear_reactions(world: World, message: Message, emoji: str | None = None) -> None:
    """Take back everyone's reactions: all of them, or those with one emoji."""
    data: Json = {"channel_id": message.payload["channel_id"], "message_id": message.id}
    if emoji is None:
        message.reactions.clear()
    else:
        message.reactions.pop(emoji, None)
        data["emoji"] = _emoji(emoji)
    message.payload = message.payload | {"reactions": reactions_seen_by(message, world.bot["id"])}
    name = "MESSAGE_REACTION_REMOVE_ALL" if emoji is None else "MESSAGE_REACTION_REMOVE_EMOJI"
    _emit(world, name, data, message)


def reactions_seen_by(message: Message, viewer: str | None) -> list[Json]:
    """Return the reactions to a message as Discord lists them; ``me`` is about the viewer."""
    return [
        {
            "emoji": _emoji(emoji),
            "count": len(people),
            "count_details": {"burst": 0, "normal": len(people)},
            "me": viewer in people,
            "me_burst": False,
            "burst_colors": [],
        }
        for emoji, people in message.reactions.items()
    ]


def _emit(world: World, name: str, data: Json, message: Message) -> None:
    guild_id = message.channel.guild_id
    if guild_id is not None:
        data["guild_id"] = guild_id
    intent = Intent.GUILD_MESSAGE_REACTIONS if guild_id else Intent.DIRECT_MESSAGE_REACTIONS
    world.bus.emit(
        Event(name, data, intent=intent, guild_id=guild_id, channel=message.channel, record=message)
    )


def _emoji(key: str) -> Json:
    name, separator, emoji_id = key.partition(":")
    return {"id": emoji_id, "name": name} if separator else {"id": None, "name": key}
