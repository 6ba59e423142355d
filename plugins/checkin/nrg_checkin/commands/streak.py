"""/streak: a member's streak, with the calendar of the last months."""

from __future__ import annotations

import arc
import hikari

from nrg_checkin.cards import CalendarData, streak_calendar
from nrg_checkin.commands.people import answer_flags, insight_of
from nrg_checkin.service.insight import Insight, minutes_by_day
from nrg_core.domain.streaks import next_milestone
from nrg_core.gateway.services import Services
from nrg_core.text import escape_markdown, minutes_text, plural

__all__ = ["streak"]

COLOUR = 0xF4A56B


@arc.slash_command("streak", "Show your streak, or somebody else's, with a calendar of the last months")
async def streak(
    ctx: arc.GatewayContext,
    user: arc.Option[hikari.User | None, arc.UserParams("Somebody else's")] = None,
    services: Services = arc.inject(),
) -> None:
    """Draw the calendar, and say in words what it shows."""
    now = services.clock.now()
    async with services.database.reading() as uow:
        insight = await insight_of(uow, ctx, user, "streak", services, now)
        days = await uow.run(minutes_by_day, insight)
    standing = insight.standing
    milestone = next_milestone(insight.streak_days)
    picture = await services.pictures.png(
        streak_calendar(
            CalendarData(
                name=standing.name,
                today=insight.today,
                minutes_by_day=days,
                current=insight.streak_days,
                longest=standing.streak.longest,
                total_minutes=standing.minutes,
                next_milestone=milestone,
                hacks_mastered=standing.mastered(),
            )
        )
    )
    embed = hikari.Embed(description=_words(insight, milestone), color=COLOUR)
    embed.set_image(hikari.Bytes(picture, "streak.png"))
    await ctx.respond(embed=embed, flags=answer_flags(insight, ctx.user.id, "streak"))


def _words(insight: Insight, milestone: int) -> str:
    """Say what the calendar shows, for those who cannot see it. What is not there is not counted up."""
    standing = insight.standing
    if not standing.sessions:
        return "Nothing here yet. /checkin saves the first practice."
    parts = [f"{plural(insight.streak_days, 'day')} in a row"] if insight.streak_days else []
    parts += [f"{plural(standing.streak.longest, 'day')} at best", f"{minutes_text(standing.minutes)} in all"]
    if mastered := standing.mastered():
        parts.append(f"{plural(mastered, 'technique')} mastered")
    name = escape_markdown(standing.name)
    return f"**{name}**: {', '.join(parts)}. Next milestone: {plural(milestone, 'day')}."
