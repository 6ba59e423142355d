"""Databases that are migrated once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from nrg_core.storage.migrate import MigrationSource, upgrade
from nrg_core.urls import async_url

__all__ = ["Databases", "fresh_database"]


class Databases:
    """Makes databases with the current schema.

    Parameters
    ----------
    folder
        Where SQLite files go.
    sources
        Whose migrations are applied.
    postgres_url
        A PostgreSQL server that lets us create databases; without it there is SQLite only.
    """

    def __init__(
        self, folder: Path, sources: Sequence[MigrationSource], postgres_url: str | None = None
    ) -> None:
        self._folder = folder
        self._sources = list(sources)
        self._postgres = async_url(postgres_url) if postgres_url else None
        self._template: Path | None = None
        self._template_name: str | None = None

    async def sqlite(self) -> str:
        """Return the URL of a new SQLite database."""
        if self._template is None:
            self._template = self._folder / "template.sqlite3"
            await upgrade(f"sqlite:///{self._template}", self._sources)
        copy = self._folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(self._template, copy)
        return f"sqlite:///{copy}"

    @asynccontextmanager
    async def postgresql(self) -> AsyncGenerator[str]:
        """Yield the URL of a new PostgreSQL database, dropped afterwards."""
        assert self._postgres is not None
        if self._template_name is None:
            template = f"nrg_template_{uuid4().hex}"
            await self._administer(f"CREATE DATABASE {template}")
            await upgrade(self._postgres.set(database=template), self._sources)
            self._template_name = template
        name = f"nrg_test_{uuid4().hex}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {self._template_name}")
        try:
            yield _text(self._postgres.set(database=name))
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def aclose(self) -> None:
        """Drop what tests were copied from."""
        if self._template_name is not None:
            await self._administer(f"DROP DATABASE IF EXISTS {self._template_name} WITH (FORCE)")
            self._template_name = None

    async def _administer(self, statement: str) -> None:
        assert self._postgres is not None
        engine = create_async_engine(self._postgres, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


@asynccontextmanager
async def fresh_database(databases: Databases, kind: str) -> AsyncGenerator[str]:
    """Yield the URL of a new database of a kind, ``"sqlite"`` or ``"postgresql"``."""
    if kind == "sqlite":
        yield await databases.sqlite()
    else:
        async with databases.postgresql() as url:
            yield url


def _text(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
