"""A plugin that adds a metric, says when it changed, and congratulates."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.domain.events import AchievementEarned, SessionRecorded
from nrg_core.domain.metrics import Metric
from nrg_core.domain.models import PracticeSession
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import hookimpl
from nrg_core.host.plugin import Plugin
from nrg_core.outbox.messages import DirectMessage, Envelope
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork

__all__ = ["plugin"]

sessions = table_of(PracticeSession)


async def count(uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
    noted = select(func.count()).where(sessions.c.user_id == user_id, sessions.c.notes.is_not(None))
    return await uow.scalar(noted)


class Hooks:
    @hookimpl
    def metrics(self) -> list[Metric]:
        spec = MetricSpec("noted_sessions", "Sessions with a note", "a session with a note")
        return [Metric(spec, count)]

    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> None:
        await ctx.metrics_changed(event.user_id, "noted_sessions")

    @hookimpl
    async def on_achievement(self, event: AchievementEarned, ctx: HookContext) -> None:
        message = DirectMessage(event.discord_id, f"Well done: {event.achievement_name}.")
        await ctx.send(Envelope(f"tally:{event.id}", message, event.user_id))


plugin = Plugin(name="tally", summary="Counts sessions with a note", hooks=Hooks)
