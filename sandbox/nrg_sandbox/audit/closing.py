"""Closed copies of the schemas of requests: a field that the description does not name is a fault.

The description leaves its objects open, and a misspelled field of a request would pass.
"""

from __future__ import annotations

from typing import Any

__all__ = ["closed_document", "closed_schema"]

Json = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_PARTS = "#/components/parts/"


def closed_document(description: Json) -> Json:
    """Return the request bodies of a description, closed, each at the place where it was open."""
    schemas: Json = description["components"]["schemas"]
    closed = {name: closed_schema(schema) for name, schema in schemas.items()}
    parts = {name: closed_schema(schema, part=True) for name, schema in schemas.items()}
    paths = {path: _closed_bodies(methods) for path, methods in description["paths"].items()}
    return {"components": {"schemas": closed, "parts": parts}, "paths": paths}


def closed_schema(schema: Json, *, part: bool = False) -> Json:
    """Return a schema that refuses what it does not name, at every depth; maps keep their open keys.

    Parameters
    ----------
    part
        Whether other schemas describe the same object, as the members of ``allOf`` do. A part does not know
        all fields, so it stays open and the whole is closed around it.
    """
    closed: Json = {}
    for keyword, value in schema.items():
        match keyword:
            case "properties":
                closed[keyword] = {name: closed_schema(member) for name, member in value.items()}
            case "items" | "additionalProperties" if isinstance(value, dict):
                closed[keyword] = closed_schema(schema[keyword])
            case "allOf":
                closed[keyword] = [closed_schema(member, part=True) for member in value]
            case "oneOf" | "anyOf":
                closed[keyword] = [closed_schema(member, part=part) for member in value]
            case "$ref" if part:
                closed[keyword] = value.replace(_SCHEMAS, _PARTS)
            case "required":
                closed[keyword] = [name for name in value if not _is_file(schema, name)]
            case _:
                closed[keyword] = value
    if not part and "allOf" in schema:
        closed["unevaluatedProperties"] = False
    elif not part and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed


def _is_file(schema: Json, name: str) -> bool:
    # Files travel in their own parts of a form, outside of what is checked.
    return schema.get("properties", {}).get(name, {}).get("contentEncoding") == "binary"


def _closed_bodies(methods: Json) -> Json:
    return {
        method: {
            "requestBody": {
                "content": {
                    media: {"schema": closed_schema(content["schema"])}
                    for media, content in operation["requestBody"]["content"].items()
                }
            }
        }
        for method, operation in methods.items()
        if "requestBody" in operation
    }
