"""The running community: its catalogue, kept at hand and read anew when somebody changed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from nrg_core.domain.catalogue import Catalogue
from nrg_core.domain.catalogue.storing import has_catalogue, read_texts, store_catalogue
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.judging import judge
from nrg_core.domain.library import Library, read_library
from nrg_core.domain.metrics import Metric
from nrg_core.domain.policy import Policy
from nrg_core.host.revisions import CATALOGUE, bump
from nrg_core.outbox.events import PendingDelivery
from nrg_core.storage.database import Database
from nrg_core.storage.uow import UnitOfWork

__all__ = ["Community"]


class Community:
    """The catalogue as it stands, and judging by it."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self.policy = policy
        self._metrics: dict[str, Metric] = {}
        self._library = Library([], [], CORE_METRICS, {})

    def library(self) -> Library:
        """Return the techniques, achievements and texts as they stand."""
        return self._library

    async def use(self, metrics: Iterable[Metric]) -> None:
        """Judge by these metrics of plugins from now on."""
        self._metrics = {metric.spec.name: metric for metric in metrics}
        await self.reload()

    async def reload(self) -> None:
        """Read the catalogue anew."""
        specs = {**CORE_METRICS, **{name: metric.spec for name, metric in self._metrics.items()}}
        self._library = await self._database.read(
            lambda connection: read_library(connection, specs, read_texts(connection))
        )

    async def stock(self, catalogue: Catalogue) -> bool:
        """Store a catalogue if there is none yet, and tell whether there was none."""

        def store(connection: Connection) -> bool:
            if has_catalogue(connection):
                return False
            store_catalogue(connection, catalogue)
            bump(connection, CATALOGUE)
            return True

        return await self._database.write(store)

    async def judge(
        self,
        uow: UnitOfWork,
        user_id: UUID,
        changed: frozenset[str],
        now: datetime,
        guild_id: int | None = None,
        channel_id: int | None = None,
    ) -> Sequence[PendingDelivery]:
        """Give a member what a change of these metrics earns; return what plugins are to hear of it."""
        return await judge(
            uow,
            user_id,
            changed,
            library=self._library,
            policy=self.policy,
            metrics=self._metrics,
            now=now,
            guild_id=guild_id,
            channel_id=channel_id,
        )
