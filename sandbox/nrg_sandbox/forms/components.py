"""Rows, buttons, selects and forms: the rules that Discord holds them to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from nrg_sandbox.errors import Problems

__all__ = [
    "BUTTON",
    "LABEL",
    "ROW",
    "SELECTS",
    "TEXT_INPUT",
    "TEXT_SELECT",
    "Json",
    "check_components",
    "check_modal",
    "numbered",
    "walk",
]

Json = dict[str, Any]
Path = tuple[str | int, ...]

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT_DISPLAY, CONTAINER, LABEL = 9, 10, 17, 18
SELECTS = (TEXT_SELECT, 5, 6, 7, 8)
_V2_TOP_LEVEL = (ROW, SECTION, TEXT_DISPLAY, 12, 13, 14, CONTAINER)
_LINK, _PREMIUM = 5, 6
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


def check_components(components: object, problems: Problems, *, v2: bool) -> None:
    """Note every fault in a message's components."""
    rows = _objects(components, ("components",), problems)
    if rows is None:
        return
    limit = 40 if v2 else 5
    if len(rows) > limit:
        problems.add(("components",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limit} in length.")
    for index, row in enumerate(rows):
        path: Path = ("components", index)
        allowed = _V2_TOP_LEVEL if v2 else (ROW,)
        if problems.one_of((*path, "type"), row.get("type"), allowed) and row["type"] == ROW:
            _check_row(row, path, problems)
    everything = list(walk([row for row in rows if isinstance(row.get("type"), int)]))
    if v2 and len(everything) > 40:
        problems.add(("components",), "COMPONENT_MAX_TOTAL", "A message holds at most 40 components.")
    text = sum(
        len(str(item.get("content", ""))) for _, item in everything if item.get("type") == TEXT_DISPLAY
    )
    if text > 4000:
        problems.add(("components",), "BASE_TYPE_MAX_LENGTH", "Must be 4000 or fewer in length.")
    seen: set[str] = set()
    for path, component in everything:
        kind = component.get("type")
        if kind == BUTTON:
            _check_button(component, path, problems)
        elif kind in SELECTS:
            _check_select(component, path, problems)
        elif kind == TEXT_INPUT:
            problems.add((*path, "type"), "COMPONENT_TYPE_INVALID", "Text inputs belong in modals.")
        elif kind == CONTAINER:
            for index, row in enumerate(component.get("components", ())):
                if row.get("type") == ROW:
                    _check_row(row, (*path, "components", index), problems)
        _check_unique(component, path, seen, problems)


def check_modal(data: Json, problems: Problems) -> None:
    """Note every fault in the form that an interaction is answered with."""
    root: Path = ("data",)
    problems.length((*root, "title"), data.get("title"), 1, 45, optional=False)
    problems.length((*root, "custom_id"), data.get("custom_id"), 1, 100, optional=False)
    rows = _objects(data.get("components"), (*root, "components"), problems)
    if rows is None:
        return
    if not 1 <= len(rows) <= 5:
        problems.add((*root, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    seen: set[str] = set()
    for index, row in enumerate(rows):
        path: Path = (*root, "components", index)
        if not problems.one_of((*path, "type"), row.get("type"), (ROW, TEXT_DISPLAY, LABEL)):
            continue
        if row["type"] == ROW:
            inner = _objects(row.get("components"), (*path, "components"), problems) or []
            if len(inner) != 1:
                problems.add((*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be 1 in length.")
            for place, child in enumerate(inner):
                here = (*path, "components", place)
                if problems.one_of((*here, "type"), child.get("type"), (TEXT_INPUT,)):
                    problems.length((*here, "label"), child.get("label"), 1, 45, optional=False)
                    _check_text_input(child, here, problems)
                    _check_unique(child, here, seen, problems)
        elif row["type"] == LABEL:
            problems.length((*path, "label"), row.get("label"), 1, 45, optional=False)
            problems.length((*path, "description"), row.get("description"), 0, 100)
            child = row.get("component")
            if not isinstance(child, dict):
                problems.required((*path, "component"))
                continue
            control = cast("Json", child)
            here = (*path, "component")
            if control.get("type") == TEXT_INPUT:
                _check_text_input(control, here, problems)
            elif control.get("type") in SELECTS:
                _check_select(control, here, problems)
            _check_unique(control, here, seen, problems)


def _objects(value: object, path: Path, problems: Problems) -> list[Json] | None:
    if value is None:
        problems.required(path)
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in cast("list[object]", value)):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables of objects may be used in a ListType")
        return None
    return cast("list[Json]", value)


def _check_row(row: Json, path: Path, problems: Problems) -> None:
    inner = _objects(row.get("components"), (*path, "components"), problems)
    if inner is None:
        return
    if not 1 <= len(inner) <= 5:
        problems.add((*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for index, child in enumerate(inner):
        allowed = (BUTTON, *SELECTS)
        if problems.one_of((*path, "components", index, "type"), child.get("type"), allowed) and (
            child["type"] in SELECTS and len(inner) > 1
        ):
            message = "The specified component exceeds the maximum width"
            problems.add((*path, "components", index), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


def _check_unique(component: Json, path: Path, seen: set[str], problems: Problems) -> None:
    custom_id = component.get("custom_id")
    if not isinstance(custom_id, str):
        return
    if custom_id in seen:
        message = "Component custom id cannot be duplicated"
        problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    seen.add(custom_id)


def _check_button(button: Json, path: Path, problems: Problems) -> None:
    if not problems.one_of((*path, "style"), button.get("style"), (1, 2, 3, 4, _LINK, _PREMIUM)):
        return
    if button["style"] == _LINK:
        problems.length((*path, "url"), button.get("url"), 1, 512, optional=False)
        if button.get("custom_id") is not None:
            message = "A custom id and url cannot both be specified"
            problems.add((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    elif button["style"] != _PREMIUM:
        problems.length((*path, "custom_id"), button.get("custom_id"), 1, 100, optional=False)
        if not button.get("label") and not button.get("emoji"):
            problems.required((*path, "label"))
    problems.length((*path, "label"), button.get("label"), 0, 80)


def _check_select(select: Json, path: Path, problems: Problems) -> None:
    problems.length((*path, "custom_id"), select.get("custom_id"), 1, 100, optional=False)
    problems.length((*path, "placeholder"), select.get("placeholder"), 0, 150)
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if not isinstance(least, int) or not 0 <= least <= 25:
        problems.add((*path, "min_values"), "NUMBER_TYPE_MAX", "int value should be between 0 and 25.")
    elif not isinstance(most, int) or not max(least, 1) <= most <= 25:
        problems.add((*path, "max_values"), "NUMBER_TYPE_MAX", "int value should be between 1 and 25.")
    if select["type"] != TEXT_SELECT:
        return
    options = _objects(select.get("options"), (*path, "options"), problems)
    if options is None:
        return
    if not 1 <= len(options) <= 25:
        problems.add((*path, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    elif isinstance(most, int) and most > len(options):
        message = f"int value should be less than or equal to {len(options)}."
        problems.add((*path, "max_values"), "NUMBER_TYPE_MAX", message)
    values: set[object] = set()
    for index, option in enumerate(options):
        here = (*path, "options", index)
        problems.length((*here, "label"), option.get("label"), 1, 100, optional=False)
        problems.length((*here, "value"), option.get("value"), 1, 100, optional=False)
        problems.length((*here, "description"), option.get("description"), 0, 100)
        if option.get("value") in values:
            message = "The specified option value is already used"
            problems.add((*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.add(option.get("value"))


def _check_text_input(text: Json, path: Path, problems: Problems) -> None:
    problems.length((*path, "custom_id"), text.get("custom_id"), 1, 100, optional=False)
    problems.one_of((*path, "style"), text.get("style"), (1, 2))
    problems.length((*path, "placeholder"), text.get("placeholder"), 0, 100)
    problems.length((*path, "value"), text.get("value"), 0, 4000)
    for key, least in (("min_length", 0), ("max_length", 1)):
        value = text.get(key)
        if value is not None and not (isinstance(value, int) and least <= value <= 4000):
            message = f"int value should be between {least} and 4000."
            problems.add((*path, key), "NUMBER_TYPE_MAX", message)
