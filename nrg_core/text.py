"""Rules for what members type, and small phrases for what they read.

What is typed is checked here once, so that every command, form and portal call refuses in the same words.
"""

from __future__ import annotations

import difflib
import functools
import html
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from nrg_core.errors import Refusal

__all__ = [
    "MAX_MINUTES",
    "MAX_NOTE",
    "ZoneChoice",
    "check_minutes",
    "check_slug",
    "clean_note",
    "close_to",
    "did_you_mean",
    "escape_markdown",
    "is_slug",
    "listed",
    "minutes_text",
    "offset_text",
    "plural",
    "progress_bar",
    "quoted",
    "suggest_zones",
    "zone",
]

MAX_NOTE: Final = 500
"""Characters a note, message or journal entry may have, once trimmed."""

MAX_MINUTES: Final = 1440
"""Minutes a session may last: one day."""

_SLUG = re.compile(r"[a-z0-9-]{1,50}")

# C0, DEL and C1 without the newline; lone surrogates, which no database takes; and the marks that turn
# the direction of the text around them. Joiners stay: emoji and several scripts need them.
_UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

# A browser ignores tabs and line breaks inside "java\nscript:"; a handler starts an attribute, never the
# middle of a word.
_CODE = re.compile(
    r"<script|" + r"[\t\n\r]*".join("javascript:") + r"|(?<![\w-])on[a-z]+\s*=", re.IGNORECASE | re.ASCII
)

_MARKDOWN = re.compile(r"[\\*_~|`>#\[\]()<:-]")


def clean_note(text: str | None, *, what: str = "note") -> str | None:
    """Return what a member wrote, ready to be stored and shown, or None if nothing is left of it.

    Line breaks stay, tabs become spaces, other control characters go, and the text is trimmed and
    brought to Unicode's composed form (NFC).

    Parameters
    ----------
    text
        As typed.
    what
        The word for it in a refusal: "note", "message", "journal entry".

    Raises
    ------
    Refusal
        If more than 500 characters are left, or if the text holds code that the portal would have to
        show: ``<script``, ``javascript:`` or an inline handler such as ``onclick=``.
    """
    if text is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()
    if len(text) > MAX_NOTE:
        raise Refusal(
            f"That {what} has {len(text):,} characters, and {MAX_NOTE} is the most. "
            "Please shorten it and send it again."
        )
    # Entities are looked through as well: the portal may show the text inside an attribute.
    if found := _CODE.search(text) or _CODE.search(html.unescape(text)):
        piece = " ".join(found.group().split()).replace("`", "")
        raise Refusal(
            f"That {what} holds `{piece}`, which looks like code and cannot be kept. "
            "Please say it in other words and send it again."
        )
    return text or None


def is_slug(text: str) -> bool:
    """Say whether the text is a slug: 1 to 50 small letters, digits and hyphens."""
    return _SLUG.fullmatch(text) is not None


def check_slug(text: str, *, what: str = "slug") -> str:
    """Return the slug unchanged.

    Raises
    ------
    Refusal
        If it is not 1 to 50 small letters (a–z), digits and hyphens.
    """
    if not is_slug(text):
        raise Refusal(f"A {what} has 1 to 50 small letters (a–z), digits and hyphens, like `energy-ball`.")
    return text


def check_minutes(value: int) -> int:
    """Return the duration in minutes unchanged.

    Raises
    ------
    Refusal
        If it is less than one minute or more than a day (1,440 minutes).
    """
    if not 1 <= value <= MAX_MINUTES:
        raise Refusal(
            f"A session lasts from 1 to {MAX_MINUTES:,} minutes (one day). "
            "Please give the minutes you practised."
        )
    return value


def close_to(word: str, options: Iterable[str], *, limit: int = 3) -> list[str]:
    """Return the options spelt most like the word, nearest first; letter case does not matter."""
    by_folded: dict[str, str] = {}
    for option in options:
        by_folded.setdefault(option.casefold(), option)
    near = difflib.get_close_matches(word.casefold(), by_folded, n=limit, cutoff=0.6)
    return [by_folded[match] for match in near]


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return `` (did you mean "x"?)`` for the nearest option, or nothing if none is near."""
    near = close_to(word, options, limit=1)
    return f' (did you mean "{near[0]}"?)' if near else ""


def escape_markdown(name: str) -> str:
    """Return a name that Discord shows letter by letter: no styling, no link and no mention."""
    one_line = " ".join(_UNWANTED.sub(" ", name).split())
    # An invisible space after the sign keeps "@everyone" from being one, wherever it is shown.
    return _MARKDOWN.sub(r"\\\g<0>", one_line).replace("@", "@\u200b")


def quoted(text: str) -> str:
    """Return what a member wrote as a quotation, letter by letter: no styling, no link and no mention."""
    return "\n".join(f"> {escape_markdown(line)}" for line in text.splitlines())


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return words as one says them one after the other: ``a``, ``a and b``, ``a, b and c``.

    Parameters
    ----------
    words
        At least one.
    last
        What stands before the last.
    """
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def plural(n: int, one: str, many: str | None = None) -> str:
    """Return the number with its noun: ``1 day``, ``3 days``, ``1,200 days``.

    Parameters
    ----------
    n
        How many.
    one
        The noun for one.
    many
        The noun for any other number; by default the noun with an ``s``.
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def minutes_text(minutes: int) -> str:
    """Return minutes as people say them: ``35 min``, ``2 h``, ``1 h 35 min``."""
    hours, rest = divmod(max(minutes, 0), 60)
    parts = [f"{hours:,} h"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} min")
    return " ".join(parts)


def progress_bar(fraction: float, width: int = 10) -> str:
    """Return a bar of ``width`` characters; it is full only when the fraction has reached 1."""
    # Rounded down: no fraction below 1 fills it.
    filled = min(max(math.floor(fraction * width), 0), width)
    return "▰" * filled + "▱" * (width - filled)


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """One line of the zone picker: the IANA name, and what the member reads."""

    name: str
    label: str


def zone(name: str) -> ZoneInfo:
    """Return the IANA zone of that name; letter case does not matter, and spaces may stand for underscores.

    Raises
    ------
    Refusal
        If there is no such zone; it names the nearest ones.
    """
    wanted = _folded(name)
    if known := _zones().get(wanted):
        return ZoneInfo(known)
    near = [found for _, found in _ranked(wanted) if wanted] or close_to(wanted, _zones().values())
    if not near:
        # "Berln" is far from "Europe/Berlin" as a whole, but near to its city.
        near = [_zones()[_cities()[city]] for city in close_to(wanted, _cities())]
    hint = f"Did you mean {_or(near[:3])}?" if near else "Examples are Europe/Berlin and America/New_York."
    raise Refusal(f"There is no time zone called “{escape_markdown(name)[:60]}”. {hint}")


def suggest_zones(query: str, *, at: datetime, limit: int = 25) -> list[ZoneChoice]:
    """Return the zones that fit what a member has typed so far, best first.

    Cities, regions and countries are understood: ``berlin``, ``america``, ``japan``.

    Parameters
    ----------
    query
        What has been typed; nothing gives UTC and then the zones by name.
    at
        The present instant: labels show the offset then in force.
    limit
        The most choices to return; Discord takes 25.
    """
    names = [name for _, name in _ranked(_folded(query))][:limit]
    return [ZoneChoice(name, f"{name} ({offset_text(ZoneInfo(name), at)})") for name in names]


def offset_text(where: ZoneInfo, at: datetime) -> str:
    """Return how far the zone is from UTC at that instant: ``UTC+02:00``, ``UTC−03:30``, ``UTC``."""
    minutes = round((at.astimezone(where).utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"


def _folded(name: str) -> str:
    return "_".join(name.casefold().split())


@functools.cache
def _zones() -> Mapping[str, str]:
    """Real zones by folded name; reading their names walks the whole database, so it is done once."""
    # These are files of the database, but no places.
    names = available_timezones() - {"Factory", "localtime", "posixrules"}
    return {_folded(name): name for name in sorted(names)}


@functools.cache
def _countries() -> Mapping[str, str]:
    """Folded names of countries by the zone they use; zones not listed are old names of others."""
    data = files("tzdata") / "zoneinfo"
    rows = [
        row.split("\t") for row in (data / "iso3166.tab").read_text("utf-8").splitlines() if row[:1] != "#"
    ]
    country = {code: _folded(name) for code, name in rows}
    zones = [row.split("\t") for row in (data / "zone.tab").read_text("utf-8").splitlines() if row[:1] != "#"]
    return {fields[2]: country.get(fields[0], "") for fields in zones}


@functools.cache
def _cities() -> Mapping[str, str]:
    """Folded full names by folded city."""
    return {folded.rsplit("/", 1)[-1]: folded for folded in _zones()}


@functools.cache
def _by_name() -> tuple[str, ...]:
    """Every zone: UTC, then those in use, then old names, each alphabetically."""
    return tuple(
        sorted(_zones().values(), key=lambda name: (name != "UTC", name not in _countries(), name)),
    )


def _ranked(wanted: str) -> list[tuple[int, str]]:
    """Return the zones in which the text occurs, with their rank, best first; the sort is stable."""
    found = [(rank, name) for name in _by_name() if (rank := _rank(wanted, name)) is not None]
    return sorted(found, key=lambda pair: pair[0])


def _rank(wanted: str, name: str) -> int | None:
    folded = _folded(name)
    city = folded.rsplit("/", 1)[-1]
    country = _countries().get(name, "")
    tests = (
        wanted == folded,
        wanted == city,
        city.startswith(wanted),
        folded.startswith(wanted) or country.startswith(wanted),
        wanted in folded or wanted in country,
    )
    return next((rank for rank, passed in enumerate(tests) if passed), None)


def _or(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
