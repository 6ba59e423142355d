"""What a bot asks through its session: members, presences, voice, sounds and channels."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.world.channel import VOICE
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.permissions import Permission
from tests.sandbox.gateway.wire import EVERYTHING, Door, Json, Wire, wire

NOBODY = "1234567890"


def member_names(chunk: Json) -> list[str]:
    return [member["user"]["username"] for member in chunk["members"]]


async def asked(door: Door, bot: Wire, **request: Any) -> list[Json]:
    """Ask for members and return all chunks of the answer."""
    await bot.send(8, {"guild_id": door.world.home.id, **request})
    await bot.send(31, {"guild_ids": [door.world.home.id]})
    frames = await bot.heard("SOUNDBOARD_SOUNDS")
    assert {frame["t"] for frame in frames} <= {"GUILD_MEMBERS_CHUNK"}
    return [frame["d"] for frame in frames]


# Members


async def test_all_members_come_in_chunks(door: Door, bot: Wire) -> None:
    for number in range(2500):
        door.world.home.admit(door.world.person(f"member{number}"))
    chunks = await asked(door, bot, query="", limit=0, nonce="n" * 32)
    assert [len(chunk["members"]) for chunk in chunks] == [1000, 1000, 502]
    assert [(chunk["chunk_index"], chunk["chunk_count"]) for chunk in chunks] == [(0, 3), (1, 3), (2, 3)]
    assert {name for chunk in chunks for name in member_names(chunk)} >= {"owner", "nrg", "member2499"}
    assert {(chunk["nonce"], chunk["guild_id"]) for chunk in chunks} == {("n" * 32, door.world.home.id)}
    assert [len(chunk["members"]) for chunk in await asked(door, bot, query="", limit=1500)] == [1000, 500]


async def test_members_by_the_beginning_of_a_name(door: Door, bot: Wire) -> None:
    home = door.world.home
    for number in range(150):
        home.admit(door.world.person(f"Member{number}"))
    home.admit(door.world.person("ana"))
    home.change_member(door.world.person("ana")["id"], {"nick": "Zora"})
    await bot.until("GUILD_MEMBER_UPDATE")
    (chunk,) = await asked(door, bot, query="MEMBER14", limit=5)
    assert member_names(chunk) == ["member14", "member140", "member141", "member142", "member143"]
    (chunk,) = await asked(door, bot, query="mem", limit=1000)
    assert len(chunk["members"]) == 100
    (chunk,) = await asked(door, bot, query="zor", limit=1)
    assert member_names(chunk) == ["ana"]
    (chunk,) = await asked(door, bot, query="ember", limit=1)
    assert (chunk["members"], chunk["chunk_count"], chunk["not_found"]) == ([], 1, [])


async def test_members_by_id(door: Door, bot: Wire) -> None:
    owner = door.world.owner["id"]
    (chunk,) = await asked(door, bot, user_ids=[owner, int(door.bot_id), NOBODY, owner], query="", limit=0)
    assert member_names(chunk) == ["owner", "nrg"]
    assert chunk["not_found"] == [NOBODY]
    (chunk,) = await asked(door, bot, user_ids=owner)
    assert (member_names(chunk), chunk["not_found"]) == (["owner"], [])


async def test_only_a_hundred_ids_are_looked_at(door: Door, bot: Wire) -> None:
    strangers = list(range(1, 101))
    (chunk,) = await asked(door, bot, user_ids=[*strangers, int(door.world.owner["id"])])
    assert (chunk["members"], len(chunk["not_found"])) == ([], 100)
    (chunk,) = await asked(door, bot, user_ids=[*strangers[1:], int(door.world.owner["id"])])
    assert (member_names(chunk), len(chunk["not_found"])) == (["owner"], 99)


@pytest.mark.parametrize(
    "request_",
    [{}, {"query": ""}, {"limit": 0}, {"query": None, "limit": 0}, {"query": "ow", "limit": 0}],
)
async def test_a_request_that_asks_for_nothing(door: Door, bot: Wire, request_: Json) -> None:
    assert await asked(door, bot, **request_) == []


@pytest.mark.parametrize(("nonce", "told"), [("✅" * 10, True), ("✅" * 11, False), (None, False)])
async def test_a_nonce_has_at_most_32_bytes(door: Door, bot: Wire, nonce: str | None, told: bool) -> None:
    (chunk,) = await asked(door, bot, user_ids=[], nonce=nonce)
    assert chunk.get("nonce") == (nonce if told else None)


async def test_without_the_intent_only_some_members_may_be_asked_for(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.enter(door, intents=EVERYTHING & ~Intent.GUILD_MEMBERS)
        assert await asked(door, bot, query="", limit=0) == []
        assert await asked(door, bot, query="", limit=5) == []
        assert [member_names(chunk) for chunk in await asked(door, bot, query="o", limit=5)] == [["owner"]]
        ids = [door.bot_id]
        assert [member_names(chunk) for chunk in await asked(door, bot, user_ids=ids)] == [["nrg"]]


@pytest.mark.parametrize("which", ["unknown", "left", "other shard"])
async def test_members_of_a_server_that_is_none_of_its_business(door: Door, bot: Wire, which: str) -> None:
    guild = door.world.create_guild("new")
    await bot.until("GUILD_CREATE")
    if which == "left":
        guild.leave(door.bot_id)
        await bot.until("GUILD_DELETE")
    if which == "other shard":
        await bot.ws.close()
        shard = [1 - (int(guild.id) >> 22) % 2, 2]
        async with wire(door.gateway.url) as other:
            await other.enter(door, shard=shard)
            await other.send(8, {"guild_id": guild.id, "query": "", "limit": 0})
            await other.send(1, None)
            assert (await other.receive())["op"] == 11
        return
    await bot.send(8, {"guild_id": NOBODY if which == "unknown" else guild.id, "query": "", "limit": 0})
    assert len(await asked(door, bot, user_ids=[])) == 1


@pytest.mark.parametrize("granted", [True, False])
async def test_presences_of_members(door: Door, granted: bool) -> None:
    owner = door.world.owner["id"]
    presence: Json = {
        "user": {"id": owner},
        "status": "dnd",
        "activities": [],
        "client_status": {"web": "dnd"},
    }
    door.world.home.tell("PRESENCE_UPDATE", presence, Intent.GUILD_PRESENCES)
    async with wire(door.gateway.url) as bot:
        await bot.enter(door, intents=EVERYTHING if granted else EVERYTHING & ~Intent.GUILD_PRESENCES)
        ids = [owner, door.bot_id]
        (chunk,) = await asked(door, bot, user_ids=ids, presences=True)
        told = [(item["user"]["id"], item["status"]) for item in chunk.get("presences", [])]
        assert told == ([(owner, "dnd"), (door.bot_id, "online")] if granted else [])
        assert ("presences" in chunk) == granted
        (chunk,) = await asked(door, bot, user_ids=ids, presences=False)
        assert "presences" not in chunk


# Sounds and channels


async def test_there_are_no_sounds_and_no_channel_information(door: Door, bot: Wire) -> None:
    other = door.world.create_guild("new").id
    await bot.until("GUILD_CREATE")
    home = door.world.home.id
    await bot.send(31, {"guild_ids": [home, NOBODY, other]})
    await bot.send(43, {"guild_id": NOBODY, "fields": ["status"]})
    await bot.send(43, {"guild_id": home, "fields": ["status"]})
    told = [(frame["t"], frame["d"]) for frame in [await bot.receive() for _ in range(3)]]
    assert told == [
        ("SOUNDBOARD_SOUNDS", {"guild_id": home, "soundboard_sounds": []}),
        ("SOUNDBOARD_SOUNDS", {"guild_id": other, "soundboard_sounds": []}),
        ("CHANNEL_INFO", {"guild_id": home, "channels": []}),
    ]


# Presence


async def test_a_bot_is_seen_as_it_says(door: Door, bot: Wire) -> None:
    assert door.gateway.presence == {"status": "online", "activities": [], "client_status": {"web": "online"}}
    activity: Json = {"name": "Custom Status", "type": 4, "state": "practising", "flags": 7}
    await bot.send(3, {"since": None, "afk": False, "status": "idle", "activities": [activity]})
    told = (await bot.until("PRESENCE_UPDATE"))["d"]
    (shown,) = told.pop("activities")
    assert told == {
        "user": {"id": door.bot_id},
        "guild_id": door.world.home.id,
        "status": "idle",
        "client_status": {"web": "idle"},
    }
    assert isinstance(shown.pop("created_at"), int)
    assert shown == {"name": "Custom Status", "type": 4, "state": "practising"}
    assert door.gateway.presence["status"] == "idle"


@pytest.mark.parametrize("how", ["game", "activities"])
async def test_a_presence_from_the_beginning(door: Door, bot: Wire, how: str) -> None:
    game: Json = {"name": "Scales", "type": 0, "url": None}
    async with wire(door.gateway.url) as other:
        presence = {"status": "dnd", "since": 0.0, "afk": False, how: game if how == "game" else [game]}
        await other.identify(door.world.token, presence=presence)
        guild = (await other.receive())["d"]
        (told,) = guild["presences"]
        assert (told["status"], told["activities"][0]["name"]) == ("dnd", "Scales")
        assert "url" not in told["activities"][0]
        assert (await bot.until("PRESENCE_UPDATE"))["d"]["status"] == "dnd"


@pytest.mark.parametrize("status", ["invisible", "offline"])
async def test_a_bot_that_hides(door: Door, bot: Wire, status: str) -> None:
    await bot.send(3, {"since": None, "afk": False, "status": status, "activities": []})
    told = (await bot.until("PRESENCE_UPDATE"))["d"]
    assert (told["status"], told["client_status"]) == ("offline", {})
    (chunk,) = await asked(door, bot, user_ids=[door.bot_id], presences=True)
    assert chunk["presences"] == []


async def test_presence_is_kept_by_session(door: Door, bot: Wire) -> None:
    async with wire(door.gateway.url) as other:
        await other.enter(door, presence={"status": "dnd"})
        assert door.gateway.presence["status"] == "dnd"
        await other.ws.close(code=1000)
    await door.until(lambda: len(door.gateway.sessions) == 1)
    assert [(await bot.until("PRESENCE_UPDATE"))["d"]["status"] for _ in range(2)] == ["dnd", "online"]
    await bot.ws.close(code=4000)
    await door.until(lambda: not door.gateway.online)
    assert door.gateway.presence["status"] == "online"
    await door.gateway.close()
    assert door.gateway.presence["status"] == "offline"


async def test_the_same_presence_is_no_news(door: Door, bot: Wire) -> None:
    for status in ("online", "dnd", "dnd"):
        await bot.send(3, {"since": None, "afk": False, "status": status, "activities": []})
    await bot.send(31, {"guild_ids": [door.world.home.id]})
    assert [frame["t"] for frame in await bot.heard("SOUNDBOARD_SOUNDS")] == ["PRESENCE_UPDATE"]


async def test_a_presence_ends_with_the_membership(door: Door, bot: Wire) -> None:
    home, ana = door.world.home, door.world.person("ana")
    for status, leaves in (("online", False), ("online", True), ("offline", False)):
        home.join(ana)
        presence: Json = {"user": {"id": ana["id"]}, "status": status, "activities": [], "client_status": {}}
        home.tell("PRESENCE_UPDATE", presence, Intent.GUILD_PRESENCES)
        if leaves:
            home.leave(ana["id"])
            home.join(ana)
        door.mark()
        await bot.heard()
        (chunk,) = await asked(door, bot, user_ids=[ana["id"]], presences=True)
        assert len(chunk["presences"]) == (status == "online" and not leaves)


async def test_presences_need_the_intent(door: Door, bot: Wire) -> None:
    async with wire(door.gateway.url) as other:
        await other.enter(door, intents=EVERYTHING & ~Intent.GUILD_PRESENCES)
        await bot.send(3, {"since": None, "afk": False, "status": "idle", "activities": []})
        await bot.until("PRESENCE_UPDATE")
        door.mark()
        assert await other.heard() == []


# Voice


def move(door: Door, channel_id: str | None, **flags: bool) -> Json:
    return {"guild_id": door.world.home.id, "channel_id": channel_id, **flags}


async def test_a_bot_enters_a_voice_channel_and_leaves_it(door: Door, bot: Wire) -> None:
    room = door.world.find_channel("practice-room").id
    await bot.send(4, move(door, room, self_mute=False, self_deaf=True))
    frames = [await bot.receive() for _ in range(2)]
    assert [frame["t"] for frame in frames] == ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]
    state = frames[0]["d"]
    assert (state["user_id"], state["channel_id"], state["member"]["user"]["id"]) == (
        door.bot_id,
        room,
        door.bot_id,
    )
    assert (state["self_mute"], state["self_deaf"]) == (False, True)
    server = frames[1]["d"]
    assert (server["guild_id"], server["endpoint"], bool(server["token"])) == (door.world.home.id, None, True)
    await bot.send(4, move(door, room, self_mute=True, self_deaf=True))
    assert (await bot.receive())["d"]["self_mute"] is True
    await bot.send(4, move(door, None))
    assert (await bot.receive())["d"]["channel_id"] is None
    assert door.world.home.voice == {}
    await bot.send(4, move(door, None))
    await bot.send(1, None)
    assert (await bot.receive())["op"] == 11


async def test_a_bot_changes_channels(door: Door, bot: Wire) -> None:
    one, two = door.world.find_channel("practice-room"), door.world.home.create_channel("two", kind=VOICE)
    await bot.send(4, move(door, one.id))
    await bot.until("VOICE_SERVER_UPDATE")
    await bot.send(4, move(door, two.id))
    await bot.until("VOICE_SERVER_UPDATE")
    assert door.world.home.voice[door.bot_id]["channel_id"] == two.id


async def test_only_the_session_that_moved_is_told_of_the_voice_server(door: Door, bot: Wire) -> None:
    async with wire(door.gateway.url) as other:
        await other.enter(door)
        await bot.send(4, move(door, door.world.find_channel("practice-room").id))
        await bot.until("VOICE_SERVER_UPDATE")
        door.mark()
        assert [frame["t"] for frame in await other.heard()] == ["VOICE_STATE_UPDATE"]


@pytest.mark.parametrize("where", ["text", "unknown", "elsewhere", "denied", "full", "other server"])
async def test_where_a_bot_may_not_go(door: Door, bot: Wire, where: str) -> None:
    home = door.world.home
    room = home.create_channel("small", kind=VOICE, changes={"user_limit": 1})
    wanted, guild_id = room.id, home.id
    if where == "text":
        wanted = door.world.find_channel("general").id
    elif where == "unknown":
        wanted = NOBODY
    elif where == "elsewhere":
        wanted = door.world.create_guild("new").create_channel("room", kind=VOICE).id
    elif where == "other server":
        guild_id = NOBODY
    elif where == "denied":
        deny: Json = {"id": home.id, "type": 0, "allow": "0", "deny": str(int(Permission.CONNECT))}
        home.change_channel(room, {"permission_overwrites": [deny]})
    else:
        home.move_voice(door.world.owner["id"], room.id)
        (role_id,) = home.members[door.bot_id]["roles"]
        allowed = int(home.roles[role_id]["permissions"]) & ~int(Permission.MOVE_MEMBERS)
        home.change_role(role_id, {"permissions": str(allowed)})
    door.mark()
    await bot.heard()
    await bot.send(4, {"guild_id": guild_id, "channel_id": wanted})
    await bot.send(1, None)
    assert (await bot.receive())["op"] == 11
    assert door.bot_id not in home.voice


async def test_who_moves_members_enters_a_full_channel(door: Door, bot: Wire) -> None:
    room = door.world.home.create_channel("small", kind=VOICE, changes={"user_limit": 1})
    door.world.home.move_voice(door.world.owner["id"], room.id)
    await bot.send(4, move(door, room.id))
    assert (await bot.until("VOICE_SERVER_UPDATE"))["d"]["guild_id"] == door.world.home.id


async def test_a_voice_ends_with_its_session(door: Door, bot: Wire) -> None:
    async with wire(door.gateway.url) as other:
        await other.enter(door)
        await bot.send(4, move(door, door.world.find_channel("practice-room").id))
        await bot.until("VOICE_SERVER_UPDATE")
        await other.ws.close(code=1000)
    await door.until(lambda: len(door.gateway.sessions) == 1)
    assert door.bot_id in door.world.home.voice
    await bot.ws.close(code=4000)
    await door.until(lambda: not door.gateway.online)
    assert door.bot_id in door.world.home.voice
    await door.gateway.close()
    assert door.world.home.voice == {}


async def test_a_voice_belongs_to_the_session_that_spoke_last(door: Door, bot: Wire) -> None:
    room = door.world.find_channel("practice-room").id
    async with wire(door.gateway.url) as other:
        await other.enter(door)
        await other.send(4, move(door, room))
        await other.until("VOICE_SERVER_UPDATE")
        await other.send(4, move(door, None))
        await other.until("VOICE_STATE_UPDATE")
        await bot.send(4, move(door, room))
        await bot.until("VOICE_SERVER_UPDATE")
        await other.ws.close(code=1000)
    await door.until(lambda: len(door.gateway.sessions) == 1)
    assert door.world.home.voice[door.bot_id]["channel_id"] == room
