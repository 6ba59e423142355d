"""A server's audit log: who changed what, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.payloads import Json

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["Action", "AuditLog", "differences"]

_KEPT = 5_000


class Action(IntEnum):
    """Discord's types of entries."""

    GUILD_UPDATE = 1
    CHANNEL_CREATE = 10
    CHANNEL_UPDATE = 11
    CHANNEL_DELETE = 12
    CHANNEL_OVERWRITE_CREATE = 13
    CHANNEL_OVERWRITE_UPDATE = 14
    CHANNEL_OVERWRITE_DELETE = 15
    MEMBER_KICK = 20
    MEMBER_BAN_ADD = 22
    MEMBER_BAN_REMOVE = 23
    MEMBER_UPDATE = 24
    MEMBER_ROLE_UPDATE = 25
    MEMBER_MOVE = 26
    MEMBER_DISCONNECT = 27
    ROLE_CREATE = 30
    ROLE_UPDATE = 31
    ROLE_DELETE = 32
    INVITE_CREATE = 40
    INVITE_UPDATE = 41
    INVITE_DELETE = 42
    WEBHOOK_CREATE = 50
    WEBHOOK_UPDATE = 51
    WEBHOOK_DELETE = 52
    EMOJI_CREATE = 60
    EMOJI_UPDATE = 61
    EMOJI_DELETE = 62
    MESSAGE_DELETE = 72
    MESSAGE_BULK_DELETE = 73
    MESSAGE_PIN = 74
    MESSAGE_UNPIN = 75
    SCHEDULED_EVENT_CREATE = 100
    SCHEDULED_EVENT_UPDATE = 101
    SCHEDULED_EVENT_DELETE = 102
    THREAD_CREATE = 110
    THREAD_UPDATE = 111
    THREAD_DELETE = 112


class AuditLog:
    """The entries of one server, oldest first; the oldest of very many are forgotten.

    Attributes
    ----------
    entries
        Discord's audit log entries.
    """

    def __init__(self, guild: Guild) -> None:
        self._guild = guild
        self.entries: deque[Json] = deque(maxlen=_KEPT)

    def record(
        self,
        action: Action,
        target_id: str | None,
        *,
        by: str,
        reason: str | None = None,
        changes: Iterable[Json] = (),
        options: Json | None = None,
    ) -> None:
        """Write down one change, and tell of it.

        Parameters
        ----------
        target_id
            What was changed.
        by
            The user who did it.
        changes
            Discord's change objects: ``key``, ``old_value``, ``new_value``.
        options
            What some actions tell besides.
        """
        entry: Json = {
            "id": self._guild.world.snowflakes.next(),
            "action_type": int(action),
            "user_id": by,
            "target_id": target_id,
        }
        if listed := list(changes):
            entry["changes"] = listed
        if options:
            entry["options"] = options
        if reason:
            entry["reason"] = reason
        self.entries.append(entry)
        data = entry | {"guild_id": self._guild.id}
        self._guild.tell("GUILD_AUDIT_LOG_ENTRY_CREATE", data, Intent.GUILD_MODERATION)


def differences(old: Json, new: Json) -> list[Json]:
    """Return Discord's change objects for what is different in ``new``."""
    return [
        {"key": key, "old_value": old.get(key), "new_value": value}
        for key, value in new.items()
        if old.get(key) != value
    ]
