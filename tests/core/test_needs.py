"""Permissions and intents in the words of Discord's own settings."""

from __future__ import annotations

from pathlib import Path

import hikari

from nrg_core.host.enablement import Enablement
from nrg_core.host.needs import (
    CORE_PERMISSIONS,
    Needs,
    invitation,
    needs_text,
    permission_names,
    read_needs,
)
from nrg_core.host.plugin import Plugin
from nrg_core.storage.database import Database
from tests.support.community import CATALOGUE, stock

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


def test_what_a_plugin_needs_is_one_line() -> None:
    plugin = Plugin(
        name="garden",
        summary="",
        permissions=P.MANAGE_EVENTS,
        intents=hikari.Intents.GUILD_MEMBERS | hikari.Intents.DM_MESSAGES,
    )
    assert needs_text(plugin) == (
        "Manage Events; intents: Direct Messages, Server Members Intent (privileged)"
    )
    assert needs_text(Plugin(name="bare", summary="")) == ""
    assert needs_text(Plugin(name="ears", summary="", intents=hikari.Intents.GUILDS)) == "intents: Guilds"


def test_needs_follow_what_is_enabled_where() -> None:
    garden = Plugin(name="garden", summary="", permissions=P.MANAGE_CHANNELS)
    shed = Plugin(name="shed", summary="", permissions=P.MANAGE_EVENTS, requires=("garden",))
    everywhere = Needs([garden, shed])
    assert everywhere.anywhere() == {
        "core": CORE_PERMISSIONS,
        "garden": P.MANAGE_CHANNELS,
        "shed": P.MANAGE_EVENTS,
    }
    assert everywhere.on_server(1) == everywhere.anywhere()
    off_on_one = Needs([garden, shed], Enablement(guilds=frozenset({(1, "shed", False)})))
    assert off_on_one.on_server(1).keys() == {"core", "garden"}
    assert off_on_one.on_server(2).keys() == {"core", "garden", "shed"}
    on_on_one = Needs([garden, shed], Enablement(frozenset({"garden"}), frozenset({(1, "garden", True)})))
    assert on_on_one.on_server(1).keys() == {"core", "garden", "shed"}
    assert on_on_one.on_server(2).keys() == {"core", "shed"}
    off = Needs([garden, shed], Enablement(frozenset({"garden"})))
    assert off.anywhere().keys() == {"core"}, "what a plugin requires does not run, so neither does it"
    assert Needs([], gives_roles=True).anywhere() == {"core": CORE_PERMISSIONS | P.MANAGE_ROLES}


async def test_the_core_needs_to_manage_roles_while_an_achievement_gives_one(
    database: Database, tmp_path: Path
) -> None:
    async def read() -> bool:
        return (await database.read(read_needs, [])).gives_roles

    assert not await read()
    await stock(database, tmp_path)
    assert await read()
    await stock(database, tmp_path, CATALOGUE[: CATALOGUE.rindex("[[achievements]]")])
    assert not await read(), "what left the catalogue is given no more"


def test_the_invitation_asks_for_permissions_and_commands() -> None:
    assert invitation(42, P.MANAGE_CHANNELS | P.SEND_MESSAGES) == (
        "https://discord.com/oauth2/authorize?client_id=42&permissions=2064&scope=bot+applications.commands"
    )
