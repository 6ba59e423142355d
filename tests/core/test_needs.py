"""Permissions and intents in the words of Discord's own settings."""

from __future__ import annotations

import hikari

from nrg_core.host.needs import needs_text, permission_names
from nrg_core.host.plugin import Plugin

P = hikari.Permissions


def test_permissions_are_called_what_a_servers_settings_call_them() -> None:
    wanted = P.MANAGE_CHANNELS | P.MANAGE_GUILD | P.VIEW_CHANNEL | P.SEND_MESSAGES_IN_THREADS
    assert sorted(permission_names(wanted)) == [
        "Manage Channels",
        "Manage Server",
        "Send Messages in Threads",
        "View Channels",
    ]
    assert permission_names(P.NONE) == []


def test_every_permission_has_a_name() -> None:
    assert all(name and "_" not in name for name in permission_names(P.all_permissions()))


def test_needs_name_privileged_intents_alone() -> None:
    plugin = Plugin(
        name="garden",
        summary="",
        permissions=P.MANAGE_EVENTS,
        intents=hikari.Intents.GUILD_MEMBERS | hikari.Intents.GUILD_MESSAGES,
    )
    assert needs_text(plugin) == "Manage Events, Guild Members (privileged intent)"
    assert needs_text(Plugin(name="bare", summary="")) == ""
