"""A sandbox, and a real hikari bot with a few commands that runs against it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import arc
import hikari
import pytest

from nrg_sandbox import Sandbox

EventT = TypeVar("EventT", bound=hikari.Event)

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1M"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass
class Bot:
    """A running bot, and what it has heard."""

    app: hikari.GatewayBot
    client: arc.GatewayClient
    heard: list[hikari.Event] = field(default_factory=lambda: list[hikari.Event]())

    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: hikari.Event) -> None:
        self.heard.append(event)
        self.changed.set()

    def of(self, kind: type[EventT]) -> list[EventT]:
        """Return the events of one kind heard so far."""
        return [event for event in self.heard if isinstance(event, kind)]

    def said(self) -> list[str | None]:
        return [event.content for event in self.of(hikari.MessageCreateEvent)]

    async def hears(self, predicate: Callable[[], object]) -> None:
        """Wait until what was heard fulfils the predicate."""
        async with asyncio.timeout(10):
            while not predicate():
                self.changed.clear()
                await self.changed.wait()


StartBot = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def discord() -> AsyncIterator[Sandbox]:
    async with Sandbox(interaction_deadline=10, patience=5) as sandbox:
        yield sandbox


@pytest.fixture
async def start_bot() -> AsyncIterator[StartBot]:
    running: list[Bot] = []

    async def start(
        discord: Sandbox,
        *,
        token: str | None = None,
        intents: hikari.Intents = hikari.Intents.ALL,
        setup: Callable[[arc.GatewayClient], None] | None = None,
    ) -> Bot:
        app = hikari.GatewayBot(
            token or discord.token,
            rest_url=discord.api_url,
            banner=None,
            suppress_optimization_warning=True,
            logs=None,
            intents=intents,
            http_settings=hikari.impl.HTTPSettings(force_close_transports=False),
        )
        client = arc.GatewayClient(app)
        bot = Bot(app, client)
        (setup or _commands)(client)
        _listen(bot)
        running.append(bot)
        await app.start(check_for_updates=False)
        await discord.wait_for(lambda: discord.bot_online and client.is_started)
        return bot

    yield start
    for bot in running:
        if bot.app.is_alive:
            await bot.app.close()


@pytest.fixture
async def bot(discord: Sandbox, start_bot: StartBot) -> Bot:
    return await start_bot(discord)


def _listen(bot: Bot) -> None:
    kinds = (
        hikari.MessageCreateEvent,
        hikari.MessageUpdateEvent,
        hikari.ReactionAddEvent,
        hikari.MemberCreateEvent,
        hikari.MemberUpdateEvent,
        hikari.VoiceStateUpdateEvent,
        hikari.InteractionCreateEvent,
        hikari.ShardResumedEvent,
        hikari.ShardReadyEvent,
    )

    async def hear(event: hikari.Event) -> None:
        bot.hear(event)

    for kind in kinds:
        bot.app.event_manager.subscribe(kind, hear)
    bot.app.event_manager.subscribe(hikari.InteractionCreateEvent, _answer_components)


async def _answer_components(event: hikari.InteractionCreateEvent) -> None:
    interaction = event.interaction
    if isinstance(interaction, hikari.ModalInteraction):
        text = interaction.components[0].components[0].value
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, f"written: {text}")
    elif isinstance(interaction, hikari.ComponentInteraction):
        update = hikari.ResponseType.MESSAGE_UPDATE
        if interaction.custom_id == "later":
            await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_UPDATE)
            await interaction.edit_initial_response("later it is", components=[])
        elif interaction.custom_id == "form":
            await interaction.create_modal_response("Journal", "journal", components=[text_field()])
        else:
            what = ",".join(interaction.values) or interaction.custom_id
            await interaction.create_initial_response(update, f"chose {what}", components=[])


def text_field() -> hikari.impl.ModalActionRowBuilder:
    row = hikari.impl.ModalActionRowBuilder()
    row.add_text_input("entry", "Entry", min_length=3, max_length=20)
    return row


async def suggest(data: arc.AutocompleteData[arc.GatewayClient, str]) -> list[str]:
    names = ["energy-ball", "energy-flows", "eye-massage"]
    return [name for name in names if name.startswith(data.focused_value or "")]


def _commands(client: arc.GatewayClient) -> None:
    @client.include
    @arc.slash_command("ping", "Answers")
    async def ping(  # pyright: ignore[reportUnusedFunction]
        ctx: arc.GatewayContext,
        times: arc.Option[int, arc.IntParams("How often", min=1, max=5)] = 1,
        word: arc.Option[str, arc.StrParams("What", max_length=10)] = "pong",
    ) -> None:
        await ctx.respond(" ".join([word] * times))

    @client.include
    @arc.slash_command("secret", "Answers privately")
    async def secret(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond("only for you", flags=hikari.MessageFlag.EPHEMERAL)

    @client.include
    @arc.slash_command("slow", "Asks for time first")
    async def slow(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.defer(flags=hikari.MessageFlag.EPHEMERAL)
        await ctx.respond("first")
        await ctx.respond("second")

    group = client.include_slash_group("hack", "Hacks")

    @group.include
    @arc.slash_subcommand("show", "Shows one")
    async def show(  # pyright: ignore[reportUnusedFunction]
        ctx: arc.GatewayContext,
        name: arc.Option[str, arc.StrParams("Which", autocomplete_with=suggest)],
        to: arc.Option[hikari.User | None, arc.UserParams("To whom")] = None,
    ) -> None:
        await ctx.respond(f"{name} for {to.mention if to else 'everyone'}", user_mentions=True)

    @client.include
    @arc.slash_command("picture", "Shows a picture")
    async def picture(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        embed = hikari.Embed(title="Card").set_image(hikari.Bytes(PICTURE, "card.png"))
        await ctx.respond(embed=embed)

    @client.include
    @arc.slash_command("buttons", "Shows buttons")
    async def buttons(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        row = hikari.impl.MessageActionRowBuilder()
        for custom_id in ("good", "later", "form"):
            row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id, label=custom_id.title())
        choice = hikari.impl.MessageActionRowBuilder()
        menu = choice.add_text_menu("pick", min_values=1, max_values=2)
        for name in ("sun", "moon", "star"):
            menu.add_option(name.title(), name)
        await ctx.respond("choose", components=[row, choice])

    @client.include
    @arc.slash_command("silent", "Never answers", autodefer=False)
    async def silent(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        return

    @client.include
    @arc.slash_command("who", "Tells what it knows")
    async def who(ctx: arc.GatewayContext) -> None:  # pyright: ignore[reportUnusedFunction]
        member = ctx.member
        roles = [role.name for role in member.get_roles()] if member else []
        await ctx.respond(f"{ctx.user.username} in {ctx.channel.name}: {sorted(roles)}")

    @client.include
    @arc.user_command("Greet")
    async def greet(ctx: arc.GatewayContext, user: hikari.User) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond(f"hello {user.username}")

    @client.include
    @arc.message_command("Quote")
    async def quote(ctx: arc.GatewayContext, message: hikari.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await ctx.respond(f"> {message.content}")
