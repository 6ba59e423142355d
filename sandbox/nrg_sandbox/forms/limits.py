"""What a message may hold: the limits that Discord checks and client libraries do not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.components import check_components

__all__ = ["COMPONENTS_V2", "EPHEMERAL", "LOADING", "check_message", "check_not_empty"]

Json = dict[str, Any]
Path = tuple[str | int, ...]

EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
FILE_BYTES, REQUEST_BYTES = 10 * 1024 * 1024, 25 * 1024 * 1024

_TEXTS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("title",), 256),
    (("description",), 4096),
    (("footer", "text"), 2048),
    (("author", "name"), 256),
)
_LINKS: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("url",), False),
    (("author", "url"), False),
    (("author", "icon_url"), True),
    (("footer", "icon_url"), True),
    (("image", "url"), True),
    (("thumbnail", "url"), True),
)


def check_message(body: Json, uploads: dict[int, Any], *, v2: bool = False, root: Path = ()) -> None:
    """Check the fields of a message that is created or edited.

    Parameters
    ----------
    body
        The message as the bot sent it; fields that are absent stay unchecked.
    uploads
        The files that came with it, by their number.
    v2
        Whether the message being edited already uses the newer components.
    root
        Where in the request body the message lies.

    Raises
    ------
    ApiError
        50035, with every fault at its path; 40005 for files too large.
    """
    problems = _Rooted(root)
    problems.length(("content",), body.get("content"), 0, 2000)
    nonce = body.get("nonce")
    if not isinstance(nonce, int):
        problems.length(("nonce",), nonce, 0, 25)
    flags = body.get("flags") or 0
    v2 = v2 or bool(isinstance(flags, int) and flags & COMPONENTS_V2)
    if body.get("embeds") is not None:
        _check_embeds(body["embeds"], problems)
    if body.get("components"):
        check_components(body["components"], problems, v2=v2)
    if v2 and (body.get("content") or body.get("embeds")):
        message = "This field cannot be used with the IS_COMPONENTS_V2 flag"
        key = "content" if body.get("content") else "embeds"
        problems.add((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    if body.get("allowed_mentions") is not None:
        _check_allowed_mentions(body["allowed_mentions"], problems)
    attachments: Any = body.get("attachments") or []
    if len(attachments) > 10 or len(uploads) > 10:
        problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    problems.raise_any()
    sizes = [len(upload.data) for upload in uploads.values()]
    if any(size > FILE_BYTES for size in sizes) or sum(sizes) > REQUEST_BYTES:
        raise ApiError.of(40005)


def check_not_empty(payload: Json, files: int) -> None:
    """Check that a finished message shows something.

    Raises
    ------
    ApiError
        50006, for a message without content, embed, file or newer component.
    """
    shown = payload["content"] or payload["embeds"] or files
    if not shown and not (payload["flags"] & COMPONENTS_V2 and payload["components"]):
        raise ApiError.of(50006)


class _Rooted(Problems):
    """Problems whose paths all start at one place."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def add(self, path: Path, code: str, message: str) -> None:
        super().add((*self._root, *path), code, message)


def _at(embed: Json, keys: tuple[str, ...]) -> Any:
    value: Any = embed
    for key in keys:
        value = cast("Json", value).get(key) if isinstance(value, dict) else None
    return value


def _check_embeds(embeds: Any, problems: Problems) -> None:
    if not isinstance(embeds, list) or not all(isinstance(item, dict) for item in cast("list[Any]", embeds)):
        problems.add(("embeds",), "LIST_TYPE_CONVERT", "Only iterables of objects may be used in a ListType")
        return
    listed = cast("list[Json]", embeds)
    if len(listed) > 10:
        problems.add(("embeds",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = 0
    for index, embed in enumerate(listed):
        path: Path = ("embeds", index)
        for keys, limit in _TEXTS:
            value = _at(embed, keys)
            problems.length((*path, *keys), value, 0, limit)
            total += len(value.strip()) if isinstance(value, str) else 0
        for keys, attachment in _LINKS:
            _check_link(_at(embed, keys), (*path, *keys), problems, attachment=attachment)
        fields: Any = embed.get("fields") or []
        if len(fields) > 25:
            problems.add((*path, "fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        for place, field in enumerate(fields):
            here = (*path, "fields", place)
            problems.length((*here, "name"), field.get("name"), 1, 256, optional=False)
            problems.length((*here, "value"), field.get("value"), 1, 1024, optional=False)
            total += len(str(field.get("name", "")).strip()) + len(str(field.get("value", "")).strip())
        _check_colour_and_time(embed, path, problems)
    if total > 6000:
        message = "Embed size exceeds maximum size of 6000"
        problems.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)


def _check_link(value: object, path: Path, problems: Problems, *, attachment: bool) -> None:
    schemes = ("http", "https", "attachment") if attachment else ("http", "https")
    if value is not None and not str(value).startswith(tuple(f"{scheme}://" for scheme in schemes)):
        scheme = str(value).partition("://")[0]
        message = f'Scheme "{scheme}" is not supported. Scheme must be one of {schemes}.'
        problems.add(path, "URL_TYPE_INVALID_SCHEME", message)


def _check_colour_and_time(embed: Json, path: Path, problems: Problems) -> None:
    colour = embed.get("color")
    if colour is not None and not (isinstance(colour, int) and 0 <= colour <= 0xFFFFFF):
        message = "int value should be less than or equal to 16777215."
        problems.add((*path, "color"), "NUMBER_TYPE_MAX", message)
    if (moment := embed.get("timestamp")) is not None:
        try:
            datetime.fromisoformat(str(moment))
        except ValueError:
            message = f"Could not parse {moment}. Should be ISO8601."
            problems.add((*path, "timestamp"), "DATE_TIME_TYPE_PARSE", message)


def _check_allowed_mentions(allowed: Any, problems: Problems) -> None:
    path: Path = ("allowed_mentions",)
    if not isinstance(allowed, dict):
        problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    rules = cast("Json", allowed)
    parse: list[Any] = rules.get("parse") or []
    for index, kind in enumerate(parse):
        problems.one_of((*path, "parse", index), kind, ("users", "roles", "everyone"))
    for key in ("users", "roles"):
        listed: Any = rules.get(key) or []
        if listed and key in parse:
            message = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            problems.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
        if len(listed) > 100:
            problems.add((*path, key), "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
