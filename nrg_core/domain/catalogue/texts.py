"""The members' texts that a community may put in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

from nrg_core.text import did_you_mean

__all__ = ["KNOWN_TEXTS", "faults_of", "placeholders"]

KNOWN_TEXTS: Final[Mapping[str, str]] = {
    "checkin.saved": "Saved. {minutes} min of {hack}.",
    "checkin.streak": "{days} in a row.",
    "checkin.earned": "{icon} You earned **{achievement}**. {description}",
    "checkin.unlocked": "{hack} is open to you now.",
    "checkin.next_unlock": "{hack} opens with {criterion}.",
    "achievement.announcement": "{icon} {member} earned **{achievement}**. {description}",
}
"""Every text by key, as it reads unless a catalogue says otherwise; names in braces are filled in."""


def placeholders(template: str) -> list[str]:
    """Return the names in braces, in order.

    Raises
    ------
    ValueError
        If the braces do not match.
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def faults_of(key: str, value: object, known: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with one text of a catalogue."""
    if key not in known:
        yield f'unknown text "{key}"{did_you_mean(key, known)}'
        return
    if not isinstance(value, str) or not value.strip():
        yield f'text "{key}": should be some text, not {value!r}'
        return
    try:
        names = placeholders(value)
    except ValueError as error:
        yield f'text "{key}": {error}; write {{{{ for a brace that is to be shown'
        return
    allowed = placeholders(known[key])
    for name in names:
        if name not in allowed:
            hint = did_you_mean(name, allowed) or f"; there are {', '.join(allowed)}"
            yield f'text "{key}": unknown placeholder {{{name}}}{hint}'
