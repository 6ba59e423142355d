"""How a connection begins: what a bot may ask for, READY, compression, and mistakes with their codes."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import aiohttp
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox.gateway import forms
from nrg_sandbox.gateway.opcodes import Closing
from nrg_sandbox.world.events import Intent
from tests.sandbox.gateway.wire import EVERYTHING, Door, Json, Wire, serving, wire

# What may be asked for in the address


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ({"v": "8"}, 4012, "Invalid API version."),
        ({"v": "010"}, 4012, "Invalid API version."),
        ({"v": ""}, 4012, "Invalid API version."),
        ({"encoding": "etf"}, 4002, "JSON only"),
        ({"compress": "brotli"}, 4002, "zlib-stream, zstd-stream"),
    ],
)
async def test_what_this_gateway_cannot_do_is_refused(door: Door, query: Any, code: int, reason: str) -> None:
    async with wire(door.gateway.url, **query) as bot:
        message = await bot.ws.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, code)
        assert reason in str(message.extra)


async def test_a_version_must_be_named(door: Door) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(door.gateway.url) as ws:
        assert (await ws.receive()).data == 4012


async def test_a_plain_request_is_no_connection(door: Door) -> None:
    address = door.gateway.url.replace("ws:", "http:")
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.status == 400
    assert door.gateway.connections == 0


async def test_the_greeting_names_the_interval() -> None:
    async with serving(heartbeat_interval=12.5) as door, wire(door.gateway.url) as bot:
        assert await bot.receive() == {
            "op": 10, "d": {"heartbeat_interval": 12_500, "_trace": []}, "s": None, "t": None,
        }  # fmt: skip


# READY


@pytest.mark.parametrize("version", ["9", "10"])
async def test_ready(door: Door, version: str) -> None:
    async with wire(door.gateway.url, v=version) as bot:
        frame = await bot.identify(door.world.token)
        begun = [session.id for session in door.gateway.sessions]
    ready = frame["d"]
    assert (frame["op"], frame["t"], frame["s"], ready["v"]) == (0, "READY", 1, int(version))
    assert (ready["user"]["id"], ready["user"]["bot"], ready["user"]["verified"]) == (door.bot_id, True, True)
    assert ready["guilds"] == [{"id": door.world.home.id, "unavailable": True}]
    assert ready["resume_gateway_url"] == door.gateway.url
    assert ready["application"]["id"] == door.world.application_id
    assert "shard" not in ready
    assert begun == [ready["session_id"]]


async def test_the_shard_is_told_when_it_was_named(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        assert (await bot.identify(door.world.token, shard=[0, 1]))["d"]["shard"] == [0, 1]


@pytest.mark.parametrize(
    ("disallowed", "flags"),
    [
        (0, 1 << 13 | 1 << 15 | 1 << 19),
        (Intent.MESSAGE_CONTENT, 1 << 13 | 1 << 15),
        (Intent.GUILD_MEMBERS, 1 << 13 | 1 << 19),
    ],
)
async def test_flags_say_which_privileged_intents_are_granted(disallowed: int, flags: int) -> None:
    async with serving(disallowed_intents=disallowed) as door, wire(door.gateway.url) as bot:
        ready = await bot.identify(door.world.token, intents=0)
        told = ready["d"]["application"]
        assert (told["flags"], told["flags_new"]) == (flags, str(flags))


async def test_without_the_intent_no_server_is_announced(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.identify(door.world.token, intents=EVERYTHING & ~Intent.GUILDS)
        door.mark()
        assert await bot.heard() == []


async def test_an_intent_is_granted_later() -> None:
    async with serving(disallowed_intents=Intent.MESSAGE_CONTENT) as door:
        door.application.change({"flags": 1 << 19})
        async with wire(door.gateway.url) as bot:
            ready = await bot.identify(door.world.token, intents=Intent.MESSAGE_CONTENT)
            assert ready["d"]["application"]["flags"] == 1 << 19
        async with wire(door.gateway.url) as bot:
            await bot.receive()
            asked: Json = {"token": door.world.token, "properties": {}, "intents": Intent.GUILD_MEMBERS}
            await bot.send(2, asked)
            assert await bot.closed() == 4014


# Compression


@pytest.mark.parametrize("compress", [None, "zlib-stream", "zstd-stream"])
async def test_whole_connections_are_compressed(door: Door, compress: str | None) -> None:
    async with wire(door.gateway.url, compress) as bot:
        await bot.identify(door.world.token, compress=compress is not None)
        guild = await bot.receive()
        assert (guild["t"], guild["d"]["id"], guild["s"]) == ("GUILD_CREATE", door.world.home.id, 2)
        door.world.home.create_role("Übung ✅")
        assert (await bot.until("GUILD_ROLE_CREATE"))["d"]["role"]["name"] == "Übung ✅"
        assert set(bot.binary) == {compress is not None}


@pytest.mark.parametrize(("asked", "binary"), [(True, [False, True, False]), (False, [False, False, False])])
async def test_large_payloads_are_compressed_by_themselves(
    door: Door, asked: bool, binary: list[bool]
) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.identify(door.world.token, compress=asked)
        await bot.send(1, None)
        assert (await bot.until("GUILD_CREATE"))["d"]["id"] == door.world.home.id
        assert (await bot.receive())["op"] == 11
        assert [bot.binary[0], *bot.binary[2:]] == binary
        await bot.ws.close(code=4000)
    await door.until(lambda: not door.gateway.online)
    door.world.home.change({"description": "x" * 2000})
    (session,) = door.gateway.sessions
    async with wire(door.gateway.url) as again:
        await again.resume(door, session.id, session.sequence - 1)
        assert (await again.until("GUILD_UPDATE"))["d"]["description"] == "x" * 2000
        assert again.binary == [False, asked]


async def test_a_stream_of_zlib_takes_little_memory(door: Door) -> None:
    async with wire(door.gateway.url, "zlib-stream") as bot:
        message = await bot.ws.receive()
    # Its header says how large a window the other side must hold, and this side holds as well.
    assert 1 << (message.data[0] >> 4) + 8 == 4096


# Mistakes


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong"}, 4004),
        (2, {"token": "wrong", "shard": [2, 1], "intents": 1 << 40}, 4004),
        (2, {"token": None}, 4002),
        (2, {"properties": None}, 4002),
        (2, {"properties": "linux"}, 4002),
        (2, {"intents": None}, 4013),
        (2, {"intents": -1}, 4013),
        (2, {"intents": 1 << 26}, 4013),
        (2, {"intents": 1 << 1}, 4014),
        (2, {"intents": "513"}, 4002),
        (2, {"intents": True}, 4002),
        (2, {"intents": 1.5}, 4002),
        (2, {"shard": [1, 1]}, 4010),
        (2, {"shard": [-1, 1]}, 4010),
        (2, {"shard": [0, 0]}, 4010),
        (2, {"shard": [0]}, 4010),
        (2, {"shard": []}, 4010),
        (2, {"shard": [0, 1, 2]}, 4010),
        (2, {"shard": ["0", "1"]}, 4002),
        (2, {"shard": "0/1"}, 4002),
        (2, {"large_threshold": 49}, 4002),
        (2, {"large_threshold": 251}, 4002),
        (2, {"compress": "yes"}, 4002),
        (2, {"presence": {"status": "away"}}, 4002),
        (2, {"presence": {"status": "online", "activities": [{"name": "x"}]}}, 4002),
        (2, {"presence": {"status": "online", "activities": [{"name": "x", "type": 6}]}}, 4002),
        (6, {"token": "wrong"}, 4004),
        (6, {"seq": None}, 4002),
        (6, {"seq": "1"}, 4002),
        (6, {"session_id": 5}, 4002),
    ],
)
async def test_mistakes_at_the_beginning(op: int, data: Json, code: int) -> None:
    async with serving(disallowed_intents=1 << 1) as door, wire(door.gateway.url) as bot:
        await bot.receive()
        right: Json = {"token": door.world.token, "properties": {}, "intents": 1, "session_id": "x", "seq": 1}
        await bot.send(op, right | data)
        assert await bot.closed() == code
        assert not door.gateway.sessions


@pytest.mark.parametrize("data", [None, [], "x", 5, True])
@pytest.mark.parametrize("op", [2, 6])
async def test_a_beginning_that_is_no_object(door: Door, op: int, data: Any) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.receive()
        await bot.send(op, data)
        assert await bot.closed() == 4002


@pytest.mark.parametrize(
    ("op", "code"),
    [
        *((op, 4003) for op in (3, 4, 8, 31, 43)),
        *((op, 4001) for op in (-1, 0, 5, 7, 9, 10, 11, 99)),
    ],
)
async def test_what_may_not_be_said_before_identifying(door: Door, op: int, code: int) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.receive()
        await bot.send(op, {})
        assert await bot.closed() == code


@pytest.mark.parametrize("op", [2, 6])
async def test_identifying_twice(door: Door, bot: Wire, op: int) -> None:
    await bot.send(op, {"token": door.world.token, "intents": 0})
    assert await bot.closed() == 4005


@pytest.mark.parametrize(
    ("op", "data"),
    [
        (1, "1"),
        (1, 1.5),
        (1, True),
        (1, {}),
        (3, None),
        (3, {"since": "now"}),
        (3, {"afk": 1}),
        (3, {"activities": {}}),
        (3, {"activities": [None]}),
        (4, {"guild_id": "1"}),
        (4, {"channel_id": "1"}),
        (4, {"guild_id": "x", "channel_id": None}),
        (4, {"guild_id": "1", "channel_id": None, "self_mute": 1}),
        (8, {"query": "", "limit": 0}),
        (8, {"guild_id": ["1"], "query": "", "limit": 0}),
        (8, {"guild_id": "1", "query": 5, "limit": 0}),
        (8, {"guild_id": "1", "query": "", "limit": "0"}),
        (8, {"guild_id": "1", "query": "", "limit": -1}),
        (8, {"guild_id": "1", "user_ids": ["ana"]}),
        (8, {"guild_id": "1", "user_ids": {}}),
        (8, {"guild_id": "1", "user_ids": [], "presences": "yes"}),
        (8, {"guild_id": "1", "user_ids": [], "nonce": 5}),
        (31, {}),
        (31, {"guild_ids": "1"}),
        (43, {"guild_id": "1"}),
        (43, {"guild_id": "1", "fields": [1]}),
    ],
)
async def test_wrong_types_of_an_identified_bot(
    bot: Wire, op: int, data: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.send(op, data)
    assert await bot.closed() == 4002
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"{", b"[]", b"null", b"5", b'"op"', b"{}", b'{"d":1}', b'{"op":null}', b'{"op":"1"}',
        b'{"op":1.0}', b'{"op":true}', b'{"op":[1]}', b'{"op":{}}', b'{"op":1e400}', b'{"op":NaN}',
        b'{"op":1,}', b"\xff\xfe", b'{"op":1,"d":"\xed\xa0\x80"}', b'{"op":1,"d":"\\ud800"}', b"\x00" * 40,
        b"[" * 4096, b'{"op":' * 600, b"\x83m\x00\x00\x00\x02", b'{"op":99999999999999999999999}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", [True, False])
async def test_garbage(door: Door, raw: bytes, text: bool, caplog: pytest.LogCaptureFixture) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.receive()
        kind = aiohttp.WSMsgType.TEXT if text else aiohttp.WSMsgType.BINARY
        await bot.ws.send_frame(raw, kind)
        assert await bot.closed() == 4002
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(("bytes_", "code"), [(4096, None), (4097, 4002), (60_000, 4002)])
@pytest.mark.parametrize("letter", ["x", "✅"])
async def test_a_payload_has_at_most_4096_bytes(
    door: Door, bytes_: int, letter: str, code: int | None
) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.receive()
        head, tail = b'{"op":1,"d":null,"x":"', b'"}'
        room = bytes_ - len(head) - len(tail)
        count, rest = divmod(room, len(letter.encode()))
        raw = head + b"." * rest + letter.encode() * count + tail
        assert len(raw) == bytes_
        await bot.ws.send_frame(raw, aiohttp.WSMsgType.TEXT)
        assert (await bot.receive()).get("closed") == code


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
)
keys = st.sampled_from(
    ["token", "properties", "intents", "shard", "presence", "activities", "status", "guild_id", "channel_id",
     "query", "limit", "user_ids", "nonce", "guild_ids", "fields", "session_id", "seq", "name", "type"]
)  # fmt: skip


@given(st.dictionaries(keys, anything) | anything)
def test_no_shape_is_surprised(data: Any) -> None:
    for shape in (
        forms.HEARTBEAT,
        forms.IDENTIFY,
        forms.PRESENCE_UPDATE,
        forms.VOICE_STATE_UPDATE,
        forms.RESUME,
        forms.REQUEST_GUILD_MEMBERS,
        forms.REQUEST_SOUNDBOARD_SOUNDS,
        forms.REQUEST_CHANNEL_INFO,
    ):
        with suppress(Closing):
            shape.read(data)


@given(st.binary(max_size=200) | anything.map(lambda data: orjson.dumps(str(data))))
def test_no_bytes_are_a_surprise(raw: bytes) -> None:
    with pytest.raises(Closing):
        forms.decode(raw)


# What is kept of it


async def test_traffic_is_kept_without_the_token(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.identify(door.world.token, shard=[0, 1])
        await bot.send(1, 1)
        await bot.until("GUILD_CREATE")
        await bot.receive()
    frames = [(frame.sent, frame.op, frame.name) for frame in door.traffic.frames]
    assert frames == [
        (True, 10, None),
        (False, 2, None),
        (True, 0, "READY"),
        (True, 0, "GUILD_CREATE"),
        (False, 1, None),
        (True, 11, None),
    ]
    kept = b"".join(frame.body for frame in door.traffic.frames)
    assert door.world.token.encode() not in kept
    identify = orjson.loads(door.traffic.frames[1].body)
    assert (identify["op"], identify["d"]["token"], identify["d"]["intents"]) == (2, "…", EVERYTHING)
    assert orjson.loads(door.traffic.frames[2].body)["d"]["user"]["id"] == door.bot_id


async def test_traffic_knows_the_shard(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.identify(door.world.token, shard=[3, 5])
    assert [frame.shard for frame in door.traffic.frames][-1] == 3
