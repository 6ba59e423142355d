"""Text as the bundled fonts can show it: legible, of known length, with grouped numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["UNKNOWN", "grouped", "legible", "shorten", "text_width"]

_COVERAGE = Path(__file__).with_name("fonts") / "coverage.txt"
_MARKS_IN_A_ROW = 3  # enough for every living script; "Zalgo" text stacks dozens
_NON_JOINER = "\u200c"
_HAIR_SPACE = "\u200a"
UNKNOWN = "□"

# Widths in ems, rounded up from Noto Sans Bold.
_WIDTHS = {
    char: width
    for width, chars in (
        (0.31, "ijl.,:;'!·’ "),
        (0.44, "ftrIJ-_()[]{}/\\`"),
        (0.58, 'szcvyxFSELTZ0123456789?*"|+$<>=^~×'),
        (1.12, "mwMW@%—…мжшщыюфМЖШЩЫЮФ"),
    )
    for char in chars
}


@cache
def _covered() -> frozenset[int]:
    ranges = (entry.partition("-") for entry in _COVERAGE.read_text(encoding="ascii").split())
    return frozenset(
        point for first, _, last in ranges for point in range(int(first, 16), int(last or first, 16) + 1)
    )


def legible(content: str) -> str:
    """Return text as a picture can show it, on one line.

    Ornamental letters become plain ones; control and direction characters, skin tones and towers of accents
    go. A character that no bundled font has becomes a box: one unknown to the renderer, or a joiner between
    scripts, would cost all the text after it its letters.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFKC", content):
        category = unicodedata.category(char)
        is_mark = category.startswith("M")
        marks = marks + 1 if is_mark else 0
        if category.startswith("Z") or char in "\t\n\r":
            kept.append(" ")
        elif char == _NON_JOINER and kept and "\u0600" <= kept[-1] <= "\u08ff":
            kept.append(_HAIR_SPACE)  # Persian letters stay apart
        elif category in {"Cc", "Cf", "Cs"}:
            continue
        elif ord(char) in _covered():
            if marks <= _MARKS_IN_A_ROW and char != "\u20e3":
                kept.append(char)
        elif not is_mark and not "\U0001f3fb" <= char <= "\U0001f3ff":
            kept.append(UNKNOWN)
    return re.sub(" +", " ", "".join(kept)).strip()


def _ems(char: str) -> float:
    if char in _WIDTHS:
        return _WIDTHS[char]
    if char == _HAIR_SPACE or unicodedata.category(char).startswith("M"):
        return 0
    if char >= "\U0001f000":
        return 1.28
    if unicodedata.east_asian_width(char) in "WF":
        return 1
    return 0.82 if char.isupper() else 0.67


def text_width(content: str, size: float) -> float:
    """Return about how wide text of this font size is, in the size's unit: rather too much."""
    return size * sum(map(_ems, content))


def shorten(content: str, size: float, room: float) -> str:
    """Return the text, cut with an ellipsis where it would be wider than the room."""
    if text_width(content, size) <= room:
        return content
    kept = content
    while kept and text_width(f"{kept}…", size) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def grouped(number: int) -> str:
    """Return a number with thin spaces between thousands: 12 345."""
    return f"{number:,}".replace(",", "\u202f")
