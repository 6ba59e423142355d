"""Which criteria an event can have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nrg_core.domain.criteria.tree import Criterion, MetricKey

__all__ = ["Rules"]


class Rules:
    """Named criteria, with an index of what each depends on.

    A check-in asks only about what it can have changed; the cost grows with the answer, not with the
    number of rules.
    """

    def __init__(self, named: Mapping[str, Criterion]) -> None:
        self._named = dict(named)
        self._order = {name: place for place, name in enumerate(self._named)}
        self._by_metric: dict[str, dict[str | None, set[str]]] = {}
        for name, criterion in self._named.items():
            for key in criterion.keys():  # noqa: SIM118 - not a mapping
                self._by_metric.setdefault(key.metric, {}).setdefault(key.hack, set()).add(name)

    def __getitem__(self, name: str) -> Criterion:
        return self._named[name]

    def __len__(self) -> int:
        return len(self._named)

    def affected(self, metrics: Iterable[str], *, hack: str | None = None) -> tuple[str, ...]:
        """Return the names of the rules that can have changed, in the order they were given.

        Parameters
        ----------
        metrics
            Names of the metrics that changed.
        hack
            If given, only this technique's values changed: rules about another one are left out.
        """
        found: set[str] = set()
        for metric in metrics:
            by_hack = self._by_metric.get(metric, {})
            groups = by_hack.values() if hack is None else (by_hack.get(None, ()), by_hack.get(hack, ()))
            found.update(*groups)
        return tuple(sorted(found, key=self._order.__getitem__))

    def keys(self, names: Iterable[str]) -> frozenset[MetricKey]:
        """Return all the values needed to judge these rules."""
        return frozenset[MetricKey]().union(*(self._named[name].keys() for name in names))
