"""/buddy: asking for a partner, seeing how it stands, ending it."""

from __future__ import annotations

from typing import Any, Final

import arc
import hikari

from nrg_buddy.service.matching import EXPERIENCES
from nrg_buddy.service.pairs import Pair, is_coming, leave, pair_of, room_errand
from nrg_buddy.service.queue import Matched, Request, ask, waiting_since
from nrg_buddy.words import NOT_MADE, ON_ITS_WAY, moment, next_milestone, reason
from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.answers import NO_MENTIONS
from nrg_core.gateway.services import Services
from nrg_core.gateway.zones import zones
from nrg_core.text import plural
from nrg_core.text import zone as zone_called

__all__ = ["commands"]

COLOUR: Final = 0xF4A56B

commands: Final = arc.GatewayPlugin("buddy")
buddy = commands.include_slash_group("buddy", "Practise together with somebody")


@buddy.include
@arc.slash_subcommand("request", "Look for somebody to practise with")
async def request(
    ctx: arc.GatewayContext,
    zone: arc.Option[
        str | None,
        arc.StrParams(
            "Where your days are, such as Europe/Berlin (your own, if you leave it out)",
            autocomplete_with=zones,
        ),
    ] = None,
    experience: arc.Option[str | None, arc.StrParams("How experienced you are", choices=EXPERIENCES)] = None,
    services: Services = arc.inject(),
) -> None:
    """Put the member into the queue, and tell whom they were matched with, if anybody."""
    if ctx.guild_id is None:
        raise Refusal("Partners find each other on a server; ask for one there.")
    asked = Request(
        Identity(ctx.user.id, ctx.user.username),
        ctx.guild_id,
        zone_called(zone) if zone is not None else None,
        experience,
    )
    now = services.clock.now()
    matched = await services.database.write(ask, asked, services.policy.zone, now)
    if matched is None:
        await _say(
            ctx,
            "You are in the queue. As soon as somebody fits, I open a room for the two of you and greet you "
            "there. `/buddy status` tells how it stands, and `/buddy end` takes you out again.",
        )
    else:
        await _say(ctx, *await _introduce(matched, ctx, services))


@buddy.include
@arc.slash_subcommand("status", "See how it stands with you and your practice partner")
async def status(ctx: arc.GatewayContext, services: Services = arc.inject()) -> None:
    """Tell since when the member waits, or how the pair is doing; look after its room on the way."""
    member = ctx.user.id
    async with services.database.unit_of_work() as uow:
        pair = await uow.run(pair_of, member)
        errand = room_errand(pair) if pair is not None else None
        if errand is not None:
            await services.send(uow, errand)
    trouble = await services.hurry(errand, ctx.member) if errand is not None else None
    before = pair
    pair, since = await services.database.read(
        lambda connection: (pair_of(connection, member), waiting_since(connection, member))
    )
    if pair is not None:
        await ctx.respond(
            trouble or "", embed=_card(pair, member), flags=hikari.MessageFlag.EPHEMERAL, **NO_MENTIONS
        )
    elif since is not None:
        await _say(
            ctx,
            f"You are waiting for a partner, since {moment(since)}. The longer it takes, the wider I look.",
        )
    elif before is not None:
        await _say(
            ctx,
            "The two of you and I are no longer on one server, so your practice together has ended. "
            "`/buddy request` looks for another partner.",
        )
    else:
        await _say(ctx, "You have no practice partner at present. `/buddy request` looks for one.")


@buddy.include
@arc.slash_subcommand("end", "Leave the queue, or end your practice together")
async def end(ctx: arc.GatewayContext, services: Services = arc.inject()) -> None:
    """Free both, or take the member out of the queue."""
    member, now = ctx.user.id, services.clock.now()
    pair = await services.database.write(leave, member, now)
    if pair is None:
        await _say(ctx, "You are out of the queue. `/buddy request` puts you back whenever you like.")
        return
    await _say(
        ctx,
        f"You and {_partner(pair, member)} are free again, "
        f"after {plural(pair.days, 'day')} together. "
        + ("Your room stays for both of you to read. " if pair.channel_id else "")
        + "`/buddy request` finds another partner whenever you like.",
    )


async def _introduce(matched: Matched, ctx: arc.GatewayContext, services: Services) -> list[str]:
    """Return what is said to somebody who was matched at once, with their room if it is there in time."""
    member = ctx.user.id
    trouble = await services.hurry(matched.errand, ctx.member)
    pair, coming = await services.database.read(
        lambda connection: (pair_of(connection, member), is_coming(connection, matched.errand))
    )
    if pair is None:
        return [
            "I had found you a partner, but they are no longer on this server. "
            "You keep your place in the queue."
        ]
    if pair.channel_id is not None:
        room = f"Your room: <#{pair.channel_id}>"
    else:
        room = ON_ITS_WAY if coming else NOT_MADE
    why = reason(matched.fit) if pair.id == matched.pair.id else ""
    return [f"You and {_partner(pair, member)} are practice partners now. {why}", trouble or room]


def _partner(pair: Pair, member: int) -> str:
    partner = pair.partner_of(member)
    return f"<@{partner}>" if partner is not None else "your partner"


def _card(pair: Pair, member: int) -> hikari.Embed:
    embed = hikari.Embed(
        description=f"You practise with {_partner(pair, member)}, since {moment(pair.matched_at, 'D')}.",
        color=COLOUR,
    )
    embed.add_field("Days together", f"{pair.days} · the next milestone is {next_milestone(pair.days)}")
    if pair.last_practice is not None:
        embed.add_field("Last time", moment(pair.last_practice))
    embed.add_field("Your room", f"<#{pair.channel_id}>" if pair.channel_id else "not there yet")
    return embed


async def _say(ctx: arc.GatewayContext, *lines: str, **options: Any) -> None:
    await ctx.respond("\n".join(lines), flags=hikari.MessageFlag.EPHEMERAL, **NO_MENTIONS, **options)
