"""Whether a plugin is enabled, everywhere and in one server.

The answer lives in the database, so that every process and the command line agree. A running bot keeps a
snapshot and looks for changes every other second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from nrg_core.host.models import GuildPlugin, PluginState
from nrg_core.host.plugin import Plugin
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["Enablement", "read_enablement", "set_enabled"]

_states = table_of(PluginState)
_guilds = table_of(GuildPlugin)


@dataclass(frozen=True, slots=True)
class Enablement:
    """A snapshot: the plugins that are off everywhere, and what single servers say otherwise."""

    off: frozenset[str] = frozenset()
    guilds: frozenset[tuple[int, str, bool]] = frozenset()

    def is_enabled(self, plugin: str, guild_id: int | None = None) -> bool:
        """Tell whether a plugin is enabled in a server, or, without one, everywhere.

        A server's word goes before what holds everywhere, in either direction.
        """
        if guild_id is not None:
            if (guild_id, plugin, True) in self.guilds:
                return True
            if (guild_id, plugin, False) in self.guilds:
                return False
        return plugin not in self.off

    def is_used(self, plugin: str) -> bool:
        """Tell whether a plugin is enabled anywhere at all."""
        return plugin not in self.off or any(name == plugin and on for _, name, on in self.guilds)

    def running(self, plugins: Iterable[Plugin]) -> list[str]:
        """Return the plugins, of those given in load order, that run: used, and so all they require."""
        running: list[str] = []
        for plugin in plugins:
            if self.is_used(plugin.name) and all(name in running for name in plugin.requires):
                running.append(plugin.name)
        return running


def read_enablement(connection: Connection) -> Enablement:
    """Read the state of all plugins."""
    off = connection.execute(select(_states.c.plugin).where(~_states.c.enabled)).scalars()
    guilds = connection.execute(select(_guilds.c.guild_id, _guilds.c.plugin, _guilds.c.enabled))
    return Enablement(frozenset(off), frozenset((int(row[0]), row[1], bool(row[2])) for row in guilds))


def set_enabled(
    connection: Connection,
    plugins: Collection[str],
    enabled: bool,
    now: datetime,
    guild_id: int | None = None,
) -> None:
    """Enable or disable plugins, everywhere or in one server."""
    table = _states if guild_id is None else _guilds
    keys = {} if guild_id is None else {"guild_id": str(guild_id)}
    statement = insert_into(table, connection.dialect.name)
    for plugin in plugins:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[column.name for column in table.primary_key],
                set_={"enabled": statement.excluded.enabled, "changed_at": statement.excluded.changed_at},
            ),
            {"plugin": plugin, "enabled": enabled, "changed_at": now, **keys},
        )
