"""Answers to interactions: of each type, what it may hold."""

from __future__ import annotations

from typing import Annotated, Any, Required

from typing_extensions import TypedDict

from nrg_sandbox.forms.fields import OneOf
from nrg_sandbox.forms.form import Form, Json
from nrg_sandbox.forms.options import (
    INTEGER,
    NUMBER,
    STRING,
    IntegerChoices,
    NumberChoices,
    StringChoices,
)

__all__ = ["AUTOCOMPLETE", "CALLBACK"]


class _Callback(TypedDict, total=False):
    type: Required[Annotated[int, OneOf(1, 4, 5, 6, 7, 8, 9, 12)]]
    data: dict[str, Any] | None


class _Strings(TypedDict, total=False):
    choices: StringChoices | None


class _Integers(TypedDict, total=False):
    choices: IntegerChoices | None


class _Numbers(TypedDict, total=False):
    choices: NumberChoices | None


# The envelope alone: ``check_message``, ``MODAL`` and ``AUTOCOMPLETE`` read the data of their types.
CALLBACK: Form[Json] = Form(_Callback)

# By the type of the option that is being written.
AUTOCOMPLETE: dict[int, Form[Json]] = {
    STRING: Form(_Strings),
    INTEGER: Form(_Integers),
    NUMBER: Form(_Numbers),
}
