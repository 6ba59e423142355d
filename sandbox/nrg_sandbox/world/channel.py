"""A channel: of a server, a thread under one, or of direct messages."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from nrg_sandbox.world.payloads import Json

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.messages import Message

__all__ = ["ANNOUNCEMENT_THREAD", "CATEGORY", "DM", "FORUM", "NEWS", "PRIVATE_THREAD", "PUBLIC_THREAD"]
__all__ += ["STAGE", "TEXT", "THREADS", "VOICE", "WRITABLE", "Channel"]

TEXT, DM, VOICE, CATEGORY, NEWS = 0, 1, 2, 4, 5
ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD = THREADS = (10, 11, 12)
STAGE, FORUM = 13, 15
WRITABLE = (TEXT, DM, VOICE, NEWS, *THREADS, STAGE)
"""Types of channels that hold messages."""


class Channel:
    """A channel and its messages, oldest first.

    Attributes
    ----------
    guild
        The server it belongs to; None for direct messages.
    parent
        The channel that a thread hangs under.
    recipient_id
        The user at the other end of direct messages.
    closed
        Whether direct messages take none from the bot.
    participants
        The members of a thread, by user id, as Discord lists them.
    pins
        When each pinned message was pinned, by its id, oldest first.
    webhooks
        Discord's webhook objects, by id.
    """

    __slots__ = (
        "closed",
        "guild",
        "messages",
        "parent",
        "participants",
        "payload",
        "pins",
        "recipient_id",
        "webhooks",
    )

    def __init__(
        self,
        payload: Json,
        *,
        guild: Guild | None = None,
        parent: Channel | None = None,
        recipient_id: str | None = None,
    ) -> None:
        self.payload = payload
        self.guild = guild
        self.parent = parent
        self.recipient_id = recipient_id
        self.closed = False
        self.messages: OrderedDict[str, Message] = OrderedDict()
        self.participants: dict[str, Json] = {}
        self.pins: dict[str, str] = {}
        self.webhooks: dict[str, Json] = {}

    @property
    def id(self) -> str:
        """The channel's id."""
        return self.payload["id"]

    @property
    def kind(self) -> int:
        """Discord's channel type."""
        return self.payload["type"]

    @property
    def guild_id(self) -> str | None:
        """The id of the server it belongs to."""
        return self.guild.id if self.guild else None

    @property
    def in_guild(self) -> bool:
        """Whether it is one of a server's, not of direct messages."""
        return self.guild is not None

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.parent is not None

    @property
    def archived(self) -> bool:
        """Whether it is a thread that has been archived."""
        return self.is_thread and self.payload["thread_metadata"]["archived"]

    @property
    def locked(self) -> bool:
        """Whether it is a thread that only moderators may open again."""
        return self.is_thread and self.payload["thread_metadata"]["locked"]
