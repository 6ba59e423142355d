"""A form that a member filled in: checked as Discord's client checks it, in the shape in which it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from nrg_sandbox.client.invocation import resolve
from nrg_sandbox.errors import InvalidOption
from nrg_sandbox.forms.components import LABEL, ROW, SELECTS, TEXT_INPUT, TEXT_SELECT, walk
from nrg_sandbox.world.commands import ATTACHMENT, CHANNEL, MENTIONABLE, ROLE, USER_OPTION

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.world import World

__all__ = ["fill_form"]

Json = dict[str, Any]

FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
_LISTS = (*SELECTS, FILE_UPLOAD, CHECKBOX_GROUP)
# What a field names by id, as the kind of option that a command would name it by.
_NAMING = {5: USER_OPTION, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL, FILE_UPLOAD: ATTACHMENT}


def fill_form(
    world: World, channel: Channel, modal: Json, values: dict[str, Any], *, checked: bool = True
) -> Json:
    """Return the ``data`` of a form's submission.

    Parameters
    ----------
    modal
        The form that the bot sent.
    values
        What the member entered, by custom id: text, the chosen values, the ids of files, yes or no;
        fields left out keep what the form came with.
    checked
        Whether they are held to what the form asks for.

    Raises
    ------
    InvalidOption
        If a field is unknown, missing, too short or too long, or holds what it does not offer.
    """
    fields = {item["custom_id"]: item for _, item in walk(modal["components"]) if "custom_id" in item}
    if unknown := values.keys() - fields.keys():
        msg = f"the form has no field {', '.join(sorted(unknown))}; it has {', '.join(fields)}"
        raise InvalidOption(msg)
    entered = {name: _entered(field, values.get(name)) for name, field in fields.items()}
    resolved: Json = {}
    for name, field in fields.items():
        if checked:
            _check(world, name, field, entered[name])
        if (kind := _NAMING.get(field["type"])) is not None:
            for value in entered[name]:
                resolve(world, channel, {"type": kind, "value": value}, resolved)
    data: Json = {"custom_id": modal["custom_id"], "components": list(_submitted(modal, entered))}
    return data | {"resolved": resolved} if resolved else data


def _entered(field: Json, value: Any) -> Any:
    kind = field["type"]
    if kind in _LISTS:
        return _chosen(field) if value is None else value
    if kind == CHECKBOX:
        return bool(field.get("default")) if value is None else value
    if kind == RADIO_GROUP:
        return next(iter(_chosen(field)), None) if value is None else value
    return str(field.get("value") or "") if value is None else str(value)


def _chosen(field: Json) -> list[str]:
    """Return what the form came with."""
    named = [item["id"] for item in field.get("default_values") or ()]
    return named or [item["value"] for item in field.get("options") or () if item.get("default")]


def _check(world: World, name: str, field: Json, value: Any) -> None:
    kind, required = field["type"], field.get("required", True)
    if kind == TEXT_INPUT:
        _check_text(name, value, field, required=required)
    elif kind == CHECKBOX:
        _require(isinstance(value, bool), f"{name} takes true or false, not {value!r}")
    elif kind == RADIO_GROUP:
        _require(value is not None or not required, f"{name} must be chosen")
        _require(value is None or value in _offered(field), f"{name} does not offer {value!r}")
    else:
        _check_list(world, name, field, cast("list[str]", value), required=required)


def _check_text(name: str, value: str, field: Json, *, required: bool) -> None:
    _require(bool(value) or not required, f"{name} must be filled in")
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    fits = not value or least <= len(value) <= most
    _require(fits, f"{name} takes {least} to {most} characters, not {len(value)}")


def _check_list(world: World, name: str, field: Json, value: list[str], *, required: bool) -> None:
    if not value and not required:
        return
    kind = field["type"]
    usual = len(field["options"]) if kind == CHECKBOX_GROUP else 1
    least, most = field.get("min_values"), field.get("max_values") or usual
    least = int(required) if least is None else least
    _require(least <= len(value) <= most, f"{name} takes {least} to {most} values, not {len(value)}")
    if kind in (TEXT_SELECT, CHECKBOX_GROUP):
        strange = set(value) - _offered(field)
        _require(not strange, f"{name} does not offer {', '.join(sorted(strange))}")
    elif kind == FILE_UPLOAD:
        _require(all(world.files.get(one) is not None for one in value), f"{name} takes uploaded files")


def _offered(field: Json) -> set[str]:
    return {item["value"] for item in field["options"]}


def _require(fits: bool, msg: str) -> None:
    if not fits:
        raise InvalidOption(msg)


def _submitted(modal: Json, entered: dict[str, Any]) -> Iterator[Json]:
    number = 0

    def numbered(item: Json) -> Json:
        nonlocal number
        number += 1
        return {"type": item["type"], "id": item.get("id") or number}

    def control(item: Json) -> Json:
        key = "values" if item["type"] in _LISTS else "value"
        return numbered(item) | {"custom_id": item["custom_id"], key: entered[item["custom_id"]]}

    for part in modal["components"]:
        shell = numbered(part)
        if part["type"] == ROW:
            shell["components"] = [control(item) for item in part["components"]]
        elif part["type"] == LABEL:
            shell["component"] = control(part["component"])
        yield shell
