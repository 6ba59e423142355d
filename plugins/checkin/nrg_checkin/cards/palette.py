"""The cards' colours: a calm dark ground, good on Discord's dark and light theme, and an accent."""

from __future__ import annotations

import re

__all__ = ["ACCENT", "EDGE", "GROUND", "INK", "MUTED", "PANEL", "QUIET", "contrast", "legible_accent", "mix"]

GROUND = "#211e2a"
PANEL = "#2c2837"
QUIET = "#353042"  # a day without practice: there, and nothing more
EDGE = "#3b3649"
INK = "#f7f3ee"
MUTED = "#b9b1c6"
ACCENT = "#f4a56b"


def _channels(colour: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"a colour is written #rrggbb, not {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """Return the colour with a share (0 to 1) of the other in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(colour), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible_accent(accent: str) -> str:
    """Return the accent, lightened as far as it needs to be read on the cards' ground.

    Raises
    ------
    ValueError
        It is not written as #rrggbb.
    """
    for step in range(21):
        lightened = mix(accent, INK, step / 20)
        if contrast(lightened, GROUND) >= 5.5:
            return lightened
    return INK
