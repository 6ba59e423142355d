"""Fixtures for every test: fresh databases of both kinds, Redis, and a clock that a test can move."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import structlog

from nrg_core.app import migration_sources
from nrg_core.clock import OffsetClock
from nrg_core.host.installed import installed
from nrg_core.storage.database import Database, open_database
from nrg_core.testing.databases import Databases, fresh_database
from nrg_core.urls import async_url

# Discord's own description of its API lies beside the checkout where it is to be had; every sandbox of a
# test run, in whichever process, then holds each call to it.
DESCRIPTION = Path(__file__).resolve().parents[2] / "shared" / "discord" / "openapi.json"
if DESCRIPTION.is_file():
    os.environ.setdefault("NRG_SANDBOX_OPENAPI", str(DESCRIPTION))


def pytest_report_header() -> str:
    """Say whether calls to the sandbox are held to Discord's own description."""
    found = os.environ.get("NRG_SANDBOX_OPENAPI")
    return (
        f"sandbox: calls are held to {found}" if found else "sandbox: no openapi.json, so calls go unchecked"
    )


def address_of(variable: str, service: str) -> str:
    """Return the address of a service that tests may use, or skip the test, or fail it in CI."""
    address = os.environ.get(variable)
    if address:
        return address
    if os.environ.get("CI"):
        pytest.fail(f"{variable} is not set, and in CI {service} must not go untested")
    pytest.skip(f"{variable} is not set: not tested on {service}")


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log plain lines, whatever an earlier test set up: a traceback drawn in full takes seconds."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.dev.ConsoleRenderer(colors=False)]
    )


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Generator[Databases]:
    """Databases with every installed plugin's tables: migrated once a worker, then copied."""
    made = Databases(
        tmp_path_factory.mktemp("databases"),
        migration_sources(installed()),
        os.environ.get("TEST_POSTGRES_URL"),
    )
    yield made
    asyncio.run(made.aclose())


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, databases: Databases) -> AsyncGenerator[str]:
    """The address of a fresh database, of either kind."""
    if request.param == "postgresql":
        address_of("TEST_POSTGRES_URL", "PostgreSQL")
    async with fresh_database(databases, request.param) as url:
        yield url


@pytest.fixture
async def sqlite_url(databases: Databases) -> str:
    """The address of a fresh SQLite database."""
    return await databases.sqlite()


@pytest.fixture
async def postgres_url(databases: Databases) -> AsyncGenerator[str]:
    """The address of a fresh PostgreSQL database."""
    address_of("TEST_POSTGRES_URL", "PostgreSQL")
    async with databases.postgresql() as url:
        yield url


@pytest.fixture
def redis_url() -> str:
    """The address of a Redis server."""
    return address_of("TEST_REDIS_URL", "Redis")


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """A fresh database of either kind, open."""
    opened = await open_database(async_url(database_url))
    yield opened
    await opened.close()


@pytest.fixture
def manual_clock() -> OffsetClock:
    """The real time, which a test moves forward by ``manual_clock.offset``."""
    return OffsetClock()
