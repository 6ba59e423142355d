"""Modals: the forms that an interaction is answered with."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from annotated_types import MaxLen
from pydantic import Field
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.components import TEXT_INPUT, check_unique, walk
from nrg_sandbox.forms.fields import Between, Bool, OneOf, Whole
from nrg_sandbox.forms.form import Form, Json, rule
from nrg_sandbox.forms.layouts import TextDisplay
from nrg_sandbox.forms.selects import Component, CustomId, Select, TextSelect, check_range, check_values

__all__ = ["MODAL"]


class _TextInputFields(Component, total=False):
    type: Required[Literal[4]]
    custom_id: Required[CustomId]
    style: Required[Annotated[int, OneOf(1, 2)]]
    label: Annotated[str, Between(1, 45)] | None
    value: Annotated[str, MaxLen(4000)] | None
    placeholder: Annotated[str, MaxLen(100)] | None
    required: Bool | None
    min_length: Annotated[int, Whole(0, 4000)] | None
    max_length: Annotated[int, Whole(1, 4000)] | None


def _check_text_input(text: Json, problems: Problems) -> None:
    least, most = text.get("min_length") or 0, text.get("max_length") or 4000
    if least > most:
        message = f"int value should be less than or equal to {most}."
        problems.add(("min_length",), "NUMBER_TYPE_MAX", message)
    elif text.get("value") and not least <= len(text["value"]) <= most:
        message = f"Must be between {least} and {most} in length."
        problems.add(("value",), "BASE_TYPE_BAD_LENGTH", message)


_TextInput = Annotated[_TextInputFields, rule(_check_text_input)]


class _Choice(TypedDict, total=False):
    label: Required[Annotated[str, Between(1, 100)]]
    value: Required[Annotated[str, Between(1, 100)]]
    description: Annotated[str, MaxLen(100)] | None
    default: Bool | None


class _FileUpload(Component, total=False):
    type: Required[Literal[19]]
    custom_id: Required[CustomId]
    min_values: Annotated[int, Whole(0, 10)] | None
    max_values: Annotated[int, Whole(1, 10)] | None
    required: Bool | None


class _RadioGroup(Component, total=False):
    type: Required[Literal[21]]
    custom_id: Required[CustomId]
    options: Required[Annotated[list[_Choice], Between(2, 10)]]
    required: Bool | None


class _CheckboxGroup(Component, total=False):
    type: Required[Literal[22]]
    custom_id: Required[CustomId]
    options: Required[Annotated[list[_Choice], Between(1, 10)]]
    min_values: Annotated[int, Whole(0, 10)] | None
    max_values: Annotated[int, Whole(1, 10)] | None
    required: Bool | None


class _Checkbox(Component, total=False):
    type: Required[Literal[23]]
    custom_id: Required[CustomId]
    default: Bool | None


def _check_checkbox_group(group: Json, problems: Problems) -> None:
    check_range(group, problems, usual=len(group["options"]))
    check_values(group, problems)


_Labelled = Annotated[
    _TextInput
    | TextSelect
    | Select
    | Annotated[_FileUpload, rule(check_range)]
    | Annotated[_RadioGroup, rule(check_values)]
    | Annotated[_CheckboxGroup, rule(_check_checkbox_group)]
    | _Checkbox,
    Field(discriminator="type"),
]


class _Label(Component, total=False):
    type: Required[Literal[18]]
    label: Required[Annotated[str, Between(1, 45)]]
    description: Annotated[str, Between(1, 100)] | None
    component: Required[_Labelled]


class _Row(Component, total=False):
    type: Required[Literal[1]]
    components: Required[Annotated[list[_TextInput], Between(1, 1)]]


class _Modal(TypedDict):
    title: Annotated[str, Between(1, 45)]
    custom_id: CustomId
    components: Annotated[
        list[Annotated[_Row | _Label | TextDisplay, Field(discriminator="type")]], Between(1, 5)
    ]


def _check_modal(modal: Json, problems: Problems) -> None:
    everything = list(walk(modal["components"]))
    check_unique(everything, problems)
    for path, component in everything:
        if component["type"] != TEXT_INPUT:
            continue
        in_row = path[-2] == "components"
        if in_row and component.get("label") is None:
            problems.required((*path, "label"))
        elif not in_row and component.get("label") is not None:
            message = "A text input inside of a label has none of its own"
            problems.add((*path, "label"), "COMPONENT_LABEL_NOT_ALLOWED", message)


MODAL: Form[Json] = Form(Annotated[_Modal, rule(_check_modal)])
