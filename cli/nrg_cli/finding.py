"""Finding a plugin by its name, and saying what can be known of it without importing it."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nrg_cli.console import fail

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nrg_core.host.discovery import Discovered, Loaded
    from nrg_core.host.enablement import Enablement
    from nrg_core.host.installed import Installed

__all__ = ["fault_of", "find_loaded", "idle_reasons", "require_known"]


def require_known(names: Iterable[str], installed: Sequence[Installed]) -> None:
    """End with exit code 2 if one of the names is no installed plugin's."""
    from nrg_core.text import did_you_mean

    known = sorted({one.name for one in installed})
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            there = f" There are: {', '.join(known) or 'none'}." if not near else ""
            fail(f"There is no plugin “{name}”{near}.{there}", code=2)


def find_loaded(name: str) -> tuple[Loaded, Discovered]:
    """Import the plugins and return one of them, and all.

    Raises
    ------
    OperatorError
        It is installed but not in order.
    """
    from nrg_core.errors import OperatorError
    from nrg_core.host.discovery import discover
    from nrg_core.host.installed import installed

    require_known([name], installed())
    discovered = discover()
    for loaded in discovered.plugins:
        if loaded.name == name:
            return loaded, discovered
    reason = next(broken.reason for broken in discovered.broken if broken.name == name)
    raise OperatorError(f"{name} is left out: {reason}")


def idle_reasons(names: Iterable[str], enablement: Enablement) -> list[str]:
    """Import the plugins and say, of those that are named, why one does nothing though it is enabled."""
    from nrg_core.host.discovery import discover
    from nrg_core.text import listed

    discovered = discover()
    broken = {each.name: each.reason for each in discovered.broken}
    plugins = {loaded.name: loaded.plugin for loaded in discovered.plugins}
    running = enablement.running(plugins.values())
    reasons = [f"{name} is left out until this is mended: {broken[name]}" for name in names if name in broken]
    for name in names:
        if name in plugins and name not in running:
            missing = [each for each in plugins[name].requires if each not in running]
            reasons.append(f"{name} waits for {listed(missing)}. Try: nrg plugins enable {' '.join(missing)}")
    return reasons


def fault_of(plugin: Installed, others: Sequence[Installed]) -> str | None:
    """Return why a plugin cannot run, as far as that shows without running its code."""
    twins = [one.distribution for one in others if one.name == plugin.name]
    if len(twins) > 1:
        return f"installed twice, by {' and '.join(twins)}"
    return _unmet_core(plugin) or _unreadable(plugin.package)


def _unmet_core(plugin: Installed) -> str | None:
    from importlib.metadata import version

    from packaging.requirements import InvalidRequirement, Requirement

    distribution = plugin.entry_point.dist
    running = version("nrg-core")
    for line in (distribution.requires if distribution else None) or []:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.name.lower().replace("_", "-") == "nrg-core" and not wanted.specifier.contains(
            running, prereleases=True
        ):
            return f"needs nrg-core {wanted.specifier}, and this is {running}"
    return None


def _unreadable(package: str) -> str | None:
    top, _, rest = package.partition(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return f"its package {top} is not there"
    if rest or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    try:
        ast.parse(Path(spec.origin).read_bytes())
    except SyntaxError as error:
        return f"{Path(spec.origin).name}:{error.lineno}: {error.msg}"
    except OSError as error:
        return f"{spec.origin} cannot be read: {error.strerror}"
    return None
