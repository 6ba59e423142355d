"""What commands that record practice have in common: the picker of techniques, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import arc
import hikari

from nrg_core.domain.library import Library
from nrg_core.domain.recording import Recorded
from nrg_core.domain.standing import read_standing
from nrg_core.gateway.services import Services
from nrg_core.hooks.specs import Note
from nrg_core.text import minutes_text, plural, progress_bar, quoted

__all__ = ["open_hacks", "session_embed"]

COLOUR: Final = 0xF4A56B


async def open_hacks(
    data: arc.AutocompleteData[arc.GatewayClient, str], services: Services = arc.inject()
) -> dict[str, str]:
    """Offer the techniques that are open to the member, the one used last first."""
    member, typed = data.interaction.user.id, (data.focused_value or "").strip().casefold()
    standing = await services.database.read(read_standing, discord_id=member)
    hacks = [
        hack
        for hack in services.community.library().hacks.values()
        if (hack.unlock is None if standing is None else standing.is_open(hack))
        and (typed in hack.slug or typed in hack.name.casefold())
    ]
    if standing is not None:
        hacks.sort(key=lambda hack: hack.id != standing.last_hack_id)
    return {hack.name: hack.slug for hack in hacks[:25]}


def session_embed(recorded: Recorded, said: Sequence[Note], library: Library) -> hikari.Embed:
    """Return what a member is told of a session that was recorded: what it brought, and what comes next.

    Parameters
    ----------
    said
        What plugins have to add.
    """
    texts, practised = library.texts, f"**{recorded.hack.shown}**"
    lines = [texts["checkin.saved"].format(minutes=recorded.minutes, hack=practised)]
    if recorded.streak_days:
        lines.append("🔥 " + texts["checkin.streak"].format(days=plural(recorded.streak_days, "day")))
    if recorded.notes:
        # Here and not in a field: letter by letter, 500 characters can be longer than a field takes.
        lines.append(quoted(recorded.notes))
    embed = hikari.Embed(description="\n".join(lines), color=COLOUR)
    news = [
        texts["checkin.earned"]
        .format(icon=one.icon or "🏅", achievement=one.name, description=one.description or "")
        .strip()
        for one in recorded.earned
    ]
    if recorded.mastered:
        news.append(f"🌟 You have mastered {practised}.")
    news += ["🔓 " + texts["checkin.unlocked"].format(hack=f"**{hack.shown}**") for hack in recorded.unlocked]
    if news:
        embed.add_field("New", "\n".join(news)[:1024])
    if recorded.next_unlock is not None:
        hack, criterion, way = recorded.next_unlock
        line = texts["checkin.next_unlock"].format(hack=hack.shown, criterion=library.describe(criterion))
        embed.add_field("Next", f"{progress_bar(way.fraction)} {line}"[:1024])
    if said:
        embed.add_field("Also", "\n".join(note.text for note in said)[:1024])
    return embed.set_footer(
        f"{plural(recorded.sessions, 'session')} · {minutes_text(recorded.total_minutes)} in all"
    )
