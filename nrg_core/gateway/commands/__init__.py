"""What is there without any plugin: the core's commands, and what answers their components."""

from __future__ import annotations

from typing import Final

import arc

from nrg_core.gateway.commands.help import help_
from nrg_core.gateway.commands.notices import notices, on_notices
from nrg_core.gateway.commands.timezone import timezone

__all__ = ["CORE_COMPONENTS", "core_commands"]

CORE_COMPONENTS: Final = {"notices": on_notices}
"""What answers the core's own buttons and selects, by action."""


def core_commands() -> arc.GatewayPlugin:
    """Return the core's own arc plugin, fresh for each client."""
    plugin = arc.GatewayPlugin("core")
    for command in (help_, notices, timezone):
        plugin.include(command())
    return plugin
