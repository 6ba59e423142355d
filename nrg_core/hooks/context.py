"""What a plugin is handed with each call of a hook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any
from uuid import UUID

from structlog.typing import FilteringBoundLogger

from nrg_core.clock import Clock
from nrg_core.domain.notices import Notice
from nrg_core.domain.recording import Outcome, Recorded, RecordSession
from nrg_core.hooks.tools import Tools
from nrg_core.outbox.messages import Envelope, signed
from nrg_core.storage.uow import UnitOfWork

__all__ = ["HookContext"]


@dataclass(frozen=True, slots=True)
class HookContext:
    """One call's tools.

    Attributes
    ----------
    uow
        The plugin's own unit of work. It is committed by the host, together with the mark that the event
        was seen; ending it oneself makes the call fail.
    clock
        The time of the product.
    log
        A logger that bears the plugin's name.
    settings
        The plugin's settings, an instance of the model it named; nothing if it named none.
    """

    uow: UnitOfWork
    clock: Clock
    log: FilteringBoundLogger
    settings: Any
    _tools: Tools
    _where: tuple[int | None, int | None] = (None, None)
    _plugin: str = "core"

    def is_enabled(self, guild_id: int | None) -> bool:
        """Tell whether the plugin is on in a server; without one, as in direct messages, everywhere.

        A tick comes to a plugin that is on anywhere: it asks before it does something on a server.
        """
        return self._tools.is_enabled(self._plugin, guild_id)

    async def send(self, *envelopes: Envelope) -> None:
        """Ask for messages, roles or errands: written with everything else here, sent after the commit.

        All of them take one statement; so ask once for many.
        """
        await self._tools.send(self.uow, [signed(each, self._plugin) for each in envelopes])

    async def record(self, request: RecordSession) -> Recorded:
        """Record a session for a member: written with everything else here, and heard of after the commit.

        Raises
        ------
        Refusal
            The technique is not there or not open, or the session is recorded already; nothing was written.
        """
        (outcome,) = await self.record_all([request])
        if isinstance(outcome, Recorded):
            return outcome
        raise outcome

    async def record_all(self, requests: Sequence[RecordSession]) -> list[Outcome]:
        """Record sessions, whosever they are, in a fixed number of statements; return what became of each.

        A refused one is an outcome, not an exception: the others are recorded all the same.
        """
        return await self._tools.record(self.uow, requests)

    async def notify(
        self,
        user_id: UUID,
        notice: Notice,
        key: str,
        *,
        content: str | None = None,
        embeds: Sequence[dict[str, Any]] = (),
    ) -> bool:
        """Ask for a direct message to a member, if they asked to be told, and return whether they did.

        Parameters
        ----------
        notice
            One of those in the plugin's manifest.
        key
            Names what happened, so that it is told once; see ``Envelope``.
        content, embeds
            The message; embeds are in the JSON form of Discord's API.
        """
        return await self._tools.notify(
            self.uow, self._plugin, user_id, notice, key, content=content, embeds=embeds
        )

    async def metrics_changed(
        self,
        user_id: UUID,
        *names: str,
        guild_id: int | EllipsisType | None = ...,
        channel_id: int | None = None,
    ) -> None:
        """Say that these metrics of a member have changed, so that what depends on them is judged anew.

        That is stored in this unit of work; the core judges the member right after its commit.

        Parameters
        ----------
        guild_id, channel_id
            Where what the member earns is given and announced; left out, where the event at hand happened.
        """
        where = self._where if guild_id is ... else (guild_id, channel_id)
        await self._tools.metrics_changed(self.uow, user_id, names, *where)
