"""Criteria read from JSON or TOML, with everything wrong about them said at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from nrg_core.domain.criteria.metrics import CORE_METRICS, SCOPES, MetricSpec, Scope
from nrg_core.domain.criteria.tree import AllOf, AnyOf, Criterion, MetricKey, Not, Threshold
from nrg_core.errors import OperatorError
from nrg_core.text import did_you_mean

__all__ = ["CriterionError", "Fault", "parse"]

# Deep enough for any rule a person can still read, and far from Python's own limit.
_MAX_DEPTH: Final = 8
_MAX_WINDOW_DAYS: Final = 3660

_BRANCHES: Final = ("all", "any", "not")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a criterion.

    Attributes
    ----------
    path
        Where: ``all[1].metric``; empty for the whole.
    message
        What: ``unknown metric "streak_dayz" (did you mean "streak_days"?)``.
    word
        The word that is wrong, as it stands in the source, if it is one.
    """

    path: str
    message: str
    word: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def keys(self) -> tuple[str | int, ...]:
        """Return the path step by step: ``("all", 1, "metric")``."""
        steps = re.findall(r"[^.\[\]]+", self.path)
        return tuple(int(step) if step.isdigit() else step for step in steps)


class CriterionError(OperatorError):
    """A criterion that cannot be read; ``faults`` lists everything wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def parse(
    raw: object,
    *,
    metrics: Mapping[str, MetricSpec] | None = CORE_METRICS,
    hacks: Collection[str] | None = None,
    categories: Collection[str] | None = None,
) -> Criterion:
    """Return the criterion that JSON or TOML describes.

    Parameters
    ----------
    raw
        As decoded.
    metrics
        The metrics that exist, by name; None leaves their names unchecked.
    hacks, categories
        The slugs and categories that exist; None leaves them unchecked.

    Raises
    ------
    CriterionError
        If anything about it is wrong; it names each place and what would be right.
    """
    reader = _Reader(metrics, hacks, categories)
    criterion = reader.read(raw, "", depth=1)
    if criterion is None or reader.faults:
        raise CriterionError(reader.faults)
    return criterion


@dataclass(slots=True)
class _Reader:
    """Reads one criterion, collecting what is wrong with it instead of stopping at the first."""

    metrics: Mapping[str, MetricSpec] | None
    hacks: Collection[str] | None
    categories: Collection[str] | None
    faults: list[Fault] = field(default_factory=list[Fault])

    def read(self, raw: object, path: str, depth: int) -> Criterion | None:
        """Return the criterion at this place, or None if there is none to be made of it."""
        if not isinstance(raw, dict):
            return self._wrong(
                path, f'a criterion is a table such as {{metric = "sessions", gte = 3}}, {_not(raw)}'
            )
        if depth > _MAX_DEPTH:
            return self._wrong(path, f"criteria nest at most {_MAX_DEPTH} deep")
        table = cast("dict[str, Any]", raw)
        branches = [key for key in _BRANCHES if key in table]
        if not branches:
            return self._threshold(table, path)
        if len(table) > 1:
            return self._wrong(path, f'"{branches[0]}" stands alone in its table, without other keys')
        where = _join(path, branches[0])
        inner: object = table[branches[0]]
        if branches[0] == "not":
            part = self.read(inner, where, depth + 1)
            return part and Not(part)
        listed = _items(inner)
        if not listed:
            return self._wrong(where, f"must be a list of at least one criterion, {_not(inner)}")
        parts = [self.read(part, f"{where}[{place}]", depth + 1) for place, part in enumerate(listed)]
        good = tuple(part for part in parts if part is not None)
        return AllOf(good) if branches[0] == "all" else AnyOf(good)

    def _threshold(self, table: dict[str, Any], path: str) -> Criterion | None:
        allowed = ("metric", "gte", *SCOPES, *_BRANCHES)
        for key in table:
            if key not in allowed:
                self._wrong(path, f'unknown key "{key}"{did_you_mean(key, allowed)}', word=key)
        metric, gte = table.get("metric"), table.get("gte")
        if not isinstance(metric, str):
            self._wrong(_join(path, "metric"), f"must name a metric, {_not(metric)}")
        elif self.metrics is not None and metric not in self.metrics:
            guess = did_you_mean(metric, self.metrics) or f"; there are {', '.join(sorted(self.metrics))}"
            self._wrong(_join(path, "metric"), f'unknown metric "{metric}"{guess}', word=metric)
        if type(gte) is not int or gte < 1:
            self._wrong(_join(path, "gte"), f"must be a whole number, 1 or more, {_not(gte)}")
        scopes: dict[Scope, Any] = {scope: table[scope] for scope in SCOPES if scope in table}
        for scope, value in scopes.items():
            self._scope(scope, value, metric, path)
        if self.faults or not isinstance(metric, str) or not isinstance(gte, int):
            return None
        return Threshold(MetricKey(metric, **scopes), gte)

    def _scope(self, scope: Scope, value: object, metric: object, path: str) -> None:
        where = _join(path, scope)
        spec = (self.metrics or {}).get(metric) if isinstance(metric, str) else None
        if spec is not None and scope not in spec.accepts:
            self._wrong(where, f'"{spec.name}" cannot be narrowed by {scope}')
        elif scope == "window_days":
            if type(value) is not int or not 1 <= value <= _MAX_WINDOW_DAYS:
                self._wrong(where, f"must be a number of days, 1 to {_MAX_WINDOW_DAYS}, {_not(value)}")
        elif not isinstance(value, str):
            self._wrong(where, f"must be a text, {_not(value)}")
        else:
            options = self.hacks if scope == "hack" else self.categories
            if options is not None and value not in options:
                self._wrong(where, f'unknown {scope} "{value}"{did_you_mean(value, options)}', word=value)

    def _wrong(self, path: str, message: str, *, word: str | None = None) -> None:
        self.faults.append(Fault(path, message, word))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _not(value: object) -> str:
    """Say what was found instead, shortly."""
    if value is None:
        return "and it is missing"
    shown = repr(value)
    return f"not {shown if len(shown) <= 40 else shown[:39] + '…'}"
