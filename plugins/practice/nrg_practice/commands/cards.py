"""How a practice looks: its clock, its buttons, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

import hikari

from nrg_core.domain.library import Library
from nrg_core.gateway.components import custom_id
from nrg_core.gateway.practising import session_embed
from nrg_core.hooks.specs import Note
from nrg_core.text import minutes_text
from nrg_practice.service.closing import Closed
from nrg_practice.service.practices import Practice

__all__ = ["Card", "card", "correct_row", "ending", "reminder_id", "reminder_row"]

COLOUR: Final = 0xF4A56B


class Card(TypedDict):
    """What a message shows of a practice."""

    embed: hikari.Embed
    components: Sequence[hikari.api.MessageActionRowBuilder]


def card(practice: Practice, now: datetime) -> Card:
    """Return a practice as it stands."""
    if practice.closed_at is not None:
        return _closed(practice)
    goal = minutes_text(practice.goal_minutes) if practice.goal_minutes else None
    if practice.is_paused:
        text = f"⏸️ **{practice.hack_name}**, paused after {minutes_text(practice.minutes_at(now))}."
        text += f" The goal is {goal}." if goal else ""
    else:
        since = practice.timer.counts_from.timestamp()
        text = f"⏱️ **{practice.hack_name}**, on the clock since <t:{since:.0f}:t> (<t:{since:.0f}:R>)."
        if practice.goal_minutes and goal:
            full = since + practice.goal_minutes * 60
            told = "The goal is" if now.timestamp() < full else "The goal was"
            text += f" {told} {goal}, at <t:{full:.0f}:t>."
    embed = hikari.Embed(description=text, color=COLOUR)
    embed.set_footer("Pauses do not count. Replying pause, resume or stop works like the buttons.")
    action, label = ("resume", "Resume") if practice.is_paused else ("pause", "Pause")
    row = _row(
        (action, label, hikari.ButtonStyle.SECONDARY), ("end", "End", hikari.ButtonStyle.PRIMARY), of=practice
    )
    return Card(embed=embed, components=[row])


def ending(closed: Closed, notes: Sequence[Note], library: Library, now: datetime) -> Card:
    """Return what became of a practice: the session that was saved, or why there is none."""
    if closed.recorded is not None:
        return Card(embed=session_embed(closed.recorded, notes, library), components=[])
    shown = card(closed.practice, now)
    if closed.refused is not None:
        shown["embed"].description = closed.refused
    return shown


def reminder_row(practice: Practice) -> hikari.api.MessageActionRowBuilder:
    """Return what can be answered to a reminder."""
    return _row(
        ("end", "End", hikari.ButtonStyle.PRIMARY),
        ("here", "Still practising", hikari.ButtonStyle.SECONDARY),
        of=practice,
    )


def reminder_id(practice: Practice) -> str:
    """Return the custom id by which a reminder is known again."""
    return custom_id("practice", "here", practice.id.hex)


def correct_row(practice: Practice) -> hikari.api.MessageActionRowBuilder:
    """Return the button that opens the form for the minutes it really was."""
    return _row(("correct", "Correct the minutes", hikari.ButtonStyle.SECONDARY), of=practice)


def _closed(practice: Practice) -> Card:
    name, minutes = practice.hack_name, practice.minutes or 0
    if practice.corrected_minutes is not None:
        text = f"✅ **{name}**, {minutes_text(practice.corrected_minutes)}, corrected afterwards."
    elif practice.is_forgotten:
        text = f"🌙 **{name}** was closed after twelve quiet hours. "
        text += (
            f"{minutes_text(minutes)} of it are certain, and saved."
            if minutes
            else "Not a whole minute of it is certain, so it is not saved as a session."
        )
    elif minutes:
        text = f"✅ **{name}**, {minutes_text(minutes)}."
    else:
        text = f"**{name}** is over. It is not saved: a session lasts at least a minute."
    rows = [correct_row(practice)] if practice.can_be_corrected() else []
    return Card(embed=hikari.Embed(description=text, color=COLOUR), components=rows)


def _row(*buttons: tuple[str, str, Any], of: Practice) -> hikari.api.MessageActionRowBuilder:
    row = hikari.impl.MessageActionRowBuilder()
    for action, label, style in buttons:
        row.add_interactive_button(style, custom_id("practice", action, of.id.hex), label=label)
    return row
