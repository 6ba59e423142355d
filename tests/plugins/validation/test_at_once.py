"""Many at once, on a database of either kind: nobody is refused for want of patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import pytest

from nrg_core.app import App
from nrg_core.testing.bots import running_bot
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member

if TYPE_CHECKING:
    from conftest import World


@pytest.fixture
async def app(discord: Sandbox, database_url: str) -> AsyncGenerator[App]:
    async with running_bot(
        token=discord.token, api_url=discord.api_url, database_url=database_url, clock=discord.clock
    ) as running:
        yield running


async def test_fifty_peers_at_once(ana: Member, discord: Sandbox, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    peers = [await discord.member(f"peer {number}") for number in range(50)]
    answers = await asyncio.gather(*(peer.slash("validate", user=ana) for peer in peers))
    assert not any(answer.ephemeral for answer in answers if not answer.deferred)
    assert len(await world.validations()) == 50


async def test_one_peer_in_haste(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    answers = await asyncio.gather(*(ben.slash("validate", user=ana) for _ in range(5)))
    assert sorted("already" in answer.text for answer in answers) == [False, True, True, True, True]
    assert len(await world.validations()) == 1
