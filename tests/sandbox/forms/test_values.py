"""Single values: what is taken, what it becomes, and what is refused."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from nrg_sandbox.forms.fields import (
    FILLED,
    UNIQUE,
    Between,
    Bool,
    Colour,
    Image,
    Int,
    MediaUrl,
    Moment,
    Number,
    OneOf,
    Permissions,
    Picture,
    Snowflake,
    Url,
    Whole,
)
from nrg_sandbox.forms.form import Form
from tests.sandbox.forms.faults import (
    BOOL,
    DICT,
    NO_IMAGE,
    NO_URL,
    REQUIRED,
    TEXT,
    at_most,
    bad_scheme,
    between,
    choices,
    faults,
    no_less,
    no_moment,
    no_more,
    not_a,
)

PNG = "data:image/png;base64,iVBORw0KGgo="
TOO_LARGE = "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 0.001953125 kb."
EARLY = "0001-01-01T00:00:00+14:00"

TAKEN: list[tuple[Any, Any, Any]] = [
    (Int, 5, 5),
    (Int, "5", 5),
    (Int, "-5", -5),
    (Int, 5.0, 5),
    (Permissions, str(2**62), 2**62),
    (Annotated[int, Whole(0, 9)], 0, 0),
    (Annotated[int, Whole(0, 9)], 9, 9),
    (Annotated[float, Number(0, 1)], 1, 1.0),
    (Annotated[float, Number(0, 1)], "1", 1.0),
    (Annotated[int, OneOf(0, 5)], "5", 5),
    (Annotated[str, OneOf("a", "b")], "b", "b"),
    (Snowflake, 123, "123"),
    (Snowflake, "123", "123"),
    (Snowflake, 0, "0"),
    (Moment, "2024-05-06T07:08:09Z", "2024-05-06T07:08:09+00:00"),
    (Moment, "2024-05-06T07:08:09.5+02:00", "2024-05-06T05:08:09.500000+00:00"),
    (Moment, "2024-05-06T07:08:09", "2024-05-06T07:08:09+00:00"),
    (Url, "HTTPS://example.com/a?b", "HTTPS://example.com/a?b"),
    (MediaUrl, "attachment://a.png", "attachment://a.png"),
    (Image, PNG, PNG),
    (Annotated[str, Picture(3)], "data:image/gif;base64,AAAA", "data:image/gif;base64,AAAA"),
    (Annotated[str, Between(1, 2)], "ab", "ab"),
    (Annotated[list[Snowflake], UNIQUE], [1, 2], ["1", "2"]),
    (Bool, True, True),
]

REFUSED: list[tuple[Any, Any, tuple[str, str]]] = [
    (Int, "x", not_a("int", "x")),
    (Int, "٣", not_a("int", "٣")),
    (Int, "1_0", not_a("int", "1_0")),
    (Int, " 1", not_a("int", " 1")),
    (Int, "1\n", not_a("int", "1\n")),
    (Int, "9" * 21, not_a("int", "9" * 21)),
    (Int, True, not_a("int", True)),
    (Int, 1.5, not_a("int", 1.5)),
    (Int, [1], not_a("int", "list")),
    (Int, {}, not_a("int", "dict")),
    (Int, 1e300, no_more(2**63 - 1)),
    (Int, None, REQUIRED),
    (Int, 2**63, no_more(2**63 - 1)),
    (Int, -(2**63) - 1, no_less(-(2**63))),
    (Colour, 0x1000000, no_more(0xFFFFFF)),
    (Colour, -1, no_less(0)),
    (Permissions, "-1", no_less(0)),
    (Annotated[float, Number(0, 1)], 1.1, no_more(1.0)),
    (Annotated[float, Number(0, 1)], -0.1, no_less(0.0)),
    (Annotated[float, Number()], "x", not_a("float", "x")),
    (Annotated[float, Number()], False, not_a("float", False)),
    (Annotated[int, OneOf(0, 1)], 2, choices(0, 1)),
    (Annotated[int, OneOf(0, 1)], True, not_a("int", True)),
    (Annotated[int, OneOf(0, 1)], "x", not_a("int", "x")),
    (Annotated[str, OneOf("a", "b")], "c", choices("a", "b")),
    (Annotated[str, OneOf("a", "b")], ["a"], choices("a", "b")),
    (Snowflake, "x", not_a("snowflake", "x")),
    (Snowflake, "01", not_a("snowflake", "01")),
    (Snowflake, -1, not_a("snowflake", -1)),
    (Snowflake, True, not_a("snowflake", True)),
    (Snowflake, 1.0, not_a("snowflake", 1.0)),
    (Snowflake, "9" * 21, not_a("snowflake", "9" * 21)),
    (Snowflake, None, REQUIRED),
    (Moment, "soon", no_moment("soon")),
    (Moment, EARLY, no_moment(EARLY)),
    (Moment, 5, TEXT),
    (Url, "attachment://a.png", bad_scheme("attachment", "http", "https")),
    (Url, "javascript:alert(1)", bad_scheme("javascript", "http", "https")),
    (Url, "example.com", NO_URL),
    (Url, "https://", NO_URL),
    (Url, "https://a b", NO_URL),
    (Url, "https://" + "a" * 2041, at_most(2048)),
    (Image, "x", NO_IMAGE),
    (Image, "data:image/png;base64,", NO_IMAGE),
    (Image, "data:image/png;base64,a", NO_IMAGE),
    (Image, "data:text/html;base64,AAAA", NO_IMAGE),
    (Annotated[str, Picture(2)], "data:image/gif;base64,AAAA", TOO_LARGE),
    (Annotated[str, Between(1, 2)], "", between(1, 2)),
    (Annotated[str, Between(1, 2)], "abc", between(1, 2)),
    (Annotated[str, Between(1, 2)], None, REQUIRED),
    (Annotated[str, Between(1, 2)], ["a"], TEXT),
    (Annotated[str, FILLED], "  ", REQUIRED),
    (Bool, "true", BOOL),
    (Bool, 1, BOOL),
]


@pytest.mark.parametrize(("shape", "given", "read"), TAKEN)
def test_values_are_normalised(shape: Any, given: Any, read: Any) -> None:
    form: Form[Any] = Form(dict[str, shape])
    found = form.read({"x": given})["x"]
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(("shape", "given", "told"), REFUSED)
def test_wrong_values_are_told_at_their_place(shape: Any, given: Any, told: tuple[str, str]) -> None:
    form: Form[Any] = Form(dict[str, shape])
    assert faults(form.read, {"x": given}) == [("x", *told)]
    assert faults(form.read, {"x": given}, ("data", 3)) == [("data.3.x", *told)]


def test_a_set_names_each_value_that_comes_again() -> None:
    form: Form[list[str]] = Form(Annotated[list[Snowflake], UNIQUE])
    code = "SET_TYPE_ALREADY_CONTAINS_VALUE"
    assert faults(form.read, ["1", "2", 1, "2"]) == [
        ("2", code, "The set already contains the value 1."),
        ("3", code, "The set already contains the value 2."),
    ]


@pytest.mark.parametrize("body", [None, [], "x", 5, True])
def test_a_body_is_an_object(body: Any) -> None:
    form: Form[Any] = Form(dict[str, str])
    assert faults(form.read, body) == [("", *DICT)]
