"""The techniques as one member finds them: open, locked or mastered, with the way to the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nrg_core.domain.criteria import Progress, progress
from nrg_core.domain.library import KnownHack, Library
from nrg_core.domain.standing import Practised, Standing

__all__ = ["Filter", "TechniqueState", "techniques"]

Filter = Literal["all", "unlocked", "locked", "mastered"]


@dataclass(frozen=True, slots=True)
class TechniqueState:
    """One technique as one member finds it.

    Attributes
    ----------
    way
        How near the next thing is: opening it, or, once it is open, mastering it. Nothing if only a
        plugin's metric could tell.
    """

    hack: KnownHack
    practised: Practised
    is_open: bool
    way: Progress | None


def techniques(
    standing: Standing, library: Library, streak_days: int, wanted: Filter
) -> list[TechniqueState]:
    """Return the techniques of a kind, in the order of the catalogue."""
    states = [_state(hack, standing, library, streak_days) for hack in library.hacks.values()]
    match wanted:
        case "all":
            return states
        case "unlocked":
            return [state for state in states if state.is_open]
        case "locked":
            return [state for state in states if not state.is_open]
        case "mastered":
            return [state for state in states if state.practised.mastered]


def _state(hack: KnownHack, standing: Standing, library: Library, streak_days: int) -> TechniqueState:
    is_open = standing.is_open(hack)
    rule = library.rules[f"{'mastery' if is_open else 'unlock'} {hack.slug}"]
    way = progress(rule.criterion, standing.values(rule, library, streak_days)) if rule.immediate else None
    return TechniqueState(hack, standing.hacks.get(hack.id) or Practised(), is_open, way)
