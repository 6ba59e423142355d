"""Select menus, in messages and in modals."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import UNIQUE, Between, Bool, OneOf, Snowflake, Whole
from nrg_sandbox.forms.form import Json, rule

__all__ = [
    "CHANNEL_TYPES",
    "Component",
    "CustomId",
    "Emoji",
    "Select",
    "TextSelect",
    "check_range",
    "check_values",
]

CHANNEL_TYPES = OneOf(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15)

CustomId = Annotated[str, Between(1, 100)]


class Component(TypedDict, total=False):
    """What every component may carry."""

    id: Annotated[int, Whole(0, 2**31 - 1)] | None


class _Emoji(TypedDict, total=False):
    id: Snowflake | None
    name: Annotated[str, MaxLen(32)] | None
    animated: Bool | None


def _check_emoji(emoji: Json, problems: Problems) -> None:
    if emoji.get("id") is not None:
        return
    name = emoji.get("name")
    if name is None:
        problems.required(("name",))
    elif name.isascii():
        # Without an id it is a Unicode emoji, and none of those is plain ASCII.
        problems.add(("name",), "COMPONENT_INVALID_EMOJI", "Invalid emoji")


Emoji = Annotated[_Emoji, rule(_check_emoji)]


class _Option(TypedDict, total=False):
    label: Required[Annotated[str, Between(1, 100)]]
    value: Required[Annotated[str, Between(1, 100)]]
    description: Annotated[str, MaxLen(100)] | None
    default: Bool | None
    emoji: Emoji | None


class _DefaultValue(TypedDict):
    type: Annotated[str, OneOf("user", "role", "channel")]
    id: Snowflake


class _Select(Component, total=False):
    custom_id: Required[CustomId]
    placeholder: Annotated[str, MaxLen(150)] | None
    min_values: Annotated[int, Whole(0, 25)] | None
    max_values: Annotated[int, Whole(1, 25)] | None
    disabled: Bool | None
    required: Bool | None


class _TextSelect(_Select, total=False):
    type: Required[Literal[3]]
    options: Required[Annotated[list[_Option], Between(1, 25)]]


class _EntitySelect(_Select, total=False):
    type: Required[Literal[5, 6, 7, 8]]
    default_values: Annotated[list[_DefaultValue], MaxLen(25)] | None
    channel_types: Annotated[list[Annotated[int, CHANNEL_TYPES]], UNIQUE] | None


_DEFAULTS = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}


def check_range(component: Json, problems: Problems, usual: int = 1) -> None:
    """Note a minimum of values above the maximum, which is ``usual`` when it is not told."""
    least, most = component.get("min_values"), component.get("max_values") or usual
    if least is not None and least > most:
        message = f"int value should be less than or equal to {most}."
        problems.add(("min_values",), "NUMBER_TYPE_MAX", message)


def check_values(component: Json, problems: Problems) -> None:
    """Note options that share a value, and a maximum above their number."""
    options, most = component["options"], component.get("max_values")
    if most is not None and most > len(options):
        message = f"int value should be less than or equal to {len(options)}."
        problems.add(("max_values",), "NUMBER_TYPE_MAX", message)
    seen: set[str] = set()
    for index, option in enumerate(options):
        if option["value"] in seen:
            message = "The specified option value is already used"
            problems.add(("options", index, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        seen.add(option["value"])


def _check_text_select(select: Json, problems: Problems) -> None:
    check_range(select, problems)
    check_values(select, problems)


def _check_entity_select(select: Json, problems: Problems) -> None:
    check_range(select, problems)
    for index, value in enumerate(select.get("default_values") or ()):
        problems.one_of(("default_values", index, "type"), value["type"], _DEFAULTS[select["type"]])


TextSelect = Annotated[_TextSelect, rule(_check_text_select)]
Select = Annotated[_EntitySelect, rule(_check_entity_select)]
