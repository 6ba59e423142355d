"""Pictures: SVG written as text, rendered to PNG outside the event loop with the bundled fonts."""

from __future__ import annotations

from .renderer import PictureError, Pictures
from .svg import document, element, escape, text
from .typography import UNKNOWN, grouped, legible, shorten, text_width

__all__ = [
    "UNKNOWN",
    "PictureError",
    "Pictures",
    "document",
    "element",
    "escape",
    "grouped",
    "legible",
    "shorten",
    "text",
    "text_width",
]
