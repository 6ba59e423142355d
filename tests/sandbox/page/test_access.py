"""The page by keyboard alone, for screen readers, without movement, and on a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from nrg_sandbox import Sandbox
from nrg_sandbox.world.messages import write_message

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import OpenPage, Run

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]

# Every control that can be seen, without a name for those who cannot see it.
NAMELESS = """
[...document.querySelectorAll("button, a, input, select, textarea, [role=button], [role=option]")]
  .filter((node) => node.checkVisibility())
  .filter((node) => !(node.ariaLabel || node.textContent.trim() || node.labels?.length
    || node.getAttribute("aria-labelledby")))
  .map((node) => node.outerHTML.slice(0, 120))
"""


async def focused(page: Page) -> str:
    return await page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id")


async def test_every_control_has_a_name(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana", "practice")
    await run(page, "card")
    await expect(page.get_by_role("button", name="Never")).to_be_visible()
    await page.get_by_role("button", name="Inspector").click()
    await expect(page.locator(".traffic-row").last).to_be_visible()
    assert await page.evaluate(NAMELESS) == []
    await page.get_by_role("tab", name="Faults").click()
    assert await page.evaluate(NAMELESS) == []


async def test_the_arrows_move_in_lists(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await page.locator("#channel-list").get_by_role("button", name="general").focus()
    await page.keyboard.press("ArrowDown")
    assert await focused(page) == "practice"
    await page.keyboard.press("Enter")
    await expect(page.locator("#room-head h1")).to_have_text("practice")
    await page.locator(".member").first.focus()
    await page.keyboard.press("ArrowDown")
    assert "ben" in await focused(page)


async def test_messages_are_walked_through_and_acted_on(discord: Sandbox, open_page: OpenPage) -> None:
    world = discord.world
    place = world.find_channel("announcements")
    for words in ("first of all", "second of all"):
        write_message(world, place, world.person("ben"), {"content": words}, {})
    page = await open_page("ana", "announcements")
    await expect(page.locator(".message").last).to_contain_text("second of all")
    await page.get_by_role("log", name="Messages").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".message", has_text="second of all")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    message = page.locator(".message", has_text="first of all")
    await expect(message).to_be_focused()
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(message.get_by_role("button", name="Add a reaction")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(message.locator(".reaction")).to_have_count(1)


async def test_what_is_said_is_told_politely(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    live = page.locator("#live")
    assert await live.get_attribute("aria-live") == "polite"
    await (await discord.member("ben")).say("Good **morning**", channel="general")
    await expect(live).to_have_text("ben: Good morning")
    await expect(page.get_by_role("log", name="Messages")).to_have_attribute("aria-live", "off")


async def test_the_focus_goes_back_where_it_came_from(open_page: OpenPage) -> None:
    page = await open_page("ana")
    opener = page.get_by_role("button", name="Pinned messages")
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Pinned messages")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    style = await opener.evaluate("node => getComputedStyle(node).outlineStyle")
    assert style == "solid"


async def test_who_wants_no_movement_gets_none(browser: Browser, discord: Sandbox) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{discord.page_url}?as=ana&channel=general")
    await expect(page.get_by_role("button", name="You are ana")).to_be_visible()
    moving = await page.evaluate("document.getAnimations().length")
    assert moving == 0
    duration = await page.locator("#channels").evaluate("node => getComputedStyle(node).transitionDuration")
    assert duration == "0s"
    await context.close()


async def test_the_colours_are_kept(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    await page.get_by_role("button", name="Switch to light colours").click()
    light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    await page.reload()
    await expect(page.get_by_role("button", name="Switch to dark colours")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == light


async def test_the_inspector_fills_a_telephone(open_page: OpenPage) -> None:
    page = await open_page("ana")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="Inspector").click()
    box = await page.get_by_role("region", name="Inspector").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    await page.get_by_role("tab", name="Faults").click()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.get_by_role("button", name="Close the inspector").click()
    await expect(page.locator("#composer-text")).to_be_visible()


async def test_an_unknown_name_opens_as_somebody_and_says_so(
    discord: Sandbox, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page("ana")
    await page.goto(f"{discord.page_url}?as=nobody")
    await expect(page.locator(".toast")).to_have_text("there is no member 'nobody'")
    await expect(page.get_by_role("button", name="You are")).to_be_visible()
    complaints.clear()  # the browser notes the refusal
