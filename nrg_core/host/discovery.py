"""Finding plugins, one by one, each in its own try: a broken one is named and left out."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from sqlalchemy import ForeignKey, MetaData

from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.metrics import Metric
from nrg_core.hooks.specs import NAMESPACE, Specs
from nrg_core.host.installed import Installed, installed
from nrg_core.host.plugin import Plugin
from nrg_core.host.tables import CORE, CORE_COMMANDS, CORE_TABLES
from nrg_core.storage.sql import table_of

__all__ = ["Broken", "Discovered", "Loaded", "discover"]

_COMMAND_KINDS: Final = {
    "command": "_slash_commands",
    "user menu": "_user_commands",
    "message menu": "_message_commands",
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")

MAX_SUMMARY: Final = 100
"""Characters of a notice's summary: Discord's selects show no more."""


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


def discover(candidates: Iterable[Installed] | None = None) -> Discovered:
    """Import the plugins and keep those that are in order, in load order.

    A plugin is left out if it fails to import, is not a ``Plugin`` or not named as its entry point, was
    written for another core, claims a table, command or metric of another, misspells a hook, badly names
    a notice, refers to a member in a way that would outlive the member, or requires a plugin that is not
    there.
    """
    manager = pluggy.PluginManager(NAMESPACE)
    manager.add_hookspecs(Specs)
    broken: list[Broken] = []
    imported: dict[str, Loaded] = {}
    for candidate in installed() if candidates is None else candidates:
        try:
            if candidate.name in imported:
                raise _Unfit(f"comes a second time, with {candidate.distribution}")
            imported[candidate.name] = _load(candidate, manager)
        except (Exception, SystemExit) as error:
            broken.append(_broken(candidate.name, error))
    # Only what will run can claim a name, so that nobody loses one to a plugin that is left out.
    claims = _Claims()
    fit: dict[str, Loaded] = {}
    for loaded in _in_order(imported, broken):
        try:
            _check_required(loaded, fit)
            claims.claim_all(loaded)
        except _Unfit as error:
            broken.append(_broken(loaded.name, error))
        else:
            fit[loaded.name] = loaded
    for name in imported.keys() - fit.keys():
        if manager.has_plugin(name):
            manager.unregister(name=name)
    return Discovered(list(fit.values()), broken, manager)


def _broken(name: str, error: BaseException) -> Broken:
    return Broken(
        name, str(error) if isinstance(error, _Unfit) else f"{type(error).__name__}: {error}", error
    )


class _Unfit(Exception):  # noqa: N818 - a verdict
    """A plugin is not in order; the text says why."""


class _Claims:
    """Who owns which name; each name has one owner."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], str] = {("table", table): "core" for table in CORE_TABLES}
        self._owners |= {("command", command): "core" for command in CORE_COMMANDS}
        self._owners |= {("metric", metric): "core" for metric in CORE_METRICS}

    def claim_all(self, loaded: Loaded) -> None:
        """Take every name that a plugin needs, or none."""
        commands: Any = loaded.plugin.commands
        wanted = [("table", table) for table in sorted(loaded.plugin.tables)]
        wanted += [("metric", metric.spec.name) for metric in loaded.metrics]
        if commands is not None:
            wanted += [
                (kind, name) for kind, names in _COMMAND_KINDS.items() for name in getattr(commands, names)
            ]
        for kind, name in wanted:
            if (kind, name) in self._owners:
                raise _Unfit(f"claims the {kind} “{name}”, which belongs to {self._owners[kind, name]}")
        self._owners.update((key, loaded.name) for key in wanted)


def _load(candidate: Installed, manager: pluggy.PluginManager) -> Loaded:
    name = candidate.name
    if not _NAME.fullmatch(name):
        raise _Unfit("is badly named: lower-case letters, digits and underscores, at most 20")
    if name == CORE:
        raise _Unfit("is named as the core itself is")
    plugin: Any = candidate.entry_point.load()
    if not isinstance(plugin, Plugin):
        raise _Unfit(f"its entry point is a {type(plugin).__name__}, not a nrg_core.Plugin")
    if plugin.name != name:
        raise _Unfit(f"calls itself “{plugin.name}”, but its entry point says “{name}”")
    _check_core(plugin)
    _check_erasure(plugin)
    _check_notices(plugin)
    metrics: Sequence[Metric] = ()
    if plugin.hooks is not None:
        hooks = plugin.hooks()
        try:
            manager.register(hooks, name)
            _check_hooks(manager, name)
            if hasattr(hooks, "metrics"):
                metrics = tuple(hooks.metrics())
        except BaseException:
            # Nothing half registered stays: the check of the next plugin would stumble over it.
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
    """Refuse a table that would keep something of a member who was erased, or keep them from being erased."""
    for model in plugin.models:
        table = table_of(model)
        for column in table.columns:
            for key in column.foreign_keys:
                lets_go = key.ondelete == "CASCADE" or (key.ondelete == "SET NULL" and column.nullable)
                if not lets_go and _is_erased(_target(key), table.metadata, frozenset()):
                    raise _Unfit(
                        f"{table.name}.{column.name} refers to a member, or to what is theirs, and must say "
                        'ondelete="CASCADE", or be nullable and say ondelete="SET NULL"'
                    )


def _check_notices(plugin: Plugin) -> None:
    if len({notice.name for notice in plugin.notices}) < len(plugin.notices):
        raise _Unfit("gives two notices the same name")
    for notice in plugin.notices:
        if not _NAME.fullmatch(notice.name):
            raise _Unfit(
                f"badly names the notice “{notice.name}”: lower-case letters, digits and underscores, "
                "at most 20"
            )
        if not 1 <= len(notice.summary) <= MAX_SUMMARY:
            raise _Unfit(
                f"has to say what the notice “{notice.name}” tells, in at most {MAX_SUMMARY} characters"
            )


def _target(key: ForeignKey) -> str:
    return key.target_fullname.rpartition(".")[0]


def _is_erased(table: str, metadata: MetaData, seen: frozenset[str]) -> bool:
    """Tell whether rows of a table go when a member is erased."""
    if table == "users":
        return True
    if table in seen or table not in metadata.tables:
        return False
    return any(
        key.ondelete == "CASCADE" and _is_erased(_target(key), metadata, seen | {table})
        for key in metadata.tables[table].foreign_keys
    )


def _check_hooks(manager: pluggy.PluginManager, name: str) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise _Unfit(f"implements a hook that does not exist: {error}") from error


def _check_required(loaded: Loaded, there: Mapping[str, Loaded]) -> None:
    if absent := [name for name in loaded.plugin.requires if name not in there]:
        raise _Unfit(f"requires {', '.join(absent)}, which is not there")


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
