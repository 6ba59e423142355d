"""Reading a body by its shape; what pydantic finds wrong is told as Discord tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from pydantic import AfterValidator, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from nrg_sandbox.errors import Path, Problems

__all__ = ["Form", "Json", "fault", "rule"]

Json = dict[str, Any]
T = TypeVar("T")

_REQUIRED = "BASE_TYPE_REQUIRED", "This field is required"


class Form(Generic[T]):
    """One kind of request body.

    Parameters
    ----------
    shape
        A type that pydantic understands: a ``TypedDict``, or a list of one. It is compiled when the first
        body is read, so that an unused form costs nothing at start.
    """

    def __init__(self, shape: object) -> None:
        self._shape = shape

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(cast("type[T]", self._shape))

    def read(self, body: object, root: Path = ()) -> T:
        """Return the known fields of a body, normalised: ids as text, numbers as numbers, moments in UTC.

        Parameters
        ----------
        root
            Where in the request body this part lies.

        Raises
        ------
        ApiError
            50035, with every fault at its path.
        """
        try:
            return self._adapter.validate_python(body)
        except ValidationError as error:
            problems = Problems()
            for details in error.errors(include_url=False):
                path, code, message = _told(details, body)
                problems.add((*root, *path), code, message)
            problems.raise_any()
            raise


def fault(code: str, message: str) -> PydanticCustomError:
    """Return an error for validators to raise, with Discord's code and message."""
    # The types ask for literals; a message without a context is never formatted.
    return PydanticCustomError(cast("Any", code), cast("Any", message))


def rule(check: Callable[[Any, Problems], None]) -> AfterValidator:
    """Hold a part of a body to a rule across its fields, once each of them is right.

    Parameters
    ----------
    check
        Notes the faults of the part, at paths that start in it.
    """

    def checked(value: Any) -> Any:
        problems = Problems()
        check(value, problems)
        if problems.faults:
            lines = [
                InitErrorDetails(type=fault(code, message), loc=path, input=value)
                for path, code, message in problems.faults
            ]
            raise ValidationError.from_exception_data("rule", lines)
        return value

    return AfterValidator(checked)


def _told(details: ErrorDetails, body: object) -> tuple[Path, str, str]:
    path, kind, context = tuple(_keys(details["loc"], body)), details["type"], details.get("ctx", {})
    if kind == "union_tag_not_found":
        return (*path, "type"), *_REQUIRED
    if kind == "union_tag_invalid":
        return (*path, "type"), "BASE_TYPE_CHOICES", f"Value must be one of ({context['expected_tags']})."
    if kind == "missing" or (details["input"] is None and path):
        return path, *_REQUIRED
    return path, *_worded(kind, context, details["msg"])


def _worded(kind: str, context: Json, message: str) -> tuple[str, str]:
    match kind:
        case "string_type" | "string_unicode":
            return "STRING_TYPE_CONVERT", "Could not interpret value as string."
        case "string_too_long" | "too_long":
            return "BASE_TYPE_MAX_LENGTH", f"Must be {context['max_length']} or fewer in length."
        case "greater_than_equal":
            limit = context["ge"]
            return (
                "NUMBER_TYPE_MIN",
                f"{type(limit).__name__} value should be greater than or equal to {limit}.",
            )
        case "less_than_equal":
            return "NUMBER_TYPE_MAX", _bounded("less", context["le"])
        case "bool_type":
            return "BOOLEAN_TYPE_CONVERT", "Must be either true or false."
        case "literal_error":
            return "BASE_TYPE_CHOICES", f"Value must be one of ({context['expected']})."
        case "dict_type" | "model_attributes_type":
            return "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"
        case "list_type":
            return "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"
        case _:
            return kind, message  # raised by ``fault``: its type is Discord's code


def _bounded(word: str, limit: float) -> str:
    return f"{type(limit).__name__} value should be {word} than or equal to {limit}."


def _keys(location: Path, body: object) -> Iterator[str | int]:
    """Yield the path without unions' tags: the numbers that stand where an object is."""
    for key in location:
        if isinstance(body, dict):
            if isinstance(key, int):
                continue
            body = cast("Json", body).get(key)
        elif isinstance(body, list):
            body = cast("list[object]", body)[int(key)]
        yield key
