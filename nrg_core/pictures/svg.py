"""Writing SVG so that no text can break out of its place."""

from __future__ import annotations

import re
from html import escape as _escape_markup
from typing import TypeAlias

__all__ = ["document", "element", "escape", "text"]

# What XML 1.0 forbids even when escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Value: TypeAlias = str | float | None


def escape(content: str) -> str:
    """Return text that is safe as the content or an attribute of an SVG element."""
    return _escape_markup(_FORBIDDEN.sub("", content))


def element(tag: str, *children: str, **attributes: _Value) -> str:
    """Return one element.

    Parameters
    ----------
    tag
        Name of the element.
    *children
        Markup, already escaped.
    **attributes
        Escaped here. ``_`` stands for ``-``, a trailing one is dropped (``class_``), None leaves the
        attribute out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def text(content: str, **attributes: _Value) -> str:
    """Return a text element; the content is escaped here."""
    return element("text", escape(content), **attributes)


def document(width: float, height: float, *children: str, scale: float = 2) -> str:
    """Return a whole SVG document, in the bundled fonts.

    Parameters
    ----------
    width, height
        In the units that the children use.
    scale
        Pixels for each unit: 2 stays sharp on today's screens.
    """
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        width=width * scale,
        height=height * scale,
        viewBox=f"0 0 {width:g} {height:g}",
        font_family="Noto Sans",
    )
