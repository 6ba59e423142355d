"""Errands: network work of a plugin's own, done after the commit, again if need be, and once in effect."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from nrg_core.delivery.sender import LEASE, PAUSES
from nrg_core.host.diagnosis import check_outbox, replay
from nrg_core.host.installed import Installed
from tests.e2e.plugins import courier
from tests.support.world import switch

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_core.app import App
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member

ALL = (1 << 53) - 1
ADMINISTRATOR, MANAGE_CHANNELS = 1 << 3, 1 << 4

COURIER = [
    Installed(
        *("courier", "courier", "1", "Goes on errands", "tests.e2e.plugins.courier"),
        EntryPoint("courier", "tests.e2e.plugins.courier:plugin", "nrg.plugins"),
    )
]


@pytest.fixture
async def couriers(start_bot: StartBot) -> App:
    courier.began, courier.gate = asyncio.Event(), asyncio.Event()
    return await start_bot(candidates=COURIER)


async def rows(app: App, statement: str) -> list[Any]:
    async with app.database.reading() as uow:
        return [tuple(row) for row in (await uow.execute(text(statement))).all()]


async def outbox_becomes(app: App, wanted: list[tuple[int, bool]]) -> None:
    """Wait until the outbox holds so many failed tries of each errand, and whether it was given up."""
    statement = "SELECT attempts, due_at IS NULL FROM outbox WHERE kind = 'errand' ORDER BY id"
    async with asyncio.timeout(20):
        while (found := await rows(app, statement)) != wanted:
            assert len(found) <= len(wanted) or not found[0][1], found


def offices(discord: Sandbox) -> int:
    return sum(each.payload["name"] == "office" for each in discord.world.home.channels.values())


async def test_an_errand_is_done_after_the_commit(couriers: App, ana: Member, discord: Sandbox) -> None:
    assert (await ana.slash("deliver", what="open_office")).content == "Asked for."
    assert offices(discord) == 1
    await outbox_becomes(couriers, [])


async def test_an_errand_holds_up_no_unit_of_work(couriers: App, ana: Member) -> None:
    asked = asyncio.create_task(ana.slash("deliver", what="wait"))
    await courier.began.wait()
    await ana.slash("timezone", zone="Asia/Tokyo")
    courier.gate.set()
    assert (await asked).content == "Asked for."
    await outbox_becomes(couriers, [])


async def test_a_process_that_dies_between_the_work_and_the_mark_does_it_once(
    couriers: App, ana: Member, discord: Sandbox
) -> None:
    """The channel is there, and the answer that says so never comes."""
    discord.fail("POST", "/guilds/.*/channels$", lost=True)
    await ana.slash("deliver", what="open_office")
    await outbox_becomes(couriers, [(1, False)])
    assert offices(discord) == 1
    discord.clock.advance(PAUSES[0])
    couriers.sender.wake()
    await outbox_becomes(couriers, [])
    assert offices(discord) == 1


async def test_an_errand_that_was_begun_by_a_dead_process_is_done_by_the_next(
    couriers: App, start_bot: StartBot, ana: Member, discord: Sandbox
) -> None:
    asked = asyncio.create_task(ana.slash("deliver", what="wait"))
    await courier.began.wait()
    await couriers.sender.stop()
    assert (await asked).content == "Asked for."
    await couriers.stop()
    courier.gate.set()
    discord.clock.advance(LEASE)
    again = await start_bot(candidates=COURIER)
    await outbox_becomes(again, [])


async def test_a_failure_is_tried_again_with_growing_pauses(
    couriers: App, ana: Member, discord: Sandbox
) -> None:
    assert (await ana.slash("deliver", what="stumble")).content == "Asked for."
    for tries, pause in enumerate(PAUSES, start=1):
        await outbox_becomes(couriers, [(tries, False)])
        discord.clock.advance(pause)
        couriers.sender.wake()
    await outbox_becomes(couriers, [(len(PAUSES) + 1, True)])


async def test_a_failure_for_good_is_kept_shown_and_replayed(
    couriers: App, ana: Member, discord: Sandbox
) -> None:
    await ana.slash("deliver", what="get_lost")
    await outbox_becomes(couriers, [(1, True)])
    shown = await check_outbox(couriers.database)
    assert not shown.ok
    assert shown.detail == "1 message\n1 × errand courier get_lost (404: Unknown Channel)"
    assert await replay(couriers.database, couriers.clock.now()) == 1
    couriers.sender.wake()
    await outbox_becomes(couriers, [(1, True)])


@pytest.mark.parametrize("everywhere", [True, False])
async def test_errands_wait_while_the_plugin_is_switched_off(
    couriers: App, ana: Member, discord: Sandbox, everywhere: bool
) -> None:
    await couriers.sender.stop()
    await ana.slash("deliver", what="open_office")
    guild = None if everywhere else int(discord.guild_id)
    await switch(couriers, "courier", False, guild)
    assert await couriers.sender.look() == 1
    assert await rows(couriers, "SELECT attempts, due_at IS NULL FROM outbox") == [(0, False)]
    assert offices(discord) == 0
    await switch(couriers, "courier", True, guild)
    discord.clock.advance(LEASE)
    assert await couriers.sender.look() == 1
    assert offices(discord) == 1


@pytest.mark.parametrize("what", ["unknown", "wait:"])
async def test_an_errand_that_nobody_knows_waits(couriers: App, ana: Member, what: str) -> None:
    await couriers.sender.stop()
    await ana.slash("deliver", what=what)
    assert await couriers.sender.look() == 1
    assert await rows(couriers, "SELECT attempts, due_at IS NULL FROM outbox") == [(0, False)]


@pytest.mark.parametrize(
    "discord", [{"bot_permissions": ALL & ~ADMINISTRATOR & ~MANAGE_CHANNELS}], indirect=True
)
async def test_an_errand_that_was_not_allowed_is_done_once_it_is_asked_for_again(
    couriers: App, ana: Member, discord: Sandbox
) -> None:
    answer = await ana.slash("deliver", what="open_office")
    assert answer.ephemeral
    assert "grant “Manage Channels” to my role" in answer.content
    await outbox_becomes(couriers, [(1, True)])
    owner = await discord.member("owner")
    await discord.wait_for(lambda: discord.dms(owner))
    discord.clock.advance(timedelta(days=1))
    assert await couriers.sender.look() == 0
    guild = discord.world.home
    (role,) = (each for each in guild.roles.values() if each.get("managed"))
    guild.roles[role["id"]] = role | {"permissions": str(ALL & ~ADMINISTRATOR)}
    guild.forget_permissions()
    assert (await ana.slash("deliver", what="open_office")).content == "Asked for."
    assert offices(discord) == 1
    await outbox_becomes(couriers, [])
