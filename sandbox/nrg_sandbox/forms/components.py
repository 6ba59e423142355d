"""Components as a tree: walked, numbered, and each with a custom id of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from nrg_sandbox.errors import Path, Problems
from nrg_sandbox.forms.form import Json

__all__ = [
    "BUTTON",
    "LABEL",
    "ROW",
    "SELECTS",
    "TEXT_DISPLAY",
    "TEXT_INPUT",
    "TEXT_SELECT",
    "check_unique",
    "numbered",
    "walk",
]

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT = 1, 2, 3, 4
TEXT_DISPLAY, LABEL = 10, 18
SELECTS = (TEXT_SELECT, 5, 6, 7, 8)
_NESTING = ("components", "component", "accessory")


def walk(components: list[Json], path: Path = ("components",)) -> Iterator[tuple[Path, Json]]:
    """Yield every component with its path, parents before children."""
    for index, component in enumerate(components):
        here = (*path, index)
        yield here, component
        for key in _NESTING:
            nested = component.get(key)
            if isinstance(nested, list):
                yield from walk(cast("list[Json]", nested), (*here, key))
            elif isinstance(nested, dict):
                for inner, child in walk([cast("Json", nested)], ()):
                    yield (*here, key, *inner[1:]), child


def numbered(components: list[Json]) -> list[Json]:
    """Return the components with the numeric ids that Discord gives to those without one."""
    taken = {component.get("id") for _, component in walk(components)}
    counter = 0

    def number(component: Json) -> Json:
        nonlocal counter
        result = dict(component)
        if not result.get("id"):
            counter += 1
            while counter in taken:
                counter += 1
            result["id"] = counter
        for key in _NESTING:
            nested = result.get(key)
            if isinstance(nested, list):
                result[key] = [number(child) for child in cast("list[Json]", nested)]
            elif isinstance(nested, dict):
                result[key] = number(cast("Json", nested))
        return result

    return [number(component) for component in components]


def check_unique(everything: Iterable[tuple[Path, Json]], problems: Problems) -> None:
    """Note every custom id that an earlier component has already."""
    seen: set[str] = set()
    for path, component in everything:
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        if custom_id in seen:
            message = "Component custom id cannot be duplicated"
            problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        seen.add(custom_id)
