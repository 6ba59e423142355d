"""/help: made from what is registered and enabled here; nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import arc
import hikari

from nrg_core.errors import Refusal
from nrg_core.gateway.client import Client
from nrg_core.text import did_you_mean

__all__ = ["help_"]

COLOUR = 0xF4A56B


def _open_commands(client: Client, guild_id: int | None) -> Iterator[tuple[str, Any]]:
    """Yield every slash command that this server can use, by the name under which it is typed."""
    for command in client.walk_commands(hikari.CommandType.SLASH, callable_only=True):
        owner = client.owners.get(command.plugin) if command.plugin is not None else None
        if client.gates.is_open(owner, guild_id):
            yield command.display_name.removeprefix("/"), command


async def _names(data: arc.AutocompleteData[arc.GatewayClient, str]) -> list[str]:
    client = data.client
    assert isinstance(client, Client)
    typed = (data.focused_value or "").lower()
    names = (name for name, _ in _open_commands(client, data.interaction.guild_id))
    return sorted(name for name in names if typed in name)[:25]


def help_() -> Any:
    """Return the command, fresh for each client."""

    @arc.slash_command("help", "Show what you can do here")
    async def command(
        ctx: arc.GatewayContext,
        name: arc.Option[
            str | None, arc.StrParams("One command", name="command", autocomplete_with=_names)
        ] = None,
    ) -> None:
        client = ctx.client
        assert isinstance(client, Client)
        commands = dict(_open_commands(client, ctx.guild_id))
        if name is None:
            embed = _overview(client, commands)
        else:
            wanted = name.strip().removeprefix("/").lower()
            if wanted not in commands:
                raise Refusal(
                    f"There is no command “/{wanted[:40]}” here{did_you_mean(wanted, commands)}. "
                    "/help shows them all."
                )
            embed = _details(wanted, commands[wanted])
        await ctx.respond(embed=embed, flags=hikari.MessageFlag.EPHEMERAL)

    return command


def _overview(client: Client, commands: dict[str, Any]) -> hikari.Embed:
    groups: dict[str, list[str]] = {}
    for name, command in sorted(commands.items()):
        owner = client.owners.get(command.plugin) if command.plugin is not None else None
        groups.setdefault(owner or "always there", []).append(f"**/{name}** – {command.description}")
    embed = hikari.Embed(title="What you can do here", color=COLOUR)
    for group, lines in groups.items():
        embed.add_field(group.capitalize(), "\n".join(lines)[:1024])
    return embed.set_footer("/help and a command's name tells more about it.")


def _details(name: str, command: Any) -> hikari.Embed:
    options = [
        f"`{option.name}` – {option.description}" + ("" if option.is_required else " (optional)")
        for option in command.options.values()
    ]
    embed = hikari.Embed(title=f"/{name}", description=command.description, color=COLOUR)
    if options:
        embed.add_field("You can say", "\n".join(options)[:1024])
    return embed
