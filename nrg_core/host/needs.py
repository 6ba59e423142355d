"""What plugins need of Discord, in the words that Discord's own settings use."""

from __future__ import annotations

from typing import Final

import hikari

from nrg_core.host.plugin import Plugin

__all__ = ["needs_text", "permission_names"]

_SHOWN_OTHERWISE: Final = {
    "MANAGE_GUILD": "Manage Server",
    "VIEW_CHANNEL": "View Channels",
    "MODERATE_MEMBERS": "Timeout Members",
    "MENTION_ROLES": "Mention @everyone, @here and All Roles",
    "USE_EXTERNAL_EMOJIS": "Use External Emoji",
}


def permission_names(permissions: hikari.Permissions) -> list[str]:
    """Return permissions as the settings of a server call them: "Manage Channels"."""
    names = [str(flag.name) for flag in permissions]
    return [_SHOWN_OTHERWISE.get(name, _titled(name).replace(" In ", " in ")) for name in names]


def needs_text(plugin: Plugin) -> str:
    """Return in one line the permissions and privileged intents that a plugin needs; empty if none."""
    privileged = plugin.intents & hikari.Intents.ALL_PRIVILEGED
    intents = [f"{_titled(str(flag.name))} (privileged intent)" for flag in privileged]
    return ", ".join([*permission_names(plugin.permissions), *intents])


def _titled(name: str) -> str:
    return name.replace("_", " ").title()
