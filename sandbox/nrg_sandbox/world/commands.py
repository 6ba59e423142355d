"""Commands as a bot registers them, and the rules for registering."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.commands import CHAT_INPUT, COMMAND, COMMAND_PERMISSIONS, COMMANDS, MESSAGE, USER
from nrg_sandbox.forms.options import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER_OPTION,
)
from nrg_sandbox.world.application import Application
from nrg_sandbox.world.events import Event, Intent

if TYPE_CHECKING:
    from nrg_sandbox.world.world import World

__all__ = [
    "ATTACHMENT",
    "BOOLEAN",
    "CHANNEL",
    "CHAT_INPUT",
    "GROUP",
    "INTEGER",
    "MENTIONABLE",
    "MESSAGE",
    "NUMBER",
    "ROLE",
    "STRING",
    "SUBCOMMAND",
    "USER",
    "USER_OPTION",
    "Commands",
]

Json = dict[str, Any]

_LIMITS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}


class Commands:
    """The commands of the one application: global ones, and those of single servers.

    Parameters
    ----------
    disallowed_intents
        Privileged intents that the application has not been granted.

    Attributes
    ----------
    application
        The application that registers them.
    permissions
        Who may use what, as a server's managers set it, by (guild id, command or application id).
    """

    def __init__(self, world: World, *, disallowed_intents: int = 0) -> None:
        self._world = world
        self.application = Application(world, disallowed_intents=disallowed_intents)
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
        listed = COMMANDS.read(definitions)
        counts = Counter(definition.get("type") or CHAT_INPUT for definition in listed)
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
        definition = COMMAND.read(definition)
        known = {(command["type"], command["name"]): command for command in self.listed(guild_id)}
        key = int(definition.get("type") or CHAT_INPUT), definition["name"]
        if key not in known and sum(kind == key[0] for kind, _ in known) >= _LIMITS[key[0]]:
            raise ApiError.of(30032)
        command = self._made(definition, guild_id, known)
        self._scope(guild_id)[command["id"]] = command
        self._changed()
        return command, key not in known

    def edit(self, command_id: str, changes: Json, guild_id: str | None) -> Json:
        """Change fields of one command.

        Raises
        ------
        ApiError
            10063, or 50035 for faults, such as the name of another command.
        """
        old = self.get(command_id, guild_id)
        definition = COMMAND.read(old | changes | {"type": old["type"]})
        key = old["type"], definition["name"]
        if any((item["type"], item["name"]) == key and item is not old for item in self.listed(guild_id)):
            problems = Problems()
            message = "Application command names must be unique"
            problems.add(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
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

    def set_permissions(self, guild_id: str, target_id: str, permissions: list[Json]) -> None:
        """Let a server's managers say who may use a command, or all commands; bots cannot.

        Parameters
        ----------
        target_id
            The id of a command, or of the application for all of them.
        permissions
            Discord's ``{id, type, permission}``, type 1 for roles, 2 for users, 3 for channels. An empty list
            takes back what was set.

        Raises
        ------
        ApiError
            10063, for a command that the server does not have; 50035, for permissions of another shape.
        """
        permissions = COMMAND_PERMISSIONS.read({"permissions": permissions})["permissions"]
        if target_id != self.application.payload["id"]:
            self.usable(target_id, guild_id)
        if permissions:
            self.permissions[guild_id, target_id] = permissions
        else:
            self.permissions.pop((guild_id, target_id), None)
        data = self.permissions_payload(guild_id, target_id)
        self._world.bus.emit(
            Event("APPLICATION_COMMAND_PERMISSIONS_UPDATE", data, intent=Intent.NONE, guild_id=guild_id)
        )
        self._changed()

    def usable(self, command_id: str, guild_id: str) -> Json:
        """Return a command of a server or a global one.

        Raises
        ------
        ApiError
            10063, for one that does not exist.
        """
        own = self._scope(guild_id).get(command_id)
        return own if own is not None else self.get(command_id, None)

    def listed_permissions(self, guild_id: str) -> list[Json]:
        """Return who may use which commands of a server, for those commands where something was set."""
        usable = [self.application.payload["id"], *(command["id"] for command in self.offered(guild_id))]
        return [
            self.permissions_payload(guild_id, target_id)
            for target_id in usable
            if (guild_id, target_id) in self.permissions
        ]

    def permissions_payload(self, guild_id: str, target_id: str) -> Json:
        """Return who may use a command, or all commands, as Discord tells it."""
        return {
            "id": target_id,
            "application_id": self.application.payload["id"],
            "guild_id": guild_id,
            "permissions": self.permissions.get((guild_id, target_id), []),
        }

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
