"""A real browser before a real sandbox with a small real bot on it: one of each for a module of tests."""

# No `from __future__ import annotations`: arc reads the commands' annotations when the program runs.
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import arc
import hikari
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from nrg_sandbox import Sandbox

__all__: list[str] = []

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HACKS = ("energy-ball", "eye-massage", "warm-liquid")

OpenPage = Callable[..., Awaitable[Page]]
Run = Callable[[Page, str], Awaitable[None]]


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
    @arc.slash_command("weigh", "Tells how large a file is")
    async def weigh(  # pyright: ignore[reportUnusedFunction]
        ctx: arc.GatewayContext, file: arc.Option[hikari.Attachment, arc.AttachmentParams("Which file")]
    ) -> None:
        await ctx.respond(f"{file.filename} has {len(await file.read())} bytes")

    @client.include
    @arc.slash_command("manage", "For those who may", default_permissions=hikari.Permissions.MANAGE_GUILD)
    async def manage(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond("Managed")

    @client.include
    @arc.message_command("Count words")
    async def count(ctx: arc.GatewayContext, message: hikari.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond(f"{len((message.content or '').split())} words")

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
    async with Sandbox(interaction_deadline=1, members=["ana", "ben"]) as sandbox:
        bot = _bot(sandbox)
        await bot.start(check_for_updates=False)
        await sandbox.wait_for(lambda: sandbox.bot_online and sandbox.commands)
        yield sandbox
        await bot.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI runs these tests: install chromium")
        pytest.skip("there is no chromium on this machine")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages complain about on the console: a test that expects some takes it out."""
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser, complaints: list[str]) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile; whatever its pages complain about on the console fails the test."""
    opened = await browser.new_context(viewport={"width": 1200, "height": 800}, color_scheme="dark")
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("weberror", lambda problem: complaints.append(str(problem.error)))
    yield opened
    await opened.close()
    assert complaints == []


@pytest.fixture
def open_page(context: BrowserContext, discord: Sandbox) -> OpenPage:
    """Open the page as a member, in a channel."""

    async def opened(name: str, channel: str = "general", *, on: Sandbox = discord) -> Page:
        page = await context.new_page()
        await page.goto(f"{on.page_url}?as={name}&channel={channel}")
        await expect(page.get_by_role("button", name=f"You are {name}")).to_be_visible()
        await expect(page.locator("#composer-text")).to_be_focused()
        return page

    return opened


@pytest.fixture
def run() -> Run:
    """Type a command that needs no options, as a hurried member does."""

    async def typed(page: Page, command: str) -> None:
        await page.get_by_role("combobox").first.click()
        await page.keyboard.type(f"/{command} ")
        await page.keyboard.press("Enter")

    return typed
