"""What the two are told."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from nrg_buddy.service.matching import Fit
from nrg_core.text import listed, plural

__all__ = [
    "FAREWELLS",
    "NOT_MADE",
    "NO_PLACE",
    "ON_ITS_WAY",
    "hello",
    "milestone",
    "moment",
    "next_milestone",
    "reason",
]

MILESTONES: Final = (3, 7, 14, 30, 60, 100)
"""Days together that are worth a word; after the last, every hundred."""

FAREWELLS: Final = {
    "ended": "Your practice together ends here for now.",
    "left": "Your partner has left the server, so your practice together ends here.",
    "erased": "Your partner is no longer here, so your practice together ends.",
}
"""What is said in the channel at the end, by why it ends."""

ON_ITS_WAY: Final = "Your room is on its way."
NOT_MADE: Final = (
    "Your room could not be made, for a reason that whoever runs me can look up. `/buddy status` tries again."
)

NO_PLACE: Final = (
    "This server has as many channels as Discord allows, so there is no place for your room yet. Someone who "
    "manages this server can delete one that is not needed; `/buddy status` makes your room after that."
)
"""What the two are told while their channel cannot be made."""


def reason(fit: Fit) -> str:
    """Return in one sentence why two were matched."""
    hours = round(fit.hours)
    parts = [
        "practise at nearly the same hours" if hours <= 1 else f"live {plural(hours, 'hour')} apart",
        "have practised together before" if fit.again else "",
        "" if fit.steps else "are about equally experienced",
        f"share {plural(fit.shared, 'technique')}" if fit.shared else "",
    ]
    said = [part for part in parts if part]
    return f"You {listed(said)}."


def hello(members: tuple[int, int], why: str) -> str:
    """Return the welcome to the two in their channel."""
    first, second = members
    return (
        f"Hello <@{first}> and <@{second}>, this room is yours: nobody else reads along. {why}\n"
        "A day on which you both practise counts as a day together. `/buddy status` tells how many there "
        "are, and `/buddy end` ends it whenever either of you likes."
    )


def milestone(days: int) -> str | None:
    """Return what is said of so many days together, if it is a milestone."""
    if days not in MILESTONES and (days < MILESTONES[-1] or days % 100):
        return None
    return f"🫶 {plural(days, 'day')} of practice together. How good that you have each other."


def next_milestone(days: int) -> int:
    """Return the next number of days that is worth a word."""
    return next((each for each in MILESTONES if each > days), (days // 100 + 1) * 100)


def moment(at: datetime, style: str = "R") -> str:
    """Return an instant in the form that Discord shows in each reader's own zone."""
    return f"<t:{at.timestamp():.0f}:{style}>"
