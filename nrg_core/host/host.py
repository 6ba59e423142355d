"""The life cycle of plugins: which of them run, and how they are started and stopped in a running bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, Protocol, TypeVar

import structlog
from pydantic import BaseModel
from sqlalchemy import Connection

from nrg_core.host.community import Community
from nrg_core.host.discovery import Discovered, Loaded
from nrg_core.host.enablement import Enablement, read_enablement
from nrg_core.host.revisions import CATALOGUE, read_revisions
from nrg_core.repeat import Repeater
from nrg_core.storage.database import Database

__all__ = ["Contribution", "PluginHost", "SettingsT", "Undo"]

POLL: Final = 2.0
"""Seconds between two looks for what the command line, or another process, has changed."""

_log = structlog.get_logger("nrg.host")

SettingsT = TypeVar("SettingsT", bound=BaseModel)

Undo = Callable[[], Awaitable[None]]
"""Takes back one registration."""


class Contribution(Protocol):
    """A place where plugins register something: the dispatcher, the commands, the components."""

    async def add(self, loaded: Loaded, settings: Any) -> Undo:
        """Register what a plugin contributes here, and return how to take it back."""
        ...

    async def settle(self) -> None:
        """Called once after a round of changes."""
        ...


class PluginHost:
    """Keeps what runs in step with what is enabled.

    Parameters
    ----------
    settings
        Each plugin's settings, by name.
    contributions
        Where plugins register; each registration is kept with its undo, and undone in reverse order.
    """

    def __init__(
        self,
        database: Database,
        discovered: Discovered,
        community: Community,
        settings: dict[str, Any],
        contributions: Sequence[Contribution],
    ) -> None:
        self.discovered = discovered
        self._database = database
        self._community = community
        self._settings = settings
        self._contributions = contributions
        self._running: dict[str, AsyncExitStack] = {}
        self._enablement: Enablement | None = None
        self._catalogue = 0
        self._settled = True
        self._repeater = Repeater("plugins", self.refresh, POLL)

    @property
    def running(self) -> list[Loaded]:
        """The plugins that run, in load order."""
        return [loaded for loaded in self.discovered.plugins if loaded.name in self._running]

    def settings(self, model: type[SettingsT]) -> SettingsT:
        """Return a plugin's settings by the model that its manifest names.

        Raises
        ------
        LookupError
            No plugin names that model.
        """
        for settings in self._settings.values():
            if type(settings) is model:
                return settings
        raise LookupError(f"{model.__name__} is the settings model of no plugin here")

    def is_enabled(self, plugin: str, guild_id: int | None = None) -> bool:
        """Tell whether a plugin runs and is enabled in a server."""
        if plugin not in self._running:
            return False
        return self._enablement is None or self._enablement.is_enabled(plugin, guild_id)

    async def start(self) -> None:
        """Start what is enabled, and keep looking for changes."""
        await self.refresh()
        self._repeater.start()

    async def stop(self) -> None:
        """Stop every plugin, the last one first."""
        await self._repeater.stop()
        for name in reversed(list(self._running)):
            await self._stop(name)

    async def refresh(self) -> None:
        """Take up what has changed in the database. Happens by itself every other second."""

        def read(connection: Connection) -> tuple[Enablement, int]:
            return read_enablement(connection), read_revisions(connection).get(CATALOGUE, 0)

        enablement, catalogue = await self._database.read(read)
        if enablement != self._enablement or not self._settled:
            await self._apply(enablement)
        elif catalogue != self._catalogue:
            await self._community.reload()
        self._catalogue = catalogue

    async def _apply(self, enablement: Enablement) -> None:
        wanted = enablement.running(loaded.plugin for loaded in self.discovered.plugins)
        self._enablement = enablement
        self._settled = False  # until the end is reached: what fails here is tried again
        stopped = [name for name in reversed(list(self._running)) if name not in wanted]
        for name in stopped:
            await self._stop(name)
        started = [
            loaded
            for loaded in self.discovered.plugins
            if loaded.name in wanted and loaded.name not in self._running
        ]
        for loaded in started:
            if all(name in self._running for name in loaded.plugin.requires):
                await self._start(loaded)
            else:
                _log.error("a plugin is left out: one that it requires is", plugin=loaded.name)
        await self._community.use(metric for loaded in self.running for metric in loaded.metrics)
        _log.info(
            "plugins", running=list(self._running), started=[one.name for one in started], stopped=stopped
        )
        for contribution in self._contributions:
            await contribution.settle()
        self._settled = True

    async def _start(self, loaded: Loaded) -> None:
        registrations = AsyncExitStack()
        try:
            for contribution in self._contributions:
                undo = await contribution.add(loaded, self._settings.get(loaded.name))
                registrations.push_async_callback(undo)
        except Exception:
            _log.exception("a plugin could not be started and is left out", plugin=loaded.name)
            await self._undo(loaded.name, registrations)
            return
        self._running[loaded.name] = registrations

    async def _stop(self, name: str) -> None:
        await self._undo(name, self._running.pop(name))

    async def _undo(self, name: str, registrations: AsyncExitStack) -> None:
        try:
            await registrations.aclose()
        except Exception:
            _log.exception("a registration could not be taken back", plugin=name)
