"""The profile card: who practises here, since when, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from nrg_core.pictures import UNKNOWN, element, grouped, legible, shorten, text, text_width

from .palette import ACCENT, GROUND, INK, MUTED, PANEL, QUIET, legible_accent, mix
from .parts import INNER, MARGIN, WIDTH, bar, card, fitting_size, member_name
from .words import ENGLISH, Words

__all__ = ["MOST_BADGES", "MOST_TECHNIQUES", "Badge", "ProfileData", "Technique", "profile_card"]

MOST_BADGES = 8
MOST_TECHNIQUES = 5
_GAP = 10
_TILE = (INNER - 3 * _GAP) / 4
_HALF = (INNER - _GAP) / 2


@dataclass(frozen=True)
class Badge:
    """An achievement earned: its emoji and its name."""

    emoji: str
    name: str


@dataclass(frozen=True)
class Technique:
    """A technique, how many sessions it had, and whether it is mastered."""

    name: str
    sessions: int
    mastered: bool = False


@dataclass(frozen=True)
class ProfileData:
    """What the profile card shows.

    Parameters
    ----------
    name
        As the member calls themselves; any text.
    since
        The day of the first practice, None before it.
    streak
        The current one, in days.
    sessions, total_minutes
        Of all time.
    practised, mastered
        How many techniques.
    achievements
        In the order to show them: the first eight are seen, the others counted.
    techniques
        Most practised first: the first five are seen.
    alumni
        Whether the member has graduated.
    accent
        The community's colour, #rrggbb; lightened if it were too dark to read.
    """

    name: str
    since: date | None
    streak: int
    sessions: int
    total_minutes: int
    practised: int
    mastered: int
    achievements: Sequence[Badge] = ()
    techniques: Sequence[Technique] = ()
    alumni: bool = False
    accent: str = ACCENT


def profile_card(data: ProfileData, words: Words = ENGLISH) -> str:
    """Return the profile card as SVG; it is as high as what there is to show.

    Raises
    ------
    ValueError
        The accent is not written as #rrggbb.
    """
    accent = legible_accent(data.accent)
    badges, bottom = _achievements(data.achievements, words, 206)
    techniques, bottom = _techniques(data, words, accent, bottom)
    return card(bottom + MARGIN - 4, _header(data, words, accent), _figures(data, words), badges, techniques)


def _header(data: ProfileData, words: Words, accent: str) -> str:
    since = words.month_of(data.since) if data.since else words.not_yet
    return (
        member_name(data.name, MARGIN, 56, INNER, largest=28, fallback=words.someone)
        + text(since, x=MARGIN, y=85, font_size=15, fill=MUTED)
        + (_alumni_pill(words.alumni, accent) if data.alumni else "")
    )


def _alumni_pill(label: str, accent: str) -> str:
    width = text_width(label, 15) + 52
    left, fill = WIDTH - MARGIN - width, mix(GROUND, accent, 0.28)
    return (
        element("rect", x=left, y=65, width=width, height=30, rx=15, fill=fill, class_="alumni")
        + text("🎓", x=left + 12, y=86, font_size=17)
        + text(label, x=left + 39, y=85, font_size=15, font_weight=600, fill=accent)
    )


def _figures(data: ProfileData, words: Words) -> str:
    figures = (
        (grouped(data.streak), words.streak),
        (grouped(data.sessions), words.sessions[data.sessions != 1]),
        (words.brief_duration(data.total_minutes), words.time),
        (grouped(data.practised), words.techniques[data.practised != 1]),
    )
    return "".join(
        _tile(MARGIN + column * (_TILE + _GAP), value, label) for column, (value, label) in enumerate(figures)
    )


def _tile(x: float, value: str, label: str) -> str:
    middle, room = x + _TILE / 2, _TILE - 12
    value_size, label_size = fitting_size(value, room, 28, 14), fitting_size(label, room, 14, 10)
    return (
        element("rect", x=x, y=108, width=_TILE, height=76, rx=16, fill=PANEL)
        + text(value, x=middle, y=145, font_size=value_size, font_weight=700, fill=INK, text_anchor="middle")
        + text(label, x=middle, y=168, font_size=label_size, fill=MUTED, text_anchor="middle")
    )


def _heading(content: str, aside: str, y: float, aside_fill: str) -> str:
    return text(content, x=MARGIN, y=y, font_size=16, font_weight=600, fill=INK) + (
        text(aside, x=WIDTH - MARGIN, y=y, font_size=15, fill=aside_fill, text_anchor="end") if aside else ""
    )


def _achievements(badges: Sequence[Badge], words: Words, top: float) -> tuple[str, float]:
    """Draw the section; return it and where it ends."""
    shown, hidden = badges[:MOST_BADGES], len(badges) - MOST_BADGES
    more = words.more.format(n=grouped(hidden)) if hidden > 0 else ""
    drawn = _heading(words.achievements, more, top + 14, MUTED)
    top += 30
    if not badges:
        return drawn + text(words.no_achievements, x=MARGIN, y=top + 14, font_size=15, fill=MUTED), top + 22
    for number, badge in enumerate(shown):
        row, column = divmod(number, 2)
        drawn += _badge(badge, MARGIN + column * (_HALF + _GAP), top + row * 50)
    return drawn, top + 50 * ((len(shown) + 1) // 2) - 8


def _badge(badge: Badge, x: float, y: float) -> str:
    name = shorten(legible(badge.name), 15, _HALF - 60)
    return (
        element("rect", x=x, y=y, width=_HALF, height=42, rx=14, fill=PANEL, class_="badge")
        + text(_symbol(badge.emoji), x=x + 26, y=y + 29, font_size=21, text_anchor="middle", fill=INK)
        + text(name, x=x + 48, y=y + 26.5, font_size=15, fill=INK)
    )


def _symbol(emoji: str) -> str:
    """Return what stands for an achievement: a star where its emoji cannot be drawn, as a server's own."""
    shown = legible(emoji)[:1]
    return shown if shown > "\x7f" and shown != UNKNOWN else "★"


def _techniques(data: ProfileData, words: Words, accent: str, top: float) -> tuple[str, float]:
    """Draw the section, if there is one; return it and where it ends."""
    shown = data.techniques[:MOST_TECHNIQUES]
    if not shown:
        return "", top
    mastered = f"★ {words.of_mastered.format(n=grouped(data.mastered))}" if data.mastered else ""
    drawn = _heading(words.top_techniques, mastered, top + 38, accent)
    top += 54
    most = max(technique.sessions for technique in shown)
    for row, technique in enumerate(shown):
        drawn += _technique(technique, most, words, accent, top + 42 * row)
    return drawn, top + 42 * len(shown) - 8


def _technique(technique: Technique, most: int, words: Words, accent: str, y: float) -> str:
    name = shorten(legible(technique.name), 15, INNER - 130)
    times = words.times.format(n=grouped(technique.sessions))
    share = technique.sessions / most if most > 0 else 0
    return (
        text(name, x=MARGIN, y=y + 14, font_size=15, fill=INK)
        + text(
            f"★ {times}" if technique.mastered else times,
            x=WIDTH - MARGIN,
            y=y + 14,
            font_size=15,
            font_weight=600,
            fill=accent if technique.mastered else MUTED,
            text_anchor="end",
        )
        + bar(MARGIN, y + 23, INNER, share, height=8, track=QUIET, fill=accent)
    )
