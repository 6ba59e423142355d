"""What the plugin does by itself: reminders, forgotten practices, and a metric for the catalogue."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.metrics import Metric
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Tick, hookimpl
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from nrg_practice.errands import reminder, shown
from nrg_practice.models import TimedPractice
from nrg_practice.service.closing import close_forgotten, due_reminders

__all__ = ["TIMED_MINUTES", "Hooks"]

TIMED_MINUTES: Final = "practice_timed_minutes"

_practices = table_of(TimedPractice)


class Hooks:
    """The hooks of the plugin."""

    @hookimpl
    async def on_schedule_tick(self, tick: Tick, ctx: HookContext) -> None:
        """Close what was forgotten, and remind of goals that are reached."""
        now = ctx.clock.now()
        for closed in await close_forgotten(ctx.uow, ctx.record, now):
            ctx.log.info("closed a forgotten practice", minutes=closed.practice.minutes)
            await ctx.send(shown(closed.practice))
        for practice_id, user_id, guild_id in await ctx.uow.run(
            lambda connection: due_reminders(connection, now)
        ):
            await ctx.send(reminder(practice_id, user_id, guild_id))

    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> None:
        """Say that the timed minutes have grown."""
        if event.source == "practice":
            await ctx.metrics_changed(event.user_id, TIMED_MINUTES)

    @hookimpl
    def metrics(self) -> list[Metric]:
        """Name the minutes practised with the clock."""
        spec = MetricSpec(
            TIMED_MINUTES,
            "Minutes practised with /practice",
            "a minute by the clock",
            "{n:,} minutes by the clock",
        )
        return [Metric(spec, _timed_minutes)]


async def _timed_minutes(uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
    minutes = func.coalesce(_practices.c.corrected_minutes, _practices.c.minutes)
    return int(
        await uow.scalar(select(func.coalesce(func.sum(minutes), 0)).where(_practices.c.user_id == user_id))
    )
