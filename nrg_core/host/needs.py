"""What the core and the plugins need of Discord, in the words that Discord's own settings use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import hikari
from sqlalchemy import Connection

from nrg_core.domain.catalogue.storing import gives_roles
from nrg_core.host.enablement import Enablement, read_enablement
from nrg_core.host.plugin import Plugin
from nrg_core.host.tables import CORE

__all__ = [
    "CORE_PERMISSIONS",
    "PORTAL_SWITCHES",
    "Needs",
    "intent_names",
    "invitation",
    "needs_text",
    "permission_names",
    "read_needs",
]

CORE_PERMISSIONS: Final = (
    hikari.Permissions.VIEW_CHANNEL | hikari.Permissions.SEND_MESSAGES | hikari.Permissions.EMBED_LINKS
)
"""What the core needs for its announcements."""

PORTAL_SWITCHES: Final = (
    "Switch it on in the developer portal: your application → Bot → Privileged Gateway Intents."
)

EVERYTHING_ENABLED: Final = Enablement()

_SHOWN_OTHERWISE: Final = {
    "MANAGE_GUILD": "Manage Server",
    "VIEW_CHANNEL": "View Channels",
    "MODERATE_MEMBERS": "Timeout Members",
    "MENTION_ROLES": "Mention @everyone, @here and All Roles",
    "USE_EXTERNAL_EMOJIS": "Use External Emoji",
}
_SWITCHES: Final = {
    "GUILD_PRESENCES": "Presence Intent",
    "GUILD_MEMBERS": "Server Members Intent",
    "MESSAGE_CONTENT": "Message Content Intent",
}


@dataclass(frozen=True, slots=True)
class Needs:
    """Which permissions are needed on a server, and by whom.

    Attributes
    ----------
    plugins
        Those that are in order, in load order.
    enablement
        Which of them are enabled where.
    gives_roles
        Whether the core has roles to give, as the catalogue's achievements say.
    """

    plugins: Sequence[Plugin]
    enablement: Enablement = EVERYTHING_ENABLED
    gives_roles: bool = False

    def on_server(self, guild_id: int) -> dict[str, hikari.Permissions]:
        """Return what the core and each plugin that is enabled on a server need there."""
        anywhere = self.anywhere()
        return {
            name: needed
            for name, needed in anywhere.items()
            if name == CORE or self.enablement.is_enabled(name, guild_id)
        }

    def anywhere(self) -> dict[str, hikari.Permissions]:
        """Return what the core and each plugin that is enabled on any server need."""
        roles = hikari.Permissions.MANAGE_ROLES if self.gives_roles else hikari.Permissions.NONE
        running = self.enablement.running(self.plugins)
        return {
            CORE: CORE_PERMISSIONS | roles,
            **{plugin.name: plugin.permissions for plugin in self.plugins if plugin.name in running},
        }


def read_needs(connection: Connection, plugins: Sequence[Plugin]) -> Needs:
    """Return what is needed by what the database says is enabled."""
    return Needs(plugins, read_enablement(connection), gives_roles(connection))


def permission_names(permissions: hikari.Permissions) -> list[str]:
    """Return permissions as the settings of a server call them: "Manage Channels"."""
    names = [str(flag.name) for flag in permissions]
    return [_SHOWN_OTHERWISE.get(name, _titled(name).replace(" In ", " in ")) for name in names]


def intent_names(intents: hikari.Intents) -> list[str]:
    """Return intents in words, privileged ones as the developer portal has it: "Server Members Intent"."""
    names = [str(flag.name) for flag in intents]
    return [_SWITCHES.get(name, _titled(name).replace("Dm ", "Direct ")) for name in names]


def needs_text(plugin: Plugin) -> str:
    """Return in one line the permissions and intents that a plugin needs; empty if none."""
    privileged = intent_names(plugin.intents & hikari.Intents.ALL_PRIVILEGED)
    intents = [
        f"{name} (privileged)" if name in privileged else name for name in intent_names(plugin.intents)
    ]
    hears = f"intents: {', '.join(intents)}" if intents else ""
    return "; ".join(filter(None, [", ".join(permission_names(plugin.permissions)), hears]))


def invitation(application_id: int, permissions: hikari.Permissions) -> str:
    """Return the link by which somebody who manages a server lets the bot in, or grants it what it lacks."""
    asked = {
        "client_id": int(application_id),
        "permissions": int(permissions),
        "scope": "bot applications.commands",
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(asked)}"


def _titled(name: str) -> str:
    return name.replace("_", " ").title()
