"""How often and how fast: sends, heartbeats, sessions a day, shards, and readers that are too slow."""

from __future__ import annotations

import asyncio
import time

from nrg_sandbox.gateway.starts import SessionStarts
from tests.sandbox.gateway.wire import Door, Wire, serving, wire


class Time:
    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


# Sends


async def test_a_hundred_and_twenty_sends_a_minute(door: Door, bot: Wire) -> None:
    for _ in range(119):  # the first was the identify
        await bot.send(1, None)
    for _ in range(119):
        assert (await bot.receive())["op"] == 11
    await bot.send(1, None)
    assert await bot.closed() == 4008
    await door.until(lambda: not door.gateway.online)
    assert len(door.gateway.sessions) == 1


# Heartbeats


async def test_a_bot_without_a_heartbeat_is_closed_and_must_start_anew() -> None:
    async with serving(heartbeat_interval=0.2) as door, wire(door.gateway.url) as alive:
        ready = await alive.enter(door)
        for _ in range(2):
            async with wire(door.gateway.url) as silent:
                await silent.enter(door)
                closed = asyncio.create_task(silent.closed())
                while not (await asyncio.wait([closed], timeout=0.1))[0]:
                    await alive.send(1, None)
                assert closed.result() == 4009
        # Its own two intervals are long over.
        assert [session.id for session in door.gateway.sessions] == [ready["session_id"]]
        assert door.gateway.online


async def test_a_stranger_without_a_heartbeat_is_closed() -> None:
    began = time.monotonic()
    async with serving(heartbeat_interval=0.2) as door, wire(door.gateway.url) as stranger:
        assert (await stranger.receive())["d"]["heartbeat_interval"] == 200
        assert await stranger.closed() == 4009
    assert 0.4 <= time.monotonic() - began < 1.5


async def test_a_connection_that_died_unnoticed(door: Door, bot: Wire) -> None:
    door.gateway.silence()
    await bot.send(1, None)
    await bot.send(31, {"guild_ids": [door.world.home.id]})
    assert (await bot.receive())["t"] == "SOUNDBOARD_SOUNDS"
    door.gateway.silence(over=True)
    await bot.send(1, None)
    assert (await bot.receive())["op"] == 11


# Sessions a day


def test_sessions_are_counted_by_the_day() -> None:
    clock = Time()
    starts = SessionStarts(3, max_concurrency=4, now=clock)
    whole = {"total": 3, "remaining": 3, "reset_after": 0, "max_concurrency": 4}
    assert starts.limit() == whole
    assert starts.take(0)
    clock.now += 86_000.25
    assert starts.take(0)
    assert starts.limit() == whole | {"remaining": 1, "reset_after": 399_750}
    clock.now += 399.75
    assert starts.limit() == whole
    assert starts.take(0)
    assert starts.limit() == whole | {"remaining": 2, "reset_after": 86_400_000}


def test_sessions_of_one_bucket_begin_one_after_another() -> None:
    clock = Time()
    starts = SessionStarts(max_concurrency=4, interval=5.0, now=clock)
    assert [starts.take(shard) for shard in (0, 1, 2, 3, 4, 5, 0)] == [True] * 4 + [False] * 3
    assert starts.remaining == 996
    clock.now += 4.99
    assert not starts.take(4)
    clock.now += 0.01
    assert starts.take(4)
    assert not starts.take(0)


async def test_a_session_too_soon_after_another() -> None:
    async with serving(identify_interval=5.0, max_concurrency=2) as door:
        async with wire(door.gateway.url) as bot, wire(door.gateway.url) as other:
            await bot.enter(door, shard=[0, 4])
            await other.enter(door, shard=[1, 4])
            async with wire(door.gateway.url) as late:
                frame = await late.identify(door.world.token, shard=[2, 4])
                assert (frame["op"], frame["d"]) == (9, False)
        assert door.gateway.information()["session_start_limit"]["remaining"] == 998


async def test_a_bot_may_restart_at_once_unless_told_otherwise(door: Door) -> None:
    for _ in range(3):
        async with wire(door.gateway.url) as bot:
            await bot.enter(door)


async def test_too_many_sessions_a_day_cost_the_token() -> None:
    async with (
        serving(session_starts=2) as door,
        wire(door.gateway.url) as one,
        wire(door.gateway.url) as two,
    ):
        await one.enter(door)
        await two.enter(door)
        async with wire(door.gateway.url) as three:
            await three.receive()
            await three.send(2, {"token": door.world.token, "intents": 0, "properties": {}})
            assert [await bot.closed() for bot in (three, one, two)] == [4004] * 3
        assert not door.gateway.sessions


# Shards


async def test_what_a_bot_is_told_before_it_connects(door: Door) -> None:
    information = door.gateway.information()
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
    assert information == {"url": door.gateway.url, "shards": 1, "session_start_limit": limit}
    async with wire(door.gateway.url) as bot:
        await bot.enter(door)
    assert door.gateway.information()["session_start_limit"]["remaining"] == 999


async def test_many_servers_need_shards() -> None:
    async with serving() as door:
        guilds = [door.world.create_guild(f"guild {number}") for number in range(2500)]
        assert door.gateway.information()["shards"] == 3
        async with wire(door.gateway.url) as bot:
            await bot.receive()
            await bot.send(2, {"token": door.world.token, "intents": 0, "properties": {}})
            assert await bot.closed() == 4011
        async with wire(door.gateway.url) as one, wire(door.gateway.url) as two:
            shards = [
                (await bot.identify(door.world.token, intents=0, shard=[number, 2]))["d"]["guilds"]
                for number, bot in enumerate((one, two))
            ]
            assert sorted(guild["id"] for part in shards for guild in part) == sorted(door.world.guilds)
        guilds[0].leave(door.bot_id)
        async with wire(door.gateway.url) as bot:
            assert len((await bot.identify(door.world.token, intents=0))["d"]["guilds"]) == 2500


# Slow readers


async def test_a_slow_reader_is_dropped_and_can_come_back() -> None:
    async with serving(backlog=1 << 20) as door:
        async with wire(door.gateway.url) as bot:
            await bot.enter(door)
            (session,) = door.gateway.sessions
            # Nobody reads: what the system itself holds fills up, then the queue, then it is over.
            for _ in range(1000):
                door.world.home.change({"description": "x" * 100_000})
                if not door.gateway.connections:
                    break
                await asyncio.sleep(0)  # let the writer write
            await door.until(lambda: not door.gateway.online)
            assert door.gateway.connections == 0
        async with wire(door.gateway.url) as again:
            await again.resume(door, session.id, session.sequence - 3)
            assert len(await again.heard("RESUMED")) == 3


async def test_a_reader_that_keeps_up_is_not_dropped() -> None:
    async with serving(backlog=1 << 20) as door, wire(door.gateway.url) as bot:
        await bot.enter(door)
        for _ in range(50):
            door.world.home.change({"description": "x" * 100_000})
            assert (await bot.receive())["t"] == "GUILD_UPDATE"
