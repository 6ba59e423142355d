"""What a plugin is handed with each call of a hook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from structlog.typing import FilteringBoundLogger

from nrg_core.clock import Clock
from nrg_core.outbox.messages import Envelope, enqueue
from nrg_core.storage.uow import UnitOfWork

__all__ = ["HookContext", "Judge"]

Judge = Callable[[UnitOfWork, UUID, frozenset[str], int | None, int | None], Awaitable[None]]
"""Gives a member what a change of metrics earns: in a unit of work, for a server and a channel."""


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
    _where: tuple[int | None, int | None] = (None, None)

    async def send(self, envelope: Envelope) -> None:
        """Ask for a message or a role: written with everything else here, sent after the commit."""
        now = self.clock.now()
        await self.uow.run(lambda connection: enqueue(connection, [envelope], now))

    async def metrics_changed(self, user_id: UUID, *names: str) -> None:
        """Say that these metrics of a member have changed, so that what depends on them is judged anew.

        What the member earns by it is written in this unit of work.
        """
        await self._judge(self.uow, user_id, frozenset(names), *self._where)
