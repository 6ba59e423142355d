"""Validating on a real database, of either kind: fifty at once, and what the database itself refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import IntegrityError

from nrg_core.domain.criteria import MetricKey
from nrg_core.domain.library import Library
from nrg_core.domain.models import PracticeSession, User
from nrg_core.domain.policy import Policy
from nrg_core.domain.recording import Recorded, record_sessions
from nrg_core.errors import Refusal
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from nrg_validation.hooks import Hooks
from nrg_validation.models import Validation
from nrg_validation.service import (
    PeerSession,
    Validated,
    announced_session,
    latest_session,
    may_announce,
    validate,
)
from tests.support.community import BEGINNING, count, member, request, stock

_validations = table_of(Validation)
_sessions = table_of(PracticeSession)
_users = table_of(User)

MINUTE = timedelta(minutes=1)


class Peers:
    """Members who practise and validate on one database."""

    def __init__(self, database: Database, library: Library) -> None:
        self.database = database
        self.library = library

    async def practise(self, who: int, **values: Any) -> Recorded:
        (outcome,) = await self.database.write(
            record_sessions, [request(who, **values)], self.library, Policy()
        )
        assert isinstance(outcome, Recorded)
        return outcome

    async def validate(self, who: int, whose: int, message: str | None = None) -> Validated:
        def run(connection: Connection) -> Validated:
            session = latest_session(connection, member(whose).discord_id)
            assert session is not None
            return validate(connection, session, member(who), message, BEGINNING)

        return await self.database.write(run)

    async def attempt(self, who: int, whose: int) -> bool:
        try:
            await self.validate(who, whose)
        except Refusal:
            return False
        return True

    async def metric(self, name: str, user_id: Any, **narrowed: Any) -> int:
        metric = next(each for each in Hooks().metrics() if each.spec.name == name)
        async with self.database.reading() as uow:
            return await metric.compute(uow, user_id, MetricKey(name, **narrowed))

    async def rows(self, *columns: Any) -> Sequence[Any]:
        return await self.database.read(lambda connection: connection.execute(select(*columns)).all())


@pytest.fixture
async def peers(database: Database, tmp_path: Path) -> Peers:
    return Peers(database, await stock(database, tmp_path))


async def test_fifty_at_once_from_fifty(peers: Peers) -> None:
    recorded = await peers.practise(0)
    done = await asyncio.gather(*(peers.attempt(who, 0) for who in range(1, 51)))
    assert all(done)
    rows = await peers.rows(_validations.c.session_id, _validations.c.owner_user_id)
    assert rows == [(recorded.session_id, recorded.user_id)] * 50
    assert await count(peers.database, Validation) == 50
    assert await count(peers.database, PracticeSession, _sessions.c.is_validated) == 1


async def test_fifty_at_once_from_one(peers: Peers) -> None:
    await peers.practise(0)
    done = await asyncio.gather(*(peers.attempt(1, 0) for _ in range(50)))
    assert sum(done) == 1
    assert await count(peers.database, Validation) == 1


async def test_everybody_validates_everybody_at_once(peers: Peers) -> None:
    """In both directions at once: nobody waits for somebody who waits for them."""
    for who in range(6):
        await peers.practise(who)
    pairs = [(one, other) for one in range(6) for other in range(6) if one != other]
    done = await asyncio.gather(*(peers.attempt(*pair) for pair in pairs * 2))
    assert sum(done) == len(pairs)
    assert await count(peers.database, Validation) == len(pairs)


async def test_the_latest_session_that_has_ended(peers: Peers) -> None:
    await peers.practise(0)
    later = await peers.practise(0, at=BEGINNING + MINUTE, hack="gaze", minutes=3)
    running = await peers.practise(0, at=BEGINNING + 2 * MINUTE)
    await peers.database.write(
        lambda connection: connection.execute(
            update(_sessions).where(_sessions.c.id == running.session_id).values(ended_at=None)
        )
    )
    given = await peers.validate(1, 0, "  Well done\r\n ")
    assert (given.session.id, given.session.hack_name, given.message) == (
        later.session_id,
        "Gaze",
        "Well done",
    )


async def test_only_the_session_validated_is_marked(peers: Peers) -> None:
    await peers.practise(0)
    later = await peers.practise(0, at=BEGINNING + MINUTE)
    await peers.validate(1, 0)
    marked = await peers.rows(_sessions.c.id, _sessions.c.is_validated)
    assert {key for key, is_validated in marked if is_validated} == {later.session_id}


async def test_somebody_who_never_practised(peers: Peers) -> None:
    found = await peers.database.read(latest_session, member(9).discord_id)
    assert found is None


async def test_ones_own(peers: Peers) -> None:
    await peers.practise(0)
    with pytest.raises(Refusal, match="for a peer to validate"):
        await peers.validate(0, 0)
    assert await count(peers.database, Validation) == 0


@pytest.mark.parametrize(
    ("message", "said"),
    [("x" * 501, "message has 501"), ("<script>", "looks like code"), ("javascript:1", "looks like code")],
)
async def test_messages_that_are_refused(peers: Peers, message: str, said: str) -> None:
    await peers.practise(0)
    with pytest.raises(Refusal, match=said):
        await peers.validate(1, 0, message)
    assert await count(peers.database, Validation) == 0
    assert await count(peers.database, PracticeSession, _sessions.c.is_validated) == 0


async def test_messages_that_are_kept(peers: Peers) -> None:
    await peers.practise(0)
    assert (await peers.validate(1, 0, "x" * 500)).message == "x" * 500
    assert (await peers.validate(2, 0, " \n ")).message is None


@pytest.mark.parametrize("gone", [_sessions, _users])
async def test_a_session_that_went_meanwhile(peers: Peers, gone: Any) -> None:
    """Its owner may be erased between two statements: nothing is written, and nobody comes back."""
    await peers.practise(0)
    session = await peers.database.read(latest_session, member(0).discord_id)
    assert isinstance(session, PeerSession)
    await peers.database.write(lambda connection: connection.execute(delete(gone)))
    before = await count(peers.database, User)
    with pytest.raises(Refusal, match="not there any more"):
        await peers.database.write(validate, session, member(1), None, BEGINNING)
    assert await count(peers.database, User) == before


@pytest.mark.parametrize(
    ("message", "answers", "found"),
    [
        (77, None, True),
        (78, 50, True),
        (78, None, False),
        (50, None, False),
        (78, 77, False),
        (78, 51, False),
    ],
)
async def test_the_session_that_a_message_announces(
    peers: Peers, message: int, answers: int | None, found: bool
) -> None:
    """One that it was recorded with, or the answer to the interaction that recorded it."""
    recorded = await peers.practise(0, interaction_id=50, message_id=77)
    session = await peers.database.read(announced_session, message, answers)
    assert (session.id if session else None) == (recorded.session_id if found else None)


async def test_which_messages_may_announce_a_session(peers: Peers) -> None:
    """Those in its channel: its own, and from the interaction's millisecond to a quarter of an hour later."""
    interaction, minute = 1_400_000_000_000_000_000, 60_000 << 22
    await peers.practise(0, interaction_id=interaction, channel_id=5, message_id=interaction - minute)
    for channel, message, expected in [
        (5, interaction - minute, True),
        (6, interaction - minute, False),
        (5, interaction + 1, True),
        (5, interaction + 15 * minute, True),
        (5, interaction + 15 * minute + 1, False),
        (5, interaction - 1, False),
        (6, interaction + 1, False),
    ]:
        told = await peers.database.read(may_announce, channel, message)
        assert told is expected, (channel, message - interaction)


async def test_metrics(peers: Peers) -> None:
    first = await peers.practise(0)
    await peers.validate(1, 0)
    await peers.practise(0, at=BEGINNING + MINUTE, hack="gaze", minutes=3)
    given = await peers.validate(1, 0)
    await peers.validate(2, 0)
    assert await peers.metric("validations_given", given.validator_id) == 2
    assert await peers.metric("validations_given", given.validator_id, hack="gaze") == 1
    assert await peers.metric("validations_given", given.validator_id, category="calm") == 1
    assert await peers.metric("validations_received", first.user_id) == 3
    assert await peers.metric("validations_received", first.user_id, hack="gaze") == 2
    assert await peers.metric("validations_received", given.validator_id) == 0


def _insert(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(_validations.insert().values(**values))


def _row(recorded: Recorded, validator: Any, owner: Any = None) -> dict[str, Any]:
    return {
        "session_id": recorded.session_id,
        "owner_user_id": owner or recorded.user_id,
        "validator_user_id": validator,
    }


async def test_what_the_database_itself_refuses(peers: Peers) -> None:
    ana, ben = await peers.practise(0), await peers.practise(1)
    await peers.validate(1, 0)
    refused = {
        "one's own": _row(ana, ana.user_id),
        "one's own, under another's name": _row(ana, ana.user_id, owner=ben.user_id),
        "twice": _row(ana, ben.user_id),
        "of no session": _row(ana, ben.user_id) | {"session_id": ana.user_id},
        "by nobody": _row(ana, ana.session_id),
    }
    for what, values in refused.items():
        with pytest.raises(IntegrityError):
            await peers.database.write(_insert, values)
        assert await count(peers.database, Validation) == 1, what


@pytest.mark.parametrize("who", [0, 1])
async def test_erasure_of_either(peers: Peers, who: int) -> None:
    await peers.practise(0)
    await peers.validate(1, 0, "well done")
    await peers.database.write(
        lambda connection: connection.execute(
            delete(_users).where(_users.c.discord_id == str(member(who).discord_id))
        )
    )
    assert await count(peers.database, Validation) == 0
