"""The commands and the listener: each parses, calls the service and renders."""

from __future__ import annotations

from typing import Final

import arc
import hikari

from nrg_core.gateway.services import Services
from nrg_practice.commands.journal import journal
from nrg_practice.commands.practice import SUBCOMMANDS
from nrg_practice.commands.replies import on_reply

__all__ = ["commands"]

commands: Final = arc.GatewayPlugin("practice")
commands.include(journal)
_group = commands.include_slash_group("practice", "Practise with a clock that can be paused")
for _subcommand in SUBCOMMANDS:
    _group.include(_subcommand)


@commands.listen()
@commands.inject_dependencies
async def _on_message(event: hikari.MessageCreateEvent, services: Services = arc.inject()) -> None:
    await on_reply(event, services)
