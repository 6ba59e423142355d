"""Picking a time zone."""

from __future__ import annotations

import arc

from nrg_core.gateway.services import Services
from nrg_core.text import suggest_zones

__all__ = ["zones"]


async def zones(
    data: arc.AutocompleteData[arc.GatewayClient, str], services: Services = arc.inject()
) -> dict[str, str]:
    """Offer the zones that fit what was typed, each with its present offset: for ``autocomplete_with``."""
    choices = suggest_zones(data.focused_value or "", at=services.clock.now())
    return {choice.label: choice.name for choice in choices}
