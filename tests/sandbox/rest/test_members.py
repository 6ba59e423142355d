"""Members: found, changed, timed out, moved, removed, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.world.channel import STAGE
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

UNKNOWN = "1234567890"


def raised(discord: Sandbox, user_id: str, *, permissions: int = 0) -> None:
    """Give a member a role above the bot's."""
    guild = discord.world.home
    role = guild.create_role("Elder", permissions=permissions)
    guild.move_roles({role["id"]: 9})
    guild.give_role(user_id, role["id"])


async def test_members_are_listed_by_id(discord: Sandbox, rest: Rest) -> None:
    for name in ("ana", "ben"):
        await discord.member(name)
    path = f"/guilds/{discord.guild_id}/members"
    everyone = sorted(discord.world.home.members, key=int)
    _, first = await rest.get(path)
    _, rest_of_them = await rest.get(f"{path}?limit=1000&after={everyone[0]}")
    listed = [member["user"]["id"] for member in first + rest_of_them]
    assert listed == everyone
    for query in ("limit=0", "limit=1001", "after=x"):
        status, body = await rest.get(f"{path}?{query}")
        assert (status, body["code"]) == (400, 50035)


async def test_listing_members_needs_the_intent_to_be_granted(discord: Sandbox, rest: Rest) -> None:
    _, application = await rest.get("/applications/@me")
    await rest.patch("/applications/@me", json={"flags": application["flags"] & ~(1 << 15)})
    status, body = await rest.get(f"/guilds/{discord.guild_id}/members")
    assert (status, body["code"]) == (403, 50001)
    status, found = await rest.get(f"/guilds/{discord.guild_id}/members/search?query=own")
    assert (status, len(found)) == (200, 1)


async def test_members_are_searched(discord: Sandbox, rest: Rest) -> None:
    ana, anton = await discord.member("Ana"), await discord.member("anton")
    ben = await discord.member("ben")
    discord.world.home.change_member(ben.id, {"nick": "Anders"})
    path = f"/guilds/{discord.guild_id}/members/search"
    _, found = await rest.get(f"{path}?query=AN&limit=10")
    assert {member["user"]["id"] for member in found} == {ana.id, anton.id, ben.id}
    _, found = await rest.get(f"{path}?query=an")
    assert len(found) == 1
    for query in ("", "?query=", f"?query={'x' * 101}", "?query=x&limit=0"):
        status, body = await rest.get(path + query)
        assert (status, body["code"]) == (400, 50035)


async def test_one_member_is_read(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    path = f"/guilds/{discord.guild_id}/members"
    status, member = await rest.get(f"{path}/{ana.id}")
    assert (status, member["user"]["username"]) == (200, "ana")
    stranger = discord.world.person("stranger")["id"]
    for user_id, code in ((stranger, 10007), (UNKNOWN, 10013)):
        status, body = await rest.get(f"{path}/{user_id}")
        assert (status, body["code"]) == (404, code)


async def test_a_member_is_changed(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    ana = await discord.member("ana")
    role_id = discord.role("Teacher")["id"]
    path = f"/guilds/{discord.guild_id}/members/{ana.id}"
    until = (discord.clock.now() + timedelta(days=1)).isoformat()
    body = {"nick": "Ana M.", "roles": [role_id], "communication_disabled_until": until, "flags": 4}
    status, member = await rest.patch(path, json=body)
    assert (status, member["nick"], member["roles"], member["flags"]) == (200, "Ana M.", [role_id], 4)
    assert member["communication_disabled_until"] == until
    heard = await ear.hears("GUILD_MEMBER_UPDATE")
    assert {key: heard[key] for key in member} == member
    assert await rest.get(path) == (200, member)
    given = discord.world.home.audit_log.entries[-1]
    assert (given["action_type"], given["changes"][0]["key"]) == (25, "$add")
    _, cleared = await rest.patch(
        path, json={"nick": "", "roles": None, "communication_disabled_until": None, "mute": None}
    )
    assert (cleared["nick"], cleared["roles"]) == (None, [])
    assert cleared["communication_disabled_until"] is None
    assert await rest.patch(path, json={}) == (200, cleared)


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ({"nick": "x"}, Permission.MANAGE_NICKNAMES),
        ({"roles": []}, Permission.MANAGE_ROLES),
        ({"communication_disabled_until": None}, Permission.MODERATE_MEMBERS),
        ({"mute": True}, Permission.MUTE_MEMBERS),
        ({"deaf": True}, Permission.DEAFEN_MEMBERS),
        ({"channel_id": None}, Permission.MOVE_MEMBERS),
    ],
)
async def test_each_change_needs_its_permission(
    discord: Sandbox, rest: Rest, bot_lacks: BotLacks, body: Json, needs: Permission
) -> None:
    ana = await discord.member("ana")
    await ana.enter_voice()
    path = f"/guilds/{discord.guild_id}/members/{ana.id}"
    assert (await rest.patch(path, json=body))[0] == 200
    await ana.enter_voice()
    bot_lacks(needs)
    status, answer = await rest.patch(path, json=body)
    assert (status, answer["code"]) == (403, 50013)


async def test_nobody_touches_those_above(discord: Sandbox, rest: Rest) -> None:
    ana, owner = await discord.member("ana"), discord.world.owner["id"]
    raised(discord, ana.id)
    until = (discord.clock.now() + timedelta(days=1)).isoformat()
    for user_id in (ana.id, owner):
        path = f"/guilds/{discord.guild_id}/members/{user_id}"
        for found, answer in (
            await rest.patch(path, json={"nick": "x"}),
            await rest.patch(path, json={"communication_disabled_until": until}),
            await rest.delete(path),
        ):
            assert (found, answer["code"]) == (403, 50013)
    status, answer = await rest.delete(f"/guilds/{discord.guild_id}/members/{discord.application_id}")
    assert (status, answer["code"]) == (403, 50013)


async def test_a_time_out_has_bounds(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    path, now = f"/guilds/{discord.guild_id}/members/{ana.id}", discord.clock.now()
    longest = {"communication_disabled_until": (now + timedelta(days=28)).isoformat()}
    assert (await rest.patch(path, json=longest))[0] == 200
    for value in ((now + timedelta(days=29)).isoformat(), "tomorrow"):
        status, body = await rest.patch(path, json={"communication_disabled_until": value})
        assert (status, body["code"]) == (400, 50035)
        assert "communication_disabled_until" in body["errors"]
    guild = discord.world.home
    guild.change_role(discord.role("Chief")["id"], {"permissions": str(int(Permission.ADMINISTRATOR))})
    guild.give_role(ana.id, discord.role("Chief")["id"])
    status, body = await rest.patch(path, json=longest)
    assert (status, body["code"]) == (403, 50013)


async def test_a_time_out_silences(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    channel, guild = discord.world.find_channel("general"), discord.world.home
    until = (discord.clock.now() + timedelta(hours=1)).isoformat()
    path = f"/guilds/{discord.guild_id}/members/{ana.id}"
    await rest.patch(path, json={"communication_disabled_until": until})
    assert not guild.permissions(ana.id, channel) & Permission.SEND_MESSAGES
    discord.clock.advance(timedelta(hours=2))
    assert guild.permissions(ana.id, channel) & Permission.SEND_MESSAGES


# Roles of members


async def test_a_role_is_given_and_taken(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    ana, role_id = await discord.member("ana"), discord.role("Teacher")["id"]
    path = f"/guilds/{discord.guild_id}/members/{ana.id}/roles/{role_id}"
    for method, roles, key in (("PUT", [role_id], "$add"), ("DELETE", [], "$remove")):
        for _ in range(2):
            assert await rest.call(method, path, reason="exam") == (204, None)
        assert (await ear.hears("GUILD_MEMBER_UPDATE"))["roles"] == roles
        entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
        changed = {"key": key, "new_value": [{"id": role_id, "name": "Teacher"}]}
        assert (entry["action_type"], entry["changes"], entry["reason"]) == (25, [changed], "exam")
    assert len(discord.world.home.audit_log.entries) == 2


async def test_a_role_is_not_given_wrongly(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    ana, guild = await discord.member("ana"), discord.world.home
    (managed,) = guild.members[discord.application_id]["roles"]
    plain = discord.role("Teacher")["id"]
    elder = guild.create_role("Elder")["id"]
    guild.move_roles({elder: 9})
    stranger = discord.world.person("stranger")["id"]
    members = f"/guilds/{discord.guild_id}/members"
    for user_id, role_id, status, code in (
        (ana.id, elder, 403, 50013),
        (ana.id, managed, 400, 50028),
        (ana.id, discord.guild_id, 400, 50028),
        (ana.id, UNKNOWN, 404, 10011),
        (stranger, plain, 404, 10007),
        (UNKNOWN, plain, 404, 10013),
    ):
        for method in ("PUT", "DELETE"):
            found, body = await rest.call(method, f"{members}/{user_id}/roles/{role_id}")
            assert (found, body["code"]) == (status, code)
    for role_id, status, code in ((elder, 403, 50013), (managed, 400, 50028), (UNKNOWN, 404, 10011)):
        found, body = await rest.patch(f"{members}/{ana.id}", json={"roles": [plain, role_id]})
        assert (found, body["code"]) == (status, code)
    assert guild.members[ana.id]["roles"] == []
    # Only what is added or taken away counts.
    guild.give_role(ana.id, elder)
    found, body = await rest.patch(f"{members}/{ana.id}", json={"roles": [plain, elder]})
    assert (found, body["roles"]) == (200, [plain, elder])
    found, body = await rest.patch(f"{members}/{ana.id}", json={"roles": [plain]})
    assert (found, body["code"]) == (403, 50013)
    bot_lacks(Permission.MANAGE_ROLES)
    found, body = await rest.put(f"{members}/{ana.id}/roles/{plain}")
    assert (found, body["code"]) == (403, 50013)


# Voice


async def test_a_member_is_heard_moved_and_put_out(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    ana, guild = await discord.member("ana"), discord.world.home
    await ana.enter_voice()
    await ear.hears("VOICE_STATE_UPDATE")
    path = f"/guilds/{discord.guild_id}/members/{ana.id}"
    _, member = await rest.patch(path, json={"mute": True, "deaf": True})
    assert (member["mute"], member["deaf"]) == (True, True)
    state = await ear.hears("VOICE_STATE_UPDATE")
    assert (state["mute"], state["deaf"], state["user_id"]) == (True, True, ana.id)
    other = guild.create_channel("hall", kind=2).id
    await rest.patch(path, json={"channel_id": other})
    state = await ear.hears("VOICE_STATE_UPDATE")
    assert (state["channel_id"], state["mute"]) == (other, True)
    await rest.patch(path, json={"channel_id": None})
    assert (await ear.hears("VOICE_STATE_UPDATE"))["channel_id"] is None
    assert ana.id not in guild.voice
    assert [entry["action_type"] for entry in guild.audit_log.entries] == [24, 26, 27]


async def test_a_member_is_not_moved_wrongly(discord: Sandbox, rest: Rest) -> None:
    ana, guild = await discord.member("ana"), discord.world.home
    path, room = f"/guilds/{discord.guild_id}/members/{ana.id}", discord.channel("practice-room")["id"]
    for body in ({"mute": True}, {"deaf": False}, {"channel_id": room}, {"channel_id": None}):
        status, answer = await rest.patch(path, json=body)
        assert (status, answer["code"]) == (400, 40032)
    await ana.enter_voice()
    closed = guild.create_channel("closed", kind=2)
    deny = {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Permission.CONNECT))}
    guild.change_channel(closed, {"permission_overwrites": [deny]})
    text = discord.channel("general")["id"]
    for channel_id, wanted in ((closed.id, (403, 50013)), (text, (400, 50024)), (UNKNOWN, (404, 10003))):
        status, answer = await rest.patch(path, json={"channel_id": channel_id, "nick": "x"})
        assert (status, answer["code"]) == wanted
    assert guild.voice[ana.id]["channel_id"] == room
    # A refused call changes nothing at all.
    assert guild.members[ana.id]["nick"] is None


# The bot itself, and removal


async def test_the_bot_names_itself(discord: Sandbox, rest: Rest, ear: Ear, bot_lacks: BotLacks) -> None:
    path = f"/guilds/{discord.guild_id}/members/@me"
    status, member = await rest.patch(path, json={"nick": "Guide"})
    assert (status, member["nick"], member["user"]["id"]) == (200, "Guide", discord.application_id)
    assert (await ear.hears("GUILD_MEMBER_UPDATE"))["nick"] == "Guide"
    status, body = await rest.patch(path, json={"nick": "x" * 33})
    assert (status, body["code"]) == (400, 50035)
    bot_lacks(Permission.CHANGE_NICKNAME)
    status, body = await rest.patch(path, json={"nick": None})
    assert (status, body["code"]) == (403, 50013)
    status, member = await rest.patch(path, json={"avatar": "data:image/gif;base64,aGk="})
    assert (status, member["nick"], member["avatar"][:2]) == (200, "Guide", "a_")


async def test_a_member_is_removed(discord: Sandbox, rest: Rest, ear: Ear, bot_lacks: BotLacks) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    path = f"/guilds/{discord.guild_id}/members"
    assert await rest.delete(f"{path}/{ana.id}") == (204, None)
    assert (await ear.hears("GUILD_MEMBER_REMOVE"))["user"]["id"] == ana.id
    status, body = await rest.delete(f"{path}/{ana.id}")
    assert (status, body["code"]) == (404, 10007)
    bot_lacks(Permission.KICK_MEMBERS)
    status, body = await rest.delete(f"{path}/{ben.id}")
    assert (status, body["code"]) == (403, 50013)
    assert ben.id in discord.world.home.members


async def test_a_stage_takes_members(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    await ana.enter_voice()
    stage = discord.world.home.create_channel("stage", kind=STAGE).id
    status, _ = await rest.patch(f"/guilds/{discord.guild_id}/members/{ana.id}", json={"channel_id": stage})
    assert (status, discord.world.home.voice[ana.id]["channel_id"]) == (200, stage)
