"""What a plugin's commands are given to work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import hikari

from nrg_core.clock import Clock
from nrg_core.delivery.sender import PermanentFailure, Sender
from nrg_core.domain.notices import Notice
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.recording import Recorded, RecordSession
from nrg_core.gateway.lacks import NotAllowed, may_mend
from nrg_core.hooks.dispatcher import Dispatcher
from nrg_core.hooks.specs import Note
from nrg_core.hooks.tools import Tools
from nrg_core.host.community import Community
from nrg_core.host.host import PluginHost, SettingsT
from nrg_core.outbox.messages import Envelope
from nrg_core.pictures import Pictures
from nrg_core.storage.database import Database
from nrg_core.storage.uow import UnitOfWork

__all__ = ["Services"]

PATIENCE: Final = timedelta(seconds=1)
"""How long a member's answer waits for what plugins have to add; Discord waits three seconds in all."""

ERRAND_PATIENCE: Final = timedelta(seconds=3)
"""How long a member's answer waits for an errand: after two seconds Discord is asked for more time."""


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
        The plugins that run.
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
    _tools: Tools
    _menders_await: set[str] = field(default_factory=set[str])

    def settings(self, model: type[SettingsT]) -> SettingsT:
        """Return a plugin's settings: ``services.settings(GardenSettings)``.

        Raises
        ------
        LookupError
            No plugin's manifest names that model.
        """
        return self.host.settings(model)

    async def record(self, request: RecordSession) -> tuple[Recorded, list[Note]]:
        """Record a session, and return what became of it with what plugins have to add in time.

        Raises
        ------
        Refusal
            See ``Recorder.record``.
        """
        recorded = await self._recorder.record(request)
        return recorded, await self.hear(recorded)

    async def record_in(self, uow: UnitOfWork, request: RecordSession) -> Recorded:
        """Record a session in a unit of work that holds more; ``hear`` what follows after its commit.

        Raises
        ------
        Refusal
            See ``Recorder.record_in``.
        """
        return await self._recorder.record_in(uow, request)

    async def hear(self, recorded: Recorded) -> list[Note]:
        """Tell plugins of a session that was just committed; return what they have to add in time."""
        if recorded.earned:
            self._sender.wake()
        return await self._dispatcher.hear(recorded.deliveries, PATIENCE)

    async def notify(
        self,
        uow: UnitOfWork,
        plugin: str,
        user_id: UUID,
        notice: Notice,
        key: str,
        *,
        content: str | None = None,
        embeds: Sequence[dict[str, Any]] = (),
        guild_id: int | None = None,
    ) -> bool:
        """Ask for a direct message to a member, if they asked to be told, and return whether they did.

        Nothing is sent while the plugin is switched off in the server; else see ``HookContext.notify``.
        """
        if not self.host.is_enabled(plugin, guild_id):
            return False
        return await self._tools.notify(uow, plugin, user_id, notice, key, content=content, embeds=embeds)

    async def metrics_changed(
        self, uow: UnitOfWork, user_id: UUID, *names: str, guild_id: int | None, channel_id: int | None
    ) -> None:
        """Say that these metrics of a member have changed, so that what depends on them is judged anew.

        That is stored in the unit of work; the core judges the member right after its commit.

        Parameters
        ----------
        guild_id, channel_id
            Where what the member earns is given and announced.
        """
        await self._tools.metrics_changed(uow, user_id, names, guild_id, channel_id)

    async def send(self, uow: UnitOfWork, *envelopes: Envelope) -> None:
        """Ask for things to be sent or done: written in the unit of work, sent after its commit."""
        await self._tools.send(uow, envelopes)

    async def hurry(self, envelope: Envelope, member: hikari.InteractionMember | None = None) -> str | None:
        """Wait a moment for an errand whose unit of work was just committed.

        Returns, in plain words for the member, which permission it failed for; nothing if it was done, is
        still under way, or failed for something that only the log can tell.

        Parameters
        ----------
        member
            Who waits. One who manages the server is told how to mend it; else its owner is, too.
        """
        mender = may_mend(member)
        if mender:
            self._menders_await.add(envelope.key)
        try:
            failure = await self._sender.hurry(envelope.key, ERRAND_PATIENCE)
        finally:
            self._menders_await.discard(envelope.key)
        if isinstance(failure, NotAllowed):
            return failure.lack.told(mender)
        return failure.told if isinstance(failure, PermanentFailure) else None

    def is_told_to_mender(self, key: str) -> bool:
        """Tell whether one who can mend it waits for the errand of that key: they hear what it lacks."""
        return key in self._menders_await
