"""Criteria in plain words, for members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from nrg_core.domain.criteria.metrics import CORE_METRICS, MetricSpec
from nrg_core.domain.criteria.tree import AllOf, AnyOf, Criterion, Not, Threshold
from nrg_core.text import listed, plural

__all__ = ["describe"]


def describe(
    criterion: Criterion,
    *,
    metrics: Mapping[str, MetricSpec] = CORE_METRICS,
    hack_names: Mapping[str, str] | None = None,
) -> str:
    """Return the criterion in plain words: "a 7-day streak and 50 sessions of Energy ball".

    Parameters
    ----------
    criterion
        What to describe.
    metrics
        The metrics that exist; one that does not (its plugin was removed) is described by its name.
    hack_names
        Names of techniques by slug; one that is not there is called by its slug.
    """
    return _said(criterion, metrics, hack_names or {}, inner=False)


def _said(
    criterion: Criterion, metrics: Mapping[str, MetricSpec], hacks: Mapping[str, str], *, inner: bool
) -> str:
    match criterion:
        case Threshold(key, gte):
            name = key.metric.replace("_", " ")
            spec = metrics.get(key.metric) or MetricSpec(key.metric, "", f"1 {name}", "{n:,} " + name)
            said = spec.phrase(gte, None if key.hack is None else hacks.get(key.hack, key.hack))
            category = f" in {key.category}" if key.category is not None else ""
            window = f" within {plural(key.window_days, 'day')}" if key.window_days is not None else ""
            return said + category + window
        case AllOf(parts):
            said = [_said(part, metrics, hacks, inner=True) for part in parts]
            return " together with ".join(said) if inner else listed(said, "and")
        case AnyOf(parts):
            said = [_said(part, metrics, hacks, inner=True) for part in parts]
            return ("either " if inner and len(said) > 1 else "") + listed(said, "or")
        case Not(part):
            return f"not yet {_said(part, metrics, hacks, inner=True)}"
        case _:
            assert_never(criterion)
