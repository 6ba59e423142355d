"""What autocompletion offers."""

from __future__ import annotations

import arc

from nrg_core.domain.standing import read_standing
from nrg_core.gateway.services import Services

__all__ = ["open_hacks"]


async def open_hacks(
    data: arc.AutocompleteData[arc.GatewayClient, str], services: Services = arc.inject()
) -> dict[str, str]:
    """Offer the techniques that are open to the member, the one used last first."""
    member, typed = data.interaction.user.id, (data.focused_value or "").strip().casefold()
    standing = await services.database.read(lambda connection: read_standing(connection, discord_id=member))
    hacks = [
        hack
        for hack in services.community.library().hacks.values()
        if (hack.unlock is None if standing is None else standing.is_open(hack))
        and (typed in hack.slug or typed in hack.name.casefold())
    ]
    if standing is not None:
        hacks.sort(key=lambda hack: hack.id != standing.last_hack_id)
    return {hack.name: hack.slug for hack in hacks[:25]}
