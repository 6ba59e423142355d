"""What both cards are built of."""

from __future__ import annotations

from nrg_core.pictures import document, element, legible, shorten, text, text_width

from .palette import EDGE, GROUND, INK

__all__ = ["INNER", "MARGIN", "WIDTH", "bar", "card", "fitting_size", "member_name"]

WIDTH = 520  # about what Discord shows on a desktop; a phone scales it to two thirds
MARGIN = 28
INNER = WIDTH - 2 * MARGIN


def card(height: float, *children: str) -> str:
    """Return the document: a rounded ground with the children on it."""
    ground = element(
        "rect",
        x=1,
        y=1,
        width=WIDTH - 2,
        height=height - 2,
        rx=24,
        fill=GROUND,
        stroke=EDGE,
        stroke_width=1.5,
    )
    return document(WIDTH, height, ground, *children)


def bar(x: float, y: float, width: float, share: float, *, height: float, track: str, fill: str) -> str:
    """Return a progress bar. Any progress at all shows as a dot, and none as an empty track."""
    drawn = element("rect", x=x, y=y, width=width, height=height, rx=height / 2, fill=track)
    if share > 0:
        done = max(height, width * min(share, 1))
        drawn += element(
            "rect", x=x, y=y, width=done, height=height, rx=height / 2, fill=fill, class_="progress"
        )
    return drawn


def fitting_size(content: str, room: float, largest: float, smallest: float) -> float:
    """Return the font size, between the two, at which the text fills the room at most."""
    return max(smallest, min(largest, room / max(text_width(content, 1), 0.1)))


def member_name(name: str, x: float, y: float, room: float, *, largest: float, fallback: str) -> str:
    """Return a member's name, made smaller or cut as the room wants it."""
    shown = legible(name) or fallback
    size = fitting_size(shown, room, largest, largest * 0.7)
    return text(shorten(shown, size, room), x=x, y=y, font_size=size, font_weight=700, fill=INK)
