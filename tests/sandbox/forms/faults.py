"""What a form finds wrong, as a flat list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nrg_sandbox.errors import ApiError

Json = dict[str, Any]
Fault = tuple[str, str, str]

REQUIRED = "BASE_TYPE_REQUIRED", "This field is required"
TEXT = "STRING_TYPE_CONVERT", "Could not interpret value as string."
LIST = "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"
DICT = "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"
NO_URL = "URL_TYPE_INVALID_URL", "Not a well formed URL."
NO_IMAGE = "IMAGE_INVALID", "Invalid image data"
BOOL = "BOOLEAN_TYPE_CONVERT", "Must be either true or false."


def at_most(length: int) -> tuple[str, str]:
    return "BASE_TYPE_MAX_LENGTH", f"Must be {length} or fewer in length."


def between(least: int, most: int) -> tuple[str, str]:
    return "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length."


def choices(*allowed: object) -> tuple[str, str]:
    return "BASE_TYPE_CHOICES", f"Value must be one of ({', '.join(map(str, allowed))})."


def no_more(limit: float) -> tuple[str, str]:
    return "NUMBER_TYPE_MAX", f"{type(limit).__name__} value should be less than or equal to {limit}."


def no_less(limit: float) -> tuple[str, str]:
    return "NUMBER_TYPE_MIN", f"{type(limit).__name__} value should be greater than or equal to {limit}."


def no_moment(text: str) -> tuple[str, str]:
    return "DATE_TIME_TYPE_PARSE", f"Could not parse {text}. Should be ISO8601."


def bad_scheme(found: str, *allowed: str) -> tuple[str, str]:
    message = f'Scheme "{found}" is not supported. Scheme must be one of {allowed}.'
    return "URL_TYPE_INVALID_SCHEME", message


def not_a(kind: str, value: object) -> tuple[str, str]:
    return "NUMBER_TYPE_COERCE", f'Value "{value}" is not {kind}.'


def faults(read: Callable[..., object], *args: Any, **kwargs: Any) -> list[Fault]:
    """Return each fault as its path, joined by points, its code and its message; none for what is taken."""
    try:
        read(*args, **kwargs)
    except ApiError as error:
        refusal = error
    else:
        return []
    assert (refusal.status, refusal.code, refusal.message) == (400, 50035, "Invalid Form Body")
    assert refusal.errors
    return list(_flat(refusal.errors, ()))


def _flat(node: Json, path: tuple[str, ...]) -> Iterator[Fault]:
    for key, value in node.items():
        if key == "_errors":
            for found in value:
                yield ".".join(path), found["code"], found["message"]
        else:
            yield from _flat(value, (*path, key))
