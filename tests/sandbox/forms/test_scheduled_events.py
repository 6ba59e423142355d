"""Scheduled events: their place, their times, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from nrg_sandbox.forms.scheduled_events import (
    EVENT_CREATE,
    EVENT_EDIT,
    check_event,
    check_status,
    check_times,
)
from tests.sandbox.forms.faults import REQUIRED, TEXT, at_most, between, choices, faults, no_moment, no_more

Json = dict[str, Any]

NO_CHANNEL = "GUILD_SCHEDULED_EVENT_CHANNEL_NOT_ALLOWED", "An external event takes place in no channel"
NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)


def event(**fields: Any) -> Json:
    made: Json = {
        "name": "Practice",
        "privacy_level": 2,
        "scheduled_start_time": "2024-05-07T12:00:00+00:00",
        "entity_type": 2,
        "channel_id": "5",
    }
    return made | fields


def outside(**fields: Any) -> Json:
    made: Json = {
        "entity_type": 3,
        "channel_id": None,
        "entity_metadata": {"location": "the park"},
        "scheduled_end_time": "2024-05-07T13:00:00+00:00",
    }
    return event(**made | fields)


REFUSED: list[tuple[Json, str, tuple[str, str]]] = [
    (event(name=None), "name", REQUIRED),
    (event(name=""), "name", between(1, 100)),
    (event(name="n" * 101), "name", between(1, 100)),
    (event(description="d" * 1001), "description", at_most(1000)),
    (event(scheduled_start_time=None), "scheduled_start_time", REQUIRED),
    (event(scheduled_start_time=5), "scheduled_start_time", TEXT),
    (
        event(scheduled_end_time="x"),
        "scheduled_end_time",
        no_moment("x"),
    ),
    (event(privacy_level=1), "privacy_level", choices(2)),
    (event(entity_type=4), "entity_type", choices(1, 2, 3)),
    (event(channel_id=None), "channel_id", REQUIRED),
    (event(entity_type=1, channel_id=None), "channel_id", REQUIRED),
    (outside(entity_metadata=None), "entity_metadata.location", REQUIRED),
    (outside(entity_metadata={}), "entity_metadata.location", REQUIRED),
    (outside(entity_metadata={"location": ""}), "entity_metadata.location", between(1, 100)),
    (outside(entity_metadata={"location": "l" * 101}), "entity_metadata.location", between(1, 100)),
    (outside(scheduled_end_time=None), "scheduled_end_time", REQUIRED),
    (outside(channel_id="5"), "channel_id", NO_CHANNEL),
    (event(recurrence_rule={"frequency": 0}), "recurrence_rule.start", REQUIRED),
    (
        event(recurrence_rule={"start": "2024-05-07", "frequency": 2, "by_n_weekday": [{"n": 6, "day": 0}]}),
        "recurrence_rule.by_n_weekday.0.n",
        no_more(5),
    ),
]


@pytest.mark.parametrize(("body", "path", "told"), REFUSED)
def test_what_discord_refuses_is_told_at_its_place(body: Json, path: str, told: tuple[str, str]) -> None:
    assert faults(EVENT_CREATE.read, body) == [(path, *told)]


@pytest.mark.parametrize(
    "body",
    [
        event(name="n" * 100, description="d" * 1000),
        event(entity_type=1),
        outside(entity_metadata={"location": "l" * 100}),
        event(
            recurrence_rule={
                "start": "2024-05-07T12:00:00+00:00",
                "frequency": 2,
                "interval": 1,
                "by_weekday": [0],
            }
        ),
    ],
)
def test_what_just_fits_is_taken(body: Json) -> None:
    assert EVENT_CREATE.read(body) == body


def test_an_edit_names_only_what_changes() -> None:
    assert EVENT_EDIT.read({"status": 2}) == {"status": 2}
    assert faults(EVENT_EDIT.read, {"status": 5}) == [("status", *choices(1, 2, 3, 4))]
    assert faults(EVENT_EDIT.read, {"name": None}) == [("name", *REQUIRED)]


@pytest.mark.parametrize("metadata", [None, {}])
def test_an_event_that_moves_outside_says_where(metadata: Json | None) -> None:
    moved: Json = {"entity_type": 3, "entity_metadata": metadata}
    assert faults(EVENT_EDIT.read, moved) == [("entity_metadata.location", *REQUIRED)]
    assert faults(EVENT_EDIT.read, moved | {"entity_type": 2}) == []
    assert faults(EVENT_EDIT.read, {"entity_type": 3}) == []


def test_a_changed_event_still_has_its_place() -> None:
    check_event(event())
    check_event(outside())
    told = faults(check_event, event(entity_type=3))
    assert told == [
        ("entity_metadata.location", *REQUIRED),
        ("scheduled_end_time", *REQUIRED),
        ("channel_id", *NO_CHANNEL),
    ]


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2024-05-06T12:00:01+00:00", None, []),
        ("2024-05-06T12:00:00+00:00", None, ["scheduled_start_time"]),
        ("2024-05-06T11:00:00+00:00", "2024-05-06T13:00:00+00:00", ["scheduled_start_time"]),
        ("2024-05-07T12:00:00+00:00", "2024-05-07T12:00:01+00:00", []),
        ("2024-05-07T12:00:00+00:00", "2024-05-07T12:00:00+00:00", ["scheduled_end_time"]),
    ],
)
def test_an_event_lies_ahead_and_ends_after_it_starts(start: str, end: str | None, wrong: list[str]) -> None:
    told = faults(check_times, {"scheduled_start_time": start, "scheduled_end_time": end}, NOW)
    assert [path for path, _, _ in told] == wrong


@pytest.mark.parametrize("old", [1, 2, 3, 4])
@pytest.mark.parametrize("new", [1, 2, 3, 4])
def test_an_event_goes_on_in_one_direction(old: int, new: int) -> None:
    allowed = old == new or (old, new) in {(1, 2), (2, 3), (1, 4)}
    told = faults(check_status, old, new)
    assert [path for path, _, _ in told] == ([] if allowed else ["status"])
