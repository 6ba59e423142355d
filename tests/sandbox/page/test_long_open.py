"""A page left open: its size stays bounded, it comes back by itself, and nothing that was said is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, Page, Route, expect

from nrg_sandbox import Sandbox
from nrg_sandbox.world.messages import write_message

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import OpenPage

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]

HELD = 200


def say(discord: Sandbox, count: int, word: str, channel: str = "general") -> None:
    world = discord.world
    place, ben = world.find_channel(channel), world.person("ben")
    for number in range(count):
        write_message(world, place, ben, {"content": f"{word} {number}"}, {})


def shown(page: Page, words: str) -> Locator:
    return page.locator("#messages").get_by_text(words, exact=True)


async def scroll(page: Page, top: str) -> None:
    await page.locator("#log").evaluate(f"log => {{ log.scrollTop = {top}; }}")


async def test_what_streams_in_does_not_pile_up(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    for batch in range(5):
        say(discord, 150, f"batch{batch}")
        await expect(shown(page, f"batch{batch} 149")).to_be_in_viewport()
    assert await page.locator(".message").count() <= HELD
    nodes: int = await page.evaluate("document.getElementsByTagName('*').length")
    assert nodes < 40 * HELD


async def test_older_messages_come_when_they_are_wanted(discord: Sandbox, open_page: OpenPage) -> None:
    say(discord, 420, "story", "practice")
    page = await open_page("ana", "practice")
    await expect(shown(page, "story 419")).to_be_in_viewport()
    await expect(page.locator(".message")).to_have_count(50)
    seen = page.locator(".message")
    first = shown(page, "story 0")
    for _ in range(20):
        if await first.count():
            break
        before = await seen.first.get_attribute("data-id")
        await scroll(page, "0")
        await expect(seen.first).not_to_have_attribute("data-id", before or "")
    await expect(first).to_have_count(1)
    assert await seen.count() <= HELD
    # The newest were let go; the way back leads to them.
    await expect(shown(page, "story 419")).to_have_count(0)
    await page.locator("#jump").click()
    await expect(shown(page, "story 419")).to_be_in_viewport()
    await expect(page.locator("#jump")).to_be_hidden()


async def test_the_place_is_kept_while_older_ones_are_added(discord: Sandbox, open_page: OpenPage) -> None:
    say(discord, 120, "place", "announcements")
    page = await open_page("ana", "announcements")
    await expect(shown(page, "place 119")).to_be_in_viewport()
    await scroll(page, "120")
    watched = shown(page, "place 72")
    await expect(shown(page, "place 60")).to_have_count(1)
    await expect(watched).to_be_in_viewport()


async def test_who_reads_further_up_is_not_moved(discord: Sandbox, open_page: OpenPage) -> None:
    say(discord, 60, "calm", "practice")
    page = await open_page("ana", "practice")
    await expect(shown(page, "calm 59")).to_be_in_viewport()
    await scroll(page, "log.scrollHeight / 2")
    await expect(page.locator("#jump")).to_have_text("To the newest")
    top = await page.locator("#log").evaluate("log => log.scrollTop")
    say(discord, 3, "news", "practice")
    await expect(page.locator("#jump")).to_have_text("3 new")
    assert await page.locator("#log").evaluate("log => log.scrollTop") == top
    await page.locator("#jump").click()
    await expect(shown(page, "news 2")).to_be_in_viewport()


async def test_what_is_said_while_a_channel_is_read_is_not_lost(
    discord: Sandbox, open_page: OpenPage
) -> None:
    page = await open_page("ana", "practice")

    async def late(route: Route) -> None:
        answer = await route.fetch()
        say(discord, 1, "in between", "announcements")
        await expect(page.locator("#live")).to_have_text("ben: in between 0")
        await route.fulfill(response=answer)

    place = discord.channel("announcements")["id"]
    await page.route(f"**/channels/{place}/messages?*", late, times=1)
    await page.locator("#channel-list").get_by_role("button", name="announcements").click()
    await expect(shown(page, "in between 0")).to_have_count(1)


async def test_a_dropped_line_comes_back_and_nothing_is_lost(
    discord: Sandbox, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page("ana", "announcements")
    await page.context.set_offline(True)
    pages = discord._server._control._pages  # pyright: ignore[reportPrivateUsage]
    pages.close()
    await expect(page.locator("#banner")).to_have_text("The sandbox does not answer. Trying again…")
    say(discord, 2, "meanwhile", "announcements")
    say(discord, 1, "elsewhere", "practice")
    await page.context.set_offline(False)
    await expect(shown(page, "meanwhile 1")).to_be_visible()
    await expect(page.locator("#banner")).to_be_hidden()
    await expect(page.get_by_role("button", name="practice, unread")).to_be_visible()
    say(discord, 1, "afterwards", "announcements")
    await expect(shown(page, "afterwards 0")).to_have_count(1)
    complaints.clear()  # the browser notes each attempt


async def test_a_page_that_does_not_listen_is_let_go(discord: Sandbox) -> None:
    """A frozen tab must not make the sandbox keep every event for it."""
    pages = discord._server._control._pages  # pyright: ignore[reportPrivateUsage]
    frozen = pages.open((await discord.member("ana")).id, discord.guild_id)
    for _ in range(20_001):
        frozen.send(b"{}")
    assert frozen.queue.qsize() == 1
    assert frozen.queue.get_nowait() is None
    pages.forget(frozen)
