"""What hooks and commands alike may ask for: written in their unit of work, seen to after its commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from nrg_core.clock import Clock
from nrg_core.domain.judging import store_change
from nrg_core.domain.library import Library
from nrg_core.domain.notices import Notice, notify
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.recording import Outcome, Recorded, RecordSession
from nrg_core.outbox.events import PendingDelivery
from nrg_core.outbox.messages import Envelope, enqueue
from nrg_core.storage.uow import UnitOfWork

__all__ = ["Tools"]


class Tools:
    """The core's side of ``HookContext`` and ``Services``.

    Parameters
    ----------
    submit
        Hands plugins what was just committed for them.
    wake
        Has the outbox looked at.
    is_enabled
        Tells whether a plugin is on in a server, or, without one, everywhere.
    """

    def __init__(
        self,
        clock: Clock,
        policy: Policy,
        library: Callable[[], Library],
        recorder: Recorder,
        *,
        submit: Callable[[Sequence[PendingDelivery]], object],
        wake: Callable[[], None],
        is_enabled: Callable[[str, int | None], bool],
    ) -> None:
        self.is_enabled = is_enabled
        self._clock = clock
        self._policy = policy
        self._library = library
        self._recorder = recorder
        self._submit = submit
        self._wake = wake

    async def send(self, uow: UnitOfWork, envelopes: Sequence[Envelope]) -> None:
        """Ask for messages, roles or errands."""
        if envelopes:
            now = self._clock.now()
            await uow.run(enqueue, envelopes, now)
            uow.after_commit(self._wake)

    async def notify(
        self,
        uow: UnitOfWork,
        plugin: str,
        user_id: UUID,
        notice: Notice,
        key: str,
        *,
        content: str | None,
        embeds: Sequence[dict[str, Any]],
    ) -> bool:
        """Ask for a direct message to a member, if they asked to be told; see ``HookContext.notify``."""
        choice, now = (plugin, notice.name), self._clock.now()
        uow.after_commit(self._wake)
        return await uow.run(notify, choice, user_id, key, content=content, embeds=embeds, now=now)

    async def record(self, uow: UnitOfWork, requests: Sequence[RecordSession]) -> list[Outcome]:
        """Record sessions, and tell plugins of them."""
        outcomes = await self._recorder.record_all_in(uow, requests)
        told = [each for one in outcomes if isinstance(one, Recorded) for each in one.deliveries]
        uow.after_commit(lambda: self.committed(told))
        return outcomes

    async def metrics_changed(
        self,
        uow: UnitOfWork,
        user_id: UUID,
        names: Sequence[str],
        guild_id: int | None,
        channel_id: int | None,
    ) -> None:
        """Store that metrics of a member have changed: the core judges the member right after the commit."""
        library, now, changed = self._library(), self._clock.now(), frozenset(names)
        told = await uow.run(store_change, user_id, changed, guild_id, channel_id, library, self._policy, now)
        uow.after_commit(lambda: self._submit(told))

    def committed(self, deliveries: Sequence[PendingDelivery]) -> None:
        """Tell plugins of what was just committed, and send what it may have put into the outbox."""
        self._submit(deliveries)
        self._wake()
