"""/techniques: what there is to practise, with progress, and what opens the rest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, cast, get_args

import arc
import hikari

from nrg_checkin.service.insight import read_insight
from nrg_checkin.service.techniques import Filter, TechniqueState
from nrg_checkin.service.techniques import techniques as list_techniques
from nrg_core.domain.library import Library
from nrg_core.domain.standing import Identity
from nrg_core.gateway.services import Services
from nrg_core.text import plural, progress_bar

__all__ = ["techniques"]

COLOUR: Final = 0xF4A56B
FIELDS: Final = 25
CHARACTERS: Final = 5_500
"""What an embed takes, with some room for its title and footer; Discord's limit is 6,000."""

NOTHING: Final = {
    "all": "There is nothing to practise yet.",
    "unlocked": "Nothing is open yet.",
    "locked": "Everything is open to you.",
    "mastered": "Nothing is mastered yet. That takes its time.",
}


@arc.slash_command("techniques", "Show what there is to practise")
async def techniques(
    ctx: arc.GatewayContext,
    wanted: arc.Option[str, arc.StrParams("Which ones", name="filter", choices=get_args(Filter))] = "all",
    services: Services = arc.inject(),
) -> None:
    """List techniques as the member finds them."""
    now, library = services.clock.now(), services.community.library()
    member = Identity(ctx.user.id, ctx.user.username)
    insight = await services.database.read(read_insight, member, services.policy, now)
    states = list_techniques(insight.standing, library, insight.streak_days, cast(Filter, wanted))
    embed = hikari.Embed(title="Techniques", color=COLOUR)
    fields = [(f"{_mark(state)} {state.hack.shown}", _text(state, library)[:1024]) for state in states]
    for name, text in (shown := _fitting(fields)):
        embed.add_field(name, text)
    if not states:
        embed.description = NOTHING[wanted]
    elif len(shown) < len(fields):
        embed.set_footer(f"… and {len(fields) - len(shown)} more. A filter shows fewer at a time.")
    await ctx.respond(embed=embed, flags=hikari.MessageFlag.EPHEMERAL)


def _fitting(fields: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Return the first fields, as many as an embed takes."""
    totals = accumulate(len(name) + len(text) for name, text in fields)
    return fields[: min(FIELDS, sum(total <= CHARACTERS for total in totals))]


def _mark(state: TechniqueState) -> str:
    if state.practised.mastered:
        return "🌟"
    return "🌱" if state.is_open else "🔒"


def _text(state: TechniqueState, library: Library) -> str:
    """Say how it goes and how far one is; of one that is locked, only what opens it."""
    hack, lines = state.hack, [state.hack.description or ""]
    bar = progress_bar(state.way.fraction) + " " if state.way is not None else ""
    if not state.is_open:
        assert hack.unlock is not None
        return f"{bar}Opens with {library.describe(hack.unlock)}."
    if state.practised.mastered:
        lines.append(f"Mastered, after {plural(state.practised.sessions, 'session')}.")
    elif state.practised.sessions:
        sessions, mastery = plural(state.practised.sessions, "session"), library.describe(hack.mastery)
        lines.append(f"{bar}{sessions} so far; mastered with {mastery}.")
    if hack.content_url:
        lines.append(f"[How it goes]({hack.content_url})")
    return "\n".join(line for line in lines if line) or "Open to you."
