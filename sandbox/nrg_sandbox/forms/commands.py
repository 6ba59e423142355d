"""Commands as a bot registers them, and who may use them."""

from __future__ import annotations

from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Path, Problems
from nrg_sandbox.forms.fields import UNIQUE, Between, Bool, OneOf, Snowflake, Whole
from nrg_sandbox.forms.form import Form, Json, rule
from nrg_sandbox.forms.names import Descriptions, MenuName, MenuNames, is_slash_name
from nrg_sandbox.forms.options import Options

__all__ = ["CHAT_INPUT", "COMMAND", "COMMANDS", "COMMAND_PERMISSIONS", "MESSAGE", "USER"]

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
_CHARACTERS = 8000


class _Command(TypedDict, total=False):
    type: Annotated[int, OneOf(CHAT_INPUT, USER, MESSAGE)] | None
    name: Required[MenuName]
    name_localizations: MenuNames | None
    description: Annotated[str, MaxLen(100)] | None
    description_localizations: Descriptions | None
    options: Options | None
    default_member_permissions: Annotated[int, Whole(0, 2**54 - 1)] | None
    dm_permission: Bool | None
    nsfw: Bool | None
    contexts: Annotated[list[Annotated[int, OneOf(0, 1, 2)]], Between(1, 3), UNIQUE] | None
    integration_types: Annotated[list[Annotated[int, OneOf(0, 1)]], Between(1, 2), UNIQUE] | None


def _check_command(command: Json, problems: Problems) -> None:
    if (command.get("type") or CHAT_INPUT) == CHAT_INPUT:
        _check_slash(command, problems)
        return
    for key in ("description", "options"):
        if command.get(key):
            message = f"Context menu commands cannot have {key}"
            problems.add((key,), f"APPLICATION_COMMAND_CONTEXT_MENU_{key.upper()}_INVALID", message)


def _check_slash(command: Json, problems: Problems) -> None:
    translated: dict[str, str] = command.get("name_localizations") or {}
    names: dict[Path, str] = {("name",): command["name"]}
    names |= {("name_localizations", locale): name for locale, name in translated.items()}
    for path, name in names.items():
        if not is_slash_name(name):
            problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not command.get("description"):
        problems.required(("description",))
    if _weight(command) > _CHARACTERS:
        message = f"Command exceeds maximum size ({_CHARACTERS})"
        problems.add((), "APPLICATION_COMMAND_TOO_LARGE", message)


def _weight(item: Json) -> int:
    """Return the characters that count towards a command's limit; of translations, the longest does."""
    weight = len(str(item.get("value", "")))
    for key in ("name", "description"):
        translated: dict[str, str] = item.get(f"{key}_localizations") or {}
        weight += max(map(len, (item.get(key) or "", *translated.values())))
    inner: list[Json] = [*(item.get("choices") or ()), *(item.get("options") or ())]
    return weight + sum(map(_weight, inner))


def _distinct(commands: list[Json], problems: Problems) -> None:
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = command.get("type") or CHAT_INPUT, command["name"]
        if key in seen:
            message = "Application command names must be unique"
            problems.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(key)


_Checked = Annotated[_Command, rule(_check_command)]


class _Permission(TypedDict):
    id: Snowflake
    type: Annotated[int, OneOf(1, 2, 3)]
    permission: Bool


class _Permissions(TypedDict):
    permissions: Annotated[list[_Permission], MaxLen(100)]


COMMAND: Form[Json] = Form(_Checked)
COMMANDS: Form[list[Json]] = Form(Annotated[list[_Checked], MaxLen(130), rule(_distinct)])
COMMAND_PERMISSIONS: Form[Json] = Form(_Permissions)
