"""What happens: finding a peer's session, and validating it. No Discord in here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, update

from nrg_core.domain.criteria import MetricKey
from nrg_core.domain.models import Hack, PracticeSession, User
from nrg_core.domain.standing import Identity, lock_members
from nrg_core.errors import Refusal
from nrg_core.storage.sql import insert_into, table_of
from nrg_core.text import clean_note
from nrg_validation.models import Validation

__all__ = [
    "GIVEN",
    "OWN",
    "RECEIVED",
    "PeerSession",
    "Validated",
    "announced_session",
    "count_given",
    "count_received",
    "latest_session",
    "may_announce",
    "validate",
]

_validations = table_of(Validation)
_sessions = table_of(PracticeSession)
_users = table_of(User)
_hacks = table_of(Hack)

GIVEN: Final = "validations_given"
RECEIVED: Final = "validations_received"
"""The metrics that a validation changes: one of who gives it, one of who receives it."""

OWN: Final = "Your own practice is for a peer to validate. Whose would you like to validate?"
"""What is said to a member who would validate themselves."""

ANSWERABLE_MS: Final = 15 * 60 * 1000
"""Milliseconds in which an interaction can be answered: Discord forgets it then."""

MILLISECOND: Final = 1 << 22
"""One millisecond in Discord's ids, which begin with the time."""


@dataclass(frozen=True, slots=True)
class PeerSession:
    """A session that somebody wants to validate, with whose it is."""

    id: UUID
    owner_id: UUID
    owner: Identity
    hack_name: str


@dataclass(frozen=True, slots=True)
class Validated:
    """A validation that was just given."""

    id: UUID
    session: PeerSession
    validator_id: UUID
    message: str | None


def latest_session(connection: Connection, discord_id: int) -> PeerSession | None:
    """Return the session a member finished last; nothing for somebody who never practised."""
    return _found(
        connection,
        _finished().where(_users.c.discord_id == str(discord_id)).order_by(_sessions.c.created_at.desc()),
    )


def announced_session(
    connection: Connection, message_id: int, interaction_id: int | None
) -> PeerSession | None:
    """Return the session that a message announces, if it announces one.

    Parameters
    ----------
    interaction_id
        The interaction that the message answers, if it answers one.
    """
    announces = _sessions.c.message_id == str(message_id)
    if interaction_id is not None:
        announces |= _sessions.c.interaction_id == str(interaction_id)
    return _found(connection, _finished().where(announces))


def _finished() -> Select[*tuple[Any, ...]]:
    return (
        select(
            _sessions.c.id,
            _sessions.c.user_id,
            _users.c.discord_id,
            _users.c.discord_username,
            _hacks.c.name.label("hack_name"),
        )
        .join(_users, _users.c.id == _sessions.c.user_id)
        .join(_hacks, _hacks.c.id == _sessions.c.hack_id)
        .where(_sessions.c.ended_at.is_not(None))
    )


def _found(connection: Connection, query: Select[*tuple[Any, ...]]) -> PeerSession | None:
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        return None
    owner = Identity(int(row.discord_id), row.discord_username or "")
    return PeerSession(row.id, row.user_id, owner, row.hack_name)


def may_announce(connection: Connection, channel_id: int, message_id: int) -> bool:
    """Tell whether a message can announce a session.

    Ids tell the time, and an answer comes within minutes of what it answers: so nearly every message that
    has nothing to do with practice is told apart without asking Discord for it.
    """
    earliest = message_id - ANSWERABLE_MS * MILLISECOND
    # As text, like the column: today's ids all have nineteen digits, and will until 2090.
    answers = _sessions.c.interaction_id.between(str(earliest), str(message_id))
    found = connection.execute(
        select(_sessions.c.id)
        .where(
            or_(_sessions.c.message_id == str(message_id), answers),
            _sessions.c.channel_id == str(channel_id),
        )
        .limit(1)
    )
    return found.first() is not None


def validate(
    connection: Connection, session: PeerSession, validator: Identity, message: str | None, now: datetime
) -> Validated:
    """Write down that a member validates a peer's session.

    Raises
    ------
    Refusal
        It is the member's own, it is validated by them already, it is gone, or the message breaks a rule.
    """
    message = clean_note(message, what="message")
    if session.owner.discord_id == validator.discord_id:
        raise Refusal(OWN)
    # Both at once and in the core's order: two members who validate each other must not wait for each other.
    standings = lock_members(connection, [validator, session.owner])
    validator_id = standings[validator.discord_id].user_id
    there = connection.execute(
        update(_sessions)
        .where(_sessions.c.id == session.id, _sessions.c.user_id == session.owner_id)
        .values(is_validated=True)
        .returning(_sessions.c.id)
    ).first()
    if there is None:
        raise Refusal("That session is not there any more.")
    given = connection.execute(
        insert_into(_validations, connection.dialect.name)
        .on_conflict_do_nothing(index_elements=["session_id", "validator_user_id"])
        .returning(_validations.c.id),
        {
            "id": uuid4(),
            "created_at": now,
            "session_id": session.id,
            "owner_user_id": session.owner_id,
            "validator_user_id": validator_id,
            "message": message,
        },
    ).scalar()
    if given is None:
        raise Refusal("You have validated that session already. Once is all it takes.")
    return Validated(given, session, validator_id, message)


def count_given(user_id: UUID, key: MetricKey) -> Select[int]:
    """Select how many validations a member gave, of one technique or category if asked for."""
    return _counted(_validations.c.validator_user_id == user_id, key)


def count_received(user_id: UUID, key: MetricKey) -> Select[int]:
    """Select how many validations a member received, of one technique or category if asked for."""
    return _counted(_validations.c.owner_user_id == user_id, key)


def _counted(whose: ColumnElement[bool], key: MetricKey) -> Select[int]:
    query = select(func.count()).select_from(_validations).where(whose)
    if key.hack is None and key.category is None:
        return query
    query = query.join(_sessions, _sessions.c.id == _validations.c.session_id)
    query = query.join(_hacks, _hacks.c.id == _sessions.c.hack_id)
    return query.where(_hacks.c.slug == key.hack if key.hack else _hacks.c.category == key.category)
