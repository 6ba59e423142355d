"""What is installed, by what distributions say of themselves: none of the plugins' code is imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

__all__ = ["GROUP", "Installed", "installed"]

GROUP: Final = "nrg.plugins"
"""The entry point group of plugins."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as its distribution describes it, without importing any of its code."""

    name: str
    distribution: str
    version: str
    summary: str
    package: str
    entry_point: EntryPoint


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
