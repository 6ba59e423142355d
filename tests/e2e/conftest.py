"""A local Discord, and real bots on it that tests start, stop and start again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from nrg_core.app import App
from nrg_core.host.installed import Installed, installed
from nrg_core.testing.bots import running_bot
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member

StartBot = Callable[..., Awaitable[App]]


@pytest.fixture
async def start_bot(discord: Sandbox, sqlite_url: str) -> AsyncGenerator[StartBot]:
    """Start a bot, on the test's SQLite database unless told otherwise; stopped at the end at the latest."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> App:
            values: dict[str, Any] = {
                "token": discord.token,
                "api_url": discord.api_url,
                "database_url": sqlite_url,
                "clock": discord.clock,
                **settings,
            }
            return await stack.enter_async_context(running_bot(**values))

        yield start


@pytest.fixture
async def app(start_bot: StartBot) -> App:
    return await start_bot()


@pytest.fixture
def with_probe() -> list[Installed]:
    """The installed plugins and the probe of ``plugins/probe``."""
    package = "tests.e2e.plugins.probe"
    point = EntryPoint("probe", f"{package}:plugin", "nrg.plugins")
    return [*installed(), Installed("probe", "probe", "1", "One of each", package, point)]


@pytest.fixture
async def ana(discord: Sandbox) -> Member:
    return await discord.member("ana")


@pytest.fixture
async def ben(discord: Sandbox) -> Member:
    return await discord.member("ben")
