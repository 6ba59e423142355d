"""What there is to see of a member: the figures behind the streak calendar and the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import Connection, func, select

from nrg_core.domain.library import KnownAchievement, Library
from nrg_core.domain.models import PracticeSession, User, UserAchievement
from nrg_core.domain.policy import Policy
from nrg_core.domain.standing import Identity, Standing, read_standing
from nrg_core.domain.streaks import local_day
from nrg_core.errors import Refusal
from nrg_core.storage.sql import table_of
from nrg_core.text import escape_markdown

__all__ = ["Aspect", "Insight", "check_visible", "earned_achievements", "minutes_by_day", "read_insight"]

Aspect = Literal["streak", "profile"]
"""What a member shows or keeps to themselves."""

_users = table_of(User)
_sessions = table_of(PracticeSession)
_earned = table_of(UserAchievement)

WEEKS: Final = 17
"""How far back the calendar looks."""


@dataclass(frozen=True, slots=True)
class Insight:
    """A member's standing with what is derived from today's date.

    Attributes
    ----------
    visibility
        Who may see what: ``public``, ``friends`` or ``private``, by ``streak_visibility`` and
        ``profile_visibility``.
    """

    standing: Standing
    today: date
    streak_days: int
    since: date | None
    is_alumni: bool
    visibility: Mapping[str, str]

    def shows(self, aspect: Aspect) -> bool:
        """Tell whether the member lets everybody see their streak or their profile."""
        return self.visibility.get(f"{aspect}_visibility", "public") == "public"


def read_insight(connection: Connection, member: Identity, policy: Policy, now: datetime) -> Insight:
    """Return what is known of a member; of somebody who never practised, that there is nothing yet."""
    standing = read_standing(connection, discord_id=member.discord_id)
    if standing is None:
        nobody = Standing(UUID(int=0), member.discord_id, member.name)
        return Insight(nobody, local_day(now, policy.zone), 0, None, is_alumni=False, visibility={})
    row = connection.execute(
        select(_users.c.privacy_settings, _users.c.is_alumni).where(_users.c.id == standing.user_id)
    ).one()
    since = connection.execute(
        select(func.min(_sessions.c.local_day)).where(_sessions.c.user_id == standing.user_id)
    ).scalar()
    today = local_day(now, standing.zone(policy.zone))
    return Insight(
        standing, today, standing.streak_on(today, policy), since, bool(row.is_alumni), row.privacy_settings
    )


def check_visible(insight: Insight, viewer: int, aspect: Aspect) -> None:
    """Let a member look at another, if there is something to see and the other shows it.

    Raises
    ------
    Refusal
        The other keeps it to themselves, or has not practised here yet.
    """
    standing = insight.standing
    if standing.discord_id == viewer:
        return
    if not insight.shows(aspect):
        raise Refusal(f"{escape_markdown(standing.name)} keeps their {aspect} to themselves.")
    if not standing.sessions:
        raise Refusal(f"{escape_markdown(standing.name)} has not practised here yet.")


def minutes_by_day(connection: Connection, insight: Insight) -> dict[date, int]:
    """Return the minutes practised on each day of the last weeks."""
    rows = connection.execute(
        select(_sessions.c.local_day, func.sum(_sessions.c.duration_seconds))
        .where(
            _sessions.c.user_id == insight.standing.user_id,
            _sessions.c.local_day >= insight.today - timedelta(weeks=WEEKS),
        )
        .group_by(_sessions.c.local_day)
    )
    return {day: int(seconds) // 60 for day, seconds in rows}


def earned_achievements(
    connection: Connection, insight: Insight, library: Library
) -> list[tuple[KnownAchievement, datetime]]:
    """Return what a member has earned and when, the latest first."""
    rows = connection.execute(
        select(_earned.c.achievement_id, _earned.c.earned_at)
        .where(_earned.c.user_id == insight.standing.user_id)
        .order_by(_earned.c.earned_at.desc(), _earned.c.id)
    )
    known = library.achievements_by_id
    return [(known[row.achievement_id], row.earned_at) for row in rows if row.achievement_id in known]
