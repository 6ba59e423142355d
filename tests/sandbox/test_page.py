"""The page, driven in a real browser against the real sandbox and a small real bot."""

# No `from __future__ import annotations`: arc reads the commands' annotations when the program runs.
import datetime
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import arc
import hikari
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from nrg_sandbox import Sandbox

__all__: list[str] = []

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HACKS = ("energy-ball", "eye-massage", "warm-liquid")
DAY = datetime.timedelta(days=1)

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="there is no chromium on this machine"
    ),
]


async def _hacks(data: arc.AutocompleteData[arc.GatewayClient, str]) -> list[str]:
    return [hack for hack in HACKS if hack.startswith(data.focused_value or "")]


def _bot(discord: Sandbox) -> hikari.GatewayBot:
    """A bot with one command for each thing the page must be able to do."""
    bot = hikari.GatewayBot(
        discord.token,
        rest_url=discord.api_url,
        banner=None,
        logs=None,
        suppress_optimization_warning=True,
        http_settings=hikari.impl.HTTPSettings(force_close_transports=False),
    )
    client = arc.GatewayClient(bot)

    @client.include
    @arc.slash_command("ping", "Answers at once")
    async def ping(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond("Pong")

    @client.include
    @arc.slash_command("echo", "Says what it was told")
    async def echo(  # pyright: ignore[reportUnusedFunction]
        ctx: arc.GatewayContext,
        hack: arc.Option[str, arc.StrParams("Which technique", autocomplete_with=_hacks)],
        minutes: arc.Option[int | None, arc.IntParams("How long", min=1, max=60)] = None,
    ) -> None:
        await ctx.respond(f"{hack} for {minutes}")

    @client.include
    @arc.slash_command("secret", "Answers you alone")
    async def secret(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond("Between us", flags=hikari.MessageFlag.EPHEMERAL)

    @client.include
    @arc.slash_command("mute", "Never answers")
    async def mute(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        return

    @client.include
    @arc.slash_command("card", "Shows an embed with buttons")
    async def card(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        row = bot.rest.build_message_action_row()
        row.add_interactive_button(hikari.ButtonStyle.SUCCESS, "good", label="Good", emoji="🌱")
        row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "form", label="Write")
        row.add_interactive_button(hikari.ButtonStyle.DANGER, "never", label="Never", is_disabled=True)
        row.add_link_button("https://example.org/", label="Guide")
        menu = bot.rest.build_message_action_row().add_text_menu("mood", placeholder="Your mood")
        menu.add_option("Calm", "calm").add_option("Awake", "awake")
        embed = hikari.Embed(title="Day 7", description="**Well** done", color=0x2A9D8F)
        embed.add_field("Streak", "7 days", inline=True).add_field("Total", "340 min", inline=True)
        await ctx.respond(embed=embed, components=[row, menu.parent])

    @client.include
    @arc.slash_command("whisper", "Writes to you")
    async def whisper(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.user.send("Psst, a letter")
        await ctx.respond("Sent")

    @client.include
    @arc.user_command("Wave")
    async def wave(ctx: arc.GatewayContext, user: hikari.User) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond(f"Hello {user.username}")

    @bot.listen()
    async def on_interaction(event: hikari.InteractionCreateEvent) -> None:  # pyright: ignore[reportUnusedFunction]
        interaction = event.interaction
        if isinstance(interaction, hikari.ComponentInteraction):
            await _on_component(bot, interaction)
        elif isinstance(interaction, hikari.ModalInteraction):
            said = [field.value for row in interaction.components for field in row.components]  # pyright: ignore
            await interaction.create_initial_response(
                hikari.ResponseType.MESSAGE_CREATE, f"Wrote {' and '.join(said)}"
            )

    return bot


async def _on_component(bot: hikari.GatewayBot, interaction: hikari.ComponentInteraction) -> None:
    if interaction.custom_id == "form":
        name = bot.rest.build_modal_action_row().add_text_input(
            "name", "Its name", min_length=3, placeholder="Short"
        )
        notes = bot.rest.build_modal_action_row().add_text_input(
            "notes", "Notes", style=hikari.TextInputStyle.PARAGRAPH, required=False, value="as ever"
        )
        await interaction.create_modal_response("What was it?", "written", components=[name, notes])
        return
    word = interaction.values[0] if interaction.values else "Noted"
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_UPDATE, f"{word}!", embeds=[], components=[]
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord() -> AsyncIterator[Sandbox]:
    async with Sandbox(interaction_deadline=1) as sandbox:
        await sandbox.member("ana")
        await sandbox.member("ben")
        bot = _bot(sandbox)
        await bot.start(check_for_updates=False)
        yield sandbox
        await bot.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    assert CHROMIUM is not None, "CI runs these tests: install chromium"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile; whatever its pages complain about on the console fails the test."""
    opened = await browser.new_context(viewport={"width": 1200, "height": 800}, color_scheme="dark")
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("weberror", lambda problem: complaints.append(str(problem.error)))
    yield opened
    await opened.close()
    assert complaints == []


async def _open(context: BrowserContext, discord: Sandbox, name: str, channel: str = "general") -> Page:
    page = await context.new_page()
    await page.goto(f"{discord.page_url}?as={name}&channel={channel}")
    await expect(page.get_by_role("button", name=f"You are {name}")).to_be_visible()
    await expect(page.locator("#banner")).to_be_hidden()
    return page


def _said(page: Page, text: str) -> Locator:
    return page.locator("#messages").get_by_text(text)


async def _run(page: Page, command: str) -> None:
    """Type a command that needs no options, as a hurried member does."""
    await page.get_by_role("combobox").first.click()
    await page.keyboard.type(f"/{command} ")
    await page.keyboard.press("Enter")


async def test_a_command_is_typed_completed_and_answered(
    discord: Sandbox, context: BrowserContext, tmp_path: Path
) -> None:
    page = await _open(context, discord, "ana")
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
    discord: Sandbox, context: BrowserContext
) -> None:
    page = await _open(context, discord, "ana")
    before = len(discord.messages("general"))
    await _run(page, "echo")
    await expect(page.locator(".hint.error")).to_have_text('"hack" is needed.')
    await page.keyboard.press("Escape")
    await expect(page.locator("#composer-text")).to_be_focused()
    assert len(discord.messages("general")) == before


async def test_an_unanswered_command_says_so_and_can_be_dismissed(
    discord: Sandbox, context: BrowserContext
) -> None:
    page = await _open(context, discord, "ana")
    await _run(page, "mute")
    failure = _said(page, "The application did not respond")
    await expect(failure).to_have_count(1)
    await page.get_by_role("button", name="Dismiss").last.click()
    await expect(failure).to_have_count(0)


async def test_buttons_selects_and_forms(discord: Sandbox, context: BrowserContext, tmp_path: Path) -> None:
    page = await _open(context, discord, "ana", "practice")
    await _run(page, "card")
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

    await _run(page, "card")
    await page.get_by_role("button", name="Good").click()
    await expect(card.last).to_contain_text("Noted!")


async def test_only_its_member_sees_an_ephemeral_answer(discord: Sandbox, context: BrowserContext) -> None:
    page = await _open(context, discord, "ana")
    await _run(page, "secret")
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
    discord: Sandbox, context: BrowserContext
) -> None:
    page = await _open(context, discord, "ana")
    await _run(page, "whisper")
    await page.get_by_role("button", name="nrg, unread").click()
    await expect(_said(page, "Psst, a letter")).to_be_visible()
    await _run(page, "ping")
    await expect(_said(page, "Pong")).to_be_visible()
    assert len(discord.dms(await discord.member("ana"))) == 2
    assert discord.dms(await discord.member("ben")) == []


async def test_a_new_member_joins_from_the_switcher(discord: Sandbox, context: BrowserContext) -> None:
    page = await _open(context, discord, "ana")
    await page.get_by_role("button", name="You are ana").click()
    await page.get_by_label("Name of the new member").fill("dora")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="You are dora")).to_be_visible()
    await expect(page.locator("#member-list")).to_contain_text("dora")
    assert (await discord.member("dora")) is not None


async def test_two_tabs_are_two_members_who_see_each_other(discord: Sandbox, context: BrowserContext) -> None:
    ana = await _open(context, discord, "ana", "announcements")
    ben = await _open(context, discord, "ben")
    await ana.get_by_role("combobox").first.fill("Hello @ben")
    await ana.keyboard.press("Escape")
    await ana.keyboard.press("Enter")
    await expect(ana.locator(".message").last.locator(".mention")).to_have_text("@ben")
    await expect(ben.get_by_role("button", name="announcements, unread")).to_be_visible()
    await ben.get_by_role("button", name="announcements").click()
    await expect(ben.locator(".mentions-me").last).to_contain_text("Hello @ben")


async def test_what_members_write_is_never_html(discord: Sandbox, context: BrowserContext) -> None:
    page = await _open(context, discord, "ben")
    hostile = "<img src=x onerror=\"document.title='taken'\"> **[x](javascript:alert(1))**"
    await (await discord.member("ana")).say(hostile, channel="general")
    message = page.locator(".message").last
    await expect(message.locator(".markdown")).to_have_text(
        "<img src=x onerror=\"document.title='taken'\"> [x](javascript:alert(1))"
    )
    await expect(message.locator(".markdown img, .markdown a")).to_have_count(0)
    await expect(page).to_have_title(re.compile("Sandbox · a local Discord"))


async def test_markdown_and_relative_times_follow_the_clock(
    discord: Sandbox, context: BrowserContext, tmp_path: Path
) -> None:
    page = await _open(context, discord, "ben")
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


async def test_a_member_menu_offers_the_bots_user_commands(discord: Sandbox, context: BrowserContext) -> None:
    page = await _open(context, discord, "ana")
    await page.locator(".member", has_text="ben").click(button="right")
    await page.get_by_role("menuitem", name="Wave").click()
    await expect(_said(page, "Hello ben")).to_be_visible()
    await expect(page.locator(".message .context").last).to_have_text("ana used Wave")


async def test_reactions_are_counted_and_taken_back(discord: Sandbox, context: BrowserContext) -> None:
    page = await _open(context, discord, "ana", "announcements")
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
    discord: Sandbox, context: BrowserContext, tmp_path: Path, scheme: str
) -> None:
    page = await _open(context, discord, "ana", "practice")
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
