"""How plugins, and the core itself, come to hear of events."""

from __future__ import annotations

from typing import Any

from nrg_core.domain.events import SessionRecorded
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
    """The core as a subscriber like any plugin: judges, after a session, the rules that need queries."""

    name = CORE
    settings = None

    def __init__(self, community: Community) -> None:
        self._community = community

    def wants(self, kind: str) -> bool:
        """Tell whether any rule asks for more than a member's own counters."""
        return kind == SessionRecorded.kind and self._community.library().asks_more

    async def receive(self, delivery: PendingDelivery, ctx: HookContext) -> None:
        """Judge what a session can have changed."""
        assert delivery.user_id is not None
        await ctx.metrics_changed(delivery.user_id, *CHANGED)
