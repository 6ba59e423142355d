"""Modals: their title, their components, and the newer kinds among them."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.forms.modals import MODAL
from tests.sandbox.forms.faults import (
    DICT,
    LIST,
    REQUIRED,
    at_most,
    between,
    choices,
    faults,
    no_less,
    no_more,
)

Json = dict[str, Any]

DUPLICATE = "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
LABELLED = choices(4, 3, 5, 6, 7, 8, 19, 21, 22, 23)


def modal(*components: Any, **fields: Any) -> Json:
    return {"title": "t", "custom_id": "m", "components": list(components)} | fields


def field(**fields: Any) -> Json:
    return {"type": 4, "custom_id": "f", "style": 1} | fields


def row(*components: Any) -> Json:
    return {"type": 1, "components": list(components)}


def labelled(component: Any, **fields: Any) -> Json:
    return {"type": 18, "label": "l", "component": component} | fields


def in_row(**fields: Any) -> Json:
    return modal(row(field(label="l") | fields))


def group(kind: int, count: int, **fields: Any) -> Json:
    options = [{"label": "x", "value": str(number)} for number in range(count)]
    return {"type": kind, "custom_id": "g", "options": options} | fields


ROW = "components.0.components.0"
LABEL = "components.0.component"

REFUSED: list[tuple[Any, str, tuple[str, str]]] = [
    ([], "", DICT),
    (modal(row(field(label="l")), title=None), "title", REQUIRED),
    (modal(row(field(label="l")), title=""), "title", between(1, 45)),
    (modal(row(field(label="l")), title="t" * 46), "title", between(1, 45)),
    (modal(row(field(label="l")), custom_id="c" * 101), "custom_id", between(1, 100)),
    (modal(row(field(label="l")), custom_id=None), "custom_id", REQUIRED),
    (modal(), "components", between(1, 5)),
    (modal(*[{"type": 10, "content": "x"}] * 6), "components", between(1, 5)),
    (modal(components="x"), "components", LIST),
    (modal({"type": 2}), "components.0.type", choices(1, 18, 10)),
    (modal(None), "components.0", REQUIRED),
    (modal(row()), "components.0.components", between(1, 1)),
    (modal(row(field(label="l"), field(label="l", custom_id="g"))), "components.0.components", between(1, 1)),
    (modal(row(field())), f"{ROW}.label", REQUIRED),
    (in_row(label="l" * 46), f"{ROW}.label", between(1, 45)),
    (in_row(style=3), f"{ROW}.style", choices(1, 2)),
    (in_row(custom_id=""), f"{ROW}.custom_id", between(1, 100)),
    (in_row(placeholder="p" * 101), f"{ROW}.placeholder", at_most(100)),
    (in_row(value="v" * 4001), f"{ROW}.value", at_most(4000)),
    (in_row(min_length=4001), f"{ROW}.min_length", no_more(4000)),
    (in_row(max_length=0), f"{ROW}.max_length", no_less(1)),
    (in_row(min_length=3, max_length=2), f"{ROW}.min_length", no_more(2)),
    (in_row(min_length=3, value="ab"), f"{ROW}.value", between(3, 4000)),
    (in_row(max_length=1, value="ab"), f"{ROW}.value", between(0, 1)),
    (modal(row(field(label="l")), row(field(label="l"))), "components.1.components.0.custom_id", DUPLICATE),
    (modal(row(field(label="l")), labelled(field())), "components.1.component.custom_id", DUPLICATE),
    (
        modal(labelled(field(label="l"))),
        f"{LABEL}.label",
        ("COMPONENT_LABEL_NOT_ALLOWED", "A text input inside of a label has none of its own"),
    ),
    (modal(labelled(field(), label="l" * 46)), "components.0.label", between(1, 45)),
    (modal(labelled(field(), description="d" * 101)), "components.0.description", between(1, 100)),
    (modal(labelled(None)), LABEL, REQUIRED),
    (modal(labelled({"type": 2})), f"{LABEL}.type", LABELLED),
    (modal(labelled({"type": 5, "custom_id": "s", "max_values": 26})), f"{LABEL}.max_values", no_more(25)),
    (modal(labelled({"type": 19, "custom_id": "u", "max_values": 11})), f"{LABEL}.max_values", no_more(10)),
    (modal(labelled({"type": 19, "custom_id": "u", "min_values": 2})), f"{LABEL}.min_values", no_more(1)),
    (modal(labelled(group(21, 1))), f"{LABEL}.options", between(2, 10)),
    (modal(labelled(group(21, 11))), f"{LABEL}.options", between(2, 10)),
    (modal(labelled(group(22, 0))), f"{LABEL}.options", between(1, 10)),
    (modal(labelled(group(22, 2, min_values=3))), f"{LABEL}.min_values", no_more(2)),
    (modal(labelled(group(22, 2, max_values=3))), f"{LABEL}.max_values", no_more(2)),
    (
        modal(labelled(group(21, 2, options=[{"label": "x", "value": "x"}] * 2))),
        f"{LABEL}.options.1.value",
        ("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"),
    ),
    (modal(labelled({"type": 23})), f"{LABEL}.custom_id", REQUIRED),
]


@pytest.mark.parametrize(("body", "path", "told"), REFUSED)
def test_what_discord_refuses_is_told_at_its_place(body: Any, path: str, told: tuple[str, str]) -> None:
    assert faults(MODAL.read, body) == [(path, *told)]


@pytest.mark.parametrize(
    "body",
    [
        modal(*[row(field(label="l", custom_id=str(number))) for number in range(5)]),
        modal({"type": 10, "content": "x"}, labelled(field(value="abc", min_length=3, max_length=3))),
        modal(labelled({"type": 3, "custom_id": "s", "options": [{"label": "x", "value": "x"}]})),
        modal(labelled(group(21, 10)), labelled(group(22, 2, custom_id="h", min_values=2))),
        modal(labelled({"type": 19, "custom_id": "u", "min_values": 2, "max_values": 2})),
        modal(labelled({"type": 23, "custom_id": "c", "default": True})),
    ],
)
def test_what_just_fits_is_taken(body: Json) -> None:
    assert MODAL.read(body) == body
