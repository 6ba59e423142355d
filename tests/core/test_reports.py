"""When a server's owner is told of what is missing: once, and again after a week or for something new."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from nrg_core.host.reports import AGAIN_AFTER, is_news
from nrg_core.storage.database import Database

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

Tell = Callable[..., Awaitable[bool]]


@pytest.fixture
def tell(database: Database) -> Tell:
    async def told(*missing: str, plugin: str = "garden", guild_id: int = 1, at: datetime = NOW) -> bool:
        return await database.write(is_news, guild_id, plugin, missing, at)

    return told


async def test_what_is_missing_is_news_once(tell: Tell) -> None:
    assert await tell("A", "B")
    assert not await tell("A", "B")
    assert not await tell("B")
    assert await tell("A", plugin="shed")
    assert await tell("A", guild_id=2)


async def test_something_new_is_news_and_tells_the_rest_again(tell: Tell) -> None:
    assert await tell("A")
    later = NOW + timedelta(days=5)
    assert await tell("A", "B", at=later)
    assert not await tell("A", at=NOW + AGAIN_AFTER), "it was told again with the other"
    assert not await tell("A", "B", at=later + AGAIN_AFTER - MOMENT)


async def test_after_a_week_it_is_news_again(tell: Tell) -> None:
    assert await tell("A")
    assert not await tell("A", at=NOW + AGAIN_AFTER - MOMENT)
    assert await tell("A", at=NOW + AGAIN_AFTER)
    assert not await tell("A", at=NOW + AGAIN_AFTER + MOMENT)


async def test_of_many_who_tell_at_once_one_does(tell: Tell) -> None:
    assert sum(await asyncio.gather(*(tell("A", "B") for _ in range(12)))) == 1


async def test_what_is_undone_was_not_told(database: Database, tell: Tell) -> None:
    def write_and_fail(connection: Connection) -> None:
        assert is_news(connection, 1, "garden", ["A"], NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(write_and_fail)
    assert await tell("A")
