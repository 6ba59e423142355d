"""How a session felt, said by the one who practised."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select, update

from nrg_core.domain.models import PracticeSession, User
from nrg_core.errors import Refusal
from nrg_core.storage.sql import table_of

__all__ = ["SCORES", "give_feedback"]

SCORES: Final = (-1, 0, 1)

_sessions = table_of(PracticeSession)
_users = table_of(User)


def give_feedback(connection: Connection, session_id: UUID, discord_id: int, score: int) -> None:
    """Note how a session felt: -1, 0 or 1. Saying it again changes it.

    Raises
    ------
    Refusal
        The session is somebody else's, or is not there any more.
    """
    if score not in SCORES:
        raise ValueError(f"feedback is -1, 0 or 1, not {score}")
    owner = connection.execute(
        select(_users.c.discord_id)
        .join(_sessions, _sessions.c.user_id == _users.c.id)
        .where(_sessions.c.id == session_id)
    ).scalar()
    if owner is None:
        raise Refusal("That check-in is not there any more.")
    if owner != str(discord_id):
        raise Refusal("These buttons belong to the one who practised.")
    connection.execute(update(_sessions).where(_sessions.c.id == session_id).values(feedback_score=score))
