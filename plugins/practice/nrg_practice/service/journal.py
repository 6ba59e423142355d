"""The journal: what members write down for themselves."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from nrg_core.domain.models import User
from nrg_core.domain.standing import Identity, lock_members
from nrg_core.errors import Refusal
from nrg_core.storage.sql import insert_into, table_of
from nrg_core.text import clean_note
from nrg_practice.models import JournalEntry

__all__ = ["Page", "Written", "read_page", "write"]

PAGE: Final = 5
"""Entries on a page: five of the longest fit into an embed."""

_entries = table_of(JournalEntry)
_users = table_of(User)


@dataclass(frozen=True, slots=True)
class Written:
    """An entry."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a journal, the latest entry first.

    Attributes
    ----------
    number, pages
        Which of how many, counted from 1.
    total
        How many entries there are in all, or fit what was searched for.
    """

    entries: tuple[Written, ...]
    number: int
    pages: int
    total: int


def write(connection: Connection, member: Identity, text: str, interaction_id: int, now: datetime) -> None:
    """Write an entry; the same interaction writes one.

    Raises
    ------
    Refusal
        Nothing is left of it, it is too long, or it holds code.
    """
    cleaned = clean_note(text, what="journal entry")
    if cleaned is None:
        raise Refusal("There is nothing in that entry yet. Write a few words, or leave it out to read.")
    standing = lock_members(connection, [member])[member.discord_id]
    connection.execute(
        insert_into(_entries, connection.dialect.name).on_conflict_do_nothing(),
        {
            "user_id": standing.user_id,
            "text": cleaned,
            "interaction_id": str(interaction_id),
            "created_at": now,
        },
    )


def read_page(connection: Connection, discord_id: int, number: int, search: str = "") -> Page:
    """Return a page of a member's journal, or the nearest there is.

    Parameters
    ----------
    search
        What entries must hold, in whatever case; nothing shows them all.
    """
    if search:
        wanted = unicodedata.normalize("NFC", search).casefold()  # as entries are stored
        # The databases fold case differently; and it is one member's entries.
        rows = [row for row in connection.execute(_own(discord_id)) if wanted in row.text.casefold()]
        number, pages = _bounded(number, len(rows))
        return _page(rows[(number - 1) * PAGE :][:PAGE], number, pages, len(rows))
    total = connection.execute(select(func.count()).select_from(_own(discord_id).subquery())).scalar_one()
    number, pages = _bounded(number, total)
    shown = connection.execute(_own(discord_id).limit(PAGE).offset((number - 1) * PAGE)).all()
    return _page(shown, number, pages, total)


def _own(discord_id: int) -> Select[Any, Any]:
    return (
        select(_entries.c.text, _entries.c.created_at)
        .join(_users, _users.c.id == _entries.c.user_id)
        .where(_users.c.discord_id == str(discord_id))
        .order_by(_entries.c.created_at.desc(), _entries.c.id)
    )


def _bounded(number: int, total: int) -> tuple[int, int]:
    pages = max(-(-total // PAGE), 1)
    return min(max(number, 1), pages), pages


def _page(rows: Any, number: int, pages: int, total: int) -> Page:
    return Page(tuple(Written(row.text, row.created_at) for row in rows), number, pages, total)
