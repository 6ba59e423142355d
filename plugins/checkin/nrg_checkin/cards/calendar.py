"""The streak card: the last weeks as a calendar, the streak in figures, the way to the next milestone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from nrg_core.pictures import element, escape, grouped, text

from .palette import ACCENT, GROUND, INK, MUTED, QUIET, legible_accent, mix
from .parts import INNER, MARGIN, WIDTH, bar, card, fitting_size, member_name
from .words import ENGLISH, Words

__all__ = ["WEEKS", "CalendarData", "streak_calendar", "streak_days"]

WEEKS = 17
_LEVELS = (1, 10, 20, 40)  # minutes from which a day shines brighter
_SHARES = (0.46, 0.62, 0.8, 1.0)  # of the accent, level by level
_CELL = 20
_STEP = 25
_LEFT = WIDTH - MARGIN - (WEEKS - 1) * _STEP - _CELL
_TOP = 186
_FOOT = _TOP + 6 * _STEP + _CELL


@dataclass(frozen=True)
class CalendarData:
    """What the streak card shows.

    Parameters
    ----------
    name
        As the member calls themselves; any text.
    today
        The member's own date.
    minutes_by_day
        Minutes practised on each day; days without practice may be left out.
    current, longest
        Streaks, in days.
    total_minutes
        Of all time.
    next_milestone
        The streak, in days, that is celebrated next; None leaves the progress bar out.
    hacks_mastered
        How many techniques the member has mastered.
    accent
        The community's colour, #rrggbb; lightened if it were too dark to read.
    """

    name: str
    today: date
    minutes_by_day: Mapping[date, int]
    current: int
    longest: int
    total_minutes: int
    next_milestone: int | None
    hacks_mastered: int
    accent: str = ACCENT


def streak_days(data: CalendarData) -> frozenset[date]:
    """Return the days that the current streak spans, rest days within it included."""
    practised = sorted(
        day for day, minutes in data.minutes_by_day.items() if minutes >= 1 and day <= data.today
    )
    counted = practised[-data.current :] if data.current > 0 else []
    if not counted:
        return frozenset()
    span = (counted[-1] - counted[0]).days
    return frozenset(counted[0] + timedelta(days=passed) for passed in range(span + 1))


def streak_calendar(data: CalendarData, words: Words = ENGLISH) -> str:
    """Return the streak card as SVG.

    Raises
    ------
    ValueError
        The accent is not written as #rrggbb.
    """
    accent = legible_accent(data.accent)
    parts = [_header(data, words, accent), _figures(data, words), _days(data, words, accent)]
    if data.next_milestone is None:
        return card(_FOOT + MARGIN, *parts)
    return card(_FOOT + 84, *parts, _milestone(data, data.next_milestone, words, accent))


def _header(data: CalendarData, words: Words, accent: str) -> str:
    name = member_name(data.name, MARGIN, 48, INNER, largest=20, fallback=words.someone)
    if data.current > 0:
        headline, hint = words.counted(words.days, data.current), words.current_streak
    else:
        headline = words.resting
        hint = words.resting_hint if data.total_minutes else words.first_hint
    size = fitting_size(headline, 250, 46 if data.current > 0 else 34, 24)
    return (
        name
        + text(headline, x=MARGIN, y=102, font_size=size, font_weight=700, fill=accent, class_="headline")
        + text(hint, x=MARGIN, y=128, font_size=15, fill=MUTED)
    )


def _figures(data: CalendarData, words: Words) -> str:
    figures = (
        (words.counted(words.days, data.longest), words.longest_streak),
        (words.duration(data.total_minutes), words.practised),
        (grouped(data.hacks_mastered), words.mastered),
    )
    return "".join(
        element(
            "text",
            element("tspan", escape(value), font_weight=700, fill=INK),
            element("tspan", escape(f"\u2002{label}"), fill=MUTED),
            x=WIDTH - MARGIN,
            y=80 + 24 * line,
            font_size=15,
            text_anchor="end",
        )
        for line, (value, label) in enumerate(figures)
    )


def _place(day: date, first: date) -> tuple[int, int]:
    week, weekday = divmod((day - first).days, 7)
    return _LEFT + week * _STEP, _TOP + weekday * _STEP


def _days(data: CalendarData, words: Words, accent: str) -> str:
    monday = data.today - timedelta(days=data.today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    days = [first + timedelta(days=passed) for passed in range((data.today - first).days + 1)]
    return (
        _labels(days, first, words)
        + _thread(sorted(streak_days(data).intersection(days)), first, accent)
        + "".join(_cell(day, data, first, accent) for day in days)
    )


def _labels(days: list[date], first: date, words: Words) -> str:
    weekdays = "".join(
        text(words.weekdays[weekday], x=MARGIN, y=_TOP + weekday * _STEP + 15, font_size=13, fill=MUTED)
        for weekday in (0, 2, 4)
    )
    # A month is named over the week in which it begins; the first week's month too, if the name has room.
    beginnings = [day for day in days if day.day == 1]
    if not beginnings or (beginnings[0] - first).days >= 14:
        beginnings.insert(0, first)
    return weekdays + "".join(
        text(
            words.short_months[day.month - 1], x=_place(day, first)[0], y=_TOP - 11, font_size=13, fill=MUTED
        )
        for day in beginnings
    )


def _thread(days: list[date], first: date, accent: str) -> str:
    """Join the streak's days, week by week, with a band behind them."""
    ends: dict[int, tuple[date, date]] = {}
    for day in days:
        column = _place(day, first)[0]
        ends[column] = (ends.get(column, (day, day))[0], day)
    return "".join(
        element(
            "rect",
            x=column - 2.5,
            y=_place(start, first)[1] - 2.5,
            width=_CELL + 5,
            height=_place(end, first)[1] - _place(start, first)[1] + _CELL + 5,
            rx=8,
            fill=mix(GROUND, accent, 0.22),
            class_="streak",
        )
        for column, (start, end) in ends.items()
    )


def _cell(day: date, data: CalendarData, first: date, accent: str) -> str:
    x, y = _place(day, first)
    level = bisect_right(_LEVELS, data.minutes_by_day.get(day, 0))
    is_today = day == data.today
    return element(
        "rect",
        x=x,
        y=y,
        width=_CELL,
        height=_CELL,
        rx=6,
        fill=mix(GROUND, accent, _SHARES[level - 1]) if level else QUIET,
        stroke=INK if is_today else None,
        stroke_width=2 if is_today else None,
        class_=f"day level-{level}",
    )


def _milestone(data: CalendarData, goal: int, words: Words, accent: str) -> str:
    missing = goal - data.current
    days = words.counted(words.days, missing)
    return (
        text(
            words.next_milestone.format(days=words.counted(words.days, goal)),
            x=MARGIN,
            y=_FOOT + 36,
            font_size=15,
            font_weight=600,
            fill=INK,
        )
        + text(
            words.to_go.format(days=days) if missing > 0 else words.reached,
            x=WIDTH - MARGIN,
            y=_FOOT + 36,
            font_size=15,
            fill=MUTED,
            text_anchor="end",
        )
        + bar(MARGIN, _FOOT + 48, INNER, data.current / max(goal, 1), height=10, track=QUIET, fill=accent)
    )
