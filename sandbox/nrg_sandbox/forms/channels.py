"""Channels of a server: made, changed, ordered, and who may do what in them."""

from __future__ import annotations

from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import (
    UNIQUE,
    Between,
    Bool,
    Int,
    OneOf,
    Permissions,
    Snowflake,
    Whole,
)
from nrg_sandbox.forms.form import Form, Json, rule

__all__ = [
    "BULK_DELETE",
    "CHANNEL_CREATE",
    "CHANNEL_EDIT",
    "CHANNEL_POSITIONS",
    "INVITE_CREATE",
    "OVERWRITE",
    "ArchiveMinutes",
    "ChannelName",
    "Slowmode",
    "check_channel",
]

_TEXT, _STAGE, _FORUM, _MEDIA = 0, 13, 15, 16

ArchiveMinutes = Annotated[int, OneOf(60, 1440, 4320, 10080)]
ChannelName = Annotated[str, Between(1, 100)]
Slowmode = Annotated[int, Whole(0, 21600)]
_Kind = Annotated[int, OneOf(0, 2, 4, 5, 13, 14, 15)]
_Position = Annotated[int, Whole(0, 2**31 - 1)]


class _Overwrite(TypedDict, total=False):
    type: Annotated[int, OneOf(0, 1)] | None
    allow: Permissions | None
    deny: Permissions | None


class _OverwriteOf(_Overwrite, total=False):
    id: Required[Snowflake]


class _Reaction(TypedDict, total=False):
    emoji_id: Snowflake | None
    emoji_name: Annotated[str, MaxLen(100)] | None


class _Tag(_Reaction, total=False):
    id: Snowflake | None
    name: Required[Annotated[str, MaxLen(50)]]
    moderated: Bool | None


def _one_emoji(reaction: Json, problems: Problems) -> None:
    if reaction.get("emoji_id") is not None and reaction.get("emoji_name") is not None:
        message = "Only one of emoji_id and emoji_name can be set"
        problems.add(("emoji_name",), "CHANNEL_EMOJI_ID_NAME_MUTUALLY_EXCLUSIVE", message)


class _Channel(TypedDict, total=False):
    topic: Annotated[str, MaxLen(4096)] | None
    position: _Position | None
    parent_id: Snowflake | None
    nsfw: Bool | None
    rate_limit_per_user: Slowmode | None
    bitrate: Annotated[int, Whole(8000, 384_000)] | None
    user_limit: Annotated[int, Whole(0, 10_000)] | None
    permission_overwrites: Annotated[list[_OverwriteOf], MaxLen(100)] | None
    rtc_region: str | None
    video_quality_mode: Annotated[int, OneOf(1, 2)] | None
    default_auto_archive_duration: ArchiveMinutes | None
    default_reaction_emoji: Annotated[_Reaction, rule(_one_emoji)] | None
    default_thread_rate_limit_per_user: Slowmode | None
    default_sort_order: Annotated[int, OneOf(0, 1)] | None
    default_forum_layout: Annotated[int, OneOf(0, 1, 2)] | None
    default_tag_setting: Annotated[str, OneOf("match_all", "match_some")] | None
    available_tags: Annotated[list[Annotated[_Tag, rule(_one_emoji)]], MaxLen(20)] | None


class _Create(_Channel, total=False):
    type: _Kind | None
    name: Required[ChannelName]


class _Edit(_Channel, total=False):
    type: _Kind | None
    name: ChannelName
    flags: Int | None


def check_channel(channel: Json, kind: int, problems: Problems) -> None:
    """Note limits that are narrower in this kind of channel than in others."""
    if kind not in (_FORUM, _MEDIA) and len(channel.get("topic") or "") > 1024:
        problems.add(("topic",), "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")
    if kind != _STAGE and (channel.get("user_limit") or 0) > 99:
        problems.add(("user_limit",), "NUMBER_TYPE_MAX", "int value should be less than or equal to 99.")


def _check_new(channel: Json, problems: Problems) -> None:
    check_channel(channel, channel.get("type") or _TEXT, problems)


class _Place(TypedDict, total=False):
    id: Required[Snowflake]
    position: _Position | None
    parent_id: Snowflake | None
    lock_permissions: Bool | None


class _Invite(TypedDict, total=False):
    max_age: Annotated[int, Whole(0, 5_184_000)] | None
    max_uses: Annotated[int, Whole(0, 100)] | None
    temporary: Bool | None
    unique: Bool | None
    target_type: Annotated[int, OneOf(1, 2, 3)] | None
    target_user_id: Snowflake | None
    target_application_id: Snowflake | None
    role_ids: Annotated[list[Snowflake], MaxLen(250), UNIQUE] | None


class _BulkDelete(TypedDict):
    messages: Annotated[list[Snowflake], Between(2, 100), UNIQUE]


CHANNEL_CREATE: Form[Json] = Form(Annotated[_Create, rule(_check_new)])
CHANNEL_EDIT: Form[Json] = Form(_Edit)
CHANNEL_POSITIONS: Form[list[Json]] = Form(list[_Place])
OVERWRITE: Form[Json] = Form(_Overwrite)
INVITE_CREATE: Form[Json] = Form(_Invite)
BULK_DELETE: Form[Json] = Form(_BulkDelete)
