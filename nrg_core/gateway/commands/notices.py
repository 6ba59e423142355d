"""/notices: what a member is told of by direct message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import arc
import hikari

from nrg_core.domain.notices import Choice, Notice, choose, chosen_by
from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.components import ComponentContext, custom_id
from nrg_core.gateway.services import Services
from nrg_core.host.tables import CORE

__all__ = ["notices", "on_notices"]

PLACEHOLDER: Final = "Tell me when …"

A_MENU: Final = 25
"""Entries of a select; Discord takes no more, and five selects in a message."""


def notices() -> Any:
    """Return the command, fresh for each client."""

    @arc.slash_command("notices", "Choose what I write to you about, in direct messages")
    async def command(ctx: arc.GatewayContext, services: Services = arc.inject()) -> None:
        page = await _page(services, ctx.guild_id, ctx.user.id)
        await ctx.respond(**page, flags=hikari.MessageFlag.EPHEMERAL)

    return command


async def on_notices(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Note what was chosen; what another menu offers stays as it is."""
    interaction, user = ctx.interaction, ctx.user
    there = {_value(choice): choice for choice in _there(services, interaction.guild_id)}
    offered = [there[value] for value in _offered(interaction) if value in there]
    chosen = [there[value] for value in ctx.values if value in there]
    member, now = Identity(user.id, user.username), services.clock.now()
    await services.database.write(choose, member, offered, chosen, now)
    await ctx.update(**await _page(services, interaction.guild_id, user.id))


def _there(services: Services, guild_id: int | None) -> dict[Choice, Notice]:
    """Return every notice of the plugins that are enabled here."""
    return {
        (loaded.name, notice.name): notice
        for loaded in services.host.running
        if services.host.is_enabled(loaded.name, guild_id)
        for notice in loaded.plugin.notices
    }


async def _page(services: Services, guild_id: int | None, discord_id: int) -> dict[str, Any]:
    there = _there(services, guild_id)
    if not there:
        raise Refusal("There is nothing here that I could write to you about.")
    chosen = await services.database.read(chosen_by, discord_id)
    wanted = [f"- {notice.summary}" for choice, notice in there.items() if choice in chosen]
    told = "\n".join(["I write to you when:", *wanted]) if wanted else "I write to you about nothing."
    return {
        "content": f"{told}\nChoose below what you would like to hear of; you can change it at any time.",
        "components": _menus(there, chosen),
    }


def _menus(
    there: Mapping[Choice, Notice], chosen: frozenset[Choice]
) -> list[hikari.api.MessageActionRowBuilder]:
    choices = list(there)
    rows: list[hikari.api.MessageActionRowBuilder] = []
    for start in range(0, len(choices), A_MENU):
        part = choices[start : start + A_MENU]
        row = hikari.impl.MessageActionRowBuilder()
        menu = row.add_text_menu(
            custom_id(CORE, "notices", start), placeholder=PLACEHOLDER, min_values=0, max_values=len(part)
        )
        for choice in part:
            menu.add_option(there[choice].summary, _value(choice), is_default=choice in chosen)
        rows.append(row)
    return rows


def _value(choice: Choice) -> str:
    return ".".join(choice)


def _offered(interaction: hikari.ComponentInteraction) -> list[str]:
    """Return what the menu that was used had on offer: an earlier version may have offered less."""
    return [
        option.value
        for row in interaction.message.components
        if isinstance(row, hikari.ActionRowComponent)
        for menu in row.components
        if isinstance(menu, hikari.TextSelectMenuComponent) and menu.custom_id == interaction.custom_id
        for option in menu.options
    ]
