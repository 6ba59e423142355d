"""The vocabulary of criteria: what a metric is called, counts and sounds like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["CORE_METRICS", "SCOPES", "MetricSpec", "Scope"]

Scope: TypeAlias = Literal["hack", "category", "window_days"]

SCOPES: Final[tuple[Scope, ...]] = ("hack", "category", "window_days")
"""What a metric may be narrowed by, in the order it is written."""


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """What a metric is, and how it is said.

    Attributes
    ----------
    name
        As written in criteria.
    summary
        One line for the operator: what is counted.
    one, many
        How a threshold reads, for one and for ``{n}``: "a session", "{n:,} sessions". Without ``many``,
        ``one`` stands for any number. ``{a}`` is the number's article, for "an 8-day streak".
    of_hack
        How it reads for one technique, if not "… of Energy ball": "{hack} mastered".
    accepts
        What it can be narrowed by: one hack (slug), one category, the last so many days.
    """

    name: str
    summary: str
    one: str
    many: str | None = None
    of_hack: str | None = None
    accepts: frozenset[Scope] = frozenset()

    def phrase(self, n: int, hack: str | None = None) -> str:
        """Return the threshold in words, for a technique of that name if one is given."""
        said = self.one if n == 1 else (self.many or self.one).format(n=n, a=_article(n))
        if hack is None:
            return said
        return (self.of_hack or "{said} of {hack}").format(said=said, hack=hack, n=n)


def _article(n: int) -> str:
    spoken = f"{n:,}".split(",")[0]
    return "an" if spoken[0] == "8" or spoken in ("11", "18") else "a"


def _specs(*specs: MetricSpec) -> Mapping[str, MetricSpec]:
    return {spec.name: spec for spec in specs}


_ANY_SCOPE: Final = frozenset(SCOPES)

CORE_METRICS: Final = _specs(
    MetricSpec("streak_days", "Days in a row up to today", "a 1-day streak", "{a} {n:,}-day streak"),
    MetricSpec(
        "longest_streak_days",
        "The most days ever practised in a row",
        "a 1-day streak at any time",
        "{a} {n:,}-day streak at any time",
    ),
    MetricSpec("sessions", "Practice sessions", "a session", "{n:,} sessions", accepts=_ANY_SCOPE),
    MetricSpec(
        "practice_minutes", "Minutes practised", "a minute", "{n:,} minutes of practice",
        of_hack="{n:,} min of {hack}", accepts=_ANY_SCOPE,
    ),
    MetricSpec(
        "hacks_mastered",
        "Techniques mastered",
        "a mastered technique",
        "{n:,} mastered techniques",
        of_hack="{hack} mastered",
        accepts=frozenset[Scope]({"hack", "category"}),
    ),
    MetricSpec(
        "distinct_hacks",
        "Different techniques practised",
        "a technique practised",
        "{n:,} different techniques practised",
        accepts=frozenset[Scope]({"category", "window_days"}),
    ),
)  # fmt: skip
"""The metrics that the core itself computes, by name."""
