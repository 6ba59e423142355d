"""/notices: choosing what one is told of, with a plugin that has much to tell."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

from nrg_core.app import App
from nrg_core.host.diagnosis import check_outbox
from nrg_core.host.installed import Installed
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer, Member
from tests.support.world import switch

if TYPE_CHECKING:
    from conftest import StartBot

FIRST, SECOND = "core:notices:0", "core:notices:25"


@pytest.fixture
def herald() -> list[Installed]:
    package = "tests.e2e.plugins.herald"
    point = EntryPoint("herald", f"{package}:plugin", "nrg.plugins")
    return [Installed("herald", "herald", "1", "Tells the news", package, point)]


@pytest.fixture
async def app(start_bot: StartBot, herald: list[Installed]) -> App:
    return await start_bot(candidates=herald)


def options(answer: Answer) -> dict[str, bool]:
    """Return what is on offer, and whether it is chosen."""
    menus: list[dict[str, Any]] = [menu for row in answer.components for menu in row["components"]]
    return {each["value"]: each.get("default", False) for menu in menus for each in menu["options"]}


@pytest.mark.usefixtures("app")
async def test_nothing_is_chosen_at_first(ana: Member) -> None:
    page = await ana.slash("notices")
    assert page.ephemeral
    assert "I write to you about nothing." in page.content
    assert len(options(page)) == 30
    assert not any(options(page).values())
    assert (await ana.slash("proclaim", kind=1)).content == "Not told."


@pytest.mark.usefixtures("app")
async def test_choosing_and_thinking_better_of_it(ana: Member, ben: Member, discord: Sandbox) -> None:
    page = await ana.slash("notices")
    await ana.select(page, FIRST, ["herald.news1", "herald.news2"])
    assert "- There is news of the kind 1\n- There is news of the kind 2\n" in page.content
    assert [value for value, chosen in options(page).items() if chosen] == ["herald.news1", "herald.news2"]
    assert (await ana.slash("proclaim", kind=1)).content == "Told."
    assert await ana.receives("News of the kind 1")
    assert (await ana.slash("proclaim", kind=3)).content == "Not told."
    assert (await ben.slash("proclaim", kind=1)).content == "Not told."
    await ana.select(page, FIRST, [])
    assert "about nothing" in page.content
    assert (await ana.slash("proclaim", kind=1)).content == "Not told."
    assert discord.dms(ben) == []


@pytest.mark.usefixtures("app")
async def test_two_menus_do_not_undo_each_other(ana: Member) -> None:
    page = await ana.slash("notices")
    await ana.select(page, FIRST, ["herald.news1"])
    await ana.select(page, SECOND, ["herald.news29"])
    assert [value for value, chosen in options(page).items() if chosen] == ["herald.news1", "herald.news29"]


@pytest.mark.usefixtures("app")
async def test_choosing_in_haste(ana: Member) -> None:
    page = await ana.slash("notices")
    await asyncio.gather(*(ana.select(page, FIRST, ["herald.news1"]) for _ in range(3)))
    assert [value for value, chosen in options(await ana.slash("notices")).items() if chosen] == [
        "herald.news1"
    ]


@pytest.mark.usefixtures("app")
async def test_what_was_never_on_offer_is_not_chosen(ana: Member) -> None:
    page = await ana.slash("notices")
    await ana.select(page, FIRST, ["stranger.thing", "herald", "", "herald.news29"], unchecked=True)
    assert "about nothing" in page.content


async def test_closed_direct_messages_leave_nothing_behind(app: App, ana: Member, ben: Member) -> None:
    for member in (ana, ben):
        await member.select(await member.slash("notices"), FIRST, ["herald.news1"])
    ana.close_dms()
    assert (await ana.slash("proclaim", kind=1)).content == "Told."
    assert (await ben.slash("proclaim", kind=1)).content == "Told."
    assert await ben.receives("News of the kind 1")  # asked for later, and sent in order
    assert (await check_outbox(app.database)).ok


@pytest.mark.usefixtures("app")
async def test_in_direct_messages_too(ana: Member) -> None:
    page = await ana.dm().slash("notices")
    await ana.select(page, FIRST, ["herald.news1"])
    assert options(await ana.slash("notices"))["herald.news1"]


@pytest.mark.parametrize("everywhere", [True, False])
async def test_what_is_switched_off_is_not_on_offer(
    app: App, ana: Member, discord: Sandbox, everywhere: bool
) -> None:
    page = await ana.slash("notices")
    await ana.select(page, FIRST, ["herald.news1"])
    guild = None if everywhere else int(discord.guild_id)
    await switch(app, "herald", False, guild)
    for answer in (await ana.slash("notices"), await ana.select(page, FIRST, [])):
        assert answer.ephemeral
        assert "nothing here that I could write to you about" in answer.content
    await switch(app, "herald", True, guild)
    assert options(await ana.slash("notices"))["herald.news1"]  # kept meanwhile


async def test_a_menu_of_before_a_restart(start_bot: StartBot, herald: list[Installed], ana: Member) -> None:
    app = await start_bot(candidates=herald)
    page = await ana.slash("notices")
    await app.stop()
    await start_bot(candidates=herald)
    await ana.select(page, FIRST, ["herald.news1"])
    assert options(await ana.slash("notices"))["herald.news1"]
