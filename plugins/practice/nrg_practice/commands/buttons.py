"""The buttons of a practice, and the form that puts a forgotten one right.

A button says what its member wants to be so. Pressed late or twice, it finds it so and shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

import arc
import hikari

from nrg_core.errors import Refusal
from nrg_core.gateway.components import OVER, ComponentContext, FormContext, custom_id
from nrg_core.gateway.services import Services
from nrg_core.text import minutes_text
from nrg_practice.commands.cards import card, ending
from nrg_practice.errands import shown
from nrg_practice.hooks import TIMED_MINUTES
from nrg_practice.service import practices
from nrg_practice.service.closing import check_correctable, correct, end_own
from nrg_practice.service.practices import Practice, own_practice

__all__ = ["on_correct", "on_corrected", "on_end", "on_here", "on_pause", "on_resume"]


async def on_pause(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Stop the clock."""
    await _turn(ctx, services, practices.pause)


async def on_resume(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Let the clock run on."""
    await _turn(ctx, services, practices.resume)


async def _turn(ctx: ComponentContext, services: Services, change: Callable[..., Practice]) -> None:
    practice_id, member, now = _practice_id(ctx.arguments), ctx.user.id, services.clock.now()
    async with services.database.unit_of_work() as uow:
        practice = await uow.run(
            lambda connection: change(connection, own_practice(connection, practice_id, member), now)
        )
        if practice.messages_beside(pressed := ctx.interaction.message.id):
            await services.send(uow, shown(practice, beside=pressed))
    await ctx.update(**card(practice, now))


async def on_end(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """End the practice, and show what it brought where the button was."""
    practice_id, interaction, now = _practice_id(ctx.arguments), ctx.interaction, services.clock.now()
    async with services.database.unit_of_work() as uow:
        record = partial(services.record_in, uow)
        closed = await end_own(
            uow,
            practice_id,
            interaction.user.id,
            record,
            interaction_id=interaction.id,
            shown_on=_for_all(interaction.message),
            now=now,
        )
        if closed.practice.messages_beside(pressed := interaction.message.id):
            await services.send(uow, shown(closed.practice, beside=pressed))
    said = await services.hear(closed.recorded) if closed.recorded is not None else []
    await ctx.update(**ending(closed, said, services.community.library(), now))


async def on_here(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Note that the member is still at it."""
    practice_id, member, now = _practice_id(ctx.arguments), ctx.user.id, services.clock.now()
    async with services.database.unit_of_work() as uow:
        practice = await uow.run(own_practice, practice_id, member)
        if practice.closed_at is None:
            await uow.run(practices.show_sign, practice, now)
    await ctx.update(**card(practice, now))


async def on_correct(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Ask how long a forgotten practice really was."""
    practice_id, member = _practice_id(ctx.arguments), ctx.user.id
    found = await services.database.read(practices.read_practice, practice_id)
    practice = practices.check_owner(found, member)
    check_correctable(practice)
    field = hikari.impl.ModalActionRowBuilder().add_text_input(
        "minutes",
        "For how many minutes did you practise?",
        placeholder=f"From 1 to {practice.most_minutes()}",
        max_length=4,
    )
    await ctx.ask("Correct the minutes", custom_id("practice", "correct", practice_id.hex), [field])


async def on_corrected(ctx: FormContext, services: Services = arc.inject()) -> None:
    """Put a forgotten practice right."""
    practice_id, member, now = _practice_id(ctx.arguments), ctx.user.id, services.clock.now()
    minutes = _minutes(ctx.fields.get("minutes", ""))
    async with services.database.unit_of_work() as uow:
        record = partial(services.record_in, uow)
        closed = await correct(uow, practice_id, member, minutes, record, now=now)
        place = closed.practice.place
        await services.metrics_changed(
            uow,
            closed.practice.user_id,
            "practice_minutes",
            TIMED_MINUTES,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
        )
        await services.send(uow, shown(closed.practice))
    if closed.recorded is not None:
        await services.hear(closed.recorded)
    await ctx.respond(
        f"Put right: {minutes_text(minutes)} of {closed.practice.hack_name}.",
        flags=hikari.MessageFlag.EPHEMERAL,
    )


def _for_all(message: hikari.Message) -> int | None:
    """Return the id of a message that everybody sees."""
    return None if message.flags & hikari.MessageFlag.EPHEMERAL else int(message.id)


def _minutes(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal("Please give the minutes as a number, such as 15.") from None


def _practice_id(arguments: tuple[str, ...]) -> UUID:
    try:
        return UUID(arguments[0])
    except (LookupError, ValueError):
        raise Refusal(OVER) from None
