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
from nrg_practice.service.practices import Practice, read_practice, remember_message

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


def shown(practice: Practice, *, beside: int | None = None) -> Envelope:
    """Ask for a practice's messages to be brought up to date, once more whatever was asked for before.

    Parameters
    ----------
    beside
        A message that shows what happened already.
    """
    payload = {"practice": practice.id.hex, "beside": beside}
    errand = Errand("practice", "show", payload, practice.place.guild_id)
    return Envelope(f"practice:show:{practice.id.hex}:{uuid4().hex}", errand, practice.user_id)


async def remind(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Remind a member of their goal where they began, unless they have ended since, or it is far too late."""
    practice = await _practice(payload, services)
    due = datetime.fromisoformat(payload["due"])
    late = services.clock.now() - due
    if practice is None or practice.closed_at is not None or late > TOO_LATE:
        return
    message_id = await _find(practice, due, rest) if late > REMEMBERED else None
    if message_id is None:
        message_id = await _send_reminder(practice, rest)
    found = await services.database.write(remember_message, practice.id, message_id, reminder=True)
    if found is not None and (found.timer != practice.timer or found.closed_at is not None):
        await show(payload, rest, services)  # the member was quicker


async def _send_reminder(practice: Practice, rest: hikari.api.RESTClient) -> int:
    member = practice.member.discord_id
    assert practice.goal_minutes is not None
    message = await rest.create_message(
        practice.place.channel_id,
        f"<@{member}>, your {minutes_text(practice.goal_minutes)} of {practice.hack_name} are up.",
        component=reminder_row(practice),
        nonce=practice.id.hex[:25],  # a second try of one that arrived is no second message
        user_mentions=[member],
        role_mentions=False,
        mentions_everyone=False,
    )
    return message.id


async def show(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Show a practice as it stands on the message that it began with and on its reminder, where they are."""
    practice = await _practice(payload, services)
    if practice is None:
        return
    for message_id in practice.messages_beside(payload.get("beside")):
        with suppress(hikari.NotFoundError, hikari.ForbiddenError):
            await rest.edit_message(
                practice.place.channel_id, message_id, **card(practice, services.clock.now()), **NO_MENTIONS
            )


async def _find(practice: Practice, due: datetime, rest: hikari.api.RESTClient) -> int | None:
    """Look for the reminder among the messages since it was due: an earlier try may have sent it."""
    button = reminder_id(practice)
    messages = rest.fetch_messages(practice.place.channel_id, after=due - REMEMBERED).limit(LOOKED_THROUGH)
    async for message in messages:
        for row in message.components:
            if button in (getattr(each, "custom_id", None) for each in getattr(row, "components", ())):
                return message.id
    return None


async def _practice(payload: Mapping[str, Any], services: Services) -> Practice | None:
    """Return the practice that an errand is about, if its member is still there."""
    practice_id = UUID(payload["practice"])
    return await services.database.read(read_practice, practice_id)
