"""Commands, their options and choices, and the permissions on them."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.forms.commands import COMMAND, COMMAND_PERMISSIONS, COMMANDS
from nrg_sandbox.forms.names import LOCALES
from tests.sandbox.forms.faults import (
    BOOL,
    DICT,
    LIST,
    REQUIRED,
    TEXT,
    at_most,
    between,
    choices,
    faults,
    no_less,
    no_more,
    not_a,
)

Json = dict[str, Any]

NAME = "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"
KINDS = choices(1, 2, 3, 4, 10, 7, 5, 6, 8, 9, 11)
AUTOCOMPLETE = "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID"
MIXED = (
    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    "Sub-command and sub-command group option types are mutually exclusive to all other types",
)
TWICE = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique"
ORDER = (
    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    "Required options must be placed before non-required options",
)


def command(*options: Any, **fields: Any) -> Json:
    made: Json = {"name": "fine", "description": "d"}
    return made | ({"options": list(options)} if options else {}) | fields


def option(name: str = "a", kind: int = 3, **fields: Any) -> Json:
    return {"type": kind, "name": name, "description": "d"} | fields


def choice(name: str, value: Any = "v") -> Json:
    return {"name": name, "value": value}


def part(name: str, *options: Json) -> Json:
    return option(name, 1, options=list(options))


REFUSED: list[tuple[Any, str, tuple[str, str]]] = [
    ("x", "", DICT),
    (command(name=None), "name", REQUIRED),
    (command(name=5), "name", TEXT),
    (command(name=""), "name", between(1, 32)),
    (command(name="x" * 33), "name", between(1, 32)),
    (command(name="Big"), "name", NAME),
    (command(name="two words"), "name", NAME),
    (command(name="a.b"), "name", NAME),
    (command(name_localizations={"de": "Groß"}), "name_localizations.de", NAME),
    (command(name_localizations={"de": ""}), "name_localizations.de", between(1, 32)),
    (command(description=None), "description", REQUIRED),
    (command(description=""), "description", REQUIRED),
    (command(description="d" * 101), "description", at_most(100)),
    (command(description_localizations={"de": ""}), "description_localizations.de", between(1, 100)),
    (command(type=5), "type", choices(1, 2, 3)),
    (command(default_member_permissions=-1), "default_member_permissions", no_less(0)),
    (command(default_member_permissions="x"), "default_member_permissions", not_a("int", "x")),
    (command(contexts=[]), "contexts", between(1, 3)),
    (command(contexts=[3]), "contexts.0", choices(0, 1, 2)),
    (
        command(integration_types=[1, 1]),
        "integration_types.1",
        ("SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains the value 1."),
    ),
    (command(nsfw="x"), "nsfw", BOOL),
    (
        {"type": 2, "name": "A menu", "description": "d"},
        "description",
        (
            "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
            "Context menu commands cannot have description",
        ),
    ),
    (
        {"type": 3, "name": "A menu", "options": [option()]},
        "options",
        ("APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID", "Context menu commands cannot have options"),
    ),
    (command(options="x"), "options", LIST),
    (command(None), "options.0", REQUIRED),
    (command({}), "options.0.type", REQUIRED),
    (command(option(kind=12)), "options.0.type", KINDS),
    (command(*[option(f"o{number}") for number in range(26)]), "options", at_most(25)),
    (command(option("Big")), "options.0.name", NAME),
    (command(option("x" * 33)), "options.0.name", between(1, 32)),
    (command(option(description="")), "options.0.description", between(1, 100)),
    (command(option(), option()), "options.1.name", TWICE),
    (command(option(), option("b", required=True)), "options.1", ORDER),
    (command(part("p", option(), option("b", required=True))), "options.0.options.1", ORDER),
    (command(part("p", option(), option())), "options.0.options.1.name", TWICE),
    (command(part("p"), part("p")), "options.1.name", TWICE),
    (command(option("g", 2, options=[part("p"), part("p")])), "options.0.options.1.name", TWICE),
    (command(option(), part("p")), "options", MIXED),
    (command(part("p", part("q"))), "options.0.options.0.type", choices(3, 4, 10, 7, 5, 6, 8, 9, 11)),
    (command(option("g", 2, options=[option("h", 2)])), "options.0.options.0.type", choices(1)),
    (command(option("g", 2, options=[option()])), "options.0.options.0.type", choices(1)),
    (
        command(option(autocomplete=True, choices=[choice("a")])),
        "options.0.autocomplete",
        (AUTOCOMPLETE, "Autocomplete cannot be set when choices are"),
    ),
    (
        command(option(kind=6, autocomplete=True)),
        "options.0.autocomplete",
        (AUTOCOMPLETE, "Autocomplete is for text and numbers only"),
    ),
    (
        command(option(choices=[choice(str(number)) for number in range(26)])),
        "options.0.choices",
        at_most(25),
    ),
    (command(option(choices=[choice("")])), "options.0.choices.0.name", between(1, 100)),
    (command(option(choices=[choice("a", "v" * 101)])), "options.0.choices.0.value", between(1, 100)),
    (command(option(choices=[choice("a", 5)])), "options.0.choices.0.value", TEXT),
    (command(option(kind=4, choices=[choice("a", "x")])), "options.0.choices.0.value", not_a("int", "x")),
    (command(option(kind=4, choices=[choice("a", 2**53)])), "options.0.choices.0.value", no_more(2**53 - 1)),
    (command(option(kind=10, choices=[choice("a", "x")])), "options.0.choices.0.value", not_a("float", "x")),
    (command(option(choices=[{"name": "a"}])), "options.0.choices.0.value", REQUIRED),
    (
        command(option(choices=[choice("a"), choice("a", "w")])),
        "options.0.choices.1.name",
        ("APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", "The specified choice name is already used"),
    ),
    (command(option(min_length=6001)), "options.0.min_length", no_more(6000)),
    (command(option(max_length=0)), "options.0.max_length", no_less(1)),
    (
        command(option(min_length=2, max_length=1)),
        "options.0.min_length",
        ("APPLICATION_COMMAND_OPTION_MIN_MAX_INVALID", "min_length must be less than or equal to max_length"),
    ),
    (
        command(option(kind=4, min_value=2, max_value=1)),
        "options.0.min_value",
        ("APPLICATION_COMMAND_OPTION_MIN_MAX_INVALID", "min_value must be less than or equal to max_value"),
    ),
    (command(option(kind=4, min_value=1.5)), "options.0.min_value", not_a("int", 1.5)),
    (
        command(option(kind=7, channel_types=[99])),
        "options.0.channel_types.0",
        choices(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15),
    ),
]


@pytest.mark.parametrize(("body", "path", "told"), REFUSED)
def test_what_discord_refuses_is_told_at_its_place(body: Any, path: str, told: tuple[str, str]) -> None:
    assert faults(COMMAND.read, body) == [(path, *told)]
    assert faults(COMMANDS.read, [command(), body]) == [(f"1.{path}".rstrip("."), *told)]


@pytest.mark.parametrize(
    "body",
    [
        command(name="x" * 32, description="d" * 100),
        command(name="über-straße_1", name_localizations={"th": "คำสั่ง", "hi": "हिन्दी", "ja": "練習"}),
        command(*[option(f"o{number}") for number in range(25)]),
        command(option(required=True), option("b")),
        command(option("g", 2, options=[part("p", option())]), part("q")),
        command(option(kind=4, min_value=1, max_value=1, choices=[choice("a", 1), choice("b", 2)])),
        command(option(kind=10, min_value=0.5, autocomplete=True)),
        command(option(kind=6, autocomplete=False), option("b", 11)),
        command(contexts=[0, 1, 2], integration_types=[0, 1], nsfw=False, default_member_permissions=8),
        {"type": 2, "name": "A Menu", "description": ""},
    ],
)
def test_what_just_fits_is_taken(body: Json) -> None:
    assert COMMAND.read(body) == body


def _heavy(choices_: int, value: int) -> Json:
    listed = [choice(str(number), "v" * value) for number in range(choices_)]
    return command(*[option(f"o{place}", choices=listed) for place in range(4)])


def test_a_command_has_eight_thousand_characters_and_no_more() -> None:
    told = [("", "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")]
    # Of the command 4 + 1, of each option 2 + 1, of its choices 30 for their names, and their values.
    spare = 8000 - (5 + 4 * (3 + 30 + 20 * 98))
    assert faults(COMMAND.read, _heavy(20, 98) | {"description": "d" * (1 + spare)}) == []
    assert faults(COMMAND.read, _heavy(20, 98) | {"description": "d" * (2 + spare)}) == told
    longest = {"description_localizations": {"de": "d" * (2 + spare), "fr": "d"}}
    assert faults(COMMAND.read, _heavy(20, 98) | longest) == told


def test_every_locale_has_its_name() -> None:
    names = dict.fromkeys(LOCALES, "a")
    assert len(names) == 34
    assert COMMAND.read(command(name_localizations=names))["name_localizations"] == names


def test_an_unknown_locale() -> None:
    [(path, code, message)] = faults(COMMAND.read, command(name_localizations={"xx": "a"}))
    assert (path, code) == ("name_localizations", "BASE_TYPE_CHOICES")
    assert "en-US" in message


def test_every_wrong_command_of_many_is_told() -> None:
    listed = [command(name="Big"), command(), command(option(), option()), None]
    assert faults(COMMANDS.read, listed) == [
        ("0.name", *NAME),
        ("2.options.1.name", *TWICE),
        ("3", *REQUIRED),
    ]


def test_commands_of_one_type_have_names_of_their_own() -> None:
    told = "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
    assert faults(COMMANDS.read, [command(), command(type=1)]) == [("1", *told)]
    assert faults(COMMANDS.read, [command(), {"type": 2, "name": "fine"}]) == []


@pytest.mark.parametrize(("body", "told"), [("x", LIST), (None, LIST), ([5] * 131, at_most(130))])
def test_a_list_of_commands(body: Any, told: tuple[str, str]) -> None:
    assert faults(COMMANDS.read, body) == [("", *told)]


def test_permissions_of_commands() -> None:
    entry = {"id": "1", "type": 1, "permission": True}
    assert COMMAND_PERMISSIONS.read({"permissions": [entry] * 100}) == {"permissions": [entry] * 100}
    assert faults(COMMAND_PERMISSIONS.read, {"permissions": [entry] * 101}) == [
        ("permissions", *at_most(100))
    ]
    assert faults(COMMAND_PERMISSIONS.read, {"permissions": [entry | {"type": 4}]}) == [
        ("permissions.0.type", *choices(1, 2, 3))
    ]
    assert faults(COMMAND_PERMISSIONS.read, {}) == [("permissions", *REQUIRED)]
