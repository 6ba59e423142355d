"""Every word on the cards, and how numbers of things are said; a fork hands in its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nrg_core.pictures import grouped

__all__ = ["ENGLISH", "Words"]


@dataclass(frozen=True)
class Words:
    """The cards' texts. Pairs are for one and for any other number; ``{n}`` is the number."""

    someone: str = "A member"
    days: tuple[str, str] = ("{n} day", "{n} days")
    current_streak: str = "current streak"
    resting: str = "Ready when you are"
    resting_hint: str = "any day is a good day to begin again"
    first_hint: str = "your first practice lights up its day here"
    longest_streak: str = "longest streak"
    practised: str = "practised"
    mastered: str = "mastered"
    minutes: str = "{n} min"
    hours: str = "{n} h"
    hours_minutes: str = "{h} h {m} min"
    next_milestone: str = "Next milestone: {days}"
    to_go: str = "{days} to go"
    reached: str = "reached today"
    since: str = "practising since {month} {year}"
    not_yet: str = "about to begin"
    alumni: str = "Alumni"
    streak: str = "day streak"
    sessions: tuple[str, str] = ("session", "sessions")
    time: str = "of practice"
    techniques: tuple[str, str] = ("technique", "techniques")
    of_mastered: str = "{n} mastered"
    achievements: str = "Achievements"
    more: str = "+{n} more"
    no_achievements: str = "The first one comes with the first practice."
    top_techniques: str = "Most practised"
    times: str = "{n}×"
    weekdays: tuple[str, str, str, str, str, str, str] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months: tuple[str, ...] = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    short_months: tuple[str, ...] = (
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    )

    def counted(self, forms: tuple[str, str], number: int) -> str:
        """Return the number with its thing: 1 day, 12 days."""
        return forms[number != 1].format(n=grouped(number))

    def duration(self, minutes: int) -> str:
        """Return a practice time; from 100 hours on without the minutes."""
        hours, rest = divmod(minutes, 60)
        if not hours:
            return self.minutes.format(n=rest)
        if not rest or hours >= 100:
            return self.hours.format(n=grouped(hours))
        return self.hours_minutes.format(h=grouped(hours), m=rest)

    def brief_duration(self, minutes: int) -> str:
        """Return a practice time where there is little room: whole hours from one hour on."""
        return self.duration(minutes if minutes < 60 else minutes - minutes % 60)

    def month_of(self, day: date) -> str:
        """Return "practising since March 2027" for a day in it."""
        return self.since.format(month=self.months[day.month - 1], year=day.year)


ENGLISH = Words()
