"""A real bot with every plugin on a local Discord, and two of its members."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from nrg_core.app import App
from nrg_core.testing.bots import running_bot
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member
from tests.support.scene import Scene


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


@pytest.fixture
async def scene(discord: Sandbox, sqlite_url: str) -> AsyncGenerator[Scene]:
    """Where the guides' conversations are held: a real bot with every plugin, on a Monday morning."""
    now = discord.clock.now()
    monday = now + timedelta(days=7 - now.weekday())
    discord.clock.advance(monday.replace(hour=9, minute=0, second=0, microsecond=0) - now)
    async with running_bot(
        token=discord.token, api_url=discord.api_url, database_url=sqlite_url, clock=discord.clock
    ) as app:
        yield Scene(discord, app)
