"""The inspector: what went over the wire, and what is to go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from playwright.async_api import Page, expect

from nrg_sandbox import Sandbox
from nrg_sandbox.traffic import Traffic

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import OpenPage, Run

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]


def traffic_of(discord: Sandbox) -> Traffic:
    return discord._traffic  # pyright: ignore[reportPrivateUsage]


async def inspect(page: Page) -> None:
    await page.get_by_role("button", name="Inspector").click()
    await expect(page.get_by_role("region", name="Inspector")).to_be_visible()


async def call(discord: Sandbox, path: str) -> int:
    headers = {"Authorization": f"Bot {discord.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(discord.api_url + path) as response,
    ):
        return response.status


async def test_a_call_is_shown_with_both_its_bodies(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana")
    await inspect(page)
    await run(page, "ping")
    row = page.locator(".traffic-row", has_text="/callback").last
    await expect(row.locator(".method")).to_have_text("POST")
    await expect(row.locator(".status")).to_have_text("200")
    await row.click()
    detail = page.get_by_role("region", name="Details")
    await expect(detail).to_contain_text("Request")
    await expect(detail.locator(".json-key", has_text="content").first).to_be_visible()
    await expect(detail).to_contain_text('"Pong"')
    await detail.get_by_role("button", name="Close the details").click()
    await expect(detail).to_be_hidden()


async def test_rows_are_filtered_paused_and_cleared(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await inspect(page)
    rows = page.locator(".traffic-row")
    await page.get_by_label("Filter the traffic").fill("/users/@me")
    assert await call(discord, "/users/@me") == 200
    await expect(rows.last.locator(".path")).to_have_text("/users/@me")
    await page.get_by_label("What to show").select_option("problems")
    await expect(rows).to_have_count(0)
    await page.get_by_label("Filter the traffic").fill("")
    assert await call(discord, "/channels/1") == 404
    await expect(rows.last.locator(".status")).to_have_text("404")
    await expect(rows.last.locator(".status")).to_have_class("status refused")

    before = await rows.count()
    await page.get_by_role("button", name="Pause").click()
    assert await call(discord, "/channels/2") == 404
    await expect(page.locator(".rows-count")).to_contain_text("1 waiting")
    await expect(rows).to_have_count(before)
    await page.get_by_role("button", name="Go on").click()
    await expect(rows).to_have_count(before + 1)
    await page.get_by_role("button", name="Clear").click()
    await expect(rows).to_have_count(0)


async def test_what_breaks_the_description_is_told_in_red(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    told = "/content: must be a string"
    traffic_of(discord).called("POST", "/channels/1/messages", "", 200, request=b"{}", violations=(told,))
    opener = page.get_by_role("button", name="Inspector, 1 calls broke Discord's description")
    await expect(opener.locator(".badge")).to_have_text("1")
    await opener.click()
    await expect(opener).to_have_count(0)
    row = page.locator(".traffic-row", has=page.locator(".tag.bad"))
    await expect(row.locator(".status")).to_have_class("status violating")
    await row.click()
    await expect(page.locator(".violations")).to_have_text(told)


async def test_gateway_frames_stand_among_the_calls(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await inspect(page)
    await page.get_by_label("What to show").select_option("gateway")
    traffic_of(discord).framed(b'{"op":0,"d":{"deep":{"er":[7]}}}', sent=True, shard=0, op=0, name="NOVELTY")
    row = page.locator(".traffic-row", has_text="NOVELTY")
    await expect(row).to_contain_text("→ bot")
    await row.click()
    fold = page.locator(".detail summary", has_text="deep: ")
    await expect(fold).to_have_text("deep: { er }")
    await expect(page.locator(".detail .json-number", has_text="7")).to_have_count(0)
    await fold.click()
    await page.locator(".detail summary", has_text="er: [1]").click()
    await expect(page.locator(".detail .json-number", has_text="7")).to_be_visible()


async def test_ten_thousand_rows_are_a_window(discord: Sandbox, open_page: OpenPage) -> None:
    traffic = traffic_of(discord)
    for number in range(10_000):
        traffic.called("GET", f"/many/{number}", "", 200)
    page = await open_page("ana")
    await inspect(page)
    rows = page.locator(".traffic-row")
    await expect(rows.last).to_contain_text("/many/9999")
    assert await rows.count() < 120
    await page.get_by_role("listbox", name="Traffic").focus()
    await page.keyboard.press("Home")
    await expect(rows.first).to_be_visible()
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator('.traffic-row[aria-selected="true"]')).to_contain_text("/many/9998")
    assert await rows.count() < 120


async def test_faults_are_arranged_listed_struck_and_removed(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await inspect(page)
    await page.get_by_role("tab", name="Faults").click()
    pending = page.get_by_role("list", name="Faults to come")
    await expect(pending).to_have_text("Nothing is going to fail.")
    await page.get_by_label("Method").select_option("GET")
    await page.get_by_label("Path holds").fill("/users/@me$")
    await page.get_by_label("Status", exact=True).fill("503")
    await page.get_by_label("How often").fill("2")
    await page.get_by_role("button", name="Arrange").click()
    await expect(pending.get_by_role("listitem")).to_contain_text("503")
    await expect(pending.locator(".times")).to_have_text("× 2")
    assert await call(discord, "/users/@me") == 503
    await expect(pending.locator(".times")).to_have_text("× 1")
    await pending.get_by_role("button", name="Remove GET /users/@me$").click()
    await expect(pending).to_have_text("Nothing is going to fail.")
    assert await call(discord, "/users/@me") == 200


async def test_a_fault_that_makes_no_sense_is_refused_in_words(
    discord: Sandbox, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page("ana")
    await inspect(page)
    await page.get_by_role("tab", name="Faults").click()
    await page.get_by_label("Path holds").fill("(")
    await page.get_by_role("button", name="Arrange").click()
    await expect(page.locator(".toast")).to_contain_text("is no regular expression")
    await expect(page.get_by_role("list", name="Faults to come")).to_have_text("Nothing is going to fail.")
    assert discord._rest.faults.pending() == ()  # pyright: ignore[reportPrivateUsage]
    complaints.clear()  # the browser notes the refusal


async def test_a_rate_limit_says_how_long(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await inspect(page)
    await page.get_by_role("tab", name="Faults").click()
    await expect(page.get_by_label("Wait, in seconds")).to_be_hidden()
    await page.get_by_label("What happens").select_option("limit")
    await expect(page.get_by_label("Status", exact=True)).to_be_hidden()
    await page.get_by_label("Path holds").fill("/users/@me$")
    await page.get_by_label("Wait, in seconds").fill("2.5")
    await page.get_by_role("button", name="Arrange").click()
    await expect(page.get_by_role("list", name="Faults to come")).to_contain_text("429, wait 2.5 s")
    assert await call(discord, "/users/@me") == 429


@pytest.mark.parametrize(
    "stroke",
    ["Reconnect (op 7)", "Invalid, resumable (op 9)", "Invalid (op 9)", "Drop the socket"],
)
async def test_the_gateway_is_struck_and_the_bot_comes_back(
    discord: Sandbox, open_page: OpenPage, run: Run, stroke: str
) -> None:
    page = await open_page("ana")
    await inspect(page)
    await page.get_by_role("tab", name="Faults").click()
    gone: list[bool] = []
    discord.world.bus.subscribe(
        lambda event: gone.append(event.data["online"]) if event.name == "BOT" else None
    )
    await page.get_by_role("button", name=stroke, exact=True).click()
    await discord.wait_for(lambda: False in gone and discord.bot_online, timeout=15)
    await run(page, "ping")
    await expect(page.locator(".message").last).to_contain_text("Pong")


async def test_an_interaction_is_delivered_again(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana")
    await run(page, "ping")
    await expect(page.locator(".message").last).to_contain_text("Pong")
    await inspect(page)
    calls = [one for one in discord.requests if one.path.endswith("/callback")]
    await page.get_by_role("tab", name="Faults").click()
    await page.get_by_role("button", name="Last interaction again").click()
    await discord.wait_for(
        lambda: len([one for one in discord.requests if one.path.endswith("/callback")]) > len(calls)
    )
    # Answered twice: Discord refuses the second.
    assert discord.requests[-1].status == 400


async def test_escape_and_the_tabs_keys(open_page: OpenPage) -> None:
    page = await open_page("ana")
    await inspect(page)
    await expect(page.get_by_role("tab", name="Traffic")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Faults")).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("tabpanel", name="Faults")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("region", name="Inspector")).to_be_hidden()
    await expect(page.get_by_role("button", name="Inspector")).to_be_focused()
