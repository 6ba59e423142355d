"""/practice: a session with a clock."""

from __future__ import annotations

from functools import partial
from typing import Final

import arc
import hikari

from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.practising import open_hacks
from nrg_core.gateway.services import Services
from nrg_core.text import MAX_NOTE, minutes_text
from nrg_practice.commands.cards import card, ending
from nrg_practice.errands import shown
from nrg_practice.service import practices
from nrg_practice.service.closing import end
from nrg_practice.service.practices import NOTHING_RUNS, Place

__all__ = ["SUBCOMMANDS"]

THREADS: Final = {
    hikari.ChannelType.GUILD_NEWS_THREAD,
    hikari.ChannelType.GUILD_PUBLIC_THREAD,
    hikari.ChannelType.GUILD_PRIVATE_THREAD,
}


@arc.slash_subcommand("start", "Begin to practise, with the clock running")
async def start(
    ctx: arc.GatewayContext,
    hack: arc.Option[str, arc.StrParams("What you practise", autocomplete_with=open_hacks)],
    goal: arc.Option[
        int | None, arc.IntParams("Minutes after which to remind you, once", min=1, max=1440)
    ] = None,
    services: Services = arc.inject(),
) -> None:
    """Begin, and note which message shows it."""
    if goal is not None and not _may_write(ctx.interaction):
        raise Refusal(
            "I cannot write in this channel, so I could not remind you here. "
            "Begin without a goal, or in another channel."
        )
    now, library = services.clock.now(), services.community.library()
    member = Identity(ctx.user.id, ctx.user.username)
    place = Place(ctx.guild_id, ctx.channel_id)
    begun = await services.database.write(
        practices.start, member, hack, goal, place, library=library, now=now
    )
    response = await ctx.respond(**card(begun, now))
    message = await response.retrieve_message()
    if message.flags & hikari.MessageFlag.EPHEMERAL:
        return  # it took so long that only the member sees it; nobody could edit it or reply
    async with services.database.unit_of_work() as uow:
        found = await uow.run(practices.remember_message, begun.id, message.id)
        if found is not None and (found.timer != begun.timer or found.closed_at is not None):
            await services.send(uow, shown(found))  # the member was quicker


@arc.slash_subcommand("pause", "Stop the clock for a while")
async def pause(ctx: arc.GatewayContext, services: Services = arc.inject()) -> None:
    """Pause what the member is practising."""
    now, member = services.clock.now(), ctx.user.id
    async with services.database.unit_of_work() as uow:
        running = await uow.run(practices.open_practice, member)
        if running.is_paused:
            raise Refusal("It is paused already. /practice resume goes on, /practice end saves it.")
        paused = await uow.run(practices.pause, running, now)
        await services.send(uow, shown(paused))
    await ctx.respond(
        f"Paused after {minutes_text(paused.minutes_at(now))}. /practice resume goes on.",
        flags=hikari.MessageFlag.EPHEMERAL,
    )


@arc.slash_subcommand("resume", "Let the clock run on after a pause")
async def resume(ctx: arc.GatewayContext, services: Services = arc.inject()) -> None:
    """Resume what the member is practising."""
    now, member = services.clock.now(), ctx.user.id
    async with services.database.unit_of_work() as uow:
        paused = await uow.run(practices.open_practice, member)
        if not paused.is_paused:
            raise Refusal("The clock is running already. /practice pause stops it, /practice end saves it.")
        resumed = await uow.run(practices.resume, paused, now)
        await services.send(uow, shown(resumed))
    await ctx.respond(
        f"On you go, from {minutes_text(resumed.minutes_at(now))}.", flags=hikari.MessageFlag.EPHEMERAL
    )


@arc.slash_subcommand("end", "End your practice and save it")
async def end_command(
    ctx: arc.GatewayContext,
    notes: arc.Option[str | None, arc.StrParams("How it was, in a few words", max_length=MAX_NOTE)] = None,
    services: Services = arc.inject(),
) -> None:
    """End what the member is practising, and say what it brought."""
    now = services.clock.now()
    async with services.database.unit_of_work() as uow:
        record = partial(services.record_in, uow)
        closed = await end(uow, ctx.user.id, notes, record, interaction_id=ctx.interaction.id, now=now)
        await services.send(uow, shown(closed.practice))
    said = await services.hear(closed.recorded) if closed.recorded is not None else []
    flags = hikari.MessageFlag.NONE if closed.recorded is not None else hikari.MessageFlag.EPHEMERAL
    await ctx.respond(**ending(closed, said, services.community.library(), now), flags=flags)


@arc.slash_subcommand("status", "Show what you are practising")
async def status(ctx: arc.GatewayContext, services: Services = arc.inject()) -> None:
    """Show the practice that runs, or one that was closed and can be put right."""
    now, member = services.clock.now(), ctx.user.id
    latest = await services.database.read(practices.latest_practice, member)
    if latest is None or (latest.closed_at is not None and not latest.can_be_corrected()):
        raise Refusal(NOTHING_RUNS)
    await ctx.respond(**card(latest, now), flags=hikari.MessageFlag.EPHEMERAL)


def _may_write(interaction: hikari.CommandInteraction) -> bool:
    """Tell whether a message that answers nobody would be allowed where a command was given."""
    writing = (
        hikari.Permissions.SEND_MESSAGES_IN_THREADS
        if interaction.channel.type in THREADS
        else hikari.Permissions.SEND_MESSAGES
    )
    return not ~interaction.app_permissions & (hikari.Permissions.VIEW_CHANNEL | writing)


SUBCOMMANDS: Final = (start, pause, resume, end_command, status)
