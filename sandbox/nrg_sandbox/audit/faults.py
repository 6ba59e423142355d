"""Turns what a validator found into faults that a person can act on, each at one place of a body.

A union (``oneOf``, ``anyOf``) refuses a value because each of its branches does. Only the faults of the
branch that the value most plausibly means are told: by its kind, then by its fixed values such as ``type``,
then by how little is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from jsonschema_rs import ValidationError, ValidationErrorKind

__all__ = ["MASK", "Fault", "explain", "pointer_to", "unknown"]

Json = dict[str, Any]
Kind = ValidationErrorKind
Path = tuple[str | int, ...]

MASK = "\ufffc"  # stands for the value in the validator's own messages
_LONGEST = 80  # characters of a value, or of a list of names, in a message
_ALIKE = 0.75  # how much of a name must be right for it to be a misspelling
_DIGITS = re.compile(r"-?[0-9]+")


class Fault(NamedTuple):
    """What is wrong at one place, a JSON pointer into a body."""

    pointer: str
    message: str


class _Found(NamedTuple):
    path: Path
    message: str


def explain(errors: Iterable[ValidationError], document: Json, *, lenient: bool) -> list[Fault]:
    """Return the faults behind a validator's errors, at most one a place.

    Parameters
    ----------
    document
        The document whose schemas were broken; it knows the names that were meant.
    lenient
        Whether digits may be text where a number is due, and ids may be numbers, as clients may send them.
    """
    found = _explain([error for error in errors if _holds(error, lenient)], document, lenient)
    first: dict[Path, str] = {}
    for path, message in found:
        first.setdefault(path, message)
    return [Fault(pointer_to(path), message) for path, message in first.items()]


def unknown(name: str, names: Iterable[str]) -> str:
    """Return the message for a name that is not among ``names``."""
    close = get_close_matches(name, list(names), n=1, cutoff=_ALIKE)
    return f'unknown; did you mean "{close[0]}"?' if close else "unknown"


def pointer_to(path: Iterable[str | int]) -> str:
    """Return the JSON pointer with these steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _brief(value: object) -> str:
    """Return a value as JSON, cut when it is long."""
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _holds(error: ValidationError, lenient: bool) -> bool:
    match error.kind:
        case Kind.AnyOf(context) | Kind.OneOfNotValid(context):
            return all(any(_holds(inner, lenient) for inner in branch) for branch in context)
        case Kind.Enum([]):
            return False  # the description allows no value at all, which is its own mistake
        case _:
            return not (lenient and _tolerated(error))


def _tolerated(error: ValidationError) -> bool:
    value = error.instance
    match error.kind:
        case Kind.Type(types) if "integer" in types:
            return isinstance(value, str) and _DIGITS.fullmatch(value) is not None
        case Kind.Type():
            # The schema's name is the last step but one: .../SnowflakeType/type.
            is_id = error.schema_path[-2:-1] == ["SnowflakeType"]
            return is_id and isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case Kind.Enum() | Kind.Constant():
            return value in [str(option) for option in _options(error)]
        case _:
            return False


def _explain(errors: Iterable[ValidationError], document: Json, lenient: bool) -> Iterator[_Found]:
    for error in errors:
        here = tuple(error.instance_path)
        match error.kind:
            case Kind.AnyOf(context) | Kind.OneOfNotValid(context):
                branches = [[inner for inner in branch if _holds(inner, lenient)] for branch in context]
                yield from _explain_union(error, branches, document, lenient)
            case Kind.AdditionalProperties(unexpected) | Kind.UnevaluatedProperties(unexpected):
                names = _names(error, document)
                yield from (_Found((*here, name), unknown(name, names)) for name in unexpected)
            case Kind.Required(name):
                yield _Found((*here, name), "required, and missing")
            case Kind.Type(types):
                yield _expected(here, types, error.instance)
            case Kind.Enum() | Kind.Constant():
                yield _expected(here, map(_brief, _options(error)), error.instance)
            case _:
                yield _Found(here, error.message.replace(MASK, _brief(error.instance)))


def _explain_union(
    error: ValidationError, branches: list[list[ValidationError]], document: Json, lenient: bool
) -> Iterator[_Found]:
    here = tuple(error.instance_path)
    of_kind = [branch for branch in branches if not _types_refused(branch, here)]
    if not of_kind:
        types = [name for branch in branches for name in _types_refused(branch, here)]
        yield _expected(here, types, error.instance)
        return
    fewest = min(len(_fixed(branch, here)) for branch in of_kind)
    meant = [branch for branch in of_kind if len(_fixed(branch, here)) == fewest]
    if fewest and len(meant) > 1:
        yield _none_of(meant, here)
        return
    missing = set[str].intersection(*(_missing(branch, here) for branch in meant))
    if missing and len(meant) > 1:
        yield from (_Found((*here, name), "required, and missing") for name in sorted(missing))
        return
    yield from _explain(min(meant, key=_weight), document, lenient)


def _types_refused(branch: Sequence[ValidationError], here: Path) -> list[str]:
    """Return the types that a branch wants of the value itself, which is of another."""
    for error in branch:
        if tuple(error.instance_path) == here and isinstance(error.kind, Kind.Type):
            return error.kind.types
    return []


def _fixed(branch: Sequence[ValidationError], here: Path) -> dict[Path, ValidationError]:
    """Return the fixed values that a branch wants, of the value itself or of its fields, and does not get."""
    return {
        tuple(error.instance_path): error
        for error in branch
        if isinstance(error.kind, Kind.Enum | Kind.Constant) and len(error.instance_path) <= len(here) + 1
    }


def _missing(branch: Sequence[ValidationError], here: Path) -> set[str]:
    return {
        error.kind.property
        for error in branch
        if isinstance(error.kind, Kind.Required) and tuple(error.instance_path) == here
    }


def _none_of(branches: Sequence[Sequence[ValidationError]], here: Path) -> _Found:
    """Return the fault of a value that no branch allows, with all that the branches allow."""
    path, example = next(iter(_fixed(branches[0], here).items()))
    refusals = [fixed[path] for branch in branches if path in (fixed := _fixed(branch, here))]
    options = {_brief(option) for refusal in refusals for option in _options(refusal)}
    return _expected(path, sorted(options, key=lambda option: (len(option), option)), example.instance)


def _options(error: ValidationError) -> list[Any]:
    match error.kind:
        case Kind.Enum(options):
            return options
        case Kind.Constant(value):
            return [value]
        case _:
            return []


def _weight(branch: Sequence[ValidationError]) -> tuple[int, int]:
    """Return how little a branch fits: many faults, and faults near the top, where a deep one is a detail."""
    return sum(map(_count, branch)), -max(len(error.instance_path) for error in branch)


def _count(error: ValidationError) -> int:
    match error.kind:
        case Kind.AdditionalProperties(unexpected) | Kind.UnevaluatedProperties(unexpected):
            return len(unexpected)
        case _:
            return 1


def _expected(path: Path, options: Iterable[str], value: object) -> _Found:
    *others, last = dict.fromkeys(options)
    listed = f"{', '.join(others)} or {last}" if others else last
    return _Found(path, f"expected {_cut(listed)}, got {_brief(value)}")


def _names(error: ValidationError, document: Json) -> list[str]:
    """Return the names that the schema of an object with unknown fields has."""
    schema: Any = document
    for step in error.schema_path[:-1]:
        schema = schema[step]
    return list(schema.get("properties", ()))
