"""A real bot with every plugin on a local Discord, and two of its members."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from nrg_core.app import App
from nrg_core.testing.bots import running_bot
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member


@pytest.fixture
async def app(discord: Sandbox, sqlite_url: str) -> AsyncGenerator[App]:
    async with running_bot(
        token=discord.token, api_url=discord.api_url, database_url=sqlite_url, clock=discord.clock
    ) as running:
        yield running


@pytest.fixture
async def ana(discord: Sandbox, app: App) -> Member:
    """A member who practises."""
    return await discord.member("ana")


@pytest.fixture
async def ben(discord: Sandbox, app: App) -> Member:
    """Another member, a peer."""
    return await discord.member("ben")
