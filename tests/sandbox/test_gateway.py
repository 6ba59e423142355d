"""The gateway: sessions, resuming, compression, close codes, intents."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import hikari
import orjson
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox import Sandbox
from nrg_sandbox.gateway.sessions import Session

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, StartBot

Json = dict[str, Any]

EVERYTHING = (1 << 26) - 1


class Wire:
    """A bare websocket that understands each compression."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, compress: str | None) -> None:
        self.ws = ws
        self._inflate = {"zlib-stream": zlib.decompressobj, "zstd-stream": zstd.ZstdDecompressor}
        self._decoder: Any = self._inflate[compress]() if compress else None

    async def send(self, op: int, data: Any) -> None:
        await self.ws.send_json({"op": op, "d": data})

    async def receive(self) -> Json:
        async with asyncio.timeout(5):
            message = await self.ws.receive()
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            return {"closed": self.ws.close_code}
        raw = self._decoder.decompress(message.data) if self._decoder else message.data
        return orjson.loads(raw)

    async def until(self, name: str) -> Json:
        while (frame := await self.receive())["t"] != name:
            pass
        return frame

    async def identify(self, token: str, *, intents: int = EVERYTHING, **more: Any) -> Json:
        """Return READY."""
        await self.receive()
        await self.send(2, {"token": token, "intents": intents, "properties": {}, **more})
        return await self.receive()


@asynccontextmanager
async def wire(discord: Sandbox, compress: str | None = None) -> AsyncGenerator[Wire]:
    async with aiohttp.ClientSession() as session:
        async with session.get(discord.api_url + "/gateway") as response:
            url = (await response.json())["url"]
        params = {"v": "10", "encoding": "json"} | ({"compress": compress} if compress else {})
        async with session.ws_connect(url, params=params) as ws:
            yield Wire(ws, compress)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_what_was_missed_is_replayed_whole_or_not_at_all(pushed: int, acknowledged: int, seen: int) -> None:
    session = Session(EVERYTHING, (0, 1))
    for _ in range(pushed):
        session.push("TEST", b"{}")
    session.acknowledge(acknowledged)
    missed = session.missed(seen)
    if seen <= pushed and seen < acknowledged and pushed > seen:
        assert missed is None
    elif seen <= pushed:
        assert missed is not None
        numbers = [orjson.loads(frame)["s"] for frame in missed]
        assert numbers == list(range(seen + 1, pushed + 1))


@pytest.mark.parametrize("compress", [None, "zlib-stream", "zstd-stream"])
async def test_every_compression(discord: Sandbox, compress: str | None) -> None:
    async with wire(discord, compress) as bot:
        ready = await bot.identify(discord.token)
        assert ready["d"]["user"]["id"] == discord.application_id
        guild = await bot.receive()
        assert (guild["t"], guild["d"]["id"], guild["s"]) == ("GUILD_CREATE", discord.guild_id, 2)
        assert {channel["name"] for channel in guild["d"]["channels"]} >= {"general", "practice"}
        ana = await discord.member("ana")
        await ana.say("hello ✅", channel="general")
        said = await bot.until("MESSAGE_CREATE")
        assert (said["d"]["content"], said["d"]["member"]["roles"]) == ("hello ✅", [])
        await bot.send(1, said["s"])
        assert (await bot.receive())["op"] == 11


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 0}, 4004),
        (2, {"intents": 1 << 40}, 4013),
        (2, {"intents": 1, "shard": [2, 1]}, 4010),
        (2, {"intents": 1 << 1}, 4014),
        (6, {"session_id": "x", "seq": 0, "token": "wrong"}, 4004),
        (3, {}, 4003),
        (8, {}, 4003),
        (99, {}, 4001),
        (1, "x" * 4100, 4002),
    ],
)
async def test_mistakes_close_the_socket(op: int, data: Any, code: int) -> None:
    async with Sandbox(disallowed_intents=1 << 1) as discord, wire(discord) as bot:
        await bot.receive()
        token: Json = {"token": discord.token}
        await bot.send(op, token | data if isinstance(data, dict) else data)
        assert await bot.receive() == {"closed": code}
        assert not discord.bot_online


async def test_identifying_twice_and_an_unknown_sequence(discord: Sandbox) -> None:
    async with wire(discord) as bot:
        ready = await bot.identify(discord.token, intents=0)
        await bot.send(2, {"token": discord.token, "intents": 0})
        assert await bot.receive() == {"closed": 4005}
    async with wire(discord) as again:
        await again.receive()
        session = ready["d"]["session_id"]
        await again.send(6, {"token": discord.token, "session_id": session, "seq": 99})
        assert await again.receive() == {"closed": 4007}


async def test_an_unknown_session_must_start_anew(discord: Sandbox) -> None:
    async with wire(discord) as bot:
        await bot.receive()
        await bot.send(6, {"token": discord.token, "session_id": "gone", "seq": 1})
        frame = await bot.receive()
        assert (frame["op"], frame["d"]) == (9, False)


async def test_too_many_sends(discord: Sandbox) -> None:
    async with wire(discord) as bot:
        await bot.receive()
        for _ in range(121):
            await bot.send(1, None)
        frame: Json = {}
        while "closed" not in frame:
            frame = await bot.receive()
        assert frame == {"closed": 4008}


async def test_a_resumed_session_gets_exactly_what_it_missed(discord: Sandbox) -> None:
    ana = await discord.member("ana")
    async with wire(discord) as bot:
        ready = await bot.identify(discord.token)
        await ana.say("one", channel="general")
        seen = await bot.until("MESSAGE_CREATE")
        await bot.ws.close(code=4000)
    await discord.wait_for(lambda: not discord.bot_online)
    await ana.say("two", channel="general")
    await ana.say("three", channel="general")
    async with wire(discord) as again:
        await again.receive()
        resume = {"token": discord.token, "session_id": ready["d"]["session_id"], "seq": seen["s"]}
        await again.send(6, resume)
        frames = [await again.receive() for _ in range(3)]
        told = [(frame["t"], frame["d"].get("content"), frame["s"]) for frame in frames]
        assert told == [
            ("MESSAGE_CREATE", "two", seen["s"] + 1),
            ("MESSAGE_CREATE", "three", seen["s"] + 2),
            ("RESUMED", None, seen["s"] + 3),
        ]


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_session_closed_for_good_cannot_be_resumed(discord: Sandbox, code: int) -> None:
    async with wire(discord) as bot:
        ready = await bot.identify(discord.token)
        await bot.ws.close(code=code)
    await discord.wait_for(lambda: not discord.bot_online)
    async with wire(discord) as again:
        await again.receive()
        await again.send(6, {"token": discord.token, "session_id": ready["d"]["session_id"], "seq": 1})
        assert (await again.receive())["op"] == 9


async def test_intents_choose_what_is_heard(discord: Sandbox) -> None:
    ana = await discord.member("ana")
    async with wire(discord) as deaf, wire(discord) as blind:
        await deaf.identify(discord.token, intents=1)
        await blind.identify(discord.token, intents=1 | 1 << 9)
        await ana.say("not for every ear", channel="general")
        await ana.say(f"but for you, <@{discord.application_id}>", channel="general")
        discord.world.home.create_role("Teacher")
        assert [(await deaf.receive())["t"] for _ in range(2)] == ["GUILD_CREATE", "GUILD_ROLE_CREATE"]
        await blind.receive()
        assert (await blind.receive())["d"]["content"] == ""
        assert (await blind.receive())["d"]["content"].startswith("but for you")


async def test_shards_share_the_events(discord: Sandbox) -> None:
    ana = await discord.member("ana")
    home = (int(discord.guild_id) >> 22) % 2
    async with wire(discord) as bot:
        ready = await bot.identify(discord.token, shard=[1 - home, 2])
        assert ready["d"]["guilds"] == []
        await ana.say("to the other shard", channel="general")
        await ana.dm().say("to shard 0")
        async with wire(discord) as other:
            ready = await other.identify(discord.token, shard=[home, 2])
            assert [guild["id"] for guild in ready["d"]["guilds"]] == [discord.guild_id]
            await ana.say("to this shard", channel="general")
            assert (await other.until("MESSAGE_CREATE"))["d"]["content"] == "to this shard"


async def test_members_in_chunks(discord: Sandbox) -> None:
    for number in range(1500):
        discord.world.home.join(discord.world.person(f"member{number}"))
    async with wire(discord) as bot:
        await bot.identify(discord.token)
        guild = (await bot.receive())["d"]
        assert (guild["large"], guild["member_count"], len(guild["members"])) == (True, 1502, 1)
        await bot.send(8, {"guild_id": discord.guild_id, "query": "", "limit": 0, "nonce": "n"})
        chunks = [(await bot.receive())["d"] for _ in range(2)]
        assert [(chunk["chunk_index"], chunk["chunk_count"]) for chunk in chunks] == [(0, 2), (1, 2)]
        ids = {member["user"]["id"] for chunk in chunks for member in chunk["members"]}
        assert (len(ids), chunks[0]["nonce"]) == (1502, "n")
        await bot.send(8, {"guild_id": discord.guild_id, "query": "member14", "limit": 5})
        assert len((await bot.receive())["d"]["members"]) == 5


async def test_hikari_resumes_after_being_asked_to_reconnect(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    discord.ask_to_reconnect()
    await discord.wait_for(lambda: not discord.bot_online)
    await ana.say("while you were away", channel="general")
    await bot.hears(lambda: bot.of(hikari.ShardResumedEvent))
    await bot.hears(lambda: bot.said() == ["while you were away"])
    assert (await ana.slash("ping")).content == "pong"
    assert len(bot.of(hikari.ShardReadyEvent)) == 1


@pytest.mark.parametrize("code", [None, 4000])
async def test_hikari_loses_nothing_when_the_socket_drops(
    discord: Sandbox, bot: Bot, code: int | None
) -> None:
    ana = await discord.member("ana")
    await discord.drop_gateway(code)
    for number in range(3):
        await ana.say(str(number), channel="general")
    await bot.hears(lambda: bot.of(hikari.ShardResumedEvent))
    await bot.hears(lambda: bot.said() == ["0", "1", "2"])


async def test_hikari_starts_anew_when_its_session_is_invalid(discord: Sandbox, bot: Bot) -> None:
    discord.invalidate_sessions()
    await bot.hears(lambda: len(bot.of(hikari.ShardReadyEvent)) == 2)
    assert (await (await discord.member("ana")).slash("ping")).content == "pong"


async def test_a_wrong_token(discord: Sandbox, start_bot: StartBot) -> None:
    with pytest.raises(hikari.UnauthorizedError):
        await start_bot(discord, token="MTIz.wrong.token")


async def test_a_bot_started_again_hears_only_what_is_new(discord: Sandbox, start_bot: StartBot) -> None:
    ana = await discord.member("ana")
    first = await start_bot(discord)
    await first.app.close()
    await discord.wait_for(lambda: not discord.bot_online)
    await ana.say("nobody hears", channel="general")
    second = await start_bot(discord)
    await ana.say("hello again", channel="general")
    await second.hears(lambda: second.said() == ["hello again"])
    assert discord.bot_online


async def test_newcomers_and_voice(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    await ana.enter_voice()
    await ana.leave_voice()
    await bot.hears(lambda: len(bot.of(hikari.VoiceStateUpdateEvent)) == 2)
    assert [event.user.username for event in bot.of(hikari.MemberCreateEvent)] == ["ana"]
    states = [event.state.channel_id for event in bot.of(hikari.VoiceStateUpdateEvent)]
    assert states == [int(discord.channel("practice-room")["id"]), None]
