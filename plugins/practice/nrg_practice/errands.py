"""The plugin's network work: the reminder of a goal, and keeping a practice's message up to date."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import hikari

from nrg_core.gateway.answers import NO_MENTIONS
from nrg_core.gateway.services import Services
from nrg_core.outbox.messages import Envelope, Errand
from nrg_core.text import minutes_text
from nrg_practice.commands.cards import card, reminder_id, reminder_row
from nrg_practice.service.closing import Due
from nrg_practice.service.practices import Practice, read_practice

__all__ = ["remind", "reminder", "show", "shown"]


REMEMBERED: Final = timedelta(minutes=1)
"""How long Discord surely knows a nonce again."""

LOOKED_THROUGH: Final = 500
"""Messages at the most among which a reminder is looked for."""

TOO_LATE: Final = timedelta(hours=2)
"""After this nobody is helped by a reminder any more."""


def reminder(due: Due) -> Envelope:
    """Ask for the reminder of a practice; whoever asks has marked it in the same unit of work."""
    payload = {"practice": due.practice_id.hex, "due": due.at.isoformat()}
    errand = Errand("practice", "remind", payload, due.guild_id)
    return Envelope(f"practice:remind:{due.practice_id.hex}", errand, due.user_id)


def shown(practice: Practice) -> Envelope:
    """Ask for a practice's message to be brought up to date, once more whatever was asked for before."""
    errand = Errand("practice", "show", {"practice": practice.id.hex}, practice.place.guild_id)
    return Envelope(f"practice:show:{practice.id.hex}:{uuid4().hex}", errand, practice.user_id)


async def remind(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Remind a member of their goal where they began, unless they have ended since, or it is far too late."""
    practice = await _practice(payload, services)
    due = datetime.fromisoformat(payload["due"])
    late = services.clock.now() - due
    if practice is None or practice.closed_at is not None or late > TOO_LATE:
        return
    if late > REMEMBERED and await _is_there(practice, due, rest):
        return
    member = practice.member.discord_id
    assert practice.goal_minutes is not None
    await rest.create_message(
        practice.place.channel_id,
        f"<@{member}>, your {minutes_text(practice.goal_minutes)} of {practice.hack_name} are full.",
        component=reminder_row(practice),
        nonce=practice.id.hex[:25],  # a second try of one that arrived is no second message
        user_mentions=[member],
        role_mentions=False,
        mentions_everyone=False,
    )


async def show(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Show a practice as it stands on the message that it began with, if that is still there."""
    practice = await _practice(payload, services)
    if practice is None or practice.message_id is None:
        return
    with suppress(hikari.NotFoundError, hikari.ForbiddenError):
        await rest.edit_message(
            practice.place.channel_id,
            practice.message_id,
            **card(practice, services.clock.now()),
            **NO_MENTIONS,
        )


async def _is_there(practice: Practice, due: datetime, rest: hikari.api.RESTClient) -> bool:
    """Tell whether the reminder is among the messages since it was due: an earlier try may have sent it."""
    button = reminder_id(practice)
    messages = rest.fetch_messages(practice.place.channel_id, after=due - REMEMBERED).limit(LOOKED_THROUGH)
    async for message in messages:
        for row in message.components:
            if button in (getattr(each, "custom_id", None) for each in getattr(row, "components", ())):
                return True
    return False


async def _practice(payload: Mapping[str, Any], services: Services) -> Practice | None:
    """Return the practice that an errand is about, if its member is still there."""
    practice_id = UUID(payload["practice"])
    return await services.database.read(read_practice, practice_id)
