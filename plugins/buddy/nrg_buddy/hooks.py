"""What the plugin does when members practise and when time goes by."""

from __future__ import annotations

from uuid import UUID

from nrg_buddy.service.pairs import count_day, days_together, end_erased, look_after
from nrg_buddy.service.queue import match_all
from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.metrics import Metric
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Note, Tick, hookimpl
from nrg_core.storage.uow import UnitOfWork
from nrg_core.text import plural

__all__ = ["Hooks"]

SESSIONS = MetricSpec(
    "buddy_sessions",
    "Days on which a member and their buddy both practised",
    "a day of practice with your buddy",
    "{n:,} days of practice with your buddy",
)


async def _sessions(uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
    return await uow.run(days_together, user_id)


class Hooks:
    """The plugin's hooks."""

    @hookimpl
    def metrics(self) -> list[Metric]:
        """Count the days together."""
        return [Metric(SESSIONS, _sessions)]

    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> Note | None:
        """Count the day, once both have practised on it; what comes of it is told on the pair's server."""
        now = ctx.clock.now()
        together = await ctx.uow.run(count_day, event.user_id, event.local_day, event.occurred_at, now)
        if together is None:
            return None
        pair = together.pair
        for user_id in pair.members:
            await ctx.metrics_changed(
                user_id, SESSIONS.name, guild_id=pair.guild_id, channel_id=pair.channel_id
            )
        if event.guild_id not in (None, pair.guild_id):
            return None  # others there know nothing of the two
        return Note(f"🫶 Your buddy practised too: {plural(together.days, 'day')} together.")

    @hookimpl
    async def on_schedule_tick(self, tick: Tick, ctx: HookContext) -> None:
        """Free those whose partner was erased, look after the pairs, and match those who wait."""
        now = ctx.clock.now()
        freed = await ctx.uow.run(end_erased, now)
        await ctx.uow.run(look_after, now)
        matched = await ctx.uow.run(match_all, ctx.is_enabled, now)
        if freed or matched:
            ctx.log.info("buddies", matched=matched, freed=freed)
