"""Putting right what was recorded: the session changes, and the counters follow."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select, update

from nrg_core.domain.models import MemberHack, PracticeSession, User
from nrg_core.domain.standing import lock_member
from nrg_core.errors import Refusal
from nrg_core.storage.sql import table_of
from nrg_core.text import check_minutes

__all__ = ["correct_minutes"]

_users = table_of(User)
_sessions = table_of(PracticeSession)
_member_hacks = table_of(MemberHack)


def correct_minutes(
    connection: Connection, session_id: UUID, minutes: int, *, earliest: datetime | None = None
) -> None:
    """Change how long a session of at least a minute lasted. It still ends when it did, on the same day.

    Say afterwards that the member's ``practice_minutes`` changed, so that what depends on them is judged.

    Parameters
    ----------
    earliest
        When it can have begun at the earliest, if that is known. It is not moved back beyond that, though
        its minutes then say more than its two ends.

    Raises
    ------
    Refusal
        The session is not there any more, or the minutes are not from 1 to 1,440.
    """
    check_minutes(minutes)
    owner = connection.execute(select(_sessions.c.user_id).where(_sessions.c.id == session_id)).scalar()
    # The member first, as whoever records does.
    if owner is None or lock_member(connection, owner) is None:
        raise Refusal("That session is not there any more.")
    session = connection.execute(select(_sessions).where(_sessions.c.id == session_id)).one()
    more = minutes - session.duration_seconds // 60
    started_at = session.ended_at - timedelta(minutes=minutes)
    if earliest is not None:
        started_at = max(started_at, min(earliest, session.ended_at))
    connection.execute(
        update(_sessions)
        .where(_sessions.c.id == session_id)
        .values(duration_seconds=minutes * 60, started_at=started_at)
    )
    connection.execute(
        update(_users)
        .where(_users.c.id == owner)
        .values(total_practice_minutes=_users.c.total_practice_minutes + more)
    )
    connection.execute(
        update(_member_hacks)
        .where(_member_hacks.c.user_id == owner, _member_hacks.c.hack_id == session.hack_id)
        .values(minutes=_member_hacks.c.minutes + more)
    )
