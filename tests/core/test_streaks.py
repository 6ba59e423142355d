"""Streaks, held against a slow and obvious day-by-day count, and against real calendars."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nrg_core.domain.streaks import (
    Streak,
    current_on,
    from_days,
    local_day,
    missing_days,
    next_milestone,
    record_day,
    skipped_days,
)

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
# hypothesis wants its bounds without a zone
EIGHTIES, THIRTIES = datetime(1980, 1, 1), datetime(2035, 1, 1)  # noqa: DTZ001

# Far east and far west of the date line, half hours, midnight gaps, and calendars that lost a day.
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Africa/Cairo",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Chatham",
        "Pacific/Honolulu",
        "Pacific/Kiritimati",
        "Pacific/Kwajalein",
        "Pacific/Pago_Pago",
        "Etc/GMT+12",
    )
]

some_day = st.dates(MONDAY, MONDAY + 45 * DAY)
days = st.frozensets(some_day, max_size=40)
rest = st.integers(0, 6)


def on(*numbers: int) -> list[date]:
    """Days counted from a Monday, which is day 0."""
    return [MONDAY + n * DAY for n in numbers]


def slow(counted: Set[date], today: date, rest_days: int, excused: Set[date]) -> tuple[int, int]:
    """Walk every day up to today; return the streak that counts today, and the longest one."""
    current = longest = missed = 0
    day = min(counted, default=today)
    while day <= today:
        if day.weekday() == 0:
            missed = 0
        if day in counted:
            current += 1
            longest = max(longest, current)
        elif day not in excused and day < today:  # today is not over
            missed += 1
            if missed > rest_days:
                current = 0
        day += DAY
    return current, longest


@given(days, rest, days, st.integers(0, 20))
def test_agrees_with_the_slow_count(
    counted: frozenset[date], rest_days: int, excused: frozenset[date], later: int
) -> None:
    today = max(counted, default=MONDAY) + later * DAY
    streak = from_days(counted, rest_days=rest_days, excused=excused)
    current = current_on(streak, today, rest_days=rest_days, excused=excused)
    assert (current, streak.longest) == slow(counted, today, rest_days, excused)


@given(days, rest, days)
def test_day_by_day_equals_all_at_once_and_nothing_falls(
    counted: frozenset[date], rest_days: int, excused: frozenset[date]
) -> None:
    streak = Streak()
    for day in sorted(counted):
        before = streak
        streak = record_day(before, day, rest_days=rest_days, excused=excused)
        assert 1 <= streak.current <= streak.longest
        assert before.longest <= streak.longest <= before.longest + 1
        assert streak.last_day == day
        assert 0 <= streak.rested <= day.weekday()
        # The same day again, and any earlier one, changes nothing.
        for known in (day, day - DAY, MONDAY - DAY):
            assert record_day(streak, known, rest_days=rest_days, excused=excused) == streak
    shuffled = [*counted, *counted]
    assert from_days(shuffled, rest_days=rest_days, excused=excused) == streak


@given(days.filter(bool), rest, days, some_day)
@example(frozenset({MONDAY, MONDAY + 3 * DAY, MONDAY + 5 * DAY}), 1, frozenset(), MONDAY + DAY)
def test_more_practice_and_more_excuses_never_shorten(
    counted: frozenset[date], rest_days: int, excused: frozenset[date], another: date
) -> None:
    streak = from_days(counted, rest_days=rest_days, excused=excused)
    today = max(counted)
    eased = from_days(counted, rest_days=rest_days, excused=excused | {another})
    assert eased.current >= streak.current
    assert eased.longest >= streak.longest
    if min(counted) < another < today:
        busier = from_days(counted | {another}, rest_days=rest_days, excused=excused)
        assert busier.current >= streak.current
        assert busier.longest >= streak.longest
    if rest_days < 6:
        laxer = from_days(counted, rest_days=rest_days + 1, excused=excused)
        assert laxer.current >= streak.current


@given(
    st.datetimes(EIGHTIES, THIRTIES, timezones=st.just(UTC)),
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from(ZONES)), min_size=1, max_size=8),
)
@example(datetime(2011, 12, 27, tzinfo=UTC), [(90, ZoneInfo("Pacific/Apia")), (90, ZoneInfo("Pacific/Apia"))])
@example(
    datetime(2026, 1, 1, 20, tzinfo=UTC),
    [(48, ZoneInfo("Pacific/Honolulu")), (48, ZoneInfo("Pacific/Kiritimati"))],
)
def test_a_check_in_at_every_local_noon_never_breaks(
    start: datetime, stays: list[tuple[int, ZoneInfo]]
) -> None:
    arrival, zone = start, stays[0][1]
    streak, practised, excused = Streak(), set[date](), set[date]()
    for hours, next_zone in stays:
        excused |= skipped_days(zone, next_zone, arrival)
        zone, departure = next_zone, arrival + timedelta(hours=hours)
        first, last = local_day(arrival, zone), local_day(departure, zone)
        excused |= missing_days(zone, first - DAY, last + DAY)
        for n in range((last - first).days + 1):
            day = first + n * DAY
            noon = datetime.combine(day, time(12), zone).astimezone(UTC)
            if local_day(noon, zone) != day or not arrival <= noon < departure:
                continue
            assert practised == set() or current_on(streak, day, excused=excused) == streak.current > 0
            grown = record_day(streak, day, excused=excused)
            new = streak.last_day is None or day > streak.last_day
            assert grown.current == streak.current + new
            streak, practised = grown, practised | {day}
        arrival = departure
    # Recomputed, days that came back on a move westwards count as well, and each once.
    assert from_days(practised, excused=excused).current == len(practised)


def test_without_rest_days_a_streak_ends_today_or_yesterday() -> None:
    streak = from_days(on(0, 1, 2))
    assert streak == Streak(current=3, longest=3, last_day=MONDAY + 2 * DAY)
    assert [current_on(streak, day) for day in on(2, 3, 4)] == [3, 3, 0]
    assert record_day(streak, MONDAY + 4 * DAY) == Streak(1, 3, MONDAY + 4 * DAY, rested=1)


def test_nobody_has_a_streak_before_the_first_day() -> None:
    assert current_on(Streak(), MONDAY) == 0
    assert from_days([]) == Streak()


def test_rest_days_are_given_anew_on_monday() -> None:
    # Sunday and the Monday after it: one rest day of each week.
    assert from_days(on(5, 8), rest_days=1).current == 2
    # Two of the same week are one too many, but not with two allowed.
    assert from_days(on(0, 3), rest_days=1).current == 1
    assert from_days(on(0, 3), rest_days=2) == Streak(2, 2, MONDAY + 3 * DAY, rested=2)
    # They add up over the week, also when the days between were practised.
    assert from_days(on(0, 2, 4), rest_days=1) == Streak(1, 2, MONDAY + 4 * DAY, rested=2)
    # A week's rest days are the week's, not the streak's; those before the first day are not missed.
    assert from_days(on(0, 3, 5), rest_days=1).current == 1
    assert from_days(on(3, 5), rest_days=1).current == 2


def test_coming_back_after_years_looks_at_the_present_week_only() -> None:
    # A Thursday: three days of its week were missed, and with six allowed three are left.
    back = date(2036, 3, 6)
    streak = record_day(Streak(5, 5, MONDAY), back, rest_days=6)
    assert streak == Streak(1, 5, back, rested=3)


def test_a_streak_waits_for_as_long_as_it_can_be_carried_on() -> None:
    streak = from_days(on(0, 1), rest_days=2)
    assert [current_on(streak, day, rest_days=2) for day in on(2, 3, 4, 5)] == [2, 2, 2, 0]


@pytest.mark.parametrize("rest_days", [-1, 7])
def test_impossible_rest_days_are_refused(rest_days: int) -> None:
    with pytest.raises(ValueError, match="rest_days must be between 0 and 6"):
        record_day(Streak(), MONDAY, rest_days=rest_days)


def test_an_excused_day_neither_ends_nor_adds_but_counts_when_practised() -> None:
    excused = {MONDAY + DAY}
    assert from_days(on(0, 2), excused=excused) == Streak(2, 2, MONDAY + 2 * DAY)
    assert from_days(on(0, 1, 2), excused=excused).current == 3


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
    ],
)
def test_calendars_that_left_a_day_out(name: str, day: date) -> None:
    assert missing_days(ZoneInfo(name), day - 30 * DAY, day + 30 * DAY) == {day}
    assert missing_days(ZoneInfo(name), day, day) == {day}
    assert missing_days(ZoneInfo(name), day, day - DAY) == set()


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe"]
)
def test_daylight_saving_leaves_no_day_out(name: str) -> None:
    assert missing_days(ZoneInfo(name), date(2010, 1, 1), date(2026, 12, 31)) == set()


def test_local_day_is_the_calendar_of_the_place() -> None:
    instant = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert local_day(instant, ZoneInfo("Europe/Berlin")) == date(2026, 3, 3)
    assert local_day(instant, ZoneInfo("America/New_York")) == date(2026, 3, 2)
    with pytest.raises(ValueError, match="aware"):
        local_day(instant.replace(tzinfo=None), ZoneInfo("UTC"))


def test_moving_eastwards_excuses_the_days_cut_short() -> None:
    honolulu, kiritimati = ZoneInfo("Pacific/Honolulu"), ZoneInfo("Pacific/Kiritimati")
    # 10 in the morning of the 1st becomes 10 in the morning of the 2nd.
    at = datetime(2026, 1, 1, 20, tzinfo=UTC)
    assert skipped_days(honolulu, kiritimati, at) == {date(2026, 1, 1), date(2026, 1, 2)}
    assert skipped_days(kiritimati, honolulu, at) == set()
    assert skipped_days(honolulu, honolulu, at) == set()
    # Half past eleven at night on the 1st becomes half past one on the 3rd.
    far_west = ZoneInfo("Etc/GMT+12")
    assert skipped_days(far_west, kiritimati, datetime(2026, 1, 2, 11, 30, tzinfo=UTC)) == {
        date(2026, 1, day) for day in (1, 2, 3)
    }
    # Midnight becomes midnight: the new day is whole.
    assert skipped_days(honolulu, kiritimati, datetime(2026, 1, 1, 10, tzinfo=UTC)) == {date(2026, 1, 1)}


def test_moving_without_a_change_of_date_can_cost_most_of_a_day() -> None:
    at = datetime(2026, 1, 1, 10, 30, tzinfo=UTC)
    assert skipped_days(ZoneInfo("Pacific/Honolulu"), ZoneInfo("Etc/GMT-13"), at) == {date(2026, 1, 1)}


def test_a_day_that_comes_twice_counts_once() -> None:
    streak = from_days(on(0, 1))
    back = record_day(streak, MONDAY)
    assert record_day(back, MONDAY + DAY) == streak
    assert current_on(streak, MONDAY) == 2


@pytest.mark.parametrize(
    ("current", "following"),
    [(0, 3), (2, 3), (3, 7), (13, 14), (29, 30), (59, 60), (99, 100), (100, 200), (199, 200), (1000, 1100)],
)
def test_next_milestone(current: int, following: int) -> None:
    assert next_milestone(current) == following
