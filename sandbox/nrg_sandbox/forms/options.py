"""Options of commands, of each kind, and the choices that they offer."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from annotated_types import MaxLen
from pydantic import Field
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import UNIQUE, Between, Bool, Number, Whole
from nrg_sandbox.forms.form import Json, rule
from nrg_sandbox.forms.names import ChoiceNames, Description, Descriptions, SlashName, SlashNames
from nrg_sandbox.forms.selects import CHANNEL_TYPES

__all__ = [
    "ATTACHMENT",
    "BOOLEAN",
    "CHANNEL",
    "GROUP",
    "INTEGER",
    "MENTIONABLE",
    "NUMBER",
    "ROLE",
    "STRING",
    "SUBCOMMAND",
    "USER_OPTION",
    "IntegerChoices",
    "NumberChoices",
    "Options",
    "StringChoices",
]

SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)

_Int53 = Annotated[int, Whole(1 - 2**53, 2**53 - 1)]
_Float = Annotated[float, Number()]


class _Choice(TypedDict, total=False):
    name: Required[Annotated[str, Between(1, 100)]]
    name_localizations: ChoiceNames | None


class _StringChoice(_Choice):
    value: Annotated[str, Between(1, 100)]


class _IntegerChoice(_Choice):
    value: _Int53


class _NumberChoice(_Choice):
    value: _Float


def _distinct_choices(choices: list[Json], problems: Problems) -> None:
    names: set[str] = set()
    for index, choice in enumerate(choices):
        if choice["name"] in names:
            message = "The specified choice name is already used"
            problems.add((index, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", message)
        names.add(choice["name"])


StringChoices = Annotated[list[_StringChoice], MaxLen(25), rule(_distinct_choices)]
IntegerChoices = Annotated[list[_IntegerChoice], MaxLen(25), rule(_distinct_choices)]
NumberChoices = Annotated[list[_NumberChoice], MaxLen(25), rule(_distinct_choices)]


class _Option(TypedDict, total=False):
    name: Required[SlashName]
    name_localizations: SlashNames | None
    description: Required[Description]
    description_localizations: Descriptions | None
    required: Bool | None


class _Suggesting(_Option, total=False):
    autocomplete: Bool | None


class _Plain(_Suggesting, total=False):
    type: Required[Literal[5, 6, 8, 9, 11]]


class _Channel(_Suggesting, total=False):
    type: Required[Literal[7]]
    channel_types: Annotated[list[Annotated[int, CHANNEL_TYPES]], UNIQUE] | None


class _String(_Suggesting, total=False):
    type: Required[Literal[3]]
    min_length: Annotated[int, Whole(0, 6000)] | None
    max_length: Annotated[int, Whole(1, 6000)] | None
    choices: StringChoices | None


class _Integer(_Suggesting, total=False):
    type: Required[Literal[4]]
    min_value: _Int53 | None
    max_value: _Int53 | None
    choices: IntegerChoices | None


class _Number(_Suggesting, total=False):
    type: Required[Literal[10]]
    min_value: _Float | None
    max_value: _Float | None
    choices: NumberChoices | None


def _check_autocomplete(option: Json, problems: Problems) -> None:
    if not option.get("autocomplete"):
        return
    if option["type"] not in (STRING, INTEGER, NUMBER):
        message = "Autocomplete is for text and numbers only"
    elif option.get("choices"):
        message = "Autocomplete cannot be set when choices are"
    else:
        return
    problems.add(("autocomplete",), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)


def _check_bounds(option: Json, problems: Problems) -> None:
    _check_autocomplete(option, problems)
    for what in ("length", "value"):
        low, high = option.get(f"min_{what}"), option.get(f"max_{what}")
        if low is not None and high is not None and low > high:
            message = f"min_{what} must be less than or equal to max_{what}"
            problems.add((f"min_{what}",), "APPLICATION_COMMAND_OPTION_MIN_MAX_INVALID", message)


_Value = (
    Annotated[_String, rule(_check_bounds)]
    | Annotated[_Integer, rule(_check_bounds)]
    | Annotated[_Number, rule(_check_bounds)]
    | Annotated[_Channel, rule(_check_autocomplete)]
    | Annotated[_Plain, rule(_check_autocomplete)]
)


def _check_order(options: list[Json], problems: Problems) -> None:
    _check_names(options, problems)
    optional_seen = False
    for index, option in enumerate(options):
        if not option.get("required"):
            optional_seen = True
        elif optional_seen:
            message = "Required options must be placed before non-required options"
            problems.add((index,), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)


def _check_names(options: list[Json], problems: Problems) -> None:
    names: set[str] = set()
    for index, option in enumerate(options):
        if option["name"] in names:
            message = "Option names must be unique"
            problems.add((index, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(option["name"])


class _Subcommand(_Option, total=False):
    type: Required[Literal[1]]
    options: (
        Annotated[list[Annotated[_Value, Field(discriminator="type")]], MaxLen(25), rule(_check_order)] | None
    )


class _Group(_Option, total=False):
    type: Required[Literal[2]]
    options: Annotated[list[_Subcommand], MaxLen(25), rule(_check_names)] | None


def _check_kinds(options: list[Json], problems: Problems) -> None:
    kinds = {option["type"] in (SUBCOMMAND, GROUP) for option in options}
    if len(kinds) > 1:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        problems.add((), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    if kinds == {True}:
        _check_names(options, problems)
    else:
        _check_order(options, problems)


Options = Annotated[
    list[Annotated[_Subcommand | _Group | _Value, Field(discriminator="type")]],
    MaxLen(25),
    rule(_check_kinds),
]
