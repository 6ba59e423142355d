"""Criteria as trees, and how they are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, assert_never

from nrg_core.domain.criteria.metrics import SCOPES

__all__ = [
    "AllOf",
    "AnyOf",
    "Criterion",
    "MetricKey",
    "Not",
    "Progress",
    "Threshold",
    "Unmet",
    "evaluate",
    "progress",
]

_ALMOST: Final = math.nextafter(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class MetricKey:
    """One value to be known of a member: a metric, perhaps narrowed."""

    metric: str
    hack: str | None = None
    category: str | None = None
    window_days: int | None = None

    def __str__(self) -> str:
        narrowed = [f"{scope}={value}" for scope in SCOPES if (value := getattr(self, scope)) is not None]
        return f"{self.metric}({', '.join(narrowed)})" if narrowed else self.metric


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric has reached a number, 1 or more."""

    key: MetricKey
    gte: int

    def keys(self) -> frozenset[MetricKey]:
        """Return the values needed to judge this."""
        return frozenset({self.key})

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``parse`` reads."""
        scopes = {scope: getattr(self.key, scope) for scope in SCOPES}
        narrowed = {scope: value for scope, value in scopes.items() if value is not None}
        return {"metric": self.key.metric, "gte": self.gte, **narrowed}


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these holds."""

    of: tuple[Criterion, ...]

    def keys(self) -> frozenset[MetricKey]:
        """Return the values needed to judge this."""
        return frozenset[MetricKey]().union(*(part.keys() for part in self.of))

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``parse`` reads."""
        return {"all": [part.to_json() for part in self.of]}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    of: tuple[Criterion, ...]

    def keys(self) -> frozenset[MetricKey]:
        """Return the values needed to judge this."""
        return frozenset[MetricKey]().union(*(part.keys() for part in self.of))

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``parse`` reads."""
        return {"any": [part.to_json() for part in self.of]}


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    of: Criterion

    def keys(self) -> frozenset[MetricKey]:
        """Return the values needed to judge this."""
        return self.of.keys()

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``parse`` reads."""
        return {"not": self.of.to_json()}


Criterion: TypeAlias = Threshold | AllOf | AnyOf | Not


def evaluate(criterion: Criterion, values: Mapping[MetricKey, int]) -> bool:
    """Say whether the criterion holds.

    Raises
    ------
    KeyError
        If a value it looks at is not there: taking it for 0 could award or refuse wrongly.
    """
    match criterion:
        case Threshold(key, gte):
            return values[key] >= gte
        case AllOf(parts):
            return all(evaluate(part, values) for part in parts)
        case AnyOf(parts):
            return any(evaluate(part, values) for part in parts)
        case Not(part):
            return not evaluate(part, values)
        case _:
            assert_never(criterion)


@dataclass(frozen=True, slots=True)
class Unmet:
    """A threshold not reached yet: what is counted, how far it is, and how far it must be."""

    key: MetricKey
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How near a criterion is.

    Attributes
    ----------
    fraction
        From 0 to 1; exactly 1 if and only if the criterion holds.
    unmet
        The thresholds still to be reached. Empty when it holds, or when only a ``not`` stands in its way.
    """

    fraction: float
    unmet: tuple[Unmet, ...] = ()


def progress(criterion: Criterion, values: Mapping[MetricKey, int]) -> Progress:
    """Return how near the criterion is: the mean of ``all``, the nearest of ``any``, 0 or 1 for ``not``.

    Raises
    ------
    KeyError
        If a value it looks at is not there.
    """
    if evaluate(criterion, values):
        return Progress(1.0)
    match criterion:
        case Threshold(key, gte):
            have = max(values[key], 0)
            # However near: rounding must not make it 1.
            return Progress(min(have / gte, _ALMOST), (Unmet(key, values[key], gte),))
        case AllOf(parts):
            ways = [progress(part, values) for part in parts]
            mean = math.fsum(way.fraction for way in ways) / len(ways)
            return Progress(min(mean, _ALMOST), tuple(unmet for way in ways for unmet in way.unmet))
        case AnyOf(parts):
            return max((progress(part, values) for part in parts), key=lambda way: way.fraction)
        case Not():
            return Progress(0.0)
        case _:
            assert_never(criterion)
