"""Replies to a practice's message: pause, resume and stop, said instead of pressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Final, Literal
from uuid import UUID

import hikari

from nrg_core.errors import Refusal
from nrg_core.gateway.answers import NO_MENTIONS
from nrg_core.gateway.services import Services
from nrg_practice.commands.cards import Card, card, ending
from nrg_practice.errands import shown
from nrg_practice.service import practices
from nrg_practice.service.closing import end_own
from nrg_practice.service.practices import own_practice

__all__ = ["on_reply"]

Deed = Literal["pause", "resume", "end"]

WORDS: Final[dict[str, Deed]] = {"pause": "pause", "resume": "resume", "stop": "end", "end": "end"}
DONE: Final[dict[Deed, str]] = {"pause": "⏸️", "resume": "▶️", "end": "✅"}
NOT_YOURS: Final = "🔒"

_MENTION = re.compile(r"<@!?\d+>")


async def on_reply(event: hikari.MessageCreateEvent, services: Services) -> None:
    """Do what a member's reply says, and show it with a reaction; nobody is interrupted by a message."""
    message, replied = event.message, event.message.referenced_message
    if not event.is_human or replied is None:
        return
    deed = WORDS.get(_said(message.content or ""))
    practice_id = next(_practices_on(replied), None)
    if deed is None or practice_id is None:
        return
    try:
        shows = await _do(deed, practice_id, message, replied.id, services)
    except Refusal:
        await _react(message, NOT_YOURS)
        return
    with suppress(hikari.NotFoundError, hikari.ForbiddenError):
        await message.app.rest.edit_message(message.channel_id, replied.id, **shows, **NO_MENTIONS)
    await _react(message, DONE[deed])


async def _do(
    deed: Deed, practice_id: UUID, message: hikari.Message, shown_on: int, services: Services
) -> Card:
    member, now = message.author.id, services.clock.now()
    change = {"pause": practices.pause, "resume": practices.resume}.get(deed)
    async with services.database.unit_of_work() as uow:
        if change is not None:
            practice = await uow.run(
                lambda connection: change(connection, own_practice(connection, practice_id, member), now)
            )
            closed = None
        else:
            record = partial(services.record_in, uow)
            closed = await end_own(
                uow, practice_id, member, record, interaction_id=message.id, shown_on=shown_on, now=now
            )
            practice = closed.practice
        if practice.messages_beside(shown_on):
            await services.send(uow, shown(practice, beside=shown_on))
    if closed is None:
        return card(practice, now)
    said = await services.hear(closed.recorded) if closed.recorded is not None else []
    return ending(closed, said, services.community.library(), now)


def _said(content: str) -> str:
    """Return what was said, without the bot's name and without ado."""
    return _MENTION.sub("", content).strip(" \n.!,").casefold()


def _practices_on(message: hikari.PartialMessage) -> Iterator[UUID]:
    """Yield the practices whose buttons are on a message."""
    for row in message.components or ():
        for component in getattr(row, "components", ()):
            plugin, _, rest = (getattr(component, "custom_id", None) or "").partition(":")
            if plugin == "practice":
                with suppress(ValueError):
                    yield UUID(rest.partition(":")[2])


async def _react(message: hikari.Message, emoji: str) -> None:
    with suppress(hikari.NotFoundError, hikari.ForbiddenError):
        await message.app.rest.add_reaction(message.channel_id, message.id, emoji)
