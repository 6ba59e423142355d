"""Metrics that plugins add to the criteria engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.storage.uow import UnitOfWork

__all__ = ["Metric"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a plugin knows of a member.

    Attributes
    ----------
    spec
        Its name, what it counts, and how to say so.
    compute
        Returns the member's value; the key carries the technique, category or window asked for.
    """

    spec: MetricSpec
    compute: Callable[[UnitOfWork, UUID, MetricKey], Awaitable[int]]
