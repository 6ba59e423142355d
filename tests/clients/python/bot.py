"""The tests' bot on discord.py as its makers ship it; ``js/bot.mjs`` is the same bot on discord.js.

It reads DISCORD_API_URL and DISCORD_TOKEN, and writes what it observes to its output, one JSON object a line.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

CARD = Path(__file__).parents[1] / "card.png"
HACKS = ("energy-ball", "energy-flows", "eye-massage")
UNKNOWN_INTERACTION, ALREADY_ANSWERED = 10062, 40060

Interaction = discord.Interaction["Bot"]


def tell(event: str, **facts: object) -> None:
    """Write one line for the test to read."""
    print(json.dumps({"event": event, **facts}), flush=True)


async def report(interaction: Interaction, error: Exception) -> None:
    """Tell of a refusal, and tell the member where that is still possible; other errors are the bot's own."""
    refusal = getattr(error, "original", error)
    if not isinstance(refusal, discord.HTTPException):
        raise error
    kind = type(refusal).__name__
    tell("refused", error=kind, status=refusal.status, code=refusal.code, text=str(refusal))
    if refusal.code not in (UNKNOWN_INTERACTION, ALREADY_ANSWERED):
        await interaction.response.send_message(f"refused: {refusal.code}")


class Choices(discord.ui.View):
    """Two buttons and a select."""

    @discord.ui.button(label="Now", custom_id="now")
    async def now(self, interaction: Interaction, _: discord.ui.Button[Choices]) -> None:
        """Change the message at once."""
        await interaction.response.edit_message(content=f"pressed by {interaction.user.name}")

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: Interaction, _: discord.ui.Button[Choices]) -> None:
        """Ask for time, then change the message."""
        await interaction.response.defer()
        await interaction.edit_original_response(content="later it is")

    @discord.ui.select(
        custom_id="pick",
        max_values=2,
        options=[discord.SelectOption(label=name.title(), value=name) for name in ("sun", "moon", "star")],
    )
    async def pick(self, interaction: Interaction, select: discord.ui.Select[Choices]) -> None:
        """Tell what was picked, and take the components away."""
        await interaction.response.edit_message(content=f"picked {', '.join(select.values)}", view=None)


class Journal(discord.ui.Modal, title="Journal"):
    """A form with one field."""

    entry: discord.ui.Label[Journal] = discord.ui.Label(
        text="Entry", component=discord.ui.TextInput(custom_id="entry", min_length=3, max_length=20)
    )

    async def on_submit(self, interaction: Interaction) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Tell what was written."""
        assert isinstance(self.entry.component, discord.ui.TextInput)
        await interaction.response.send_message(f"written: {self.entry.component.value}")


class Bot(discord.Client):
    """A client that registers its commands before it connects."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.members = intents.message_content = True
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)
        self.tree.error(report)

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()

    async def on_ready(self) -> None:
        tell("ready", guilds=[guild.name for guild in self.guilds])

    async def on_resumed(self) -> None:
        tell("resumed")

    async def on_message(self, message: discord.Message) -> None:
        tell("message", author=message.author.name, content=message.content)
        if message.content == "hello":
            await message.add_reaction("👋")

    async def on_reaction_add(self, reaction: discord.Reaction, user: discord.User) -> None:
        tell("reaction", user=user.name, emoji=str(reaction.emoji))


bot = Bot()


@bot.tree.command(description="Answers")
async def ping(interaction: Interaction) -> None:
    await interaction.response.send_message("pong")


@bot.tree.command(description="Says it again")
async def echo(interaction: Interaction, text: str) -> None:
    await interaction.response.send_message(text)


@bot.tree.command(description="Asks for time, then answers twice")
async def slow(interaction: Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send("first")
    await interaction.followup.send("second")


@bot.tree.command(description="Answers once its user says so")
async def late(interaction: Interaction) -> None:
    await bot.wait_for("message", check=lambda message: message.content == "now")
    await interaction.response.send_message("too late")


@bot.tree.command(description="Opens a form")
async def form(interaction: Interaction) -> None:
    await interaction.response.send_modal(Journal())


@bot.tree.command(description="Shows buttons and a select")
async def buttons(interaction: Interaction) -> None:
    await interaction.response.send_message("choose", view=Choices(timeout=None))


@bot.tree.command(description="Shows a picture")
async def card(interaction: Interaction) -> None:
    embed = discord.Embed(title="Card", colour=0x336699).set_image(url="attachment://card.png")
    await interaction.response.send_message(embed=embed, file=discord.File(CARD))


@bot.tree.command(description="Finds a hack")
async def find(interaction: Interaction, hack: str) -> None:
    await interaction.response.send_message(f"found {hack}")


@find.autocomplete("hack")
async def suggest(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name.upper(), value=name) for name in HACKS if name.startswith(typed)]


@bot.tree.command(description="Takes one option of each kind")
async def describe(
    interaction: Interaction,
    who: discord.Member,
    role: discord.Role,
    where: discord.TextChannel,
    file: discord.Attachment,
    times: app_commands.Range[int, 1, 5] = 1,
) -> None:
    text = (await file.read()).decode()
    await interaction.response.send_message(f"{who.name}, {role.name}, {where.name}, {text}, {times}")


@bot.tree.command(description="Writes its user a letter")
async def letter(interaction: Interaction) -> None:
    await interaction.user.send("a letter")
    await interaction.response.send_message("sent")


@bot.tree.command(description="Gives a member another name")
async def rename(interaction: Interaction, who: discord.Member, name: str) -> None:
    await who.edit(nick=name)
    await interaction.response.send_message("renamed")


@bot.tree.command(description="Reads the latest two messages of a channel")
async def read(interaction: Interaction, where: discord.TextChannel) -> None:
    latest = [message.content async for message in where.history(limit=2)]
    await interaction.response.send_message(", ".join(latest))


@bot.tree.context_menu(name="Greet")
async def greet(interaction: Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"hello {member.name}")


@bot.tree.context_menu(name="Quote")
async def quote(interaction: Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"> {message.content}")


def main() -> None:
    """Point discord.py at the local Discord and run."""
    api = yarl.URL(os.environ["DISCORD_API_URL"])
    Route.BASE = str(api)
    DiscordWebSocket.DEFAULT_GATEWAY = api.with_scheme("ws").with_path("/gateway")
    bot.run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    main()
