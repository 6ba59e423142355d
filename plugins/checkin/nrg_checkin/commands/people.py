"""Whom a command is about, and who may see the answer."""

from __future__ import annotations

from datetime import datetime

import arc
import hikari

from nrg_checkin.service.insight import Aspect, Insight, check_visible, read_insight
from nrg_core.domain.standing import Identity
from nrg_core.gateway.services import Services
from nrg_core.storage.uow import UnitOfWork

__all__ = ["answer_flags", "insight_of"]


async def insight_of(
    uow: UnitOfWork,
    ctx: arc.GatewayContext,
    user: hikari.User | None,
    aspect: Aspect,
    services: Services,
    now: datetime,
) -> Insight:
    """Return what there is to see of the member asked about, or of the one who asks.

    Raises
    ------
    Refusal
        The other keeps it to themselves, or has not practised here yet.
    """
    about = user or ctx.user
    member, viewer = Identity(about.id, about.username), ctx.user.id
    insight = await uow.run(read_insight, member, services.policy, now)
    check_visible(insight, viewer, aspect)
    return insight


def answer_flags(insight: Insight, viewer: int, aspect: Aspect) -> hikari.MessageFlag:
    """Show everybody what a member shows of their own accord; anything else to the one who asks."""
    own = insight.standing.discord_id == viewer
    if own and insight.shows(aspect) and insight.standing.sessions:
        return hikari.MessageFlag.NONE
    return hikari.MessageFlag.EPHEMERAL
