"""/help: made from what is registered and enabled here; nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import arc
import hikari

from nrg_core.errors import Refusal
from nrg_core.gateway.client import Client
from nrg_core.text import did_you_mean, escape_markdown, plural

__all__ = ["help_"]

COLOUR = 0xF4A56B

FIELDS: Final = 25
FIELD: Final = 1024
CHARACTERS: Final = 5_800
"""What an embed takes, and each of its fields; with some room for a footer, for Discord's limit is 6,000."""

TELLS_MORE: Final = "/help and a command's name tells more about it."
AND_MORE: Final = "…"
"""Over the second and later fields of what does not fit into one."""


def _open_commands(client: Client, guild_id: int | None) -> Iterator[tuple[str, Any]]:
    """Yield every slash command that this server can use, by the name under which it is typed."""
    for command in client.walk_commands(hikari.CommandType.SLASH, callable_only=True):
        owner = client.owners.get(command.plugin) if command.plugin is not None else None
        if client.gates.is_open(owner, guild_id):
            yield command.display_name.removeprefix("/"), command


def _groups(commands: Mapping[str, Any]) -> dict[str, Any]:
    """Return the groups that these commands are in, by the name with which theirs begin."""
    groups: dict[str, Any] = {}
    for name, command in commands.items():
        while (name := name.rpartition(" ")[0]) != "":
            groups[name] = command = command.parent
    return groups


async def _names(data: arc.AutocompleteData[arc.GatewayClient, str]) -> list[str]:
    client = data.client
    assert isinstance(client, Client)
    typed = (data.focused_value or "").lower()
    commands = dict(_open_commands(client, data.interaction.guild_id))
    return sorted(name for name in {*commands, *_groups(commands)} if typed in name)[:25]


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
            groups = _groups(commands)
            wanted = " ".join(name.strip().removeprefix("/").lower().split())
            if wanted in commands:
                embed = _details(wanted, commands[wanted])
            elif wanted in groups:
                embed = _group(wanted, groups[wanted], commands)
            else:
                raise Refusal(
                    f"There is no command “/{escape_markdown(wanted[:40])}” here"
                    f"{did_you_mean(wanted, {**commands, **groups})}. /help shows them all."
                )
        await ctx.respond(embed=embed, flags=hikari.MessageFlag.EPHEMERAL)

    return command


def _overview(client: Client, commands: Mapping[str, Any]) -> hikari.Embed:
    groups: dict[str, list[str]] = {}
    for name, command in sorted(commands.items()):
        owner = client.owners.get(command.plugin) if command.plugin is not None else None
        groups.setdefault(owner or "always there", []).append(_line(name, command))
    embed = hikari.Embed(title="What you can do here", color=COLOUR)
    left_out = sum(_add(embed, group.capitalize(), lines) for group, lines in groups.items())
    more = f"… and {plural(left_out, 'command')} more, offered as you type. " if left_out else ""
    return embed.set_footer(f"{more}{TELLS_MORE}")


def _group(name: str, group: Any, commands: Mapping[str, Any]) -> hikari.Embed:
    inside = sorted(each for each in commands if each.startswith(f"{name} "))
    embed = hikari.Embed(title=f"/{name}", description=group.description, color=COLOUR)
    _add(embed, "What there is", [_line(each, commands[each]) for each in inside])
    return embed.set_footer(TELLS_MORE)


def _details(name: str, command: Any) -> hikari.Embed:
    options = [
        f"`{option.name}` – {option.description}" + ("" if option.is_required else " (optional)")
        for option in command.options.values()
    ]
    embed = hikari.Embed(title=f"/{name}", description=command.description, color=COLOUR)
    _add(embed, "You can say", options)
    return embed


def _line(name: str, command: Any) -> str:
    return f"**/{name}** – {command.description}"


def _add(embed: hikari.Embed, name: str, lines: Sequence[str]) -> int:
    """Add lines, in as many fields as they need; return how many of them the embed does not take any more."""
    while lines and len(embed.fields) < FIELDS:
        room = min(FIELD, CHARACTERS - embed.total_length() - len(name))
        number = sum(total <= room for total in accumulate(len(line) + 1 for line in lines))
        if not number:
            break
        embed.add_field(name, "\n".join(lines[:number]))
        name, lines = AND_MORE, lines[number:]
    return len(lines)
