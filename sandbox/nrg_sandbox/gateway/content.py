"""What a bot without the message-content intent reads of messages that are not meant for it."""

from __future__ import annotations

from typing import Any

__all__ = ["without_content"]

Json = dict[str, Any]

_BLANK: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def without_content(message: Json, bot_id: str) -> Json:
    """Return a message of a server as such a bot reads it: whole when its own or when it mentions the bot.

    What a message replies to is held to the same rule by itself; what it forwards is part of it.
    """
    shown = message if _meant(message, bot_id) else _blank(message)
    replied: Json | None = message.get("referenced_message")
    if replied is not None:
        shown = shown | {"referenced_message": without_content(replied, bot_id)}
    return shown


def _meant(message: Json, bot_id: str) -> bool:
    people: list[Json] = [message.get("author") or {}, *(message.get("mentions") or ())]
    return any(person.get("id") == bot_id for person in people)


def _blank(message: Json) -> Json:
    shown = {key: _BLANK.get(key, value) for key, value in message.items() if key != "poll"}
    if snapshots := message.get("message_snapshots"):
        shown["message_snapshots"] = [item | {"message": _blank(item["message"])} for item in snapshots]
    return shown
