"""Unions whose branches fail in ways that the description's own unions seldom do."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from nrg_sandbox.audit.faults import MASK, explain

Json = dict[str, Any]

TEXT: Json = {"type": "string"}


def faults(schema: Json, value: object) -> dict[str, str]:
    errors = Draft202012Validator(schema, mask=MASK).iter_errors(value)
    return {fault.pointer: fault.message for fault in explain(errors, schema, lenient=False)}


def thing(*required: str, **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


@pytest.mark.parametrize(
    ("branches", "value", "expected"),
    [
        # The only branch of the right kind is told whole, with its fixed value and with what it misses.
        (
            [{"type": "null"}, thing(type={"const": 1}, name=TEXT)],
            {"type": 2, "name": 5},
            {"/type": "expected 1, got 2", "/name": "expected string, got 5"},
        ),
        (
            [{"type": "null"}, thing("id", name=TEXT)],
            {"name": 5},
            {"/id": "required, and missing", "/name": "expected string, got 5"},
        ),
        # A fixed value deep in a branch does not tell the branches apart.
        (
            [thing(deep=thing(kind={"const": 1})), thing("a", "b", deep=TEXT)],
            {"deep": {"kind": 2}},
            {"/deep/kind": "expected 1, got 2"},
        ),
        # The branch with fewer wrong fixed values was meant.
        (
            [
                thing(type={"const": 1}, kind={"const": 1}),
                thing(type={"const": 2}, kind={"const": 2}, name=TEXT, size=TEXT),
            ],
            {"type": 2, "kind": 1, "name": 5},
            {"/type": "expected 1, got 2"},
        ),
        (
            [
                thing(type={"const": 1}, kind={"const": 1}),
                thing(type={"const": 2}, kind={"const": 2}, size=TEXT, name=TEXT),
            ],
            {"type": 2, "kind": 3, "name": 5, "size": 5},
            {
                "/kind": "expected 2, got 3",
                "/name": "expected string, got 5",
                "/size": "expected string, got 5",
            },
        ),
    ],
)
@pytest.mark.parametrize("union", ["oneOf", "anyOf"])
def test_a_union_tells_of_one_branch(
    union: str, branches: list[Json], value: object, expected: dict[str, str]
) -> None:
    assert faults({union: branches}, value) == expected


def test_a_value_of_several_branches_at_once_is_told() -> None:
    assert faults({"oneOf": [TEXT, {"minLength": 1}]}, "x") == {
        "": "\"x\" is valid under more than one of the schemas listed in the 'oneOf' keyword"
    }


def test_a_place_has_one_message() -> None:
    schema = {"minLength": 3, "pattern": "^a"}
    assert faults({"properties": {"name": schema}}, {"name": "b"}) == {
        "/name": '"b" is shorter than 3 characters'
    }


def test_a_long_value_is_cut() -> None:
    assert faults(TEXT, ["x" * 77])[""] == f'expected string, got ["{"x" * 77}…'
    assert faults(TEXT, ["x" * 76])[""] == f'expected string, got ["{"x" * 76}"]'
