"""Whatever JSON a bot sends is taken or refused; nothing makes a form stumble."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.forms.examples import ANYTHING, OPERATIONS, careless
from tests.sandbox.forms.faults import faults

EACH = pytest.mark.parametrize("name", OPERATIONS)


@EACH
def test_right_bodies_are_taken_and_stay_right(name: str) -> None:
    read, _, examples = OPERATIONS[name]
    for body in examples:
        assert read(read(body)) == read(body)


@EACH
@settings(max_examples=60)
@given(data=st.data())
def test_careless_bodies(name: str, data: st.DataObject) -> None:
    read, _, examples = OPERATIONS[name]
    body = data.draw(careless(examples))
    if not faults(read, body):
        assert read(read(body)) == read(body)


@EACH
@settings(max_examples=30)
@given(body=ANYTHING)
def test_anything_at_all(name: str, body: Any) -> None:
    faults(OPERATIONS[name].read, body)


@pytest.mark.parametrize("key", ["embeds", "components", "attachments", "flags", "content"])
def test_a_body_nested_as_deep_as_json_goes(key: str) -> None:
    deep: Any = "x"
    for _ in range(1000):
        deep = [deep]
    assert faults(OPERATIONS["create message"].read, {key: deep})
