"""Reads a catalogue from TOML and checks it as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from nrg_core.domain.catalogue.entries import (
    MASTERY_SESSIONS,
    AchievementEntry,
    Catalogue,
    ChallengeEntry,
    Community,
    Entry,
    HackEntry,
    Surroundings,
)
from nrg_core.domain.catalogue.lines import KeyPath
from nrg_core.domain.catalogue.links import duplicates, wrong_prerequisites
from nrg_core.domain.catalogue.problems import CatalogueError, Problem
from nrg_core.domain.catalogue.sources import KINDS, Kind, Raw, Source, open_sources
from nrg_core.domain.catalogue.texts import KNOWN_TEXTS, faults_of
from nrg_core.domain.criteria import (
    CORE_METRICS,
    AllOf,
    AnyOf,
    Criterion,
    Fault,
    MetricKey,
    MetricSpec,
    Not,
    Threshold,
)
from nrg_core.text import did_you_mean

__all__ = ["read_catalogue"]

_E = TypeVar("_E", HackEntry, AchievementEntry, ChallengeEntry)

_TYPES: Final[Mapping[Kind | str, type[Any]]] = {
    "community": Community,
    "hacks": HackEntry,
    "achievements": AchievementEntry,
    "challenges": ChallengeEntry,
}
_ADAPTERS: Final = {name: TypeAdapter[Any](type_) for name, type_ in _TYPES.items()}


def read_catalogue(
    path: Path | None = None,
    *,
    metrics: Mapping[str, MetricSpec] = CORE_METRICS,
    plugins: Collection[str] = (),
    texts: Mapping[str, str] = KNOWN_TEXTS,
) -> Catalogue:
    """Return the catalogue in a file, in a folder of ``*.toml`` (joined in name order), or the default one.

    Parameters
    ----------
    path
        The file or folder; None for the catalogue that ships with the core.
    metrics
        The metrics that exist: the core's and those of the installed plugins.
    plugins
        The installed plugins, by name. Entries that require another one are left in ``dormant``.
    texts
        The texts that may be overridden, with their defaults.

    Raises
    ------
    CatalogueError
        If anything is wrong; it lists all of it, with file and line.
    """
    sources = open_sources(path)
    reader = _Reader(metrics, frozenset(plugins), texts)
    catalogue = reader.read(sources)
    if reader.problems:
        raise CatalogueError(reader.problems)
    return catalogue


@dataclass(slots=True)
class _Reader:
    """Collects problems while it reads, so that all are told at once."""

    metrics: Mapping[str, MetricSpec]
    plugins: frozenset[str]
    known_texts: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list[Problem])

    def read(self, sources: list[Source]) -> Catalogue:
        """Return the catalogue; it is worth something only if no problem was found."""
        for source in sources:
            self.problems.extend(_wrong_tables(source))
        raws = [raw for kind in KINDS for source in sources for raw in source.raws(kind)]
        active = [raw for raw in raws if raw.requires is None or raw.requires in self.plugins]
        dormant = [raw for raw in raws if raw not in active]
        self.problems.extend(duplicates(raws))
        self.problems.extend(wrong_prerequisites(active, dormant))
        awake = self._entries(active, self.metrics, active)
        # What only an absent plugin knows cannot be checked; the rest can.
        asleep = self._entries(dormant, None, raws)
        return Catalogue(
            community=self._community(sources),
            texts=self._texts(sources),
            hacks=_only(HackEntry, awake),
            achievements=_only(AchievementEntry, awake),
            challenges=_only(ChallengeEntry, awake),
            dormant=tuple(asleep),
        )

    def _entries(
        self, raws: Iterable[Raw], metrics: Mapping[str, MetricSpec] | None, others: Iterable[Raw]
    ) -> list[Entry]:
        hacks = [raw for raw in others if raw.kind == "hacks"]
        slugs = {slug for raw in hacks if (slug := raw.slug)}
        categories = {category for raw in hacks if (category := raw.text("category"))}
        around = Surroundings(metrics, slugs, categories)
        entries = [self._entry(raw, around) for raw in raws]
        return [entry for entry in entries if entry is not None]

    def _entry(self, raw: Raw, around: Surroundings) -> Entry | None:
        try:
            entry = cast("Entry", _ADAPTERS[raw.kind].validate_python(raw.table, context=around))
        except ValidationError as error:
            self.problems.extend(
                raw.problem(path, said, word)
                for path, word, said in _told(error, raw.table, _TYPES[raw.kind])
            )
            return None
        if isinstance(entry, HackEntry):
            for key in entry.mastery.keys() if entry.mastery else ():
                if key.metric == "hacks_mastered":
                    said = "mastery cannot depend on hacks_mastered; use prerequisite or unlock for that"
                    self.problems.append(raw.problem(("mastery",), said, key.metric))
                elif key.window_days is not None or key.metric not in CORE_METRICS:
                    said = f"mastery is judged by a member's own counters alone, and {key} needs more"
                    self.problems.append(raw.problem(("mastery",), said, key.metric))
            mastery = entry.mastery or Threshold(MetricKey("sessions"), MASTERY_SESSIONS)
            return replace(entry, mastery=_about(mastery, entry.slug, around.metrics or CORE_METRICS))
        if isinstance(entry, ChallengeEntry) and entry.end_date < entry.start_date:
            self.problems.append(raw.problem(("end_date",), "end_date is before start_date"))
        return entry

    def _community(self, sources: list[Source]) -> Community:
        joined: dict[str, Any] = {}
        origin: dict[str, Source] = {}
        for source in sources:
            for key, value in source.pairs("community"):
                path = ("community", key)
                if key in origin:
                    said = f"community: {key} is already given at {origin[key].where(path)}"
                    self.problems.append(source.problem(path, said))
                joined[key], origin[key] = value, source
        try:
            return _ADAPTERS["community"].validate_python(joined)
        except ValidationError as error:
            for path, _, said in _told(error, joined, Community):
                source = origin.get(str(path[0]), sources[0])
                self.problems.append(source.problem(("community", *path), f"community: {said}"))
            return Community("")

    def _texts(self, sources: list[Source]) -> Mapping[str, str]:
        own: dict[str, str] = {}
        origin: dict[str, Source] = {}
        for source in sources:
            for key, value in source.pairs("texts"):
                path = ("texts", key)
                said = [*faults_of(key, value, self.known_texts)]
                if key in origin:
                    said.append(f'text "{key}" is already given at {origin[key].where(path)}')
                self.problems.extend(source.problem(path, one) for one in said)
                own[key], origin[key] = value, source
        return MappingProxyType({**self.known_texts, **own})


def _wrong_tables(source: Source) -> Iterator[Problem]:
    """Yield top-level keys that are unknown, or not of the shape they should have."""
    allowed = ("community", "texts", *KINDS)
    for key, value in source.table.items():
        listed = cast("list[object]", value) if isinstance(value, list) else [None]
        if key not in allowed:
            yield source.problem((key,), f'unknown table "{key}"{did_you_mean(key, allowed)}')
        elif key in KINDS and not all(isinstance(item, dict) for item in listed):
            yield source.problem((key,), f"{key} is a list of tables: write [[{key}]] above each one")
        elif key not in KINDS and not isinstance(value, dict):
            yield source.problem((key,), f"{key} is a table: write [{key}] above its keys")


def _told(
    error: ValidationError, table: Mapping[str, Any], type_: type[Any]
) -> Iterator[tuple[KeyPath, str | None, str]]:
    """Yield where in a table something is wrong, the wrong word if it is one, and what to say."""
    for detail in error.errors(include_url=False):
        path, found = detail["loc"], detail["input"]
        key = str(path[0])
        match detail["type"]:
            case "criterion":
                for fault in cast("tuple[Fault, ...]", detail.get("ctx", {})["faults"]):
                    # A wrong word speaks for itself; a number or a shape needs its place told.
                    place = f"{key}.{fault.path}" if fault.path else key
                    yield (
                        (key, *fault.keys()),
                        fault.word,
                        fault.message if fault.word else f"{place} {fault.message}",
                    )
            case "missing":
                yield path, None, f"{key} is missing"
            case "unexpected_keyword_argument":
                free = [name.name for name in fields(type_) if name.name not in table]
                yield path, None, f'unknown key "{key}"{did_you_mean(key, free)}'
            case _:
                said = detail["msg"].removeprefix("Input ").removeprefix("String ")
                shown = repr(found) if len(repr(found)) <= 60 else repr(found)[:59] + "…"
                yield path, None, f"{key} {said[0].lower()}{said[1:]}, not {shown}"


def _about(criterion: Criterion, hack: str, metrics: Mapping[str, MetricSpec]) -> Criterion:
    """Return the criterion with every count that names no technique or category made about this one."""
    match criterion:
        case Threshold(key, gte):
            spec = metrics.get(key.metric)
            general = key.hack is None and key.category is None
            if general and spec is not None and "hack" in spec.accepts:
                return Threshold(replace(key, hack=hack), gte)
            return criterion
        case AllOf(parts):
            return AllOf(tuple(_about(part, hack, metrics) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_about(part, hack, metrics) for part in parts))
        case Not(part):
            return Not(_about(part, hack, metrics))


def _only(type_: type[_E], entries: Iterable[Entry]) -> tuple[_E, ...]:
    return tuple(entry for entry in entries if isinstance(entry, type_))
