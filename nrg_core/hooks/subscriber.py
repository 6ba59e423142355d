"""A plugin's hook implementations, called one plugin at a time.

pluggy's own call would run all plugins together: one that raises stops the rest, and results do not say
whose they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pluggy

from nrg_core.domain.events import AchievementEarned, SessionRecorded
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Note, Tick
from nrg_core.outbox.events import PendingDelivery

__all__ = ["PluginSubscriber"]


def _session(delivery: PendingDelivery) -> SessionRecorded:
    assert delivery.user_id is not None
    return SessionRecorded.from_payload(delivery.event_id, delivery.user_id, dict(delivery.payload))


def _achievement(delivery: PendingDelivery) -> AchievementEarned:
    assert delivery.user_id is not None
    return AchievementEarned.from_payload(delivery.event_id, delivery.user_id, dict(delivery.payload))


def _tick(delivery: PendingDelivery) -> Tick:
    return Tick.from_payload(delivery.event_id, dict(delivery.payload))


HOOKS: Final[dict[str, tuple[str, str, Callable[[PendingDelivery], Any]]]] = {
    SessionRecorded.kind: ("on_session_recorded", "event", _session),
    AchievementEarned.kind: ("on_achievement", "event", _achievement),
    Tick.kind: ("on_schedule_tick", "tick", _tick),
}
"""Kind of stored event → hook, the name of its first argument, and how to read the event."""


class PluginSubscriber:
    """The hooks of one plugin, as the dispatcher calls them."""

    def __init__(self, name: str, manager: pluggy.PluginManager, settings: Any) -> None:
        self.name = name
        self.settings = settings
        self._hooks: dict[str, tuple[pluggy.HookImpl, str, Callable[[PendingDelivery], Any]]] = {}
        for kind, (hook, argument, read) in HOOKS.items():
            for implementation in getattr(manager.hook, hook).get_hookimpls():
                if implementation.plugin_name == name:
                    self._hooks[kind] = (implementation, argument, read)

    def wants(self, kind: str) -> bool:
        """Tell whether the plugin has a hook for events of that kind."""
        return kind in self._hooks

    async def receive(self, delivery: PendingDelivery, ctx: HookContext) -> Note | None:
        """Call the plugin's hook with as many arguments as it takes."""
        implementation, argument, read = self._hooks[delivery.kind]
        offered = {argument: read(delivery), "ctx": ctx}
        function: Callable[..., Awaitable[object]] = implementation.function  # pyright: ignore[reportAssignmentType]
        result = await function(*(offered[name] for name in implementation.argnames))
        return result if isinstance(result, Note) else None
