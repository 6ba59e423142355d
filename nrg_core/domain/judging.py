"""Judging what the recording of a session cannot judge by itself.

A rule over a window of days, or over a plugin's metric, needs queries; and a metric may change without a
session. Whoever changes one says so in the unit of work of the change; the core judges right after it, one
member at a time, so that nobody else's transaction holds members whom it has no business with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, bindparam, func, select, update

from nrg_core.domain.awarding import Award, award
from nrg_core.domain.criteria import MetricKey, evaluate
from nrg_core.domain.events import MetricsChanged
from nrg_core.domain.library import KnownAchievement, KnownHack, Library, Rule
from nrg_core.domain.metrics import Metric
from nrg_core.domain.models import Hack, MemberHack, PracticeSession, User
from nrg_core.domain.policy import Policy
from nrg_core.domain.standing import Standing, lock_member
from nrg_core.domain.streaks import local_day
from nrg_core.errors import NrgError
from nrg_core.outbox.events import NewEvent, PendingDelivery, store_events
from nrg_core.storage.database import is_unavailable
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork

__all__ = ["judge", "store_change", "value_of"]

_log = structlog.get_logger("nrg.judging")

_sessions = table_of(PracticeSession)
_hacks = table_of(Hack)
_users = table_of(User)
_member_hacks = table_of(MemberHack)


class _MetricError(NrgError):
    """A plugin failed to compute a metric of its own, named by the message."""


_member = select(_users.c.discord_id, _users.c.discord_username).where(_users.c.id == bindparam("user_id"))


def store_change(
    connection: Connection,
    user_id: UUID,
    changed: frozenset[str],
    guild_id: int | None,
    channel_id: int | None,
    library: Library,
    policy: Policy,
    now: datetime,
) -> list[PendingDelivery]:
    """Store that metrics of a member have changed, and return what is to be delivered after the commit.

    Nothing is stored if no rule depends on them, or for a member who is no longer there.

    Parameters
    ----------
    guild_id, channel_id
        Where what the member earns by it is given and announced.
    """
    if not _concerned(changed, library, policy):
        return []
    row = connection.execute(_member, {"user_id": user_id}).one_or_none()
    if row is None:
        return []
    event = MetricsChanged(
        occurred_at=now,
        user_id=user_id,
        discord_id=int(row.discord_id),
        member_name=row.discord_username or "",
        guild_id=guild_id,
        channel_id=channel_id,
        names=sorted(changed),
    )
    audience = policy.audience(event.kind, guild_id)
    return store_events(connection, [NewEvent(event.kind, user_id, event.to_payload(), audience)], now)[0]


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
    rules = _concerned(changed, library, policy)
    if not rules:
        return []
    standing = await uow.run(lock_member, user_id)
    if standing is None:
        return []
    today = local_day(now, standing.zone(policy.zone))
    streak_days = standing.streak_on(today, policy)

    async def holds(rule: Rule) -> bool:
        values: dict[MetricKey, int] = {}
        try:
            for key in rule.keys:
                values[key] = await value_of(uow, standing, key, library, metrics, now, streak_days, policy)
        except _MetricError as error:
            # One plugin's fault: the other rules are judged all the same, this one at the next change.
            _log.error("a metric could not be computed", metric=str(error), exc_info=error.__cause__)
            return False
        return evaluate(rule.criterion, values)

    mastered = [rule.subject.id for rule in rules if _masters(rule, standing) and await holds(rule)]
    if mastered:
        for hack_id in mastered:
            standing.hacks[hack_id].mastered = True
        await uow.run(_write_mastered, standing, mastered, now)
        rules = _concerned(changed | {"hacks_mastered"}, library, policy)
    awards = [
        Award(standing, rule.subject, now, guild_id, channel_id)
        for rule in rules
        if (_opens(rule) or _gives(rule, policy))
        and rule.subject.id not in standing.earned | standing.unlocked
        and await holds(rule)
    ]

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


def _write_mastered(
    connection: Connection, standing: Standing, hack_ids: Sequence[UUID], now: datetime
) -> None:
    connection.execute(
        update(_member_hacks)
        .where(_member_hacks.c.user_id == standing.user_id, _member_hacks.c.hack_id.in_(hack_ids))
        .values(mastered_at=now)
    )
    connection.execute(
        update(_users).where(_users.c.id == standing.user_id).values(hacks_mastered=standing.mastered())
    )


def _concerned(changed: frozenset[str], library: Library, policy: Policy) -> list[Rule]:
    return [
        rule
        for rule in library.affected(changed)
        if isinstance(rule.subject, KnownHack) or _gives(rule, policy)
    ]


def _masters(rule: Rule, standing: Standing) -> bool:
    practised = standing.hacks.get(rule.subject.id)
    return practised is not None and not practised.mastered and not _opens(rule)


def _opens(rule: Rule) -> bool:
    return isinstance(rule.subject, KnownHack) and rule.criterion is rule.subject.unlock


def _gives(rule: Rule, policy: Policy) -> bool:
    return isinstance(rule.subject, KnownAchievement) and policy.achievements
