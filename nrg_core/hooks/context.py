"""What a plugin is handed with each call of a hook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from structlog.typing import FilteringBoundLogger

from nrg_core.clock import Clock
from nrg_core.domain.notices import Notice, notify
from nrg_core.domain.recording import Recorded, RecordSession
from nrg_core.outbox.messages import Envelope, enqueue, signed
from nrg_core.storage.uow import UnitOfWork

__all__ = ["HookContext", "Judge", "Record"]

Judge = Callable[[UnitOfWork, UUID, frozenset[str], int | None, int | None], Awaitable[None]]
"""Gives a member what a change of metrics earns: in a unit of work, for a server and a channel."""

Record = Callable[[UnitOfWork, RecordSession], Awaitable[Recorded]]
"""Records a session in a unit of work."""


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
    _judge: Judge
    _record: Record
    _where: tuple[int | None, int | None] = (None, None)
    _plugin: str = "core"

    async def send(self, envelope: Envelope) -> None:
        """Ask for a message or a role: written with everything else here, sent after the commit."""
        now = self.clock.now()
        mine = signed(envelope, self._plugin)
        await self.uow.run(lambda connection: enqueue(connection, [mine], now))

    async def record(self, request: RecordSession) -> Recorded:
        """Record a session for a member: written with everything else here, and heard of after the commit.

        Raises
        ------
        Refusal
            The technique is not there or not open, or the session is recorded already; nothing was written.
        """
        return await self._record(self.uow, request)

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
        choice, now = (self._plugin, notice.name), self.clock.now()
        return await self.uow.run(
            lambda connection: notify(
                connection, choice, user_id, key, content=content, embeds=embeds, now=now
            )
        )

    async def metrics_changed(self, user_id: UUID, *names: str) -> None:
        """Say that these metrics of a member have changed, so that what depends on them is judged anew.

        What the member earns by it is written in this unit of work.
        """
        await self._judge(self.uow, user_id, frozenset(names), *self._where)
