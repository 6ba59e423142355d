"""The page, driven in a real browser against the real sandbox and a small real bot."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from nrg_sandbox import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import OpenPage, Run

DAY = datetime.timedelta(days=1)

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]


def _said(page: Page, text: str) -> Locator:
    return page.locator("#messages").get_by_text(text)


async def test_a_command_is_typed_completed_and_answered(open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page("ana")
    await page.keyboard.press("/")
    options = page.get_by_role("option")
    await expect(options.filter(has_text="/ping")).to_contain_text("Answers at once")
    await page.keyboard.type("ech")
    await expect(options).to_have_count(1)
    await page.screenshot(path=tmp_path / "picker.png")
    await page.keyboard.press("Tab")

    await page.keyboard.type("e")
    await expect(options).to_have_text(["energy-ball", "eye-massage"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="hack")).to_have_value("eye-massage")

    await page.keyboard.type("min")
    await page.keyboard.press("Tab")
    await page.keyboard.type("61")
    await page.keyboard.press("Enter")
    await expect(page.locator(".hint.error")).to_have_text('"minutes" is 1 to 60.')
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Backspace")
    await page.keyboard.type("20")
    await page.keyboard.press("Enter")

    answer = page.locator(".message").last
    await expect(answer.locator(".markdown")).to_have_text("eye-massage for 20")
    await expect(answer.locator(".context")).to_have_text("ana used /echo")
    await expect(answer.locator(".bot-tag")).to_be_visible()


async def test_a_required_option_is_asked_for_and_escape_leaves(
    discord: Sandbox, open_page: OpenPage, run: Run
) -> None:
    page = await open_page("ana")
    before = len(discord.messages("general"))
    await run(page, "echo")
    await expect(page.locator(".hint.error")).to_have_text('"hack" is needed.')
    await page.keyboard.press("Escape")
    await expect(page.locator("#composer-text")).to_be_focused()
    assert len(discord.messages("general")) == before


async def test_an_unanswered_command_says_so_and_can_be_dismissed(open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana")
    await run(page, "mute")
    failure = _said(page, "The application did not respond")
    await expect(failure).to_have_count(1)
    await page.get_by_role("button", name="Dismiss").last.click()
    await expect(failure).to_have_count(0)


async def test_buttons_selects_and_forms(open_page: OpenPage, run: Run, tmp_path: Path) -> None:
    page = await open_page("ana", "practice")
    await run(page, "card")
    embed = page.locator(".embed").last
    await expect(embed.locator(".embed-title")).to_have_text("Day 7")
    await expect(embed.locator("strong")).to_have_text("Well")
    await expect(embed.locator("dt")).to_have_text(["Streak", "Total"])
    await expect(page.get_by_role("button", name="Never")).to_be_disabled()
    await expect(page.get_by_role("link", name="Guide")).to_have_attribute("href", "https://example.org/")

    await page.get_by_role("button", name="Write").click()
    form = page.get_by_role("dialog", name="What was it?")
    await expect(form.get_by_label("Notes")).to_have_value("as ever")
    await page.keyboard.type("eb")
    await page.keyboard.press("Enter")
    await expect(form.get_by_text("At least 3 characters, please.")).to_be_visible()
    await page.keyboard.type("b")
    await page.screenshot(path=tmp_path / "form.png")
    await page.keyboard.press("Enter")
    await expect(form).to_have_count(0)
    await expect(page.locator(".message .markdown").last).to_have_text("Wrote ebb and as ever")

    await page.get_by_role("button", name="Your mood").click()
    await page.get_by_role("option", name="Awake").click()
    card = page.locator(".message", has=page.locator(".edited"))
    await expect(card).to_contain_text("awake!")
    await expect(card.locator(".embed, .components")).to_have_count(0)

    await run(page, "card")
    await page.get_by_role("button", name="Good").click()
    await expect(card.last).to_contain_text("Noted!")


async def test_only_its_member_sees_an_ephemeral_answer(
    discord: Sandbox, open_page: OpenPage, run: Run
) -> None:
    page = await open_page("ana")
    await run(page, "secret")
    await expect(_said(page, "Between us")).to_be_visible()
    await expect(page.get_by_text("Only you can see this").last).to_be_visible()

    await page.get_by_role("button", name="You are ana").click()
    await page.get_by_role("button", name="ben").and_(page.locator(".menu-item")).click()
    await expect(page).to_have_url(re.compile(r"as=ben"))
    await (await discord.member("ben")).say("I see nothing", channel="general")
    await expect(_said(page, "I see nothing")).to_be_visible()
    await expect(_said(page, "Between us")).to_have_count(0)

    await page.reload()
    await expect(page.get_by_role("button", name="You are ben")).to_be_visible()


async def test_a_direct_message_arrives_in_a_room_of_its_own(
    discord: Sandbox, open_page: OpenPage, run: Run
) -> None:
    page = await open_page("ana")
    await run(page, "whisper")
    await page.get_by_role("button", name="nrg, unread").click()
    await expect(_said(page, "Psst, a letter")).to_be_visible()
    await run(page, "ping")
    await expect(_said(page, "Pong")).to_be_visible()
    assert len(discord.dms(await discord.member("ana"))) == 2
    assert discord.dms(await discord.member("ben")) == []


async def test_a_new_member_joins_from_the_switcher(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await page.get_by_role("button", name="You are ana").click()
    await page.get_by_label("Name of the new member").fill("dora")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="You are dora")).to_be_visible()
    await expect(page.locator("#member-list")).to_contain_text("dora")
    assert (await discord.member("dora")) is not None


async def test_two_tabs_are_two_members_who_see_each_other(open_page: OpenPage) -> None:
    ana = await open_page("ana", "announcements")
    ben = await open_page("ben")
    await ana.get_by_role("combobox").first.fill("Hello @ben")
    await ana.keyboard.press("Escape")
    await ana.keyboard.press("Enter")
    await expect(ana.locator(".message").last.locator(".mention")).to_have_text("@ben")
    await expect(ben.get_by_role("button", name="announcements, unread")).to_be_visible()
    await ben.get_by_role("button", name="announcements").click()
    await expect(ben.locator(".mentions-me").last).to_contain_text("Hello @ben")


async def test_what_members_write_is_never_html(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ben")
    hostile = "<img src=x onerror=\"document.title='taken'\"> **[x](javascript:alert(1))**"
    await (await discord.member("ana")).say(hostile, channel="general")
    message = page.locator(".message").last
    await expect(message.locator(".markdown")).to_have_text(
        "<img src=x onerror=\"document.title='taken'\"> [x](javascript:alert(1))"
    )
    await expect(message.locator(".markdown img, .markdown a")).to_have_count(0)
    await expect(page).to_have_title(re.compile("Sandbox · a local Discord"))


async def test_markdown_and_relative_times_follow_the_clock(
    discord: Sandbox, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page("ben")
    start = discord.clock.now()
    await (await discord.member("ana")).say(
        f"_at_ <t:{int(start.timestamp())}:R> ||hush|| `a*b*`\n- one\n- two", channel="general"
    )
    message = page.locator(".message").last
    await expect(message.locator("em")).to_have_text("at")
    await expect(message.locator("code")).to_have_text("a*b*")
    await expect(message.locator("li")).to_have_text(["one", "two"])
    await expect(message.locator(".spoiler > span")).to_be_hidden()
    await message.locator(".spoiler").click()
    await expect(message.locator(".spoiler > span")).to_be_visible()

    await page.get_by_role("button", name="+1 day").click()
    await expect(message.locator("time.stamp")).to_have_text("yesterday")
    assert discord.clock.now() - start >= DAY
    moved = discord.clock.now()
    await expect(page.locator(".clock-face")).to_contain_text(f"{moved.day} {moved:%b %Y}")
    await expect(page.locator(".offset")).to_contain_text("+1 day")
    await page.screenshot(path=tmp_path / "after-a-day.png")


async def test_a_member_menu_offers_the_bots_user_commands(open_page: OpenPage) -> None:
    page = await open_page("ana")
    await page.locator(".member", has_text="ben").click(button="right")
    await page.get_by_role("menuitem", name="Wave").click()
    await expect(_said(page, "Hello ben")).to_be_visible()
    await expect(page.locator(".message .context").last).to_have_text("ana used Wave")


async def test_reactions_are_counted_and_taken_back(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana", "announcements")
    await (await discord.member("ben")).say("React to this", channel="announcements")
    message = page.locator(".message", has_text="React to this")
    await message.hover()
    await message.get_by_role("button", name="Add a reaction").click()
    await page.get_by_role("button", name="React with 🌱").click()
    reaction = message.get_by_role("button", name="🌱, 1")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(message.locator(".reaction")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_narrow_page_has_drawers_and_no_sideways_scrolling(
    open_page: OpenPage, tmp_path: Path, scheme: str
) -> None:
    page = await open_page("ana", "practice")
    await page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await expect(page.locator("#channels")).to_be_hidden()
    await page.get_by_role("button", name="Channels").click()
    await expect(page.get_by_role("button", name="announcements")).to_be_visible()
    await page.screenshot(path=tmp_path / f"narrow-{scheme}.png")
    await page.get_by_role("button", name="announcements").click()
    await expect(page.locator("#channels")).to_be_hidden()
    await expect(page.get_by_role("heading", name="announcements", exact=True)).to_be_visible()


async def test_the_page_says_when_the_bot_is_offline(browser: Browser) -> None:
    async with Sandbox() as lonely:
        await lonely.member("ana")
        page = await browser.new_page()
        await page.goto(lonely.page_url)
        await expect(page.locator("#banner")).to_have_text("The bot is offline. Start it with: nrg run")
        await page.close()
