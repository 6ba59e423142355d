"""The clock of a practice, against a slow count of every second that it ran."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from nrg_practice.service.timer import Timer

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTHING = timedelta()

Click = Literal["pause", "resume"]

clicks = st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(("pause", "resume"))), max_size=12)
"""Clicks, each so many seconds after the one before."""

instants = st.integers(-5000, 5000).map(lambda seconds: START + timedelta(seconds=seconds))


def clicked(steps: list[tuple[int, Click]]) -> tuple[Timer, datetime, list[tuple[datetime, datetime | None]]]:
    """Return the clock after the clicks, the time by then, and the pauses that a witness wrote down."""
    timer, now = Timer(START), START
    pauses: list[tuple[datetime, datetime | None]] = []
    for seconds, click in steps:
        now += timedelta(seconds=seconds)
        open_pause = bool(pauses) and pauses[-1][1] is None
        if click == "pause":
            timer = timer.pause(now)
            if not open_pause:
                pauses.append((now, None))
        else:
            timer = timer.resume(now)
            if open_pause:
                pauses[-1] = (pauses[-1][0], now)
    return timer, now, pauses


@given(clicks, st.integers(0, 5000))
def test_what_ran_and_what_was_paused_make_up_the_whole(steps: list[tuple[int, Click]], more: int) -> None:
    timer, now, pauses = clicked(steps)
    end = now + timedelta(seconds=more)
    paused = sum(((to or end) - since for since, to in pauses), NOTHING)
    assert timer.elapsed(end) + paused == end - START
    assert all((to or end) <= since for (_, to), (since, _) in itertools.pairwise(pauses))


@given(clicks, st.integers(0, 5000), st.integers(0, 5000))
def test_it_runs_or_stands(steps: list[tuple[int, Click]], first: int, then: int) -> None:
    timer, now, _ = clicked(steps)
    earlier = now + timedelta(seconds=first)
    later = earlier + timedelta(seconds=then)
    went_on = timer.elapsed(later) - timer.elapsed(earlier)
    assert went_on == (NOTHING if timer.paused_at else later - earlier)


@given(clicks)
def test_saying_it_twice_is_saying_it_once(steps: list[tuple[int, Click]]) -> None:
    once, _, _ = clicked(steps)
    now = START
    twice = Timer(START)
    for seconds, click in steps:
        now += timedelta(seconds=seconds)
        for _ in range(2):
            twice = twice.pause(now) if click == "pause" else twice.resume(now)
    assert twice == once


@given(st.lists(st.tuples(instants, st.sampled_from(("pause", "resume"))), max_size=8), instants)
def test_clocks_that_disagree_invent_no_time(steps: list[tuple[datetime, Click]], end: datetime) -> None:
    """Two machines may have two clocks: time is never negative, and never more than there was."""
    timer, latest = Timer(START), START
    for now, click in steps:
        latest = max(latest, now)
        timer = timer.pause(now) if click == "pause" else timer.resume(now)
        assert NOTHING <= timer.elapsed(now) <= max(latest - START, NOTHING)
    assert timer.elapsed(end) <= max(max(latest, end) - START, NOTHING)
