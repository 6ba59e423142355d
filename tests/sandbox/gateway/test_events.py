"""Who hears of what: intents, shards, channels out of sight, permissions, servers that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.world.channel import TEXT, VOICE
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.permissions import Permission
from tests.sandbox.gateway.wire import EVERYTHING, Door, Json, Wire, wire

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel


def emit(door: Door, name: str, data: Json, intent: int = 0, **more: Any) -> None:
    more.setdefault("guild_id", door.world.home.id)
    door.world.bus.emit(Event(name, data, intent=intent, **more))


def names(frames: list[Json]) -> list[str]:
    return [frame["t"] for frame in frames]


def hidden(door: Door, **changes: Any) -> Channel:
    """Create a channel that the bot does not see."""
    deny: Json = {
        "id": door.world.home.id,
        "type": 0,
        "allow": "0",
        "deny": str(int(Permission.VIEW_CHANNEL)),
    }
    return door.world.home.create_channel("hidden", changes={"permission_overwrites": [deny], **changes})


# Intents


@pytest.mark.parametrize("bit", [bit for bit in range(26) if bit])
async def test_an_event_needs_its_intent(door: Door, bit: int) -> None:
    async with wire(door.gateway.url) as listening, wire(door.gateway.url) as deaf:
        await listening.enter(door, intents=1 | 1 << bit)
        await deaf.enter(door, intents=EVERYTHING & ~(1 << bit))
        emit(door, "SOMETHING", {}, 1 << bit)
        door.mark()
        assert (names(await listening.heard()), names(await deaf.heard())) == (["SOMETHING"], [])


async def test_one_of_several_intents_is_enough(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.enter(door, intents=Intent.GUILDS)
        emit(door, "THREAD_MEMBERS_UPDATE", {}, Intent.GUILDS | Intent.GUILD_MEMBERS)
        emit(door, "THREAD_MEMBERS_UPDATE", {}, Intent.GUILD_MEMBERS)
        door.mark()
        assert len(await bot.heard()) == 1


async def test_what_concerns_no_bot_is_not_told(door: Door, bot: Wire) -> None:
    emit(door, "TYPING", {}, intent=None)  # pyright: ignore[reportArgumentType]
    door.mark()
    assert await bot.heard() == []


async def test_typing_is_told_to_those_who_want_to_know(door: Door) -> None:
    world = door.world
    ana = world.person("ana")
    member = world.home.join(ana)
    channel = world.find_channel("general")
    private = world.dm_with(ana["id"])
    told: Json = {"user_id": ana["id"], "timestamp": 1_700_000_000}
    async with wire(door.gateway.url) as server, wire(door.gateway.url) as direct:
        await server.enter(door, intents=1 | Intent.GUILD_MESSAGE_TYPING)
        await direct.enter(door, intents=1 | Intent.DIRECT_MESSAGE_TYPING)
        data = told | {"channel_id": channel.id, "guild_id": world.home.id, "member": member}
        emit(door, "TYPING_START", data, Intent.GUILD_MESSAGE_TYPING)
        data = told | {"channel_id": private.id}
        emit(door, "TYPING_START", data, Intent.DIRECT_MESSAGE_TYPING, guild_id=None)
        door.mark()
        (heard,) = await server.heard()
        assert heard["d"]["member"]["user"]["username"] == "ana"
        (heard,) = await direct.heard()
        assert heard["d"] == told | {"channel_id": private.id}


# Channels out of sight


@pytest.mark.parametrize(
    "name",
    [
        "TYPING_START",
        "CHANNEL_PINS_UPDATE",
        "WEBHOOKS_UPDATE",
        "MESSAGE_POLL_VOTE_ADD",
        "MESSAGE_DELETE_BULK",
    ],
)
async def test_what_happens_out_of_sight_is_not_told(door: Door, bot: Wire, name: str) -> None:
    seen = door.world.find_channel("general")
    unseen = hidden(door)
    await bot.until("CHANNEL_CREATE")
    emit(door, name, {"channel_id": unseen.id})
    emit(door, name, {"n": 1}, channel=unseen)
    emit(door, name, {"channel_id": seen.id})
    emit(door, name, {"n": 2}, channel=seen)
    door.mark()
    assert [frame["d"] for frame in await bot.heard()] == [{"channel_id": seen.id}, {"n": 2}]


@pytest.mark.parametrize("name", ["INTERACTION_CREATE", "VOICE_STATE_UPDATE"])
async def test_what_a_bot_hears_of_anyhow(door: Door, bot: Wire, name: str) -> None:
    unseen = hidden(door)
    emit(door, name, {"channel_id": unseen.id})
    assert (await bot.until(name))["d"] == {"channel_id": unseen.id}


async def test_threads_are_as_visible_as_where_they_hang(door: Door, bot: Wire) -> None:
    seen, unseen = door.world.find_channel("general"), hidden(door)
    await bot.until("CHANNEL_CREATE")
    for parent in (unseen, seen):
        emit(door, "THREAD_DELETE", {"id": "5", "parent_id": parent.id})
    emit(door, "THREAD_LIST_SYNC", {"threads": []})
    door.mark()
    told = [frame["d"].get("parent_id") for frame in await bot.heard()]
    assert told == [seen.id, None]


async def test_a_channel_comes_into_sight(door: Door, bot: Wire) -> None:
    unseen = hidden(door)
    emit(door, "CHANNEL_PINS_UPDATE", {"channel_id": unseen.id})
    door.world.home.change_channel(unseen, {"permission_overwrites": []})
    emit(door, "CHANNEL_PINS_UPDATE", {"channel_id": unseen.id})
    door.mark()
    assert names(await bot.heard()) == ["CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_PINS_UPDATE"]


@pytest.mark.parametrize(
    ("name", "permission"),
    [
        ("INVITE_CREATE", Permission.MANAGE_CHANNELS),
        ("INVITE_DELETE", Permission.MANAGE_CHANNELS),
        ("GUILD_AUDIT_LOG_ENTRY_CREATE", Permission.VIEW_AUDIT_LOG),
        ("AUTO_MODERATION_RULE_CREATE", Permission.MANAGE_GUILD),
    ],
)
async def test_some_events_need_a_permission(
    door: Door, bot: Wire, name: str, permission: Permission
) -> None:
    guild = door.world.home
    data: Json = {"channel_id": door.world.find_channel("general").id} if "INVITE" in name else {}
    (role_id,) = guild.members[door.bot_id]["roles"]
    emit(door, name, data)
    assert (await bot.receive())["t"] == name
    allowed = int(guild.roles[role_id]["permissions"]) & ~int(permission)
    guild.change_role(role_id, {"permissions": str(allowed)})
    emit(door, name, data)
    door.mark()
    assert names(await bot.heard()) == ["GUILD_ROLE_UPDATE"]


# Shards and servers


async def test_shards_share_the_servers_and_what_happens_there(door: Door) -> None:
    world = door.world
    world.create_guild("first")
    while len({(int(guild_id) >> 22) % 3 for guild_id in world.guilds}) < 3:
        world.create_guild(f"guild {len(world.guilds)}")
    told: list[set[str]] = []
    for index in range(3):
        async with wire(door.gateway.url) as bot:
            ready = await bot.enter(door, shard=[index, 3])
            mine = {guild["id"] for guild in ready["guilds"]}
            for guild in world.guilds.values():
                guild.create_role("Teacher")
            world.bus.emit(Event("DIRECT", {}, intent=0))
            # An interaction comes last, on a server of this shard.
            world.bus.emit(Event("MARK", {}, intent=0, guild_id=min(mine)))
            heard = await bot.heard()
            assert ("DIRECT" in names(heard)) == (index == 0)
            assert {frame["d"]["guild_id"] for frame in heard if frame["t"] == "GUILD_ROLE_CREATE"} == mine
            assert mine == {id_ for id_ in world.guilds if (int(id_) >> 22) % 3 == index}
            told.append(mine)
    assert sum(map(len, told)) == len(world.guilds)


async def test_a_server_that_the_bot_joins(door: Door, bot: Wire) -> None:
    guild = door.world.create_guild("new", members=["ana"])
    door.mark()
    (frame,) = await bot.heard()
    assert (frame["t"], frame["d"]["id"], frame["d"]["name"]) == ("GUILD_CREATE", guild.id, "new")
    assert {channel["name"] for channel in frame["d"]["channels"]} >= {"general"}
    guild.create_role("Teacher")
    assert (await bot.receive())["d"]["guild_id"] == guild.id


async def test_a_server_that_the_bot_leaves(door: Door, bot: Wire) -> None:
    guild = door.world.create_guild("new")
    await bot.until("GUILD_CREATE")
    guild.leave(door.bot_id)
    guild.create_role("Teacher")
    door.mark()
    (frame,) = await bot.heard()
    assert (frame["t"], frame["d"]) == ("GUILD_DELETE", {"id": guild.id})
    async with wire(door.gateway.url) as other:
        ready = await other.enter(door)
        assert [told["id"] for told in ready["guilds"]] == [door.world.home.id]


async def test_a_server_that_is_deleted(door: Door, bot: Wire) -> None:
    guild = door.world.create_guild("new")
    await bot.until("GUILD_CREATE")
    del door.world.guilds[guild.id]
    guild.tell("CHANNEL_UPDATE", {}, Intent.GUILDS)
    guild.tell("GUILD_DELETE", {"id": guild.id}, Intent.GUILDS)
    door.mark()
    assert names(await bot.heard()) == ["GUILD_DELETE"]


async def test_an_outage(door: Door, bot: Wire) -> None:
    home = door.world.home
    door.gateway.outage(home.id)
    assert (await bot.until("GUILD_DELETE"))["d"] == {"id": home.id, "unavailable": True}
    home.create_role("unheard")
    async with wire(door.gateway.url) as other:
        await other.identify(door.world.token)
        for connected in (bot, other):
            door.world.bus.emit(Event("MARK", {}, intent=0))
            assert await connected.heard() == []
        await other.until("MARK")
        door.gateway.outage(home.id, over=True)
        door.gateway.outage(home.id, over=True)
        home.create_role("heard")
        await bot.until("MARK")
        for connected in (bot, other):
            guild = await connected.receive()
            assert (guild["t"], guild["d"]["unavailable"]) == ("GUILD_CREATE", False)
            assert {role["name"] for role in guild["d"]["roles"]} >= {"unheard"}
            assert (await connected.receive())["d"]["role"]["name"] == "heard"


# What an announcement holds


@pytest.mark.parametrize(
    ("intents", "threshold", "listed"),
    [
        (EVERYTHING, 60, "all"),
        (EVERYTHING, 52, "all"),
        (EVERYTHING, 51, "present"),
        (EVERYTHING, 50, "present"),
        (EVERYTHING & ~Intent.GUILD_MEMBERS, 60, "all"),
        (EVERYTHING & ~Intent.GUILD_PRESENCES, 60, "voice"),
    ],
)
async def test_which_members_an_announcement_lists(
    door: Door, intents: int, threshold: int, listed: str
) -> None:
    world, home = door.world, door.world.home
    people = [world.person(f"member{number}") for number in range(50)]
    for person in people:
        home.join(person)
    talking, present = people[3]["id"], people[7]["id"]
    home.move_voice(talking, world.find_channel("practice-room").id)
    presence: Json = {"user": {"id": present}, "status": "idle", "activities": [], "client_status": {}}
    home.tell("PRESENCE_UPDATE", presence, Intent.GUILD_PRESENCES)
    stranger = presence | {"user": {"id": world.person("stranger")["id"]}}
    home.tell("PRESENCE_UPDATE", stranger, Intent.GUILD_PRESENCES)
    async with wire(door.gateway.url) as bot:
        await bot.identify(world.token, intents=intents, large_threshold=threshold)
        guild = (await bot.receive())["d"]
    ids = {member["user"]["id"] for member in guild["members"]}
    expected = {
        "all": set(home.members),
        "present": {door.bot_id, talking, present},
        "voice": {door.bot_id, talking},
    }
    assert ids == expected[listed]
    assert (guild["member_count"], guild["large"]) == (52, threshold < 52)
    assert [state["user_id"] for state in guild["voice_states"]] == [talking]
    shown = {told["user"]["id"] for told in guild["presences"]}
    assert shown == ({door.bot_id, present} if intents & Intent.GUILD_PRESENCES else set())


async def test_voice_states_are_for_those_who_hear_of_them(door: Door) -> None:
    owner = door.world.owner["id"]
    door.world.home.move_voice(owner, door.world.find_channel("practice-room").id)
    async with wire(door.gateway.url) as bot:
        await bot.identify(door.world.token, intents=EVERYTHING & ~Intent.GUILD_VOICE_STATES)
        assert (await bot.receive())["d"]["voice_states"] == []


# Once for everyone


async def test_a_body_is_made_once_for_all_who_are_told_the_same(door: Door) -> None:
    async with wire(door.gateway.url) as one, wire(door.gateway.url) as two, wire(door.gateway.url) as three:
        for bot, intents in (
            (one, EVERYTHING),
            (two, EVERYTHING),
            (three, EVERYTHING & ~Intent.GUILD_VOICE_STATES),
        ):
            await bot.enter(door, intents=intents)
        door.world.home.create_role("Teacher")
        first, second, third = (session.kept[-1] for session in door.gateway.sessions)
        assert first.body is second.body is third.body
        door.world.create_guild("new")
        first, second, third = (session.kept[-1] for session in door.gateway.sessions)
        assert first.body is second.body
        assert first.body is not third.body


# What the world itself says

# Discord's own table: which intent an event of a server needs.
_INTENTS = {
    "GUILD_CREATE": Intent.GUILDS,
    "GUILD_UPDATE": Intent.GUILDS,
    "GUILD_DELETE": Intent.GUILDS,
    "GUILD_ROLE_CREATE": Intent.GUILDS,
    "GUILD_ROLE_UPDATE": Intent.GUILDS,
    "GUILD_ROLE_DELETE": Intent.GUILDS,
    "CHANNEL_CREATE": Intent.GUILDS,
    "CHANNEL_UPDATE": Intent.GUILDS,
    "CHANNEL_DELETE": Intent.GUILDS,
    "GUILD_MEMBER_ADD": Intent.GUILD_MEMBERS,
    "GUILD_MEMBER_UPDATE": Intent.GUILD_MEMBERS,
    "GUILD_MEMBER_REMOVE": Intent.GUILD_MEMBERS,
    "GUILD_BAN_ADD": Intent.GUILD_MODERATION,
    "GUILD_BAN_REMOVE": Intent.GUILD_MODERATION,
    "VOICE_STATE_UPDATE": Intent.GUILD_VOICE_STATES,
    "PRESENCE_UPDATE": Intent.GUILD_PRESENCES,
}


async def test_the_world_asks_for_the_intents_that_discord_asks_for(door: Door) -> None:
    world = door.world
    told: dict[str, set[int | None]] = {}
    world.bus.subscribe(lambda event: told.setdefault(event.name, set()).add(event.intent))
    async with wire(door.gateway.url) as bot:
        await bot.enter(door)
    guild = world.create_guild("new")
    ana = guild.join(world.person("ana"))["user"]["id"]
    role = guild.create_role("Teacher")
    guild.create_role("Helper")
    guild.give_role(ana, role["id"])
    guild.delete_role(role["id"])
    guild.change({"name": "other"})
    guild.move_voice(ana, guild.create_channel("room", kind=VOICE).id)
    channel = guild.create_channel("text", kind=TEXT)
    guild.change_channel(channel, {"topic": "x"})
    guild.delete_channel(channel)
    guild.ban(ana, None)
    guild.unban(ana)
    guild.leave(door.bot_id)
    assert {name: told.get(name) for name in _INTENTS} == {name: {bit} for name, bit in _INTENTS.items()}


async def test_a_bot_hears_of_changes_to_itself_without_the_intent(door: Door) -> None:
    async with wire(door.gateway.url) as bot:
        await bot.enter(door, intents=Intent.GUILDS)
        door.world.home.change_member(door.world.owner["id"], {"nick": "boss"})
        door.world.home.change_member(door.bot_id, {"nick": "helper"})
        assert (await bot.until("GUILD_MEMBER_UPDATE"))["d"]["nick"] == "helper"
