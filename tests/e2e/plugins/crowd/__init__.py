"""More commands than one message can name: four groups of twenty-five, and one of groups."""

from __future__ import annotations

from typing import Final

import arc

from nrg_core.host.plugin import Plugin

__all__ = ["NAMES", "plugin"]

GROUPS: Final = ("earth", "water", "fire", "air")
NAMES: Final = [f"{group} path{number:02}" for group in GROUPS for number in range(25)]
"""The commands as they are typed, but for the one inside two groups."""

commands = arc.GatewayPlugin("crowd")


async def _walk(ctx: arc.GatewayContext) -> None:
    await ctx.respond("On the way.")


for group in GROUPS:
    slash = commands.include_slash_group(group, f"Where {group} leads")
    for number in range(25):
        description = (
            f"The way number {number} of {group}, told at the length that is just about allowed".ljust(
                100, "."
            )
        )
        slash.include(arc.slash_subcommand(f"path{number:02}", description)(_walk))

inner = commands.include_slash_group("deep", "What lies deep").include_subgroup(
    "well", "What lies in the well"
)
inner.include(arc.slash_subcommand("water", "Draw water")(_walk))

plugin = Plugin(name="crowd", summary="Very many commands", commands=commands)
