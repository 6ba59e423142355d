"""A plugin with more notices than one select holds, and a command that tells the news."""

from __future__ import annotations

import arc
import hikari

from nrg_core.domain.notices import Notice
from nrg_core.domain.standing import Identity, lock_members
from nrg_core.gateway.services import Services
from nrg_core.host.plugin import Plugin

__all__ = ["plugin"]

NOTICES = tuple(Notice(f"news{number}", f"There is news of the kind {number}") for number in range(30))

commands = arc.GatewayPlugin("herald")


@commands.include
@arc.slash_command("proclaim", "Tells you the news of a kind")
async def proclaim(
    ctx: arc.GatewayContext,
    kind: arc.Option[int, arc.IntParams("Which")],
    services: Services = arc.inject(),
) -> None:
    member = Identity(ctx.user.id, ctx.user.username)
    async with services.database.unit_of_work() as uow:
        standings = await uow.run(lock_members, [member])
        told = await services.notify(
            uow,
            "herald",
            standings[member.discord_id].user_id,
            NOTICES[kind],
            f"news:{ctx.interaction.id}",
            content=f"News of the kind {kind}",
            guild_id=ctx.guild_id,
        )
    await ctx.respond("Told." if told else "Not told.", flags=hikari.MessageFlag.EPHEMERAL)


plugin = Plugin(name="herald", summary="Tells the news", commands=commands, notices=NOTICES)
