"""Cards: what `/streak` and `/profile` show as a picture. Pure functions from data to SVG."""

from __future__ import annotations

from .calendar import CalendarData, streak_calendar
from .profile import Badge, ProfileData, Technique, profile_card
from .words import ENGLISH, Words

__all__ = [
    "ENGLISH",
    "Badge",
    "CalendarData",
    "ProfileData",
    "Technique",
    "Words",
    "profile_card",
    "streak_calendar",
]
