"""Rows, buttons, selects and the newer components of a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox.forms.components import numbered, walk
from nrg_sandbox.forms.limits import COMPONENTS_V2
from nrg_sandbox.forms.messages import check_message
from tests.sandbox.forms.faults import (
    DICT,
    LIST,
    NO_URL,
    REQUIRED,
    at_most,
    bad_scheme,
    between,
    choices,
    faults,
    no_less,
    no_more,
)

Json = dict[str, Any]

DUPLICATE = "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
CONTROLS = choices(2, 3, 5, 6, 7, 8)


def row(*components: Any) -> Json:
    return {"type": 1, "components": list(components)}


def button(**fields: Any) -> Json:
    return {"type": 2, "style": 1, "label": "x", "custom_id": "a"} | fields


def link(**fields: Any) -> Json:
    return {"type": 2, "style": 5, "label": "x", "url": "https://example.com"} | fields


def select(**fields: Any) -> Json:
    return {"type": 3, "custom_id": "s", "options": [{"label": "x", "value": "x"}]} | fields


def option(value: str, **fields: Any) -> Json:
    return {"label": "x", "value": value} | fields


def text(content: str = "x") -> Json:
    return {"type": 10, "content": content}


def section(**fields: Any) -> Json:
    return {"type": 9, "components": [text()], "accessory": link()} | fields


def media(url: str = "https://example.com") -> Json:
    return {"media": {"url": url}}


FIRST = "0.components.0"

ROWS_REFUSED: list[tuple[Any, str, tuple[str, str]]] = [
    ("x", "", LIST),
    ([None], "0", REQUIRED),
    ([5], "0", DICT),
    ([{}], "0.type", REQUIRED),
    ([{"type": 99}], "0.type", choices(1, 9, 10, 12, 13, 14, 17)),
    ([button()], "0.type", choices(1, 9, 10, 12, 13, 14, 17)),
    ([text()], "0.type", choices(1)),
    ([row(button(custom_id=str(number))) for number in range(6)], "", between(1, 5)),
    ([row()], "0.components", between(1, 5)),
    ([row(*[button(custom_id=str(number)) for number in range(6)])], "0.components", between(1, 5)),
    ([{"type": 1, "components": {}}], "0.components", LIST),
    ([row(None)], FIRST, REQUIRED),
    ([row(text())], f"{FIRST}.type", CONTROLS),
    ([row({"type": 4, "custom_id": "a", "style": 1})], f"{FIRST}.type", CONTROLS),
    (
        [row(button(), select())],
        "0.components.1",
        ("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"),
    ),
    ([row(button(), button())], "0.components.1.custom_id", DUPLICATE),
    ([row(button()), row(select(custom_id="a"))], "1.components.0.custom_id", DUPLICATE),
    ([row(button(style=7))], f"{FIRST}.style", choices(1, 2, 3, 4, 5, 6)),
    ([row(button(label="x" * 81))], f"{FIRST}.label", at_most(80)),
    ([row(button(label=None))], f"{FIRST}.label", REQUIRED),
    ([row(button(custom_id=None))], f"{FIRST}.custom_id", REQUIRED),
    ([row(button(custom_id=""))], f"{FIRST}.custom_id", between(1, 100)),
    ([row(button(custom_id="x" * 101))], f"{FIRST}.custom_id", between(1, 100)),
    (
        [row(button(url="https://example.com"))],
        f"{FIRST}.custom_id",
        (
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified",
        ),
    ),
    (
        [row(button(sku_id="1"))],
        f"{FIRST}.sku_id",
        ("BUTTON_COMPONENT_INVALID_FIELD", "A button of this style cannot have a sku_id"),
    ),
    (
        [row({"type": 2, "style": 6, "sku_id": "1", "label": "x"})],
        f"{FIRST}.label",
        ("BUTTON_COMPONENT_INVALID_FIELD", "A button of this style cannot have a label"),
    ),
    ([row({"type": 2, "style": 6})], f"{FIRST}.sku_id", REQUIRED),
    ([row(link(url=None))], f"{FIRST}.url", REQUIRED),
    ([row(link(url="https://" + "a" * 505))], f"{FIRST}.url", at_most(512)),
    ([row(link(url="x"))], f"{FIRST}.url", NO_URL),
    ([row(button(emoji={}))], f"{FIRST}.emoji.name", REQUIRED),
    (
        [row(button(emoji={"name": ":smile:"}))],
        f"{FIRST}.emoji.name",
        ("COMPONENT_INVALID_EMOJI", "Invalid emoji"),
    ),
    ([row(select(custom_id=None))], f"{FIRST}.custom_id", REQUIRED),
    ([row(select(placeholder="x" * 151))], f"{FIRST}.placeholder", at_most(150)),
    ([row(select(options=[]))], f"{FIRST}.options", between(1, 25)),
    ([row(select(options=[option(str(n)) for n in range(26)]))], f"{FIRST}.options", between(1, 25)),
    ([row(select(options=None))], f"{FIRST}.options", REQUIRED),
    ([row(select(options=[option("")]))], f"{FIRST}.options.0.value", between(1, 100)),
    ([row(select(options=[option("x", label="x" * 101)]))], f"{FIRST}.options.0.label", between(1, 100)),
    (
        [row(select(options=[option("x", description="x" * 101)]))],
        f"{FIRST}.options.0.description",
        at_most(100),
    ),
    (
        [row(select(options=[option("x"), option("x")]))],
        f"{FIRST}.options.1.value",
        ("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"),
    ),
    ([row(select(min_values=26))], f"{FIRST}.min_values", no_more(25)),
    ([row(select(min_values=-1))], f"{FIRST}.min_values", no_less(0)),
    ([row(select(min_values=2))], f"{FIRST}.min_values", no_more(1)),
    ([row(select(max_values=0))], f"{FIRST}.max_values", no_less(1)),
    ([row(select(max_values=26))], f"{FIRST}.max_values", no_more(25)),
    ([row(select(max_values=2))], f"{FIRST}.max_values", no_more(1)),
    ([row({"type": 5, "custom_id": "s", "min_values": 2})], f"{FIRST}.min_values", no_more(1)),
    (
        [row({"type": 8, "custom_id": "s", "channel_types": [99]})],
        f"{FIRST}.channel_types.0",
        choices(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15),
    ),
    (
        [row({"type": 5, "custom_id": "s", "default_values": [{"id": "1", "type": "role"}]})],
        f"{FIRST}.default_values.0.type",
        choices("user"),
    ),
]

NEWER_REFUSED: list[tuple[list[Json], str, tuple[str, str]]] = [
    ([text("")], "0.content", between(1, 4000)),
    ([text("x" * 4001)], "0.content", between(1, 4000)),
    (
        [text("x" * 4000), text()],
        "",
        (
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "The displayable text of a message exceeds the maximum size of 4000",
        ),
    ),
    ([text()] * 41, "", at_most(40)),
    (
        [{"type": 17, "components": [text()] * 40}],
        "",
        ("COMPONENT_MAX_TOTAL", "A message holds at most 40 components."),
    ),
    ([{"type": 17, "components": []}], "0.components", between(1, 40)),
    ([{"type": 17, "components": [text()], "accent_color": -1}], "0.accent_color", no_less(0)),
    (
        [{"type": 17, "components": [{"type": 17, "components": [text()]}]}],
        "0.components.0.type",
        choices(1, 9, 10, 12, 13, 14),
    ),
    ([section(components=[])], "0.components", between(1, 3)),
    ([section(components=[text()] * 4)], "0.components", between(1, 3)),
    ([section(accessory=None)], "0.accessory", REQUIRED),
    ([section(accessory=text())], "0.accessory.type", choices(2, 11)),
    ([section(accessory=link(url=None))], "0.accessory.url", REQUIRED),
    ([section(accessory={"type": 11})], "0.accessory.media", REQUIRED),
    ([{"type": 12, "items": []}], "0.items", between(1, 10)),
    ([{"type": 12, "items": [media()] * 11}], "0.items", between(1, 10)),
    (
        [{"type": 12, "items": [media("x://y")]}],
        "0.items.0.media.url",
        bad_scheme("x", "http", "https", "attachment"),
    ),
    ([{"type": 13}], "0.file", REQUIRED),
    (
        [{"type": 13, "file": {"url": "https://example.com"}}],
        "0.file.url",
        bad_scheme("https", "attachment"),
    ),
    ([{"type": 14, "spacing": 3}], "0.spacing", choices(1, 2)),
    (
        [section(accessory=button()), {"type": 17, "components": [row(button())]}],
        "1.components.0.components.0.custom_id",
        DUPLICATE,
    ),
]


def _at(path: str) -> str:
    return f"components.{path}" if path else "components"


@pytest.mark.parametrize(("components", "path", "told"), ROWS_REFUSED)
def test_rows_that_discord_refuses(components: Any, path: str, told: tuple[str, str]) -> None:
    assert faults(check_message, {"components": components}, {}) == [(_at(path), *told)]


@pytest.mark.parametrize(("components", "path", "told"), NEWER_REFUSED)
def test_newer_components_that_discord_refuses(
    components: list[Json], path: str, told: tuple[str, str]
) -> None:
    body: Json = {"components": components, "flags": COMPONENTS_V2}
    assert faults(check_message, body, {}) == [(_at(path), *told)]


def test_a_message_that_uses_newer_components_already_may_hold_them_after_an_edit() -> None:
    assert faults(check_message, {"components": [text()]}, {}, v2=True) == []


@pytest.mark.parametrize(
    ("components", "flags"),
    [
        ([row(*[button(custom_id=f"{line}{place}") for place in range(5)]) for line in range(5)], 0),
        ([row(button(), link(), {"type": 2, "style": 6, "sku_id": "1"})], 0),
        (
            [
                row(
                    button(label=None, emoji={"name": "🙂"}),
                    button(custom_id="b", label="", emoji={"id": "5"}),
                )
            ],
            0,
        ),
        ([row(select(options=[option(str(number)) for number in range(25)], max_values=25))], 0),
        ([row({"type": 7, "custom_id": "s", "default_values": [{"id": "1", "type": "role"}]})], 0),
        ([row(button()), text("x" * 3999), section(), {"type": 14, "spacing": 2}], COMPONENTS_V2),
        ([{"type": 17, "components": [row(button()), {"type": 12, "items": [media()]}]}], COMPONENTS_V2),
        ([{"type": 13, "file": {"url": "attachment://a.txt"}}, *[text()] * 39], COMPONENTS_V2),
        ([section(accessory={"type": 11} | media("attachment://a.png"))], COMPONENTS_V2),
    ],
)
def test_what_just_fits_is_taken(components: list[Json], flags: int) -> None:
    body: Json = {"components": components, "flags": flags}
    assert check_message(body, {}) == body


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=5), max_size=5))
def test_every_component_gets_an_id_of_its_own(rows: list[list[int]]) -> None:
    given_ids: set[int] = set()
    components: list[Json] = []
    for line in rows:
        buttons: list[Json] = []
        for wanted in line:
            fresh = 0 if wanted in given_ids else wanted
            given_ids.add(fresh)
            buttons.append({"type": 2, "id": fresh} if fresh else {"type": 2})
        components.append(row(*buttons))
    ids = [component["id"] for _, component in walk(numbered(components))]
    assert len(set(ids)) == len(ids)
    assert all(number > 0 for number in ids)
    assert given_ids - {0} <= set(ids)


def test_walking_tells_where_each_component_is() -> None:
    components = [{"type": 17, "components": [section()]}]
    assert [path for path, _ in walk(components)] == [
        ("components", 0),
        ("components", 0, "components", 0),
        ("components", 0, "components", 0, "components", 0),
        ("components", 0, "components", 0, "accessory"),
    ]
