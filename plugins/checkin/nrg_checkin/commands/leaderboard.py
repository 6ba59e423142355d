"""/leaderboard: who practised most, among those who asked to be shown."""

from __future__ import annotations

from typing import Final, cast, get_args

import arc
import hikari

from nrg_checkin.service.leaderboard import Board, Line, Period, first_day, join, leave, own_line, read_board
from nrg_core.domain.standing import Identity
from nrg_core.domain.streaks import local_day
from nrg_core.errors import Refusal
from nrg_core.gateway.components import ComponentContext, custom_id
from nrg_core.gateway.services import Services
from nrg_core.text import minutes_text

__all__ = ["leaderboard", "on_join", "on_leave"]

COLOUR: Final = 0xF4A56B
TITLES: Final = {"week": "This week", "month": "This month", "all": "Of all time"}
MEDALS: Final = {1: "🥇", 2: "🥈", 3: "🥉"}


@arc.slash_command("leaderboard", "Show who practised most, among those who asked to be shown")
async def leaderboard(
    ctx: arc.GatewayContext,
    period: arc.Option[str, arc.StrParams("Since when", choices=get_args(Period))] = "week",
    services: Services = arc.inject(),
) -> None:
    """Show the first places and one's own."""
    if ctx.guild_id is None:
        raise Refusal("A leaderboard belongs to a server; ask for it there.")
    embed, row = await _page(services, ctx.guild_id, ctx.user.id, cast(Period, period))
    await ctx.respond(embed=embed, components=[row], flags=hikari.MessageFlag.EPHEMERAL)


async def on_join(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Show the member from now on."""
    guild_id, user, now = _guild(ctx), ctx.user, services.clock.now()
    member = Identity(user.id, user.username)
    await services.database.write(join, guild_id, member, now)
    await _show_again(ctx, services, guild_id)


async def on_leave(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Show the member no longer."""
    guild_id, user_id = _guild(ctx), ctx.user.id
    await services.database.write(leave, guild_id, user_id)
    await _show_again(ctx, services, guild_id)


def _guild(ctx: ComponentContext) -> int:
    if ctx.guild_id is None:
        raise Refusal("A leaderboard belongs to a server; ask for it there.")
    return ctx.guild_id


async def _show_again(ctx: ComponentContext, services: Services, guild_id: int) -> None:
    period = ctx.arguments[0] if ctx.arguments and ctx.arguments[0] in TITLES else "week"
    embed, row = await _page(services, guild_id, ctx.user.id, cast(Period, period))
    await ctx.update(embed=embed, components=[row])


async def _page(
    services: Services, guild_id: int, viewer: int, period: Period
) -> tuple[hikari.Embed, hikari.api.MessageActionRowBuilder]:
    since = first_day(period, local_day(services.clock.now(), services.policy.zone))
    board, own = await services.database.read(
        lambda connection: (
            read_board(connection, guild_id, since),
            own_line(connection, guild_id, since, viewer),
        )
    )
    return _embed(board, own, period), _buttons(own, period)


def _embed(board: Board, own: Line | None, period: Period) -> hikari.Embed:
    embed = hikari.Embed(title=TITLES[period], color=COLOUR)
    lines = [_said(line) for line in board.lines]
    if own is not None and own.minutes and own not in board.lines:
        lines += ["…", _said(own)]
    embed.description = "\n".join(lines) or "Nobody is shown here yet."
    if own is None:
        embed.set_footer("You are not shown here unless you ask to be.")
    elif not own.minutes:
        embed.set_footer("You are shown once you have practised in this time.")
    return embed


def _said(line: Line) -> str:
    return f"{MEDALS.get(line.place, f'{line.place}.')} <@{line.discord_id}> – {minutes_text(line.minutes)}"


def _buttons(own: Line | None, period: Period) -> hikari.api.MessageActionRowBuilder:
    row = hikari.impl.MessageActionRowBuilder()
    action, label = ("board-join", "Show me here") if own is None else ("board-leave", "Don't show me")
    return row.add_interactive_button(
        hikari.ButtonStyle.SECONDARY, custom_id("checkin", action, period), label=label
    )
