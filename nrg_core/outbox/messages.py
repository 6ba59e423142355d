"""Asking for something to be sent: written with the change it tells of, sent after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Connection

from nrg_core.outbox.models import OutboxMessage
from nrg_core.storage.sql import insert_into, table_of

__all__ = [
    "AddRole",
    "ChannelMessage",
    "DirectMessage",
    "Envelope",
    "Errand",
    "RemoveRole",
    "Sendable",
    "enqueue",
    "signed",
]

_outbox = table_of(OutboxMessage)


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """A message to a channel. Nobody is pinged but the members named in ``mentions``."""

    kind: ClassVar[str] = "message"
    channel_id: int
    content: str | None = None
    embeds: Sequence[dict[str, Any]] = ()
    """Embeds in the JSON form of Discord's API."""
    mentions: Sequence[int] = ()
    announces: str | None = None
    """The key of the ``user_achievements`` row that is announced by it, if any."""
    plugin: str | None = None
    """Whose it is, if a plugin's: named to the server's owner if Discord does not allow it."""


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A private message: to a member who asked to be told, or to a server's owner whose help is needed."""

    kind: ClassVar[str] = "direct"
    discord_id: int
    content: str | None = None
    embeds: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class AddRole:
    """A role for a member of a server."""

    kind: ClassVar[str] = "add_role"
    guild_id: int
    discord_id: int
    role_id: int
    plugin: str | None = None
    """Whose it is, see ``ChannelMessage``."""


@dataclass(frozen=True, slots=True)
class RemoveRole:
    """A role that a member of a server has no longer."""

    kind: ClassVar[str] = "remove_role"
    guild_id: int
    discord_id: int
    role_id: int
    plugin: str | None = None
    """Whose it is, see ``ChannelMessage``."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A piece of network work of a plugin's own, done by the handler that its manifest names.

    Attributes
    ----------
    plugin, name
        Whose errand it is, and which: a key of the plugin's ``errands``.
    payload
        What the handler needs to know, as JSON values.
    guild_id
        The server it happens on, if on one: permissions that the bot lacks there are named.
    """

    kind: ClassVar[str] = "errand"
    plugin: str
    name: str
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])
    guild_id: int | None = None


Sendable = ChannelMessage | DirectMessage | AddRole | RemoveRole | Errand


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something to send, under a key that makes asking twice the same as asking once."""

    key: str
    content: Sendable
    user_id: UUID | None = None
    """The member it is about, if any: erased with the member."""
    not_before: datetime | None = None


def signed(envelope: Envelope, plugin: str) -> Envelope:
    """Return an envelope of a plugin's, which says whose it is where that can be said."""
    content = envelope.content
    if isinstance(content, ChannelMessage | AddRole | RemoveRole) and content.plugin is None:
        return replace(envelope, content=replace(content, plugin=plugin))
    return envelope


def enqueue(connection: Connection, envelopes: Sequence[Envelope], now: datetime) -> None:
    """Write what is to be sent into the transaction of ``connection``.

    A key that is already waiting is left as it is; one that was given up has all its tries again. (A key
    that was sent is forgotten: whoever asks must ask in the same transaction as the change that can only
    happen once.)
    """
    if not envelopes:
        return
    statement = insert_into(_outbox, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"due_at": statement.excluded.due_at, "attempts": 0},
            where=_outbox.c.due_at.is_(None),
        ),
        [
            {
                "created_at": now,
                "key": envelope.key,
                "kind": envelope.content.kind,
                "user_id": envelope.user_id,
                "payload": asdict(envelope.content),
                "due_at": envelope.not_before or now,
            }
            for envelope in envelopes
        ],
    )
