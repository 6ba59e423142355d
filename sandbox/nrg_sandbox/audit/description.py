"""Discord's official OpenAPI description, and what it demands of a call and of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema_rs import Draft202012, Draft202012Validator, Registry

from nrg_sandbox.audit.closing import closed_document
from nrg_sandbox.audit.corrections import correct
from nrg_sandbox.audit.faults import MASK, Fault, explain, pointer_to, unknown
from nrg_sandbox.audit.routing import Routes

__all__ = ["Description", "Operation"]

Json = dict[str, Any]
Location = tuple[str, ...]

_JSON = "application/json"
_METHODS = ("get", "put", "post", "delete", "patch")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Description:
    """The description, with a validator for each schema that was needed so far.

    Parameters
    ----------
    path
        The file ``openapi.json``.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it is not JSON.
    """

    def __init__(self, path: Path) -> None:
        document: Json = json.loads(path.read_bytes())
        correct(document)
        answers = _Schemas("urn:discord:answers", document, lenient=False)
        requests = _Schemas("urn:discord:requests", closed_document(document), lenient=True)
        self._routes: Routes[Operation] = Routes()
        for template, methods in document["paths"].items():
            for method in methods.keys() & _METHODS:
                operation = Operation(("paths", template, method), document, requests, answers)
                self._routes.add(method.upper(), template, operation)

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation that a call means, or None; ``path`` starts below ``/api/v10``."""
        return self._routes.find(method, path)

    def methods(self, path: str) -> list[str]:
        """Return the methods described for a path."""
        return self._routes.methods(path)


class Operation:
    """One method of one path."""

    def __init__(self, location: Location, document: Json, requests: _Schemas, answers: _Schemas) -> None:
        self._location = location
        self._document = document
        self._requests = requests
        self._answers = answers
        described: Json = _at(document, location)
        self._body: Json = described.get("requestBody", {})
        self._responses: Json = described["responses"]
        self._parameters = {
            parameter["name"]: (number, parameter)
            for number, parameter in enumerate(described.get("parameters", ()))
            if parameter["in"] == "query"
        }

    def query_faults(self, query: Collection[tuple[str, str]]) -> Iterator[Fault]:
        """Yield what is wrong with a query, given as pairs of name and text; a name may come often."""
        texts: dict[str, list[str]] = {}
        for name, text in query:
            texts.setdefault(name, []).append(text)
        for name in texts:
            if name not in self._parameters:
                yield Fault(f"?{name}", unknown(name, self._parameters))
        for name, (number, parameter) in self._parameters.items():
            if name in texts:
                value = _read(texts[name], self._type(parameter["schema"]))
                location = (*self._location, "parameters", str(number), "schema")
                yield from (
                    Fault(f"?{name}", fault.message) for fault in self._answers.faults(location, value)
                )
            elif parameter.get("required"):
                yield Fault(f"?{name}", "required, and missing")

    def request_faults(self, content_type: str, body: object) -> list[Fault]:
        """Return what is wrong with a request's JSON body; None is none."""
        described: Json = self._body.get("content", {})
        if body is None:
            return [Fault("", "a body is required")] if self._body.get("required") else []
        if not described:
            return [Fault("", "no body is described, and there is one")] if body else []
        media = content_type.partition(";")[0].strip().lower()
        if media not in described:
            return [Fault("", f"expected {' or '.join(described)}, got {media or 'no content type'}")]
        # Forms carry the JSON form as payload_json, unless the form itself is all that is described.
        media = _JSON if _JSON in described else media
        return self._requests.faults((*self._location, "requestBody", "content", media, "schema"), body)

    def response_faults(self, status: int, body: object) -> list[Fault]:
        """Return what is wrong with an answer's status and JSON body; None is none."""
        key = next((key for key in (str(status), f"{status // 100}XX") if key in self._responses), None)
        if key is None:
            return [Fault("", f"status {status} is not described, only {', '.join(self._responses)}")]
        location = _followed(self._document, (*self._location, "responses", key))
        content: Json = _at(self._document, location).get("content", {})
        if not content:
            return [] if body is None else [Fault("", "no body is described, and there is one")]
        if _JSON not in content:
            return []
        if body is None:
            return [Fault("", "a body is described, and missing")]
        return self._answers.faults((*location, "content", _JSON, "schema"), body)

    def _type(self, schema: Json) -> object:
        while "$ref" in schema:
            schema = _at(self._document, _target(schema))
        return schema.get("type")


class _Schemas:
    """The schemas of one document, each compiled when it is first used."""

    def __init__(self, uri: str, document: Json, *, lenient: bool) -> None:
        self._uri = uri
        self._document = document
        self._lenient = lenient
        self._registry = Registry([(uri, document)], draft=Draft202012)
        self._validators: dict[Location, Draft202012Validator] = {}

    def faults(self, location: Location, value: Any) -> list[Fault]:
        """Return what is wrong with a value by the schema at a place of the document."""
        validator = self._validators.get(location) or self._compile(location)
        try:
            if validator.is_valid(value):
                return []
            return explain(validator.iter_errors(value), self._document, lenient=self._lenient)
        except ValueError as error:  # nested too deeply, or text that is no Unicode
            return [Fault("", f"cannot be checked: {error}")]

    def _compile(self, location: Location) -> Draft202012Validator:
        validator = Draft202012Validator(
            {"$ref": f"{self._uri}#{quote(pointer_to(location))}"},
            registry=self._registry,
            validate_formats=True,
            mask=MASK,
        )
        self._validators[location] = validator
        return validator


def _at(document: Json, location: Location) -> Any:
    node: Any = document
    for step in location:
        node = node[step]
    return node


def _target(reference: Json) -> Location:
    return tuple(reference["$ref"].removeprefix("#/").split("/"))


def _followed(document: Json, location: Location) -> Location:
    node = _at(document, location)
    return _target(node) if "$ref" in node else location


def _read(texts: list[str], kind: object) -> object:
    """Return what texts of a query mean where a value of a kind is due."""
    text = texts[-1]
    match kind:
        case "array":
            return texts
        case "integer" if _INTEGER.fullmatch(text):
            return int(text)
        case "boolean":
            return _BOOLEANS.get(text.lower(), text)
        case _:
            return text if len(texts) == 1 else texts
