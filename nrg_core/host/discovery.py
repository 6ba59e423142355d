"""Finding plugins, one by one, each in its own try: a broken one is named and left out."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any, Final

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.metrics import Metric
from nrg_core.hooks.specs import NAMESPACE, Specs
from nrg_core.host.plugin import Plugin
from nrg_core.host.tables import CORE_COMMANDS, CORE_TABLES
from nrg_core.storage.sql import table_of

__all__ = ["Broken", "Discovered", "Installed", "Loaded", "discover", "installed"]

GROUP: Final = "nrg.plugins"
_COMMAND_KINDS: Final = {
    "command": "_slash_commands",
    "user menu": "_user_commands",
    "message menu": "_message_commands",
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as its distribution describes it, without importing any of its code."""

    name: str
    distribution: str
    version: str
    summary: str
    package: str
    entry_point: EntryPoint


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that is left out, and why."""

    name: str
    reason: str
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that was imported and found in order."""

    plugin: Plugin
    package: str
    metrics: tuple[Metric, ...] = ()

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name


@dataclass(slots=True)
class Discovered:
    """What was found: the plugins in load order, those left out, and the hooks of the former."""

    plugins: list[Loaded]
    broken: list[Broken]
    manager: pluggy.PluginManager = field(repr=False)

    @property
    def tables(self) -> frozenset[str]:
        """The tables that plugins own."""
        return frozenset(table for loaded in self.plugins for table in loaded.plugin.tables)


def installed() -> list[Installed]:
    """List the installed plugins by name, importing none of them."""
    found: list[Installed] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        distribution = point.dist
        found.append(
            Installed(
                point.name,
                distribution.name if distribution else "?",
                distribution.version if distribution else "?",
                (distribution.metadata["Summary"] or "") if distribution else "",
                point.module,
                point,
            )
        )
    return found


def discover(candidates: Iterable[Installed] | None = None) -> Discovered:
    """Import the plugins and keep those that are in order, in load order.

    A plugin is left out if it fails to import, is not a ``Plugin`` or not named as its entry point, was
    written for another core, claims a table, command or metric of another, misspells a hook, refers to a
    member in a way that would outlive the member, or requires a plugin that is not there.
    """
    manager = pluggy.PluginManager(NAMESPACE)
    manager.add_hookspecs(Specs)
    broken: list[Broken] = []
    claims = _Claims()
    imported: dict[str, Loaded] = {}
    for candidate in installed() if candidates is None else candidates:
        try:
            imported[candidate.name] = _load(candidate, manager, claims)
        except Exception as error:
            reason = str(error) if isinstance(error, _Unfit) else f"{type(error).__name__}: {error}"
            broken.append(Broken(candidate.name, reason, error))
    plugins = _in_order(imported, broken)
    for left_out in imported.keys() - {loaded.name for loaded in plugins}:
        if manager.has_plugin(left_out):
            manager.unregister(name=left_out)
    return Discovered(plugins, broken, manager)


class _Unfit(Exception):  # noqa: N818 - a verdict
    """A plugin is not in order; the text says why."""


class _Claims:
    """Who owns which name; each name has one owner."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], str] = {("table", table): "core" for table in CORE_TABLES}
        self._owners |= {("command", command): "core" for command in CORE_COMMANDS}
        self._owners |= {("metric", metric): "core" for metric in CORE_METRICS}

    def claim(self, owner: str, kind: str, names: Iterable[str]) -> None:
        wanted = [(kind, name) for name in names]
        for key in wanted:
            if key in self._owners:
                raise _Unfit(f"claims the {kind} “{key[1]}”, which belongs to {self._owners[key]}")
        self._owners.update((key, owner) for key in wanted)


def _load(candidate: Installed, manager: pluggy.PluginManager, claims: _Claims) -> Loaded:
    name = candidate.name
    if not _NAME.fullmatch(name):
        raise _Unfit("is badly named: lower-case letters, digits and underscores, at most 20")
    plugin: Any = candidate.entry_point.load()
    if not isinstance(plugin, Plugin):
        raise _Unfit(f"its entry point is a {type(plugin).__name__}, not a nrg_core.Plugin")
    if plugin.name != name:
        raise _Unfit(f"calls itself “{plugin.name}”, but its entry point says “{name}”")
    _check_core(plugin)
    _check_erasure(plugin)
    if plugin.commands is not None:
        arc_plugin: Any = plugin.commands
        for kind, names in _COMMAND_KINDS.items():
            claims.claim(name, kind, getattr(arc_plugin, names))
    claims.claim(name, "table", plugin.tables)
    metrics: Sequence[Metric] = ()
    if plugin.hooks is not None:
        hooks = plugin.hooks()
        manager.register(hooks, name)
        try:
            _check_hooks(manager, name)
            if hasattr(hooks, "metrics"):
                metrics = tuple(hooks.metrics())
                claims.claim(name, "metric", (metric.spec.name for metric in metrics))
        except BaseException:
            manager.unregister(name=name)
            raise
    return Loaded(plugin, candidate.package, tuple(metrics))


def _check_core(plugin: Plugin) -> None:
    try:
        wanted = SpecifierSet(plugin.needs_core)
    except InvalidSpecifier:
        raise _Unfit(f"its needs_core “{plugin.needs_core}” is not a version specifier") from None
    running = version("nrg-core")
    if not wanted.contains(running, prereleases=True):
        raise _Unfit(f"needs nrg-core {plugin.needs_core}, and this is {running}")


def _check_erasure(plugin: Plugin) -> None:
    """Refuse a table that would keep something of a member who was erased."""
    for model in plugin.models:
        table = table_of(model)
        for column in table.columns:
            for key in column.foreign_keys:
                if key.target_fullname == "users.id" and key.ondelete not in ("CASCADE", "SET NULL"):
                    raise _Unfit(
                        f"{table.name}.{column.name} refers to a member and must say "
                        'ondelete="CASCADE" or ondelete="SET NULL"'
                    )


def _check_hooks(manager: pluggy.PluginManager, name: str) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise _Unfit(f"implements a hook that does not exist: {error}") from error


def _in_order(imported: dict[str, Loaded], broken: list[Broken]) -> list[Loaded]:
    """Return the plugins after those they require, ties by name, without those that lack one."""
    left = dict(imported)
    while lacking := {
        name: absent
        for name, loaded in left.items()
        if (absent := [other for other in loaded.plugin.requires if other not in left])
    }:
        for name, absent in lacking.items():
            broken.append(Broken(name, f"requires {', '.join(absent)}, which is not there"))
            del left[name]
    sorter = graphlib.TopologicalSorter({name: left[name].plugin.requires for name in sorted(left)})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        for name in sorted(set(circle)):
            broken.append(Broken(name, f"requires itself in a circle: {' → '.join(circle)}"))
            del left[name]
        return _in_order(left, broken)
    order: list[Loaded] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += [left[name] for name in ready]
        sorter.done(*ready)
    return order
