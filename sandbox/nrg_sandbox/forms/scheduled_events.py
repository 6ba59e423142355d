"""Scheduled events: where and when they take place, and how they go on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import UNIQUE, Between, Image, Moment, OneOf, Snowflake, Whole
from nrg_sandbox.forms.form import Form, Json, rule

__all__ = ["EVENT_CREATE", "EVENT_EDIT", "check_event", "check_status", "check_times"]

_STAGE, _VOICE, _EXTERNAL = 1, 2, 3
_SCHEDULED, _ACTIVE, _COMPLETED, _CANCELED = 1, 2, 3, 4
_NEXT = {_SCHEDULED: (_ACTIVE, _CANCELED), _ACTIVE: (_COMPLETED,), _COMPLETED: (), _CANCELED: ()}

_Count = Annotated[int, Whole(0, 2**31 - 1)]
_Weekday = Annotated[int, OneOf(*range(7))]


class _NthWeekday(TypedDict):
    n: Annotated[int, Whole(1, 5)]
    day: _Weekday


class _Recurrence(TypedDict, total=False):
    start: Required[Moment]
    end: Moment | None
    frequency: Required[Annotated[int, OneOf(0, 1, 2, 3)]]
    interval: _Count | None
    count: _Count | None
    by_weekday: Annotated[list[_Weekday], MaxLen(7), UNIQUE] | None
    by_n_weekday: Annotated[list[_NthWeekday], MaxLen(7)] | None
    by_month: Annotated[list[Annotated[int, OneOf(*range(1, 13))]], MaxLen(12), UNIQUE] | None
    by_month_day: Annotated[list[Annotated[int, Whole(-1, 31)]], MaxLen(33), UNIQUE] | None
    by_year_day: Annotated[list[Annotated[int, Whole(-1, 365)]], MaxLen(367), UNIQUE] | None


class _Metadata(TypedDict, total=False):
    location: Annotated[str, Between(1, 100)] | None


_Name = Annotated[str, Between(1, 100)]
_Kind = Annotated[int, OneOf(_STAGE, _VOICE, _EXTERNAL)]
_Privacy = Annotated[int, OneOf(2)]


class _Event(TypedDict, total=False):
    description: Annotated[str, MaxLen(1000)] | None
    image: Image | None
    scheduled_end_time: Moment | None
    channel_id: Snowflake | None
    entity_metadata: _Metadata | None
    recurrence_rule: _Recurrence | None


class _Create(_Event, total=False):
    name: Required[_Name]
    scheduled_start_time: Required[Moment]
    privacy_level: Required[_Privacy]
    entity_type: Required[_Kind]


class _Edit(_Event, total=False):
    name: _Name
    scheduled_start_time: Moment
    privacy_level: _Privacy
    entity_type: _Kind | None
    status: Annotated[int, OneOf(_SCHEDULED, _ACTIVE, _COMPLETED, _CANCELED)] | None


def _check_place(event: Json, problems: Problems) -> None:
    if event["entity_type"] != _EXTERNAL:
        if event.get("channel_id") is None:
            problems.required(("channel_id",))
        return
    _check_location(event, problems)
    if event.get("scheduled_end_time") is None:
        problems.required(("scheduled_end_time",))
    if event.get("channel_id") is not None:
        message = "An external event takes place in no channel"
        problems.add(("channel_id",), "GUILD_SCHEDULED_EVENT_CHANNEL_NOT_ALLOWED", message)


def _check_location(event: Json, problems: Problems) -> None:
    metadata: Json = event.get("entity_metadata") or {}
    if metadata.get("location") is None:
        problems.required(("entity_metadata", "location"))


def _check_changes(changes: Json, problems: Problems) -> None:
    if changes.get("entity_type") == _EXTERNAL and "entity_metadata" in changes:
        _check_location(changes, problems)


EVENT_CREATE: Form[Json] = Form(Annotated[_Create, rule(_check_place)])
EVENT_EDIT: Form[Json] = Form(Annotated[_Edit, rule(_check_changes)])


def check_event(event: Json) -> None:
    """Check that an event, with its changes, has the place that its kind needs.

    Raises
    ------
    ApiError
        50035, when a channel, or an outside event's location or end, is missing.
    """
    problems = Problems()
    _check_place(event, problems)
    problems.raise_any()


def check_times(event: Json, now: datetime) -> None:
    """Check that an event that is still to come starts after ``now``, and ends after it starts.

    Raises
    ------
    ApiError
        50035, at the time that is wrong.
    """
    problems = Problems()
    start = datetime.fromisoformat(event["scheduled_start_time"])
    if start <= now:
        message = "Cannot schedule event in the past."
        problems.add(("scheduled_start_time",), "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", message)
    end = event.get("scheduled_end_time")
    if end is not None and datetime.fromisoformat(end) <= start:
        message = "Cannot schedule event to end before it starts."
        problems.add(("scheduled_end_time",), "GUILD_SCHEDULED_EVENT_END_BEFORE_START", message)
    problems.raise_any()


def check_status(old: int, new: int) -> None:
    """Check that an event may go from one status to another: 1, 2, 3; or 1, 4.

    Raises
    ------
    ApiError
        50035, at ``status``.
    """
    if new != old and new not in _NEXT[old]:
        problems = Problems()
        message = f"Invalid status transition from {old} to {new}."
        problems.add(("status",), "GUILD_SCHEDULED_EVENT_INVALID_STATUS_TRANSITION", message)
        problems.raise_any()
