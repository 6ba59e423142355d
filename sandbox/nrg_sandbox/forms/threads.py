"""Threads: opened from a message, without one, or in a forum; and changed."""

from __future__ import annotations

from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.forms.channels import ArchiveMinutes, ChannelName, Slowmode
from nrg_sandbox.forms.fields import Bool, Int, OneOf, Snowflake
from nrg_sandbox.forms.form import Form, Json, rule
from nrg_sandbox.forms.messages import NewMessage, check_fields

__all__ = ["FORUM_THREAD", "MESSAGE_THREAD", "THREAD_CREATE", "THREAD_EDIT"]

_Tags = Annotated[list[Snowflake], MaxLen(5)]


class _FromMessage(TypedDict, total=False):
    name: Required[ChannelName]
    auto_archive_duration: ArchiveMinutes | None
    rate_limit_per_user: Slowmode | None


class _Create(_FromMessage, total=False):
    type: Annotated[int, OneOf(10, 11, 12)] | None
    invitable: Bool | None


class _InForum(_FromMessage, total=False):
    message: Required[Annotated[NewMessage, rule(check_fields)]]
    applied_tags: _Tags | None


class _Edit(TypedDict, total=False):
    name: ChannelName
    archived: Bool | None
    locked: Bool | None
    invitable: Bool | None
    auto_archive_duration: ArchiveMinutes | None
    rate_limit_per_user: Slowmode | None
    applied_tags: _Tags | None
    flags: Int | None


MESSAGE_THREAD: Form[Json] = Form(_FromMessage)
THREAD_CREATE: Form[Json] = Form(_Create)
FORUM_THREAD: Form[Json] = Form(_InForum)
THREAD_EDIT: Form[Json] = Form(_Edit)
