"""/journal: writing for oneself, and reading it again."""

from __future__ import annotations

from typing import Any, Final

import arc
import hikari

from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.components import OVER, ComponentContext, custom_id
from nrg_core.gateway.services import Services
from nrg_core.text import escape_markdown, plural
from nrg_practice.service.journal import Page, read_page, write

__all__ = ["journal", "on_page"]

COLOUR: Final = 0xF4A56B
MAX_SEARCH: Final = 60
"""Characters to search for: they travel in the custom ids of the buttons."""


@arc.slash_command("journal", "Write into your journal, or read it; only you ever see it")
async def journal(
    ctx: arc.GatewayContext,
    # Without max_length: what is too long is refused in our words, with the text still at hand.
    entry: arc.Option[str | None, arc.StrParams("What you want to write down")] = None,
    search: arc.Option[
        str | None, arc.StrParams("Show only entries with these words", max_length=MAX_SEARCH)
    ] = None,
    services: Services = arc.inject(),
) -> None:
    """Write an entry, or show the latest ones."""
    if entry is None:
        shown = await _page(services, ctx.user.id, 1, (search or "").strip()[:MAX_SEARCH])
        await ctx.respond(**shown, flags=hikari.MessageFlag.EPHEMERAL)
        return
    if search is not None:
        raise Refusal("Please write or search, one at a time: leave out `entry` or `search`.")
    member, now, key = Identity(ctx.user.id, ctx.user.username), services.clock.now(), ctx.interaction.id
    await services.database.write(write, member, entry, key, now)
    await ctx.respond("It is in your journal. /journal shows it.", flags=hikari.MessageFlag.EPHEMERAL)


async def on_page(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Turn the page."""
    number, *words = ctx.arguments
    if not number.isdecimal():
        raise Refusal(OVER)
    # What was searched for may hold colons, at which a custom id is taken apart.
    await ctx.update(**await _page(services, ctx.user.id, int(number[:9]), ":".join(words)))


async def _page(services: Services, member: int, number: int, search: str) -> dict[str, Any]:
    page = await services.database.read(read_page, member, number, search)
    title = f"Your journal: “{escape_markdown(search)}”" if search else "Your journal"
    embed = hikari.Embed(title=title, description=_text(page, search), color=COLOUR)
    if page.total:
        embed.set_footer(f"Page {page.number} of {page.pages} · {plural(page.total, 'entry', 'entries')}")
    return {"embed": embed, "components": [_turning(page, search)] if page.pages > 1 else []}


def _text(page: Page, search: str) -> str:
    if page.entries:
        return "\n\n".join(f"**<t:{each.at.timestamp():.0f}:f>**\n{each.text}" for each in page.entries)
    if search:
        return "No entry holds that. /journal without a search shows them all."
    return "There is nothing here yet. /journal with an entry writes the first one."


def _turning(page: Page, search: str) -> hikari.api.MessageActionRowBuilder:
    row = hikari.impl.MessageActionRowBuilder()
    for label, number in (("Newer", page.number - 1), ("Older", page.number + 1)):
        row.add_interactive_button(
            hikari.ButtonStyle.SECONDARY,
            custom_id("practice", "journal", number, *search.split(":")),
            label=label,
            is_disabled=not 1 <= number <= page.pages,
        )
    return row
