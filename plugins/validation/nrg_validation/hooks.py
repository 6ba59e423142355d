"""What the plugin knows of a member, for the catalogue's criteria."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from nrg_core.domain.criteria import MetricKey, MetricSpec, Scope
from nrg_core.domain.metrics import Metric
from nrg_core.hooks.specs import hookimpl
from nrg_core.storage.uow import UnitOfWork
from nrg_validation.service import GIVEN, RECEIVED, count_given, count_received

__all__ = ["Hooks"]

ACCEPTS: Final = frozenset[Scope]({"hack", "category"})


class Hooks:
    """The plugin's hooks."""

    @hookimpl
    def metrics(self) -> Sequence[Metric]:
        """Count validations, given and received."""
        given = MetricSpec(
            GIVEN,
            "Peers' sessions validated",
            "a validation given",
            "{n:,} validations given",
            accepts=ACCEPTS,
        )
        received = MetricSpec(
            RECEIVED,
            "Validations received from peers",
            "a validation received",
            "{n:,} validations received",
            accepts=ACCEPTS,
        )
        return Metric(given, _given), Metric(received, _received)


async def _given(uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
    return int(await uow.scalar(count_given(user_id, key)))


async def _received(uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
    return int(await uow.scalar(count_received(user_id, key)))
