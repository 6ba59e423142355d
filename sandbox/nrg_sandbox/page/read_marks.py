"""How far each member has read, as Discord keeps it for its clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from nrg_sandbox.world.channel import DM

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.messages import Message

__all__ = ["ReadMarks", "Unread"]

# Beyond this many new messages nobody counts on.
_COUNTED = 100


class Unread(NamedTuple):
    """What is new to a member in one channel.

    Attributes
    ----------
    after
        The id of the last message they have read; ``"0"`` when they have read none.
    mentions
        How many of the new messages are meant for them.
    """

    after: str
    mentions: int


class ReadMarks:
    """The last message that each member has read, by channel."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str], str] = {}

    def read(self, user_id: str, channel: Channel) -> str:
        """Take a channel as read to its end; return the id of its last message."""
        last = next(reversed(channel.messages), "0")
        self._marks[user_id, channel.id] = last
        return last

    def unread(self, user_id: str, channel: Channel, roles: Iterable[str]) -> Unread | None:
        """Return what is new to a member in a channel; nothing when nothing is.

        Parameters
        ----------
        roles
            The roles that they have there.
        """
        after = self._marks.get((user_id, channel.id), "0")
        held = frozenset(roles)
        new = mentions = 0
        for message in reversed(channel.messages.values()):
            if int(message.id) <= int(after) or new == _COUNTED:
                break
            if message.payload["author"]["id"] != user_id and message.seen_by(user_id):
                new += 1
                mentions += channel.kind == DM or _meant(message, user_id, held)
        return Unread(after, mentions) if new else None


def _meant(message: Message, user_id: str, roles: frozenset[str]) -> bool:
    payload = message.payload
    return (
        bool(payload.get("mention_everyone"))
        or any(user["id"] == user_id for user in payload.get("mentions", ()))
        or not roles.isdisjoint(payload.get("mention_roles", ()))
    )
