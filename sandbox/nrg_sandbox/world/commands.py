"""Commands as a bot registers them, and the rules for registering."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.world.events import Event

if TYPE_CHECKING:
    from nrg_sandbox.world.world import World

__all__ = ["GROUP", "SUBCOMMAND", "Commands"]

Json = dict[str, Any]
Path = tuple[str | int, ...]

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
_LIMITS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}


class Commands:
    """The commands of the one application: global ones, and those of single servers.

    Attributes
    ----------
    permissions
        Who may use what, as a server's managers set it, by (guild id, command or application id).
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._scopes: dict[str | None, dict[str, Json]] = {None: {}}
        self.permissions: dict[tuple[str, str], list[Json]] = {}

    def listed(self, guild_id: str | None) -> list[Json]:
        """Return the commands of a scope: a server's own, or global ones for None."""
        return list(self._scope(guild_id).values())

    def offered(self, guild_id: str | None) -> list[Json]:
        """Return what members of a server see: its own commands, then the global ones these do not hide."""
        own = self.listed(guild_id) if guild_id is not None else []
        hidden = {(command["type"], command["name"]) for command in own}
        return own + [item for item in self.listed(None) if (item["type"], item["name"]) not in hidden]

    def get(self, command_id: str, guild_id: str | None) -> Json:
        """Return one command of a scope.

        Raises
        ------
        ApiError
            10063, for one that does not exist.
        """
        if (command := self._scope(guild_id).get(command_id)) is None:
            raise ApiError.of(10063)
        return command

    def replace_all(self, definitions: object, guild_id: str | None) -> list[Json]:
        """Make these the commands of a scope; those of the same type and name keep their ids.

        Raises
        ------
        ApiError
            50035, with faults under the index of each command; 30032 for too many.
        """
        problems = Problems()
        if not isinstance(definitions, list):
            problems.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            problems.raise_any()
        listed = cast("list[Json]", definitions)
        seen: set[tuple[int, str]] = set()
        counts = dict.fromkeys(_LIMITS, 0)
        for index, definition in enumerate(listed):
            check_command(definition, (index,), problems)
            key = int(definition.get("type") or CHAT_INPUT), str(definition.get("name"))
            if key in seen:
                message = "Application command names must be unique"
                problems.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
            seen.add(key)
            counts[key[0]] = counts.get(key[0], 0) + 1
        problems.raise_any()
        if any(count > _LIMITS[kind] for kind, count in counts.items()):
            raise ApiError.of(30032)
        known = {(command["type"], command["name"]): command for command in self.listed(guild_id)}
        made = [self._made(definition, guild_id, known) for definition in listed]
        scope = self._scope(guild_id)
        scope.clear()
        scope.update({command["id"]: command for command in made})
        self._changed()
        return made

    def upsert(self, definition: Json, guild_id: str | None) -> tuple[Json, bool]:
        """Register one command, replacing one of the same type and name; return it and whether it is new."""
        problems = Problems()
        check_command(definition, (), problems)
        problems.raise_any()
        known = {(command["type"], command["name"]): command for command in self.listed(guild_id)}
        key = int(definition.get("type") or CHAT_INPUT), definition["name"]
        if key not in known and sum(kind == key[0] for kind, _ in known) >= _LIMITS[key[0]]:
            raise ApiError.of(30032)
        command = self._made(definition, guild_id, known)
        self._scope(guild_id)[command["id"]] = command
        self._changed()
        return command, key not in known

    def edit(self, command_id: str, changes: Json, guild_id: str | None) -> Json:
        """Change fields of one command."""
        old = self.get(command_id, guild_id)
        definition = old | changes
        problems = Problems()
        check_command(definition, (), problems)
        problems.raise_any()
        command = self._made(definition, guild_id, {(old["type"], definition["name"]): old})
        self._scope(guild_id)[command_id] = command
        self._changed()
        return command

    def delete(self, command_id: str, guild_id: str | None) -> None:
        """Remove one command."""
        self.get(command_id, guild_id)
        del self._scope(guild_id)[command_id]
        self._changed()

    def _scope(self, guild_id: str | None) -> dict[str, Json]:
        if guild_id is not None:
            self._world.guild(guild_id)
        return self._scopes.setdefault(guild_id, {})

    def _changed(self) -> None:
        self._world.bus.emit(Event("COMMANDS", {}, intent=None))

    def _made(self, definition: Json, guild_id: str | None, known: dict[tuple[int, str], Json]) -> Json:
        kind = int(definition.get("type") or CHAT_INPUT)
        old = known.get((kind, definition["name"]))
        permissions = definition.get("default_member_permissions")
        command: Json = {
            "id": old["id"] if old else self._world.snowflakes.next(),
            "application_id": self._world.application_id,
            "version": "",
            "type": kind,
            "name": definition["name"],
            "name_localizations": definition.get("name_localizations"),
            "description": definition.get("description") or "",
            "description_localizations": definition.get("description_localizations"),
            "default_member_permissions": None if permissions is None else str(int(permissions)),
            "dm_permission": definition.get("dm_permission", True),
            "contexts": definition.get("contexts"),
            "integration_types": definition.get("integration_types") or [0],
            "nsfw": bool(definition.get("nsfw")),
        }
        if definition.get("options"):
            command["options"] = definition["options"]
        if guild_id is not None:
            command["guild_id"] = guild_id
        same = old is not None and all(
            old.get(key) == value for key, value in command.items() if key != "version"
        )
        command["version"] = old["version"] if old and same else self._world.snowflakes.next()
        return command


def check_command(definition: Any, path: Path, problems: Problems) -> None:
    """Note every fault in one command's definition."""
    if not isinstance(definition, dict):
        problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    command = cast("Json", definition)
    kind = command.get("type") or CHAT_INPUT
    if not problems.one_of((*path, "type"), kind, (CHAT_INPUT, USER, MESSAGE)):
        return
    if kind == CHAT_INPUT:
        _check_name(command.get("name"), (*path, "name"), problems)
        problems.length((*path, "description"), command.get("description"), 1, 100, optional=False)
        _check_options(command.get("options"), (*path, "options"), problems, depth=0)
        if _weight(command) > 8000:
            message = "Command exceeds maximum size (8000)"
            problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)
    else:
        problems.length((*path, "name"), command.get("name"), 1, 32, optional=False)
        for key in ("description", "options"):
            if command.get(key):
                message = f"Context menu commands cannot have {key}"
                problems.add((*path, key), f"APPLICATION_COMMAND_CONTEXT_MENU_{key.upper()}_INVALID", message)


def _check_name(name: object, path: Path, problems: Problems) -> None:
    problems.length(path, name, 1, 32, optional=False)
    if not isinstance(name, str) or not name:
        return
    if name != name.lower() or not all(map(_name_character, name)):
        problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _name_character(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    # Marks of the scripts that cannot be written without them.
    return unicodedata.name(character, "").startswith(("DEVANAGARI", "THAI"))


def _check_options(options: Any, path: Path, problems: Problems, *, depth: int) -> None:
    listed: list[Json] = options or []
    if len(listed) > 25:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names: set[object] = set()
    optional_seen = False
    kinds = {bool(option.get("type") in (SUBCOMMAND, GROUP)) for option in listed}
    if len(kinds) > 1:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    for index, option in enumerate(listed):
        here: Path = (*path, index)
        kind = option.get("type")
        if not problems.one_of((*here, "type"), kind, tuple(range(1, 12))):
            continue
        _check_name(option.get("name"), (*here, "name"), problems)
        problems.length((*here, "description"), option.get("description"), 1, 100, optional=False)
        if option.get("name") in names:
            message = "Option names must be unique"
            problems.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(option.get("name"))
        if kind in (SUBCOMMAND, GROUP):
            if (kind == GROUP and depth > 0) or (kind == SUBCOMMAND and depth > 1):
                message = "Sub-command groups cannot be nested"
                problems.add((*here, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
            else:
                level = 2 if kind == SUBCOMMAND else 1
                _check_options(option.get("options"), (*here, "options"), problems, depth=level)
            continue
        if option.get("required"):
            if optional_seen:
                message = "Required options must be placed before non-required options"
                problems.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        else:
            optional_seen = True
        _check_choices(option, here, problems)


def _check_choices(option: Json, path: Path, problems: Problems) -> None:
    choices: list[Json] = option.get("choices") or []
    if choices and option.get("autocomplete"):
        message = "Autocomplete cannot be set when choices are"
        problems.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    if option.get("autocomplete") and option["type"] not in (STRING, INTEGER, NUMBER):
        message = "Autocomplete is for text and numbers only"
        problems.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    check_choices(choices, (*path, "choices"), problems)
    for key, least, most in (("min_length", 0, 6000), ("max_length", 1, 6000)):
        value = option.get(key)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            problems.add((*path, key), "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")
    low, high = option.get("min_value"), option.get("max_value")
    if low is not None and high is not None and low > high:
        message = "min_value must be less than max_value"
        problems.add((*path, "min_value"), "APPLICATION_COMMAND_OPTION_MIN_MAX_INVALID", message)


def check_choices(choices: list[Json], path: Path, problems: Problems) -> None:
    """Note every fault in a list of choices: an option's own, or those of an autocomplete answer."""
    if len(choices) > 25:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names: set[object] = set()
    for index, choice in enumerate(choices):
        problems.length((*path, index, "name"), choice.get("name"), 1, 100, optional=False)
        value = choice.get("value")
        if value is None:
            problems.required((*path, index, "value"))
        elif isinstance(value, str):
            problems.length((*path, index, "value"), value, 1, 100)
        if choice.get("name") in names:
            message = "The specified choice name is already used"
            problems.add((*path, index, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", message)
        names.add(choice.get("name"))


def _weight(item: Json) -> int:
    """Return the characters of a command that count towards its limit."""
    own = len(str(item.get("name") or "")) + len(str(item.get("description") or ""))
    choices: Iterable[Json] = item.get("choices") or ()
    own += sum(len(str(choice.get("name"))) + len(str(choice.get("value"))) for choice in choices)
    options: Iterable[Json] = item.get("options") or ()
    return own + sum(_weight(option) for option in options)
