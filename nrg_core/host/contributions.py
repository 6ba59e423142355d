"""How plugins, and the core itself, come to hear of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nrg_core.clock import Clock
from nrg_core.domain.events import MetricsChanged, SessionRecorded
from nrg_core.domain.recording import CHANGED
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.dispatcher import Dispatcher
from nrg_core.hooks.subscriber import PluginSubscriber
from nrg_core.host.community import Community
from nrg_core.host.discovery import Discovered, Loaded
from nrg_core.host.host import Undo
from nrg_core.host.tables import CORE
from nrg_core.outbox.events import PendingDelivery

__all__ = ["Deliveries", "Judging"]


class Deliveries:
    """Registers plugins with the dispatcher."""

    def __init__(self, dispatcher: Dispatcher, discovered: Discovered) -> None:
        self._dispatcher = dispatcher
        self._discovered = discovered

    async def add(self, loaded: Loaded, settings: Any) -> Undo:
        """Begin to deliver events to a plugin."""
        self._dispatcher.add(PluginSubscriber(loaded.name, self._discovered.manager, settings))

        async def undo() -> None:
            await self._dispatcher.remove(loaded.name)

        return undo

    async def settle(self) -> None:
        """Nothing is left to do after a round of changes."""


class Judging:
    """The core as a subscriber like any plugin: judges a member when metrics of theirs have changed.

    Parameters
    ----------
    committed
        Called after the commit with what plugins are to hear of it.
    """

    name = CORE
    settings = None

    def __init__(
        self, community: Community, clock: Clock, committed: Callable[[Sequence[PendingDelivery]], object]
    ) -> None:
        self._community = community
        self._clock = clock
        self._committed = committed

    def wants(self, kind: str) -> bool:
        """Tell whether it is a change of metrics: a session is one if rules ask for more than counters."""
        if kind == SessionRecorded.kind:
            return self._community.library().asks_more
        return kind == MetricsChanged.kind

    async def receive(self, delivery: PendingDelivery, ctx: HookContext) -> None:
        """Judge what depends on the metrics that have changed."""
        assert delivery.user_id is not None
        told = await self._community.judge(
            ctx.uow,
            delivery.user_id,
            frozenset(delivery.payload.get("names", CHANGED)),
            self._clock.now(),
            delivery.payload["guild_id"],
            delivery.payload["channel_id"],
        )
        ctx.uow.after_commit(lambda: self._committed(told))
