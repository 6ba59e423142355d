"""Judging what the recording of a session cannot judge by itself.

A rule over a window of days, or over a plugin's metric, needs queries. It is judged here, in the unit of
work of whoever says that a metric has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, select

from nrg_core.domain.awarding import Award, award
from nrg_core.domain.criteria import MetricKey, evaluate
from nrg_core.domain.library import KnownAchievement, KnownHack, Library, Rule
from nrg_core.domain.metrics import Metric
from nrg_core.domain.models import Hack, PracticeSession
from nrg_core.domain.policy import Policy
from nrg_core.domain.standing import Standing, lock_member
from nrg_core.domain.streaks import local_day
from nrg_core.errors import NrgError
from nrg_core.outbox.events import PendingDelivery, store_events
from nrg_core.storage.database import is_unavailable
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork

__all__ = ["judge", "value_of"]

_log = structlog.get_logger("nrg.judging")

_sessions = table_of(PracticeSession)
_hacks = table_of(Hack)


class _MetricError(NrgError):
    """A plugin failed to compute a metric of its own, named by the message."""


async def judge(
    uow: UnitOfWork,
    user_id: UUID,
    changed: frozenset[str],
    *,
    library: Library,
    policy: Policy,
    metrics: Mapping[str, Metric],
    now: datetime,
    guild_id: int | None = None,
    channel_id: int | None = None,
) -> list[PendingDelivery]:
    """Give a member what a change of these metrics earns, and return what plugins are to hear of it.

    Does nothing for a member who is no longer there.
    """
    rules = [rule for rule in library.affected(changed) if _opens(rule) or _gives(rule, policy)]
    if not rules:
        return []
    standing = await uow.run(lambda connection: lock_member(connection, user_id))
    if standing is None:
        return []
    today = local_day(now, standing.zone(policy.zone))
    streak_days = standing.streak_on(today, policy)
    awards: list[Award] = []
    for rule in rules:
        if rule.subject.id in standing.earned or rule.subject.id in standing.unlocked:
            continue
        values: dict[MetricKey, int] = {}
        try:
            for key in rule.keys:
                values[key] = await value_of(uow, standing, key, library, metrics, now, streak_days, policy)
        except _MetricError as error:
            # One plugin's fault: the other rules are judged all the same, this one at the next change.
            _log.error("a metric could not be computed", metric=str(error), exc_info=error.__cause__)
            continue
        if evaluate(rule.criterion, values):
            awards.append(Award(standing, rule.subject, now, guild_id, channel_id))

    def give(connection: Connection) -> list[PendingDelivery]:
        given = award(connection, awards, library, policy)
        stored = store_events(connection, [event for _, event in given], now)
        return [delivery for deliveries in stored for delivery in deliveries]

    return await uow.run(give) if awards else []


async def value_of(
    uow: UnitOfWork,
    standing: Standing,
    key: MetricKey,
    library: Library,
    metrics: Mapping[str, Metric],
    now: datetime,
    streak_days: int,
    policy: Policy,
) -> int:
    """Return any metric of a member: from the counters, from a window of sessions, or from its plugin."""
    if key.metric in metrics:
        try:
            async with uow.savepoint():
                return await metrics[key.metric].compute(uow, standing.user_id, key)
        except Exception as error:
            if is_unavailable(error):
                raise
            raise _MetricError(key.metric) from error
    if key.window_days is None:
        return standing.value(key, library, streak_days)
    since = local_day(now, standing.zone(policy.zone)) - timedelta(days=key.window_days - 1)
    counted = {
        "sessions": func.count(),
        "practice_minutes": func.coalesce(func.sum(_sessions.c.duration_seconds), 0) / 60,
        "distinct_hacks": func.count(_sessions.c.hack_id.distinct()),
    }[key.metric]
    query = select(counted).where(
        _sessions.c.user_id == standing.user_id,
        _sessions.c.local_day >= since,
        _sessions.c.ended_at.is_not(None),
    )
    if key.hack is not None or key.category is not None:
        query = query.join(_hacks, _hacks.c.id == _sessions.c.hack_id)
        query = query.where(_hacks.c.slug == key.hack if key.hack else _hacks.c.category == key.category)
    return int(await uow.scalar(query))


def _opens(rule: Rule) -> bool:
    return isinstance(rule.subject, KnownHack) and rule.criterion is rule.subject.unlock


def _gives(rule: Rule, policy: Policy) -> bool:
    return isinstance(rule.subject, KnownAchievement) and policy.achievements
