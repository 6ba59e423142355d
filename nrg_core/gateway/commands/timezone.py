"""/timezone: where a member's days begin."""

from __future__ import annotations

from typing import Any

import arc
import hikari

from nrg_core.domain.members import set_zone
from nrg_core.domain.standing import Identity
from nrg_core.gateway.services import Services
from nrg_core.gateway.zones import zones
from nrg_core.text import zone

__all__ = ["timezone"]


def timezone() -> Any:
    """Return the command, fresh for each client."""

    @arc.slash_command("timezone", "Set the time zone in which your days begin and end")
    async def command(
        ctx: arc.GatewayContext,
        zone_name: arc.Option[
            str,
            arc.StrParams("A city or region, such as Europe/Berlin", name="zone", autocomplete_with=zones),
        ],
        services: Services = arc.inject(),
    ) -> None:
        chosen, now = zone(zone_name), services.clock.now()
        member = Identity(ctx.user.id, ctx.user.username)
        await services.database.write(set_zone, member, chosen, default=services.policy.zone, now=now)
        await ctx.respond(
            f"Your days now begin and end in {chosen.key}, where it is {now.astimezone(chosen):%H:%M}. "
            "Your streak stays as it is.",
            flags=hikari.MessageFlag.EPHEMERAL,
        )

    return command
