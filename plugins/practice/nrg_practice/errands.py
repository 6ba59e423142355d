"""The plugin's network work: the reminder of a goal, and keeping a practice's message up to date."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import hikari

from nrg_core.gateway.answers import NO_MENTIONS
from nrg_core.gateway.services import Services
from nrg_core.outbox.messages import Envelope, Errand
from nrg_core.text import minutes_text
from nrg_practice.commands.cards import card, reminder_row
from nrg_practice.service.practices import Practice, read_practice

__all__ = ["remind", "reminder", "show", "shown"]


def reminder(practice_id: UUID, user_id: UUID, guild_id: int | None) -> Envelope:
    """Ask for the reminder of a practice; whoever asks has marked it in the same unit of work."""
    errand = Errand("practice", "remind", {"practice": practice_id.hex}, guild_id)
    return Envelope(f"practice:remind:{practice_id.hex}", errand, user_id)


def shown(practice: Practice) -> Envelope:
    """Ask for a practice's message to be brought up to date, once more whatever was asked for before."""
    errand = Errand("practice", "show", {"practice": practice.id.hex}, practice.place.guild_id)
    return Envelope(f"practice:show:{practice.id.hex}:{uuid4().hex}", errand, practice.user_id)


async def remind(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Remind a member of their goal where they began, unless they have ended since."""
    practice = await _practice(payload, services)
    if practice is None or practice.closed_at is not None:
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


async def _practice(payload: Mapping[str, Any], services: Services) -> Practice | None:
    """Return the practice that an errand is about, if its member is still there."""
    practice_id = UUID(payload["practice"])
    return await services.database.read(lambda connection: read_practice(connection, practice_id))
