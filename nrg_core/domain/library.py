"""The techniques and achievements of the running community, read from the database and ready to judge by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from nrg_core.domain.catalogue import MASTERY_SESSIONS
from nrg_core.domain.criteria import (
    CORE_METRICS,
    AllOf,
    Criterion,
    CriterionError,
    MetricKey,
    MetricSpec,
    Rules,
    Threshold,
    describe,
    parse,
)
from nrg_core.domain.models import Achievement, Hack
from nrg_core.errors import Refusal
from nrg_core.storage.sql import table_of
from nrg_core.text import did_you_mean, escape_markdown

__all__ = ["KnownAchievement", "KnownHack", "Library", "read_gone", "read_library"]


@dataclass(frozen=True, slots=True)
class KnownHack:
    """A technique. Without ``unlock`` it is open to everyone; ``mastery`` says when it is mastered."""

    id: UUID
    slug: str
    name: str
    description: str | None
    content_url: str | None
    duration_minutes: int | None
    category: str | None
    level: int
    unlock: Criterion | None
    mastery: Criterion

    @property
    def shown(self) -> str:
        """Its name as a message shows it: letter by letter."""
        return escape_markdown(self.name)


@dataclass(frozen=True, slots=True)
class KnownAchievement:
    """Something that can be earned, the role that comes with it, and what it takes."""

    id: UUID
    slug: str
    name: str
    description: str | None
    icon: str | None
    role_id: int | None
    is_liberation: bool
    criteria: Criterion


@dataclass(frozen=True, slots=True)
class Rule:
    """A criterion of the catalogue, with the values it needs."""

    subject: KnownHack | KnownAchievement
    criterion: Criterion
    keys: tuple[MetricKey, ...]
    immediate: bool
    """Whether the member's own counters suffice: no window of days, no plugin's metric."""


class Library:
    """A snapshot of the catalogue. A criterion over a metric that nobody provides is left asleep."""

    def __init__(
        self,
        hacks: Sequence[KnownHack],
        achievements: Sequence[KnownAchievement],
        metrics: Mapping[str, MetricSpec],
        texts: Mapping[str, str],
    ) -> None:
        self.hacks = {hack.slug: hack for hack in hacks}
        self.hacks_by_id = {hack.id: hack for hack in hacks}
        self.achievements = {achievement.slug: achievement for achievement in achievements}
        self.achievements_by_id = {achievement.id: achievement for achievement in achievements}
        self.metrics = metrics
        self.texts = texts
        self.rules: dict[str, Rule] = {}
        for hack in hacks:
            if hack.unlock is not None:
                self._add(f"unlock {hack.slug}", hack, hack.unlock)
            self._add(f"mastery {hack.slug}", hack, hack.mastery)
        for achievement in achievements:
            self._add(f"achievement {achievement.slug}", achievement, achievement.criteria)
        self.asks_more = any(
            not rule.immediate and any(key.metric in CORE_METRICS for key in rule.keys)
            for rule in self.rules.values()
        )
        """Whether a session can change any rule that asks for more than the members' own counters."""
        self._index = Rules({name: rule.criterion for name, rule in self.rules.items()})

    def _add(self, name: str, subject: KnownHack | KnownAchievement, criterion: Criterion) -> None:
        keys = tuple(criterion.keys())
        immediate = all(key.metric in CORE_METRICS and key.window_days is None for key in keys)
        self.rules[name] = Rule(subject, criterion, keys, immediate)

    def affected(self, metrics: frozenset[str], *, hack: str | None = None) -> list[Rule]:
        """Return the rules that a change of these metrics (of one technique) can have made true."""
        return [self.rules[name] for name in self._index.affected(metrics, hack=hack)]

    def find(self, text: str) -> KnownHack | None:
        """Return the technique that somebody means by its slug or its name, in whatever case."""
        wanted = text.strip().casefold()
        if wanted in self.hacks:
            return self.hacks[wanted]
        return next((hack for hack in self.hacks.values() if hack.name.casefold() == wanted), None)

    def named(self, text: str) -> KnownHack:
        """Return the technique that a member means, as ``find`` does.

        Raises
        ------
        Refusal
            Nothing is called that; it names what is spelt most like it.
        """
        found = self.find(text)
        if found is None:
            near = did_you_mean(text, (hack.shown for hack in self.hacks.values()))
            raise Refusal(
                f"There is no technique called “{escape_markdown(text[:50])}”{near}. "
                "Pick one from the list as you type, or look at /techniques."
            )
        return found

    def describe(self, criterion: Criterion) -> str:
        """Return a criterion in plain words, for a message."""
        names = {slug: hack.shown for slug, hack in self.hacks.items()}
        return describe(criterion, metrics=self.metrics, hack_names=names)


_hacks = table_of(Hack)
_achievements = table_of(Achievement)


def read_library(
    connection: Connection, metrics: Mapping[str, MetricSpec], texts: Mapping[str, str]
) -> Library:
    """Read the catalogue as it stands in the database.

    Parameters
    ----------
    metrics
        The metrics that there are, the core's and those of the loaded plugins.
    texts
        The community's texts by key.
    """
    rows = connection.execute(
        select(_hacks).where(_hacks.c.is_active).order_by(_hacks.c.level, _hacks.c.name)
    ).all()
    slugs = {row.id: row.slug for row in rows}
    hacks: list[KnownHack] = []
    for row in rows:
        if row.unlock_criteria is not None and _criterion(row.unlock_criteria, metrics) is None:
            continue  # asleep, not open: nobody can tell whether it would be
        mastery = _criterion(row.mastery_criteria, metrics)
        unlock = _unlock(_criterion(row.unlock_criteria, metrics), slugs.get(row.prerequisite_id))
        hacks.append(_known(row, unlock, mastery))
    achievements: list[KnownAchievement] = []
    for row in connection.execute(
        select(_achievements)
        .where(_achievements.c.is_active)
        .order_by(_achievements.c.created_at, _achievements.c.slug)
    ):
        criterion = _criterion(row.criteria_json, metrics)
        if criterion is not None:
            role = int(row.discord_role_id) if row.discord_role_id else None
            achievements.append(
                KnownAchievement(
                    row.id,
                    row.slug,
                    row.name,
                    row.description,
                    row.icon_emoji,
                    role,
                    row.is_liberation,
                    criterion,
                )
            )
    return Library(hacks, achievements, metrics, texts)


def read_gone(connection: Connection, slugs: Collection[str]) -> dict[str, KnownHack]:
    """Return techniques that are not in the library, by slug: such as have left the catalogue, or sleep."""
    if not slugs:
        return {}
    rows = connection.execute(select(_hacks).where(_hacks.c.slug.in_(slugs)))
    return {row.slug: _known(row, None, None) for row in rows}


def _known(row: Any, unlock: Criterion | None, mastery: Criterion | None) -> KnownHack:
    return KnownHack(
        row.id,
        row.slug,
        row.name,
        row.description,
        row.content_url,
        row.duration_minutes,
        row.category,
        row.level,
        unlock,
        mastery or Threshold(MetricKey("sessions", hack=row.slug), MASTERY_SESSIONS),
    )


def _criterion(raw: Any, metrics: Mapping[str, MetricSpec]) -> Criterion | None:
    """Parse what the database holds; what no installed plugin can compute any more sleeps."""
    if raw is None:
        return None
    try:
        return parse(raw, metrics=metrics)
    except CriterionError:
        return None


def _unlock(criterion: Criterion | None, prerequisite: str | None) -> Criterion | None:
    if prerequisite is None:
        return criterion
    mastered = Threshold(MetricKey("hacks_mastered", hack=prerequisite), 1)
    return mastered if criterion is None else AllOf((mastered, criterion))
