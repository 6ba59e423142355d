"""What the plugin does by itself: reminders, forgotten practices, and a metric for the catalogue."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.metrics import Metric
from nrg_core.domain.models import PracticeSession
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Tick, hookimpl
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from nrg_practice.errands import reminder, shown
from nrg_practice.service.closing import close_forgotten, due_reminders

__all__ = ["TIMED_MINUTES", "Hooks"]

TIMED_MINUTES: Final = "practice_timed_minutes"

_sessions = table_of(PracticeSession)


class Hooks:
    """The hooks of the plugin."""

    @hookimpl
    async def on_schedule_tick(self, tick: Tick, ctx: HookContext) -> None:
        """Close what was forgotten, and remind of goals that are reached."""
        now = ctx.clock.now()
        closed = await close_forgotten(ctx.uow, ctx.record_all, now)
        due = await ctx.uow.run(due_reminders, now)
        await ctx.send(
            *(shown(each.practice) for each in closed),
            # Where the plugin is off, a reminder is marked as given all the same: later it would be too late.
            *(reminder(each) for each in due if ctx.is_enabled(each.guild_id)),
        )
        for each in closed:
            place = each.practice.place
            if each.recorded is not None and not ctx.is_enabled(place.guild_id):
                # The plugin does not hear of this session, and its member is no worse off for it.
                where = {"guild_id": place.guild_id, "channel_id": place.channel_id}
                await ctx.metrics_changed(each.practice.user_id, TIMED_MINUTES, **where)
        if closed:
            ctx.log.info("closed forgotten practices", number=len(closed))

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
    # From the sessions, which whoever corrects one changes.
    seconds = func.coalesce(func.sum(_sessions.c.duration_seconds), 0)
    own = (_sessions.c.user_id == user_id, _sessions.c.source == "practice")
    return int(await uow.scalar(select(seconds).where(*own))) // 60
