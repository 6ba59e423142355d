"""Answers to interactions: their envelope, and the choices of autocomplete."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.forms.callbacks import AUTOCOMPLETE, CALLBACK
from nrg_sandbox.forms.options import INTEGER, NUMBER, STRING
from tests.sandbox.forms.faults import DICT, LIST, REQUIRED, TEXT, at_most, between, choices, faults, not_a


@pytest.mark.parametrize("kind", [1, 4, 5, 6, 7, 8, 9, 12, "4"])
def test_each_type_of_answer(kind: Any) -> None:
    assert CALLBACK.read({"type": kind, "data": {"x": 1}}) == {"type": int(kind), "data": {"x": 1}}


@pytest.mark.parametrize(
    ("body", "path", "told"),
    [
        ({}, "type", REQUIRED),
        ({"type": None}, "type", REQUIRED),
        ({"type": 2}, "type", choices(1, 4, 5, 6, 7, 8, 9, 12)),
        ({"type": []}, "type", not_a("int", "list")),
        ({"type": 4, "data": []}, "data", DICT),
    ],
)
def test_wrong_answers(body: Any, path: str, told: tuple[str, str]) -> None:
    assert faults(CALLBACK.read, body) == [(path, *told)]


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (STRING, 5, TEXT),
        (STRING, "", between(1, 100)),
        (STRING, "x" * 101, between(1, 100)),
        (STRING, None, REQUIRED),
        (INTEGER, "x", not_a("int", "x")),
        (INTEGER, 1.5, not_a("int", 1.5)),
        (NUMBER, "x", not_a("float", "x")),
    ],
)
def test_choices_fit_the_option(kind: int, value: Any, told: tuple[str, str]) -> None:
    body = {"choices": [{"name": "a", "value": value}]}
    assert faults(AUTOCOMPLETE[kind].read, body, ("data",)) == [("data.choices.0.value", *told)]


@pytest.mark.parametrize(("kind", "value"), [(STRING, "x" * 100), (INTEGER, -5), (NUMBER, 1.5)])
def test_twenty_five_choices_and_no_more(kind: int, value: Any) -> None:
    listed = [{"name": str(number), "value": value} for number in range(25)]
    assert AUTOCOMPLETE[kind].read({"choices": listed}) == {"choices": listed}
    more = [*listed, {"name": "more", "value": value}]
    assert faults(AUTOCOMPLETE[kind].read, {"choices": more}) == [("choices", *at_most(25))]


@pytest.mark.parametrize(
    ("body", "path", "told"),
    [
        ({"choices": "x"}, "choices", LIST),
        ({"choices": [None]}, "choices.0", REQUIRED),
        ({"choices": [{"name": "n" * 101, "value": "x"}]}, "choices.0.name", between(1, 100)),
        (
            {"choices": [{"name": "a", "value": "x"}, {"name": "a", "value": "y"}]},
            "choices.1.name",
            ("APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", "The specified choice name is already used"),
        ),
    ],
)
def test_wrong_choices(body: Any, path: str, told: tuple[str, str]) -> None:
    assert faults(AUTOCOMPLETE[STRING].read, body) == [(path, *told)]
