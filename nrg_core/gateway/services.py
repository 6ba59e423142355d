"""What a plugin's commands are given to work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from nrg_core.clock import Clock
from nrg_core.delivery.sender import Sender
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.recording import Recorded, RecordSession
from nrg_core.hooks.context import Judge
from nrg_core.hooks.dispatcher import Dispatcher
from nrg_core.hooks.specs import Note
from nrg_core.host.community import Community
from nrg_core.host.host import PluginHost
from nrg_core.pictures import Pictures
from nrg_core.storage.database import Database
from nrg_core.storage.uow import UnitOfWork

__all__ = ["Services"]

PATIENCE: Final = timedelta(seconds=1)
"""How long a member's answer waits for what plugins have to add; Discord waits three seconds in all."""


@dataclass(frozen=True, slots=True)
class Services:
    """The host's services. Ask for them by type: ``services: Services = arc.inject()``.

    Attributes
    ----------
    database
        Units of work.
    clock
        The time of the product.
    community
        The catalogue: techniques, achievements, texts.
    pictures
        Draws.
    policy
        How the community wants things.
    host
        The plugins that run, and their settings.
    """

    database: Database
    clock: Clock
    community: Community
    pictures: Pictures
    policy: Policy
    host: PluginHost
    _recorder: Recorder
    _dispatcher: Dispatcher
    _sender: Sender
    _judge: Judge

    async def record(self, request: RecordSession) -> tuple[Recorded, list[Note]]:
        """Record a session, and return what became of it with what plugins have to add in time.

        Raises
        ------
        Refusal
            See ``Recorder.record``.
        """
        recorded = await self._recorder.record(request)
        if recorded.earned:
            self._sender.wake()
        return recorded, await self._dispatcher.hear(recorded.deliveries, PATIENCE)

    async def metrics_changed(
        self, uow: UnitOfWork, user_id: UUID, *names: str, guild_id: int | None, channel_id: int | None
    ) -> None:
        """Say that these metrics of a member have changed; what it earns is written in the unit of work."""
        await self._judge(uow, user_id, frozenset(names), guild_id, channel_id)
