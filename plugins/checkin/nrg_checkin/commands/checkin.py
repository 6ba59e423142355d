"""/checkin: records a session that just ended; its form, and the buttons under the answer."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import arc
import hikari

from nrg_checkin.service.feedback import give_feedback
from nrg_core.domain.recording import RecordSession, TooLittleKnown
from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.components import OVER, ComponentContext, FormContext, custom_id
from nrg_core.gateway.practising import open_hacks, session_embed
from nrg_core.gateway.services import Services
from nrg_core.text import MAX_NOTE

__all__ = ["checkin", "on_feedback", "on_form"]

FEELINGS: Final = {-1: ("😕", "Hard today"), 0: ("😌", "Fine"), 1: ("✨", "Lovely")}
"""What each feedback score is called."""


@arc.slash_command("checkin", "Save a practice you have just finished")
async def checkin(
    ctx: arc.GatewayContext,
    hack: arc.Option[
        str | None,
        arc.StrParams("What you practised (the last one, if you leave it out)", autocomplete_with=open_hacks),
    ] = None,
    duration: arc.Option[int | None, arc.IntParams("How many minutes", min=1, max=1440)] = None,
    notes: arc.Option[str | None, arc.StrParams("How it was, in a few words", max_length=MAX_NOTE)] = None,
    services: Services = arc.inject(),
) -> None:
    """Record a session, or ask for what is missing with a form."""
    interaction = ctx.interaction
    request = RecordSession(
        member=Identity(ctx.user.id, ctx.user.username),
        ended_at=interaction.created_at,
        hack=services.community.library().named(hack).slug if hack is not None else None,
        minutes=duration,
        notes=notes,
        guild_id=ctx.guild_id,
        channel_id=ctx.channel_id,
        interaction_id=interaction.id,
    )
    try:
        answer = await _record(services, request)
    except TooLittleKnown as unknown:
        if ctx.issued_response:
            raise  # it took so long that Discord would not show a form any more
        title, key, rows = _form(unknown, request)
        await ctx.respond_with_modal(title, key, components=rows)
        return
    await ctx.respond(**answer)


async def on_form(ctx: FormContext, services: Services = arc.inject()) -> None:
    """Record the session that the form tells of."""
    interaction, fields = ctx.interaction, ctx.fields
    # What was said with the command already; a form of an earlier version says less.
    slug, minutes = (*ctx.arguments, "", "")[:2]
    request = RecordSession(
        member=Identity(interaction.user.id, interaction.user.username),
        ended_at=interaction.created_at,
        hack=slug or services.community.library().named(fields.get("hack", "")).slug,
        minutes=_minutes(fields.get("minutes", minutes)),
        notes=fields.get("notes"),
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        interaction_id=interaction.id,
    )
    await ctx.respond(**await _record(services, request))


async def on_feedback(ctx: ComponentContext, services: Services = arc.inject()) -> None:
    """Note how the session felt, and show it on the buttons; another press changes it."""
    try:
        score, session_id = int(ctx.arguments[0]), UUID(ctx.arguments[1])
        FEELINGS[score]
    except (LookupError, ValueError):
        raise Refusal(OVER) from None
    member = ctx.user.id
    await services.database.write(give_feedback, session_id, member, score)
    await ctx.update(components=[_feedback_row(session_id, score)])


async def _record(services: Services, request: RecordSession) -> dict[str, Any]:
    """Record a session and return the answer to it."""
    recorded, said = await services.record(request)
    return {
        "embed": session_embed(recorded, said, services.community.library()),
        "components": [_feedback_row(recorded.session_id, None)],
    }


def _minutes(text: str) -> int | None:
    try:
        return int(text) if text.strip() else None
    except ValueError:
        raise Refusal("Please give the minutes as a number, such as 15.") from None


def _form(unknown: TooLittleKnown, request: RecordSession) -> tuple[str, str, list[Any]]:
    """Return the title, custom id and fields of a form that asks for what is missing."""
    slug = unknown.hack.slug if unknown.hack else ""
    rows: list[hikari.api.ComponentBuilder] = []
    if unknown.hack is None:
        rows.append(
            hikari.impl.ModalActionRowBuilder().add_text_input(
                "hack", "What did you practise?", placeholder="Energy ball", max_length=100
            )
        )
    if unknown.asks_minutes:
        rows.append(
            hikari.impl.ModalActionRowBuilder().add_text_input(
                "minutes",
                "For how many minutes?",
                placeholder="15" if unknown.hack else "As long as is usual for it",
                required=unknown.hack is not None,
                max_length=4,
            )
        )
    rows.append(
        hikari.impl.ModalActionRowBuilder().add_text_input(
            "notes",
            "How was it?",
            style=hikari.TextInputStyle.PARAGRAPH,
            required=False,
            max_length=MAX_NOTE,
            value=(request.notes or "")[:MAX_NOTE] or hikari.UNDEFINED,
        )
    )
    return "Save a practice", custom_id("checkin", "form", slug, request.minutes or ""), rows


def _feedback_row(session_id: UUID, chosen: int | None) -> hikari.api.MessageActionRowBuilder:
    row = hikari.impl.MessageActionRowBuilder()
    for score, (emoji, label) in FEELINGS.items():
        style = hikari.ButtonStyle.SUCCESS if score == chosen else hikari.ButtonStyle.SECONDARY
        row.add_interactive_button(
            style, custom_id("checkin", "feedback", score, session_id.hex), emoji=emoji, label=label
        )
    return row
