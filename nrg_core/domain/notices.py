"""What members ask to be told of by direct message: nothing, until they ask.

A plugin names its notices in its manifest, members choose among them with ``/notices``, and ``notify``
writes the message into the unit of work of what happened, for those who chose it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, select

from nrg_core.domain.models import NoticeChoice, User
from nrg_core.domain.standing import Identity, lock_members
from nrg_core.outbox.messages import DirectMessage, Envelope, enqueue
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["Choice", "Notice", "choose", "chosen_by", "notify"]

_choices = table_of(NoticeChoice)
_users = table_of(User)

Choice = tuple[str, str]
"""A plugin's name and the name of one of its notices."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a member may ask to be told of.

    Attributes
    ----------
    name
        Lower-case letters, digits and underscores, at most 20 characters; never changes.
    summary
        What it tells, in at most 100 characters: "Someone validates one of my sessions".
    """

    name: str
    summary: str


def chosen_by(connection: Connection, discord_id: int) -> frozenset[Choice]:
    """Return what a member asked to be told of."""
    rows = connection.execute(
        select(_choices.c.plugin, _choices.c.notice)
        .join(_users, _users.c.id == _choices.c.user_id)
        .where(_users.c.discord_id == str(discord_id))
    )
    return frozenset((row.plugin, row.notice) for row in rows)


def choose(
    connection: Connection,
    member: Identity,
    offered: Collection[Choice],
    chosen: Collection[Choice],
    now: datetime,
) -> None:
    """Note which of the notices on offer a member wants; what was not on offer stays as it is."""
    user_id = lock_members(connection, [member])[member.discord_id].user_id
    for plugin, notice in set(offered).difference(chosen):
        connection.execute(
            delete(_choices).where(
                _choices.c.user_id == user_id, _choices.c.plugin == plugin, _choices.c.notice == notice
            )
        )
    wanted = [
        {"user_id": user_id, "plugin": plugin, "notice": notice, "chosen_at": now}
        for plugin, notice in sorted(set(offered).intersection(chosen))
    ]
    if wanted:
        connection.execute(insert_into(_choices, connection.dialect.name).on_conflict_do_nothing(), wanted)


_asked = (
    select(_users.c.discord_id)
    .join(_choices, _choices.c.user_id == _users.c.id)
    .where(
        _users.c.id == bindparam("user_id"),
        _choices.c.plugin == bindparam("plugin"),
        _choices.c.notice == bindparam("notice"),
    )
)


def notify(
    connection: Connection,
    choice: Choice,
    user_id: UUID,
    key: str,
    *,
    content: str | None = None,
    embeds: Sequence[dict[str, Any]] = (),
    now: datetime,
) -> bool:
    """Ask for a direct message to a member who wants to be told, and tell whether they do.

    Parameters
    ----------
    choice
        Whose notice it is, and which.
    key
        Names what happened, so that it is told once; see ``Envelope``.
    content, embeds
        The message.
    """
    asked: dict[str, Any] = {"user_id": user_id, "plugin": choice[0], "notice": choice[1]}
    discord_id = connection.execute(_asked, asked).scalar()
    if discord_id is None:
        return False
    message = DirectMessage(int(discord_id), content, embeds)
    enqueue(connection, [Envelope(key, message, user_id)], now)
    return True
