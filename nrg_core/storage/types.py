"""Column types and defaults that mean the same on SQLite and on PostgreSQL.

The portal writes to the same tables, so defaults live in the database too, not only in Python.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, Integer, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

__all__ = [
    "BIG_KEY",
    "JSON_DOCUMENT",
    "TableModel",
    "created_at",
    "default",
    "document",
    "generated_uuid",
    "uuid_key",
]

# Named constraints are the only ones that a later migration can change, on SQLite above all.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

JSON_DOCUMENT: TypeEngine[Any] = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value: JSONB on PostgreSQL."""

BIG_KEY: TypeEngine[Any] = BigInteger().with_variant(Integer, "sqlite")
"""An integer key that counts up: 64 bits on both (SQLite only counts up an ``INTEGER``)."""


class generated_uuid(FunctionElement[UUID]):  # noqa: N801 - used as an SQL function
    """A random UUID made by the database, in the form in which that database stores UUIDs."""

    inherit_cache = True


@compiles(generated_uuid, "postgresql")
def _uuid_on_postgresql(element: object, compiler: object, **options: object) -> str:
    return "gen_random_uuid()"


@compiles(generated_uuid)
def _uuid_elsewhere(element: object, compiler: object, **options: object) -> str:
    return "(lower(hex(randomblob(16))))"


class TableModel(SQLModel):
    """What every table of ours derives from: a SQLModel whose table name type checkers understand."""

    __tablename__: ClassVar[Any]  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleUnannotatedOverride]


def uuid_key() -> Any:
    """Return the primary key that every table of the product has."""
    return Field(
        default_factory=uuid4, primary_key=True, sa_column_kwargs={"server_default": generated_uuid()}
    )


def created_at() -> Any:
    """Return a "now, unless said" timestamp column."""
    return Field(
        default_factory=lambda: datetime.now(UTC),
        nullable=False,
        sa_column_kwargs={"server_default": func.now()},
    )


def default(value: Any, sql: str, **options: Any) -> Any:
    """Return a field whose default holds in Python (``value``) and in the database (``sql``) alike."""
    return Field(default=value, sa_column_kwargs={"server_default": text(sql)}, **options)


def document(sql: str | None = None, *, nullable: bool = False, **options: Any) -> Any:
    """Return a JSON column; ``sql`` is its default in the database."""
    column = {"server_default": text(sql)} if sql is not None else {}
    return Field(sa_type=JSON_DOCUMENT, sa_column_kwargs=column, nullable=nullable, **options)  # pyright: ignore[reportArgumentType, reportCallIssue]
