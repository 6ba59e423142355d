"""The two commands that are there without any plugin."""

from __future__ import annotations

import arc

from nrg_core.gateway.commands.help import help_
from nrg_core.gateway.commands.timezone import timezone

__all__ = ["core_commands"]


def core_commands() -> arc.GatewayPlugin:
    """Return the core's own arc plugin, fresh for each client."""
    plugin = arc.GatewayPlugin("core")
    plugin.include(help_())
    plugin.include(timezone())
    return plugin
