"""The hooks: everything that a plugin can be asked, in one file.

A plugin implements a hook as a method, marked with ``@hookimpl``, of the class it names in
``Plugin(hooks=...)``. It may leave out trailing arguments that it has no use for. What the host promises
about calling them stands in ``dispatcher``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import pluggy

if TYPE_CHECKING:
    from nrg_core.domain.events import AchievementEarned, SessionRecorded
    from nrg_core.domain.metrics import Metric
    from nrg_core.hooks.context import HookContext
    from nrg_core.hooks.health import HealthCheck

__all__ = ["NAMESPACE", "Note", "Specs", "Tick", "hookimpl", "hookspec"]

NAMESPACE = "nrg"

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


@dataclass(frozen=True, slots=True)
class Note:
    """A line that a plugin adds to the answer a member gets to a check-in."""

    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A minute went by, or more of them: after downtime one tick covers all that was missed.

    Attributes
    ----------
    since, now
        The span it covers, aware, in UTC: after ``since``, up to and including ``now``. The next tick's
        ``since`` is this one's ``now``, so that no moment falls between two ticks or into both.
    """

    kind: ClassVar[str] = "tick"

    id: int
    since: datetime
    now: datetime

    @classmethod
    def from_payload(cls, event_id: int, payload: Mapping[str, str]) -> Tick:
        """Read the stored form back."""
        return cls(event_id, *(datetime.fromisoformat(payload[key]) for key in ("since", "now")))


class Specs:
    """The hook specification. Do not instantiate; read it."""

    @hookspec
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> Note | None:
        """Learn that a member practised.

        Called after the session was committed, once in effect for each plugin that was enabled then; one
        member's events come in the order in which they happened.

        Parameters
        ----------
        event
            What was recorded.
        ctx
            The plugin's own unit of work and its tools. Whatever is written through ``ctx.uow`` is
            committed together with the mark that this event was seen.

        Returns
        -------
        Note or None
            A line for the member's answer. It is shown if it comes in time, and forgotten otherwise.

        Raising, or taking longer than HOOK_DEADLINE, undoes what this call wrote and brings it back
        later, with growing pauses. It harms no other plugin and not the member's answer.
        """
        ...

    @hookspec
    async def on_achievement(self, event: AchievementEarned, ctx: HookContext) -> None:
        """Learn that a member earned an achievement.

        Called after it was committed, with the same promises as ``on_session_recorded``. The announcement
        and the role are the core's business. What is returned is ignored.
        """
        ...

    @hookspec
    async def on_schedule_tick(self, tick: Tick, ctx: HookContext) -> None:
        """Do what has fallen due.

        Called once a minute in exactly one process, whatever the number of processes; after downtime once
        for the whole gap. Look for what fell due in ``tick.since`` < t ≤ ``tick.now``, or for whatever is
        due and not yet done. Raising undoes this call's writes and brings the same tick back; the next
        ones wait for it. What is returned is ignored.
        """
        ...

    @hookspec
    def metrics(self) -> Sequence[Metric]:
        """Name the metrics of a member that the plugin can compute, for the catalogue's criteria.

        Called once, when the plugin is loaded. A name that another plugin already claims, or an
        exception, leaves this plugin out, with the reason.
        """
        ...

    @hookspec
    def health_checks(self) -> Sequence[HealthCheck]:
        """Name the checks that ``nrg doctor`` runs for the plugin.

        Called when a diagnosis is asked for. An exception becomes a failed check that bears the plugin's
        name.
        """
        ...
