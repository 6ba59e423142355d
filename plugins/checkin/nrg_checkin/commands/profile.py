"""/profile: a member's figures as a card, achievements, or the way to the next ones."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import arc
import hikari

from nrg_checkin.cards import Badge, ProfileData, Technique, profile_card
from nrg_checkin.commands.people import answer_flags, insight_of
from nrg_checkin.service.insight import Insight, earned_achievements
from nrg_core.domain.criteria import progress
from nrg_core.domain.library import KnownAchievement, Library
from nrg_core.gateway.services import Services
from nrg_core.text import escape_markdown, minutes_text, plural, progress_bar

__all__ = ["profile"]

COLOUR: Final = 0xF4A56B
SECTIONS: Final = ("stats", "achievements", "progress")


@arc.slash_command("profile", "Show what you have practised and earned, or what somebody else has")
async def profile(
    ctx: arc.GatewayContext,
    user: arc.Option[hikari.User | None, arc.UserParams("Somebody else's")] = None,
    section: arc.Option[str, arc.StrParams("What to show", choices=SECTIONS)] = "stats",
    services: Services = arc.inject(),
) -> None:
    """Draw the card, or list achievements or progress."""
    now, library = services.clock.now(), services.community.library()
    async with services.database.reading() as uow:
        insight = await insight_of(uow, ctx, user, "profile", services, now)
        earned = await uow.run(earned_achievements, insight, library)
    title = escape_markdown(insight.standing.name)
    embed = hikari.Embed(color=COLOUR)
    match section:
        case "achievements":
            lines = [_earned_line(one, at) for one, at in earned]
            embed.title = f"{title}: {plural(len(lines), 'achievement')}"
            embed.description = _fitting(lines) or "Nothing yet. The first practice earns the first one."
        case "progress":
            embed.title = f"{title}: on the way"
            embed.description = _fitting(_ways(insight, library)) or "Everything there is has been earned."
        case _:
            picture = await services.pictures.png(
                profile_card(_card(insight, [one for one, _ in earned], library))
            )
            embed.description = _words(insight, len(earned))
            embed.set_image(hikari.Bytes(picture, "profile.png"))
    await ctx.respond(embed=embed, flags=answer_flags(insight, ctx.user.id, "profile"))


def _words(insight: Insight, earned: int) -> str:
    """Say what the card shows, for those who cannot see it."""
    standing = insight.standing
    if not standing.sessions:
        return "Nothing here yet. /checkin saves the first practice."
    parts = (
        plural(standing.sessions, "session"),
        minutes_text(standing.minutes),
        plural(len(standing.hacks), "technique"),
        plural(earned, "achievement"),
    )
    return f"**{escape_markdown(standing.name)}**: {', '.join(parts)}"


def _card(insight: Insight, earned: list[KnownAchievement], library: Library) -> ProfileData:
    standing = insight.standing
    practised = sorted(standing.hacks.items(), key=lambda item: -item[1].sessions)
    return ProfileData(
        name=standing.name,
        since=insight.since,
        streak=insight.streak_days,
        sessions=standing.sessions,
        total_minutes=standing.minutes,
        practised=len(standing.hacks),
        mastered=standing.mastered(),
        achievements=[Badge(one.icon or "🏅", one.name) for one in earned],
        techniques=[
            Technique(library.hacks_by_id[key].name, one.sessions, mastered=one.mastered)
            for key, one in practised
            if key in library.hacks_by_id
        ],
        alumni=insight.is_alumni,
    )


def _earned_line(achievement: KnownAchievement, at: datetime) -> str:
    name = f"{achievement.icon or '🏅'} **{achievement.name}** · <t:{at.timestamp():.0f}:d>"
    return f"{name}\n{achievement.description}" if achievement.description else name


def _ways(insight: Insight, library: Library) -> list[str]:
    """Return a line for each achievement not earned yet, the nearest first, as far as counters tell."""
    standing = insight.standing
    ways: list[tuple[float, str]] = []
    for achievement in library.achievements.values():
        rule = library.rules[f"achievement {achievement.slug}"]
        if achievement.id in standing.earned or not rule.immediate:
            continue
        way = progress(rule.criterion, standing.values(rule, library, insight.streak_days))
        name = f"{achievement.icon or '🏅'} **{achievement.name}**"
        line = f"{progress_bar(way.fraction)} {name} – {library.describe(rule.criterion)}"
        ways.append((way.fraction, line))
    return [line for _, line in sorted(ways, key=lambda way: -way[0])]


def _fitting(lines: list[str]) -> str:
    """Join as many lines as an embed takes, and say how many more there are."""
    text = ""
    for place, line in enumerate(lines):
        if len(text) + len(line) > 3900:
            return f"{text}… and {len(lines) - place} more"
        text += line + "\n"
    return text
