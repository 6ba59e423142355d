"""Messages: what one may hold when it is written or edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol, Required

from annotated_types import MaxLen
from pydantic import PlainValidator
from typing_extensions import TypedDict

from nrg_sandbox.errors import ApiError, Path, Problems
from nrg_sandbox.forms.embeds import Embeds
from nrg_sandbox.forms.fields import UNIQUE, Between, Bool, Int, Number, OneOf, Snowflake, Url
from nrg_sandbox.forms.form import Form, Json, fault, rule
from nrg_sandbox.forms.layouts import Layout, check_layout
from nrg_sandbox.forms.limits import COMPONENTS_V2, FILE_BYTES, REQUEST_BYTES
from nrg_sandbox.forms.polls import Poll
from nrg_sandbox.forms.webhooks import Username

__all__ = [
    "MESSAGE_CREATE",
    "MESSAGE_EDIT",
    "WEBHOOK_MESSAGE",
    "NewMessage",
    "Upload",
    "check_fields",
    "check_message",
    "check_not_empty",
]

_FILES = 10


class _AllowedMentions(TypedDict, total=False):
    parse: Annotated[list[Annotated[str, OneOf("users", "roles", "everyone")]], UNIQUE] | None
    users: Annotated[list[Snowflake], MaxLen(100), UNIQUE] | None
    roles: Annotated[list[Snowflake], MaxLen(100), UNIQUE] | None
    replied_user: Bool | None


def _exclusive(allowed: Json, problems: Problems) -> None:
    for key in ("users", "roles"):
        if allowed.get(key) and key in (allowed.get("parse") or ()):
            message = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            problems.add((), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


class _Attachment(TypedDict, total=False):
    id: Required[Snowflake]
    filename: Annotated[str, Between(1, 1024)] | None
    description: Annotated[str, MaxLen(1024)] | None
    title: Annotated[str, MaxLen(1024)] | None
    duration_secs: Annotated[float, Number(0, 2**31 - 1)] | None
    waveform: Annotated[str, MaxLen(400)] | None
    is_spoiler: Bool | None
    is_remix: Bool | None


class _Reference(TypedDict, total=False):
    type: Annotated[int, OneOf(0, 1)] | None
    message_id: Required[Snowflake]
    channel_id: Snowflake | None
    guild_id: Snowflake | None
    fail_if_not_exists: Bool | None


class _Fields(TypedDict, total=False):
    content: Annotated[str, MaxLen(2000)] | None
    embeds: Embeds | None
    allowed_mentions: Annotated[_AllowedMentions, rule(_exclusive)] | None
    components: Annotated[Layout, MaxLen(40)] | None
    attachments: Annotated[list[_Attachment], MaxLen(_FILES)] | None
    flags: Int | None


class NewMessage(_Fields, total=False):
    """A message to write, as the first one in a forum's thread is told."""

    poll: Poll | None
    sticker_ids: Annotated[list[Snowflake], MaxLen(3)] | None


def _nonce(value: object) -> int | str:
    if isinstance(value, str):
        if len(value) > 25:
            raise fault("BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        return value
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise fault("STRING_TYPE_CONVERT", "Could not interpret value as string.")


class _Create(NewMessage, total=False):
    message_reference: _Reference | None
    nonce: Annotated[int | str, PlainValidator(_nonce)] | None
    enforce_nonce: Bool | None
    tts: Bool | None


class _Edit(_Fields, total=False):
    sticker_ids: list[Snowflake] | None


class _Webhook(_Fields, total=False):
    poll: Poll | None
    tts: Bool | None
    username: Username | None
    avatar_url: Url | None
    thread_name: Annotated[str, MaxLen(100)] | None
    applied_tags: Annotated[list[Snowflake], MaxLen(5)] | None


MESSAGE_CREATE: Form[Json] = Form(_Create)
MESSAGE_EDIT: Form[Json] = Form(_Edit)
WEBHOOK_MESSAGE: Form[Json] = Form(_Webhook)

_LEGACY = ("content", "embeds", "poll", "sticker_ids")


class Upload(Protocol):
    """A file that came with a message."""

    @property
    def data(self) -> bytes:
        """What is in it."""
        ...


def check_message(
    body: object,
    uploads: Mapping[int, Upload],
    *,
    form: Form[Json] = MESSAGE_CREATE,
    v2: bool = False,
    root: Path = (),
) -> Json:
    """Read a message that is created or edited.

    Parameters
    ----------
    body
        The message as the bot sent it; fields that are absent stay so.
    uploads
        The files that came with it, by their number.
    form
        Which fields it may have.
    v2
        Whether the message being edited already uses the newer components.
    root
        Where in the request body the message lies.

    Raises
    ------
    ApiError
        50035, with every fault at its path; 40005 for files too large.
    """
    message = form.read(body, root)
    problems = Problems()
    check_fields(message, problems, v2=v2)
    if len(uploads) > _FILES:
        problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {_FILES} or fewer in length.")
    problems.raise_any(root)
    if uploads:
        sizes = [len(upload.data) for upload in uploads.values()]
        if max(sizes) > FILE_BYTES or sum(sizes) > REQUEST_BYTES:
            raise ApiError.of(40005)
    return message


def check_fields(message: Json, problems: Problems, *, v2: bool = False) -> None:
    """Note what is wrong with a message across its fields."""
    v2 = v2 or bool((message.get("flags") or 0) & COMPONENTS_V2)
    if v2:
        for key in _LEGACY:
            if message.get(key):
                text = "This field cannot be used with the IS_COMPONENTS_V2 flag"
                problems.add((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    if components := message.get("components"):
        check_layout(components, problems, v2=v2)


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
