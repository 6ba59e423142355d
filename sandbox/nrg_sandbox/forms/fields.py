"""The kinds of values that bodies are made of, each normalised as it is read."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from annotated_types import MaxLen
from pydantic import AfterValidator, GetCoreSchemaHandler, PlainValidator, StrictBool
from pydantic_core import CoreSchema, core_schema

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.form import fault, rule

__all__ = [
    "FILLED",
    "UNIQUE",
    "Between",
    "Bool",
    "Colour",
    "Image",
    "Int",
    "MediaUrl",
    "Moment",
    "Number",
    "OneOf",
    "Permissions",
    "Picture",
    "Scheme",
    "Snowflake",
    "Url",
    "Whole",
]

_INT64 = 1 << 63
_DIGITS = re.compile(r"-?[0-9]{1,20}")
_SNOWFLAKE = re.compile(r"0|[1-9][0-9]{0,19}")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//[^\s/]\S*)?(.*)", re.DOTALL)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp|avif);base64,")


class Whole:
    """A whole number, or its digits, from ``least`` to ``most``."""

    def __init__(self, least: int = -_INT64, most: int = _INT64 - 1) -> None:
        self._bounds = least, most

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        least, most = self._bounds
        number = core_schema.int_schema(strict=True, ge=least, le=most)
        return core_schema.no_info_before_validator_function(_whole, number)


class Number:
    """A number, or its digits, from ``least`` to ``most``."""

    def __init__(self, least: float | None = None, most: float | None = None) -> None:
        self._bounds = least, most

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        least, most = self._bounds
        number = core_schema.float_schema(ge=least, le=most)
        return core_schema.no_info_before_validator_function(_number, number)


class OneOf:
    """One of a few values; of whole numbers, their digits too."""

    def __init__(self, *allowed: int | str) -> None:
        self._allowed = allowed
        self._numbers = isinstance(allowed[0], int)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: object) -> object:
        found = _whole(value) if self._numbers else value
        if isinstance(found, int | str) and found in self._allowed:
            return found
        listed = ", ".join(map(str, self._allowed))
        raise fault("BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")


class Between:
    """Text of so many characters, or a list of so many items; ``MaxLen`` serves where there is no minimum."""

    def __init__(self, least: int, most: int) -> None:
        self._bounds = least, most

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str | list[Any]) -> str | list[Any]:
        least, most = self._bounds
        if least <= len(value) <= most:
            return value
        raise fault("BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


class Scheme:
    """An address under one of these schemes."""

    def __init__(self, *schemes: str) -> None:
        self._schemes = schemes

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str) -> str:
        found = _URL.fullmatch(value)
        if found is not None and (scheme := found[1].lower()) not in self._schemes:
            message = f'Scheme "{scheme}" is not supported. Scheme must be one of {self._schemes}.'
            raise fault("URL_TYPE_INVALID_SCHEME", message)
        if found is None or found[2] is None or found[3]:
            raise fault("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return value


class Picture:
    """A picture as a ``data:`` address, of at most so many bytes."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str) -> str:
        found = _PICTURE.match(value)
        try:
            data = base64.b64decode(value[found.end() :], validate=True) if found else b""
        except binascii.Error:
            data = b""
        if not data:
            raise fault("IMAGE_INVALID", "Invalid image data")
        if len(data) > self._most:
            limit = f"File cannot be larger than {self._most / 1024} kb."
            raise fault("BINARY_TYPE_MAX_SIZE", limit)
        return value


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise fault("NUMBER_TYPE_COERCE", f'Value "{_shown(value)}" is not int.')


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise fault("NUMBER_TYPE_COERCE", f'Value "{_shown(value)}" is not float.')


def _snowflake(value: object) -> str:
    digits = str(value) if isinstance(value, int) else value
    if isinstance(digits, str) and _SNOWFLAKE.fullmatch(digits):
        return digits
    raise fault("NUMBER_TYPE_COERCE", f'Value "{_shown(value)}" is not snowflake.')


def _moment(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    except (ValueError, OverflowError):
        raise fault("DATE_TIME_TYPE_PARSE", f"Could not parse {_shown(value)}. Should be ISO8601.") from None


def _filled(value: str) -> str:
    if not value.strip():
        raise fault("BASE_TYPE_REQUIRED", "This field is required")
    return value


def _unique(values: list[object], problems: Problems) -> None:
    seen: set[object] = set()
    for index, value in enumerate(values):
        if value in seen:
            message = f"The set already contains the value {value}."
            problems.add((index,), "SET_TYPE_ALREADY_CONTAINS_VALUE", message)
        seen.add(value)


def _shown(value: object) -> str:
    return str(value)[:100] if isinstance(value, str | int | float) else type(value).__name__


FILLED = AfterValidator(_filled)
UNIQUE = rule(cast("Any", _unique))

Bool = StrictBool
Int = Annotated[int, Whole()]
Colour = Annotated[int, Whole(0, 0xFFFFFF)]
Permissions = Annotated[int, Whole(0, _INT64 - 1)]
Snowflake = Annotated[str, PlainValidator(_snowflake)]
Moment = Annotated[str, AfterValidator(_moment)]
Url = Annotated[str, MaxLen(2048), Scheme("http", "https")]
MediaUrl = Annotated[str, MaxLen(2048), Scheme("http", "https", "attachment")]
Image = Annotated[str, Picture(10 * 1024 * 1024)]
