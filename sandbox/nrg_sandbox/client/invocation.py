"""What Discord's own client does before it sends a command: check it, and look up what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import InvalidOption
from nrg_sandbox.forms.components import SELECTS, TEXT_SELECT, walk
from nrg_sandbox.world.commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    CHAT_INPUT,
    GROUP,
    INTEGER,
    MENTIONABLE,
    MESSAGE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER_OPTION,
)

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.messages import Message
    from nrg_sandbox.world.world import World

__all__ = ["command_data", "component_data", "find_component", "resolve"]

Json = dict[str, Any]

_MAX_INTEGER = 2**53


def command_data(
    world: World,
    command: Json,
    options: list[Json],
    *,
    channel: Channel,
    target_id: str | None = None,
    checked: bool = True,
    partial: bool = False,
) -> Json:
    """Return the ``data`` of a command's interaction.

    Parameters
    ----------
    options
        The options in Discord's shape, subcommands nested.
    target_id
        The user or message of a context menu.
    checked
        Whether the values are held to the command's definition.
    partial
        Whether some may still be missing, while a member types.

    Raises
    ------
    InvalidOption
        If Discord's client would not have sent it.
    """
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    resolved: Json = {}
    if command["type"] != CHAT_INPUT:
        if target_id is None:
            msg = f"{command['name']!r} needs a target"
            raise InvalidOption(msg)
        data["target_id"] = target_id
        if command["type"] == MESSAGE:
            message = world.messages.get(target_id)
            if message is None:
                msg = "there is no such message"
                raise InvalidOption(msg)
            resolved["messages"] = {target_id: message.payload}
        else:
            _resolve_user(world, channel, target_id, resolved)
    else:
        if checked:
            _check_level(
                world, channel, command.get("options") or [], options, f"/{command['name']}", partial=partial
            )
        for option in _leaves(options):
            resolve(world, channel, option, resolved)
        if options:
            data["options"] = options
    if resolved:
        data["resolved"] = resolved
    return data


def find_component(message: Message, wanted: str) -> Json:
    """Return the button or select with that label or custom id.

    Raises
    ------
    InvalidOption
        If there is none, or it cannot be used; naming those there are.
    """
    usable = [item for _, item in walk(message.payload["components"]) if item.get("custom_id")]
    for item in usable:
        if wanted in (item["custom_id"], item.get("label"), item.get("placeholder")):
            if item.get("disabled"):
                msg = f"{wanted!r} is disabled"
                raise InvalidOption(msg)
            return item
    names = ", ".join(repr(item.get("label") or item["custom_id"]) for item in usable) or "nothing"
    msg = f"no button or select {wanted!r} on that message; there is {names}"
    raise InvalidOption(msg)


def component_data(
    world: World, channel: Channel, component: Json, values: list[str] | None, *, checked: bool = True
) -> Json:
    """Return the ``data`` of a press or a selection.

    Raises
    ------
    InvalidOption
        If the selected values are not ones that the select offers.
    """
    kind = component["type"]
    data: Json = {"custom_id": component["custom_id"], "component_type": kind, "id": component["id"]}
    if kind not in SELECTS:
        return data
    chosen = values or []
    if checked:
        if not component.get("min_values", 1) <= len(chosen) <= component.get("max_values", 1):
            msg = f"{len(chosen)} values are not what {component['custom_id']!r} takes"
            raise InvalidOption(msg)
        offered = {option["value"] for option in component.get("options", ())}
        if kind == TEXT_SELECT and not offered.issuperset(chosen):
            msg = f"{chosen} is not among {sorted(offered)}"
            raise InvalidOption(msg)
    data["values"] = chosen
    resolved: Json = {}
    kinds = {5: USER_OPTION, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
    for value in chosen if kind in kinds else ():
        resolve(world, channel, {"type": kinds[kind], "value": value}, resolved)
    if resolved:
        data["resolved"] = resolved
    return data


def _leaves(options: list[Json]) -> list[Json]:
    found: list[Json] = []
    for option in options:
        found += _leaves(option.get("options") or []) if option["type"] in (SUBCOMMAND, GROUP) else [option]
    return found


def _check_level(
    world: World, channel: Channel, defined: list[Json], given: list[Json], where: str, *, partial: bool
) -> None:
    by_name = {option["name"]: option for option in defined}
    for option in given:
        if option["name"] not in by_name:
            known = ", ".join(by_name) or "none"
            msg = f"{where} has no option {option['name']!r}; it has {known}"
            raise InvalidOption(msg)
    if defined and defined[0]["type"] in (SUBCOMMAND, GROUP):
        if len(given) != 1:
            msg = f"{where} is run by one of its parts: {', '.join(by_name)}"
            raise InvalidOption(msg)
        part = by_name[given[0]["name"]]
        inner: list[Json] = given[0].get("options") or []
        place = f"{where} {part['name']}"
        _check_level(world, channel, part.get("options") or [], inner, place, partial=partial)
        return
    names = {option["name"] for option in given}
    for name, definition in by_name.items():
        if definition.get("required") and name not in names and not partial:
            msg = f"{where} needs {name}"
            raise InvalidOption(msg)
    for option in given:
        if not option.get("focused"):
            _check_value(
                world, channel, by_name[option["name"]], option["value"], f"{where} {option['name']}"
            )


def _check_value(world: World, channel: Channel, definition: Json, value: Any, where: str) -> None:
    roles = channel.guild.roles if channel.guild else {}
    kind = definition["type"]
    if kind == STRING:
        _require(isinstance(value, str), where, value, "text")
        least, most = definition.get("min_length") or 0, definition.get("max_length") or 6000
        _require(least <= len(value) <= most, where, value, f"{least} to {most} characters")
    elif kind in (INTEGER, NUMBER):
        fits = isinstance(value, int) or (kind == NUMBER and isinstance(value, float))
        what = "a whole number" if kind == INTEGER else "a number"
        _require(fits and not isinstance(value, bool), where, value, what)
        _require(abs(value) <= _MAX_INTEGER, where, value, "a number within 2^53")
        low, high = definition.get("min_value"), definition.get("max_value")
        _require(low is None or value >= low, where, value, f"at least {low}")
        _require(high is None or value <= high, where, value, f"at most {high}")
    elif kind == BOOLEAN:
        _require(isinstance(value, bool), where, value, "true or false")
    elif kind == USER_OPTION:
        _require(value in world.users, where, value, "someone")
    elif kind == ROLE:
        _require(value in roles, where, value, "a role")
    elif kind == MENTIONABLE:
        _require(value in world.users or value in roles, where, value, "someone or a role")
    elif kind == ATTACHMENT:
        _require(world.files.get(str(value)) is not None, where, value, "a file")
    elif kind == CHANNEL:
        _require(value in world.channels, where, value, "a channel")
        allowed = definition.get("channel_types")
        fits = not allowed or world.channels[value].payload["type"] in allowed
        _require(fits, where, value, f"a channel of type {allowed}")
    choices = definition.get("choices")
    if choices:
        offered = [choice["value"] for choice in choices]
        _require(value in offered, where, value, f"one of {offered}")


def _require(fits: bool, where: str, value: object, what: str) -> None:
    if not fits:
        msg = f"{where} takes {what}, not {value!r}"
        raise InvalidOption(msg)


def resolve(world: World, channel: Channel, option: Json, resolved: Json) -> None:
    """Look up what an option or a field names by id, and add it to what is sent along."""
    kind, value = option["type"], str(option.get("value"))
    roles = channel.guild.roles if channel.guild else {}
    if kind in (USER_OPTION, MENTIONABLE) and value in world.users:
        _resolve_user(world, channel, value, resolved)
    elif kind in (ROLE, MENTIONABLE) and value in roles:
        resolved.setdefault("roles", {})[value] = roles[value]
    elif kind == CHANNEL and value in world.channels:
        named = world.channels[value]
        payload = named.payload | {"permissions": str(world.permissions(world.bot["id"], named))}
        resolved.setdefault("channels", {})[value] = payload
    elif kind == ATTACHMENT and (file := world.files.get(value)) is not None:
        view = file.payload(world.base_url, ephemeral=True)
        resolved.setdefault("attachments", {})[value] = view


def _resolve_user(world: World, channel: Channel, user_id: str, resolved: Json) -> None:
    if (user := world.users.get(user_id)) is None:
        msg = f"there is nobody with the id {user_id}"
        raise InvalidOption(msg)
    resolved.setdefault("users", {})[user_id] = user
    member = channel.guild.members.get(user_id) if channel.guild else None
    if member is not None:
        without_user = {key: item for key, item in member.items() if key != "user"}
        without_user["permissions"] = str(world.permissions(user_id, channel))
        resolved.setdefault("members", {})[user_id] = without_user
