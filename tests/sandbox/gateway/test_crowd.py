"""A thousand connections at once, idle or mad: others are served meanwhile, and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.gateway.wire import Door, serving, wire

CROWD = 1000
PROMPT = 2.0
GARBAGE = (
    b"{",
    b'{"op":99}',
    b'{"op":8,"d":{}}',
    b"\x00" * 5000,
    b'{"op":2,"d":{"token":"x","properties":{}}}',
)


async def connected(
    door: Door, session: aiohttp.ClientSession, query: str = ""
) -> aiohttp.ClientWebSocketResponse:
    ws = await session.ws_connect(f"{door.gateway.url}?v=10&encoding=json{query}")
    await ws.receive()
    return ws


async def served(door: Door) -> float:
    """Return how many seconds a bot needs to begin a session and to be told of something."""
    began = time.monotonic()
    async with wire(door.gateway.url) as bot:
        await bot.enter(door)
        door.world.home.create_role("Teacher")
        await bot.until("GUILD_ROLE_CREATE")
        await bot.ws.close(code=1000)
    return time.monotonic() - began


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
@pytest.mark.parametrize(
    ("query", "bytes_each"),
    [("", 80_000), ("&compress=zlib-stream", 80_000), ("&compress=zstd-stream", 200_000)],
)
async def test_a_thousand_idle_connections(query: str, bytes_each: int) -> None:
    async with serving() as door, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await served(door)
        before = _memory()
        crowd = [await connected(door, session, query) for _ in range(CROWD)]
        assert door.gateway.connections == CROWD
        # Both ends of each connection are in this process.
        assert (_memory() - before) / CROWD < bytes_each
        assert await served(door) < PROMPT
        await asyncio.gather(*(ws.close() for ws in crowd))
        await door.until(lambda: not door.gateway.sessions)
        await door.until(lambda: not door.gateway.connections)


async def test_a_thousand_sessions() -> None:
    async with (
        serving(session_starts=2 * CROWD, resume_window=0.0) as door,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        crowd = [await connected(door, session) for _ in range(CROWD)]
        for ws in crowd:
            await ws.send_json({"op": 2, "d": {"token": door.world.token, "intents": 1, "properties": {}}})
        for ws in crowd:
            assert (await ws.receive_json())["t"] == "READY"
            assert (await ws.receive_json())["t"] == "GUILD_CREATE"
        assert len(door.gateway.sessions) == CROWD
        began = time.monotonic()
        door.world.home.create_role("Teacher")
        for ws in crowd:
            assert (await ws.receive_json())["t"] == "GUILD_ROLE_CREATE"
        assert time.monotonic() - began < PROMPT
        await asyncio.gather(*(ws.close(code=4000) for ws in crowd))
        await door.until(lambda: not door.gateway.sessions)
        await door.until(lambda: not door.gateway.connections)


async def test_a_thousand_connections_that_send_garbage(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as door, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        crowd = [await connected(door, session) for _ in range(CROWD)]

        async def rave(number: int) -> int | None:
            await crowd[number].send_frame(GARBAGE[number % len(GARBAGE)], aiohttp.WSMsgType.TEXT)
            await crowd[number].receive()
            return crowd[number].close_code

        raving = asyncio.gather(*(rave(number) for number in range(CROWD)))
        assert await served(door) < PROMPT
        assert set(await raving) == {4001, 4002, 4003, 4004}
        await door.until(lambda: not door.gateway.connections)
        assert not door.gateway.sessions
    assert caplog.records == []


def _memory() -> int:
    """Return the bytes that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
