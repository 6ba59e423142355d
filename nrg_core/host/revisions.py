"""Telling other processes that something rarely written was written."""

from __future__ import annotations

from sqlalchemy import Connection, select

from nrg_core.host.models import Revision
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["CATALOGUE", "bump", "read_revisions"]

CATALOGUE = "catalogue"
"""The techniques, achievements and texts."""

_revisions = table_of(Revision)


def bump(connection: Connection, topic: str) -> None:
    """Say that something was written, in the transaction that writes it."""
    statement = insert_into(_revisions, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["topic"], set_={"number": _revisions.c.number + 1}),
        {"topic": topic, "number": 1},
    )


def read_revisions(connection: Connection) -> dict[str, int]:
    """Return how often each topic was written."""
    return {row.topic: row.number for row in connection.execute(select(_revisions))}
