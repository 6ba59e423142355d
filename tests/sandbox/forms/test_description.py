"""The referee: what the forms take, Discord's official OpenAPI description takes as well.

A body that the forms take is compared as they read it: known fields alone, digits as numbers and ids as text,
for Discord is as lenient there as they are.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrg_sandbox.audit.corrections import correct
from tests.sandbox.forms.examples import OPERATIONS, Operation, careless
from tests.sandbox.forms.faults import faults

jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is not installed: no referee")

DESCRIPTION = Path(__file__).resolve().parents[4] / "shared" / "discord" / "openapi.json"

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="Discord's OpenAPI description is not at ../shared/discord/openapi.json"
)

EACH = pytest.mark.parametrize("name", OPERATIONS)


@cache
def described() -> dict[str, Any]:
    whole = json.loads(DESCRIPTION.read_bytes())
    correct(whole)
    return whole


@cache
def referee(name: str) -> Any:
    operation: Operation = OPERATIONS[name]
    whole = described()
    if isinstance(operation.schema, str):
        schema = whole["components"]["schemas"][operation.schema]
    else:
        path, method = operation.schema
        schema = whole["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.validator_for({**schema, "components": whole["components"]})


@EACH
def test_the_examples_are_right(name: str) -> None:
    for body in OPERATIONS[name].examples:
        referee(name).validate(body)
        assert faults(OPERATIONS[name].read, body) == []


@EACH
@settings(max_examples=150)
@given(data=st.data())
def test_what_the_description_refuses_the_forms_refuse(name: str, data: st.DataObject) -> None:
    body = data.draw(careless(OPERATIONS[name].examples))
    if not faults(OPERATIONS[name].read, body):
        referee(name).validate(OPERATIONS[name].read(body))
