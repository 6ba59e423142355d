"""Schemas of requests, closed against fields that they do not name."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from nrg_sandbox.audit.closing import closed_document, closed_schema

ANYTHING: dict[str, Any] = {}
NAME: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
SIZE: dict[str, Any] = {"type": "object", "properties": {"size": {"type": "integer"}}}


def accepts(schema: dict[str, Any], value: object) -> bool:
    return Draft202012Validator(closed_schema(schema)).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (NAME, {"name": "x"}),
        ({"type": "object", "additionalProperties": NAME}, {"any": {"name": "x"}}),
        ({**NAME, "additionalProperties": SIZE}, {"name": "x", "any": {"size": 1}}),
        ({"type": "object"}, {"any": 1}),
        ({"allOf": [NAME, SIZE]}, {"name": "x", "size": 1}),
        ({"allOf": [{"allOf": [NAME]}, SIZE]}, {"name": "x", "size": 1}),
        ({"allOf": [NAME], "properties": {"size": ANYTHING}}, {"name": "x", "size": 1}),
        ({"allOf": [{"anyOf": [NAME, SIZE]}, {"properties": {"file": ANYTHING}}]}, {"name": "x", "file": 1}),
        ({"type": "integer", "enum": [1], "allOf": [{"type": "integer"}]}, 1),
    ],
)
def test_what_is_named_passes(schema: dict[str, Any], value: object) -> None:
    assert accepts(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (NAME, {"nmae": "x"}),
        ({"type": "array", "items": NAME}, [{"nmae": "x"}]),
        ({"properties": {"deep": NAME}}, {"deep": {"nmae": "x"}}),
        ({"type": "object", "additionalProperties": NAME}, {"any": {"nmae": "x"}}),
        ({"oneOf": [{"type": "null"}, NAME]}, {"nmae": "x"}),
        ({"anyOf": [NAME, SIZE]}, {"name": "x", "size": 1}),
        ({"allOf": [NAME, SIZE]}, {"name": "x", "sise": 1}),
        ({"allOf": [{"properties": {"deep": NAME}}, SIZE]}, {"deep": {"nmae": "x"}}),
        ({"allOf": [{"anyOf": [NAME, SIZE]}, {"properties": {"file": ANYTHING}}]}, {"name": "x", "fiel": 1}),
    ],
)
def test_what_is_not_named_is_refused(schema: dict[str, Any], value: object) -> None:
    assert Draft202012Validator(schema).is_valid(value)
    assert not accepts(schema, value)


def test_a_referenced_schema_is_open_only_as_a_part_of_another() -> None:
    reference = {"$ref": "#/components/schemas/Name"}
    bodies = {"whole": reference, "both": {"allOf": [reference, SIZE]}}
    document = closed_document(
        {
            "components": {"schemas": {"Name": NAME}},
            "paths": {
                "/x": {
                    "parameters": [],
                    "get": {"responses": {}},
                    "post": {
                        "requestBody": {"content": {name: {"schema": body} for name, body in bodies.items()}}
                    },
                }
            },
        }
    )
    assert list(document["paths"]["/x"]) == ["post"]
    content = document["paths"]["/x"]["post"]["requestBody"]["content"]

    def valid(name: str, value: object) -> bool:
        schema = {**content[name]["schema"], "components": document["components"]}
        return Draft202012Validator(schema).is_valid(value)

    assert valid("whole", {"name": "x"})
    assert not valid("whole", {"name": "x", "size": 1})
    assert valid("both", {"name": "x", "size": 1})
    assert not valid("both", {"name": "x", "sise": 1})


def test_a_file_is_not_required() -> None:
    file = {"type": "string", "contentEncoding": "binary"}
    schema = {"properties": {"file": file, "name": {}}, "required": ["file", "name"]}
    assert accepts(schema, {"name": "x"})
    assert not accepts(schema, {})


def test_the_description_itself_stays_open() -> None:
    schema = {"allOf": [NAME], "properties": {"deep": dict(NAME)}}
    closed_schema(schema)
    assert schema == {"allOf": [NAME], "properties": {"deep": NAME}}
    assert "additionalProperties" not in NAME
