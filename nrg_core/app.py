"""The composition root: the only place that knows everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from nrg_core.clock import Clock, SystemClock
from nrg_core.config import Settings
from nrg_core.delivery.sender import Sender
from nrg_core.domain.catalogue import read_catalogue
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.gateway.bot import Gateway
from nrg_core.gateway.followed_clock import FollowedClock
from nrg_core.gateway.gates import Gates
from nrg_core.gateway.owners import Owners
from nrg_core.gateway.rate_limit import RateLimit, rate_limit
from nrg_core.gateway.services import Services
from nrg_core.hooks.dispatcher import Dispatcher
from nrg_core.hooks.specs import Tick
from nrg_core.hooks.tools import Tools
from nrg_core.host.community import Community
from nrg_core.host.contributions import Deliveries, Judging
from nrg_core.host.discovery import Discovered, Loaded, discover
from nrg_core.host.host import PluginHost
from nrg_core.host.installed import Installed
from nrg_core.host.tables import CORE
from nrg_core.outbox.events import PendingDelivery
from nrg_core.pictures import Pictures
from nrg_core.schedule.ticker import Ticker
from nrg_core.storage.database import open_database
from nrg_core.storage.migrate import MigrationSource, check, status

__all__ = ["App", "migration_sources"]

_log = structlog.get_logger("nrg.app")


def migration_sources(plugins: Iterable[Loaded | Installed]) -> list[MigrationSource]:
    """Return whose migrations there are: the core's, then those of the plugins in the order given."""
    return [MigrationSource("core", "nrg_core"), *(MigrationSource(one.name, one.package) for one in plugins)]


class App:
    """One running bot. ``start`` it, ``join`` it, ``stop`` it.

    Parameters
    ----------
    settings
        How this installation runs.
    clock
        The time of the product; the real one, or a sandbox's if the settings name one.
    candidates
        The plugins to consider; those that are installed.
    """

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, candidates: Sequence[Installed] | None = None
    ) -> None:
        self.settings = settings
        self.followed = FollowedClock(settings.clock_url) if settings.clock_url and clock is None else None
        self.clock: Clock = clock or self.followed or SystemClock()
        self._candidates = candidates

    async def start(self) -> None:
        """Start everything, from the ground up.

        Raises
        ------
        OperatorError
            The schema is behind or ahead of the code, a setting or the token is wrong, or Discord cannot be
            reached. What was started by then is stopped.
        """
        self.discovered = discovered = discover(self._candidates)
        for broken in discovered.broken:
            _log.error("plugin left out", plugin=broken.name, reason=broken.reason)
        check(await status(self.settings.database, migration_sources(discovered.plugins)))
        plugin_settings = self._plugin_settings(discovered)
        if self.followed is not None:
            await self.followed.start()
        self.database = await open_database(self.settings.database)
        self.pictures = Pictures()
        try:
            await self._assemble(discovered, plugin_settings)
        except BaseException:
            await self.stop()
            raise

    def _plugin_settings(self, discovered: Discovered) -> dict[str, Any]:
        return {
            loaded.name: self.settings.plugin_settings(loaded.plugin.settings, loaded.name)
            for loaded in discovered.plugins
            if loaded.plugin.settings is not None
        }

    async def _assemble(self, discovered: Discovered, plugin_settings: dict[str, Any]) -> None:
        settings = self.settings
        policy = Policy(
            zone=settings.timezone,
            rest_days=settings.rest_days,
            achievements=settings.enable_achievements,
            announce_channel_id=settings.announce_channel_id,
            home_guild_id=settings.discord_guild_id,
            audience=self._audience,
        )
        self.community = Community(self.database, policy)
        await self._stock_catalogue(discovered)
        self.recorder = Recorder(self.database, self.community.library, policy)
        tools = Tools(
            self.clock,
            policy,
            self.community.library,
            self.recorder,
            submit=self._submit,
            wake=self._wake,
            is_enabled=self._is_enabled,
        )
        self.dispatcher = Dispatcher(
            self.database, self.clock, tools, timedelta(seconds=settings.hook_deadline)
        )
        self.dispatcher.add(Judging(self.community, self.clock, tools.committed))
        self.gateway = Gateway(
            settings.token(),
            Gates(self._is_enabled, self._rate_limit()),
            Owners(self.database, self.clock),
            intents={loaded.name: loaded.plugin.intents for loaded in discovered.plugins},
            api_url=settings.discord_api_url,
            guild_id=settings.discord_guild_id,
        )
        self.sender = Sender(self.database, self.clock, self.gateway.post.send)
        self.ticker = Ticker(self.database, self.clock, self._audience, self._submit)
        self.host = PluginHost(
            self.database,
            discovered,
            self.community,
            plugin_settings,
            [Deliveries(self.dispatcher, discovered), self.gateway],
        )
        self.gateway.provide(
            Services(
                self.database,
                self.clock,
                self.community,
                self.pictures,
                policy,
                self.host,
                self.recorder,
                self.dispatcher,
                self.sender,
                tools,
            )
        )
        await self.recorder.start()
        await self.host.start()
        await self.dispatcher.start()
        await self.gateway.start()
        await self.sender.start()
        await self.ticker.start()
        if self.followed is not None:
            for waiting in (self.ticker, self.dispatcher, self.sender):
                self.followed.subscribe(waiting.wake)

    async def join(self) -> None:
        """Wait until the connection to Discord ends for good."""
        await self.gateway.join()

    async def catch_up(self) -> None:
        """Do all that is due by now, and whatever follows from it: for tests that have moved the clock."""
        await self.ticker.look()
        while True:
            await self.dispatcher.look()
            await self.dispatcher.drained()
            if not await self.sender.look():
                return

    async def stop(self) -> None:
        """Stop everything, from the top down. May be called at any time, and twice."""
        for part in ("ticker", "sender", "recorder", "host", "dispatcher", "gateway", "followed"):
            room = getattr(self, part, None)
            if room is not None:
                try:
                    await room.stop()
                except Exception:
                    _log.exception("could not stop cleanly", part=part)
        if hasattr(self, "pictures"):
            await self.pictures.aclose()
        if hasattr(self, "database"):
            await self.database.close()

    async def _stock_catalogue(self, discovered: Discovered) -> None:
        specs = {metric.spec.name: metric.spec for one in discovered.plugins for metric in one.metrics}
        catalogue = await asyncio.to_thread(
            read_catalogue,
            self.settings.catalogue,
            metrics={**CORE_METRICS, **specs},
            plugins=[one.name for one in discovered.plugins],
        )
        if await self.community.stock(catalogue):
            _log.info(
                "catalogue loaded", hacks=len(catalogue.hacks), achievements=len(catalogue.achievements)
            )

    def _rate_limit(self) -> RateLimit:
        settings = self.settings
        redis = settings.redis_url.get_secret_value() if settings.redis_url else None
        window = timedelta(milliseconds=settings.command_rate_window)
        return rate_limit(settings.command_rate_limit, window, redis)

    def _is_enabled(self, plugin: str, guild_id: int | None) -> bool:
        return self.host.is_enabled(plugin, guild_id)

    def _audience(self, kind: str, guild_id: int | None) -> list[str]:
        wanting = self.dispatcher.audience(kind)
        if kind == Tick.kind:
            return wanting  # also for one that is on in a single server only
        return [name for name in wanting if name == CORE or self.host.is_enabled(name, guild_id)]

    def _submit(self, deliveries: Sequence[PendingDelivery]) -> None:
        self.dispatcher.submit(deliveries)

    def _wake(self) -> None:
        self.sender.wake()
