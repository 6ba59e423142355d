"""The one engine that judges members: achievements, unlocks, challenges and graduation.

A criterion compares named *metrics* of a member, whole numbers such as ``sessions``, with thresholds.
It says which values it needs (``keys``); whoever evaluates it fetches those and hands them in. Metrics are
described by ``MetricSpec``, the core's own in ``CORE_METRICS``; plugins add theirs.

As JSON or TOML: ``{"metric": "streak_days", "gte": 7}``, with an optional ``hack``, ``category`` or
``window_days``; and ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` of others.
"""

from __future__ import annotations

from nrg_core.domain.criteria.metrics import CORE_METRICS, MetricSpec, Scope
from nrg_core.domain.criteria.reading import CriterionError, Fault, parse
from nrg_core.domain.criteria.rules import Rules
from nrg_core.domain.criteria.tree import (
    AllOf,
    AnyOf,
    Criterion,
    MetricKey,
    Not,
    Progress,
    Threshold,
    Unmet,
    evaluate,
    progress,
)
from nrg_core.domain.criteria.wording import describe

__all__ = [
    "CORE_METRICS",
    "AllOf",
    "AnyOf",
    "Criterion",
    "CriterionError",
    "Fault",
    "MetricKey",
    "MetricSpec",
    "Not",
    "Progress",
    "Rules",
    "Scope",
    "Threshold",
    "Unmet",
    "describe",
    "evaluate",
    "parse",
    "progress",
]
