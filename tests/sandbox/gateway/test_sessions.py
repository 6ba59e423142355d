"""Sessions: what outlives a connection, what is replayed, and what ends one."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox.gateway.sessions import Session
from tests.sandbox.gateway.wire import EVERYTHING, Door, Wire, serving, wire


def role(frame: Any) -> str:
    return frame["d"]["role"]["name"]


@given(st.integers(0, 30), st.integers(0, 40), st.integers(0, 30))
def test_what_was_missed_is_replayed_whole_or_not_at_all(pushed: int, acknowledged: int, seen: int) -> None:
    session = Session(EVERYTHING, (0, 1))
    for _ in range(pushed):
        session.push("TEST", b"{}")
    session.acknowledge(acknowledged)
    missed = session.missed(seen)
    if seen < min(acknowledged, pushed):
        assert missed is None
    elif seen <= pushed:
        assert missed is not None
        numbers = [orjson.loads(owed.frame())["s"] for owed in missed]
        assert numbers == list(range(seen + 1, pushed + 1))


async def test_a_resumed_session_gets_exactly_what_it_missed(door: Door, bot: Wire) -> None:
    (session,) = door.gateway.sessions
    door.world.home.create_role("one")
    seen = (await bot.until("GUILD_ROLE_CREATE"))["s"]
    await bot.ws.close(code=4000)
    await door.until(lambda: not door.gateway.online)
    door.world.home.create_role("two")
    door.world.home.delete_role(door.world.home.create_role("three")["id"])
    async with wire(door.gateway.url) as again:
        await again.resume(door, session.id, seen)
        frames = await again.heard("RESUMED")
        numbers = [frame["s"] for frame in frames]
        assert numbers == list(range(seen + 1, seen + 1 + len(frames)))
        created = [role(frame) for frame in frames if frame["t"] == "GUILD_ROLE_CREATE"]
        assert (created, frames[-1]["t"]) == (["two", "three"], "GUILD_ROLE_DELETE")
        assert door.gateway.online
        door.world.home.create_role("four")
        following = await again.until("GUILD_ROLE_CREATE")
        assert (role(following), following["s"]) == ("four", numbers[-1] + 2)


@pytest.mark.parametrize("asked", [-1, 99])
async def test_a_number_that_never_was_ends_the_session(door: Door, bot: Wire, asked: int) -> None:
    (session,) = door.gateway.sessions
    await bot.ws.close(code=4000)
    await door.until(lambda: not door.gateway.online)
    async with wire(door.gateway.url) as again:
        await again.resume(door, session.id, asked)
        assert await again.closed() == 4007
    assert not door.gateway.sessions


async def test_an_unknown_session_must_start_anew_and_may_do_so_at_once(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.resume(door, "gone", 1)
        assert await bot.receive() == {"op": 9, "d": False, "s": None, "t": None}
        await bot.send(2, {"token": door.world.token, "intents": 0, "properties": {}})
        assert (await bot.receive())["t"] == "READY"


async def test_what_was_acknowledged_is_not_kept(door: Door, bot: Wire) -> None:
    (session,) = door.gateway.sessions
    door.world.home.create_role("one")
    seen = (await bot.until("GUILD_ROLE_CREATE"))["s"]
    await bot.beat(999)
    assert len(session.kept) == session.sequence
    await bot.beat(seen)
    assert [owed.number for owed in session.kept] == list(range(seen + 1, session.sequence + 1))
    await bot.ws.close(code=4000)
    await door.until(lambda: not door.gateway.online)
    async with wire(door.gateway.url) as again:
        await again.resume(door, session.id, seen - 1)
        frame = await again.receive()
        assert (frame["op"], frame["d"]) == (9, False)
    assert not door.gateway.sessions


@pytest.mark.parametrize(("code", "kept"), [(1000, 0), (1001, 0), (1002, 1), (3000, 1), (4000, 1), (None, 1)])
async def test_only_1000_and_1001_end_a_session(door: Door, bot: Wire, code: int | None, kept: int) -> None:
    if code is None:
        bot.cut()
    else:
        await bot.ws.close(code=code)
    await door.until(lambda: not door.gateway.online)
    assert len(door.gateway.sessions) == kept


async def test_a_session_waits_only_so_long() -> None:
    async with serving(resume_window=0.0) as door:
        async with wire(door.gateway.url) as bot:
            ready = await bot.enter(door)
            await bot.ws.close(code=4000)
        await door.until(lambda: not door.gateway.sessions)
        async with wire(door.gateway.url) as again:
            await again.resume(door, ready["session_id"], 1)
            assert (await again.receive())["op"] == 9


async def test_a_session_that_came_back_does_not_expire() -> None:
    async with serving(resume_window=0.2) as door, wire(door.gateway.url) as again:
        async with wire(door.gateway.url) as bot:
            ready = await bot.enter(door)
            await bot.ws.close(code=4000)
        await again.resume(door, ready["session_id"], 2)
        await again.until("RESUMED")
        # Another session of the same age shows that the time is over.
        async with wire(door.gateway.url) as other:
            await other.enter(door)
            await other.ws.close(code=4000)
        await door.until(lambda: len(door.gateway.sessions) == 1)
        assert [session.id for session in door.gateway.sessions] == [ready["session_id"]]


async def test_a_session_has_one_socket(door: Door, bot: Wire) -> None:
    (session,) = door.gateway.sessions
    async with wire(door.gateway.url) as again:
        await again.resume(door, session.id, session.sequence)
        await again.until("RESUMED")
        assert await bot.closed() == 4000
        assert (door.gateway.online, len(door.gateway.sessions)) == (True, 1)
        door.mark()
        assert await again.heard() == []


# What the sandbox itself lets go wrong


async def test_asking_to_reconnect(door: Door, bot: Wire) -> None:
    door.gateway.reconnect()
    assert await bot.receive() == {"op": 7, "d": None, "s": None, "t": None}
    assert door.gateway.online


@pytest.mark.parametrize("resumable", [True, False])
async def test_invalid_sessions(door: Door, bot: Wire, resumable: bool) -> None:
    door.gateway.invalidate(resumable=resumable)
    frame = await bot.receive()
    assert (frame["op"], frame["d"]) == (9, resumable)
    assert (door.gateway.online, len(door.gateway.sessions)) == (resumable, int(resumable))


async def test_dropping_with_a_code(door: Door, bot: Wire) -> None:
    (session,) = door.gateway.sessions
    closed = asyncio.create_task(bot.closed())
    await door.gateway.drop(4000)
    assert await closed == 4000
    await door.until(lambda: not door.gateway.online)
    assert list(door.gateway.sessions) == [session]


async def test_breaking_off(door: Door, bot: Wire) -> None:
    await door.gateway.drop(None)
    assert await bot.closed() == 1006
    await door.until(lambda: not door.gateway.online)
    assert len(door.gateway.sessions) == 1


async def test_the_end_of_the_gateway_ends_sessions(door: Door, bot: Wire) -> None:
    closed = asyncio.create_task(bot.closed())
    await door.gateway.close()
    assert await closed == 1001
    assert not door.gateway.sessions


async def test_a_bot_that_is_closed_is_gone_before_it_answers(door: Door, bot: Wire) -> None:
    await bot.send(99, None)
    async with asyncio.timeout(3):
        await door.until(lambda: not door.gateway.online)
    assert door.gateway.connections == 1
    assert await bot.closed() == 4001
