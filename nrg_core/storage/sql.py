"""Small helps for writing Core statements that run on both databases."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, FromClause, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

__all__ = ["collected", "insert_into", "one_at_a_time", "table_of"]


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model, for Core statements."""
    return cast(Table, model.__table__)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def insert_into(table: FromClause, dialect: str) -> Any:
    """Return an INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    Both databases spell them alike; SQLAlchemy keeps them apart.
    """
    return (postgresql if dialect == "postgresql" else sqlite).insert(cast(Table, table))


def collected(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Return the values of a column as one JSON list (of strings), for a scalar sub-query."""
    name = "jsonb_agg" if dialect == "postgresql" else "json_group_array"
    return getattr(func, name)(column)


def one_at_a_time(connection: Connection, what: str) -> None:
    """Let one transaction at a time do ``what``: the others wait here until it has ended.

    For decisions over several rows, such as who is matched with whom. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))
