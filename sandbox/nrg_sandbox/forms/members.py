"""Members: changed, timed out, banned and pruned, and how they are heard in voice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import UNIQUE, Between, Bool, Image, Int, Moment, Snowflake, Whole
from nrg_sandbox.forms.form import Form, Json

__all__ = [
    "BAN",
    "BULK_BAN",
    "MEMBER_EDIT",
    "OWN_MEMBER_EDIT",
    "OWN_VOICE_STATE",
    "PRUNE",
    "VOICE_STATE",
    "check_time_out",
]

_LONGEST = timedelta(days=28)

_Nick = Annotated[str, MaxLen(32)]
_Seconds = Annotated[int, Whole(0, 7 * 24 * 60 * 60)]


class _Member(TypedDict, total=False):
    nick: _Nick | None
    roles: Annotated[list[Snowflake], MaxLen(350), UNIQUE] | None
    mute: Bool | None
    deaf: Bool | None
    channel_id: Snowflake | None
    communication_disabled_until: Moment | None
    flags: Int | None


class _OwnMember(TypedDict, total=False):
    nick: _Nick | None
    avatar: Image | None
    banner: Image | None
    bio: Annotated[str, MaxLen(190)] | None


class _Ban(TypedDict, total=False):
    delete_message_seconds: _Seconds | None
    delete_message_days: Annotated[int, Whole(0, 7)] | None


class _BulkBan(TypedDict, total=False):
    user_ids: Required[Annotated[list[Snowflake], Between(1, 200), UNIQUE]]
    delete_message_seconds: _Seconds | None


class _Prune(TypedDict, total=False):
    days: Annotated[int, Whole(1, 30)] | None
    compute_prune_count: Bool | None
    include_roles: Annotated[list[Snowflake], MaxLen(100), UNIQUE] | None


class _VoiceState(TypedDict, total=False):
    channel_id: Snowflake | None
    suppress: Bool | None


class _OwnVoiceState(_VoiceState, total=False):
    request_to_speak_timestamp: Moment | None


MEMBER_EDIT: Form[Json] = Form(_Member)
OWN_MEMBER_EDIT: Form[Json] = Form(_OwnMember)
BAN: Form[Json] = Form(_Ban)
BULK_BAN: Form[Json] = Form(_BulkBan)
PRUNE: Form[Json] = Form(_Prune)
VOICE_STATE: Form[Json] = Form(_VoiceState)
OWN_VOICE_STATE: Form[Json] = Form(_OwnVoiceState)


def check_time_out(member: Json, now: datetime) -> None:
    """Check that a member is not timed out for more than 28 days from ``now``.

    Raises
    ------
    ApiError
        50035, at ``communication_disabled_until``.
    """
    until = member.get("communication_disabled_until")
    if until is not None and datetime.fromisoformat(until) > now + _LONGEST:
        problems = Problems()
        message = "Cannot time out a member for more than 28 days"
        problems.add(("communication_disabled_until",), "COMMUNICATION_DISABLED_UNTIL_TOO_LATE", message)
        problems.raise_any()
