"""Bans: listed, made, lifted, and what they delete."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

UNKNOWN = "1234567890"


async def test_a_user_is_banned_and_pardoned(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    ana = await discord.member("ana")
    path = f"/guilds/{discord.guild_id}/bans/{ana.id}"
    for _ in range(2):
        assert await rest.put(path, json={}, reason="spam") == (204, None)
    assert (await ear.hears("GUILD_MEMBER_REMOVE"))["user"]["id"] == ana.id
    assert (await ear.hears("GUILD_BAN_ADD"))["user"]["id"] == ana.id
    status, ban = await rest.get(path)
    assert (status, ban["reason"], ban["user"]["id"]) == (200, "spam", ana.id)
    with pytest.raises(ApiError) as refused:
        discord.world.home.join(discord.world.person("ana"))
    assert refused.value.code == 40007
    assert await rest.delete(path, json={}) == (204, None)
    assert (await ear.hears("GUILD_BAN_REMOVE"))["user"]["id"] == ana.id
    assert [entry["action_type"] for entry in discord.world.home.audit_log.entries] == [22, 23]
    discord.world.home.join(discord.world.person("ana"))
    for method in ("GET", "DELETE"):
        status, body = await rest.call(method, path)
        assert (status, body["code"]) == (404, 10026)


async def test_a_stranger_can_be_banned(discord: Sandbox, rest: Rest) -> None:
    stranger = discord.world.person("stranger")["id"]
    assert await rest.put(f"/guilds/{discord.guild_id}/bans/{stranger}", json={}) == (204, None)
    status, body = await rest.put(f"/guilds/{discord.guild_id}/bans/{UNKNOWN}", json={})
    assert (status, body["code"]) == (404, 10013)
    assert list(discord.world.home.bans) == [stranger]


async def test_those_above_are_not_banned(discord: Sandbox, rest: Rest) -> None:
    ana, guild = await discord.member("ana"), discord.world.home
    elder = guild.create_role("Elder")["id"]
    guild.move_roles({elder: 9})
    guild.give_role(ana.id, elder)
    for user_id in (ana.id, discord.world.owner["id"], discord.application_id):
        status, body = await rest.put(f"/guilds/{guild.id}/bans/{user_id}", json={})
        assert (status, body["code"]) == (403, 50013)
    assert not guild.bans


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({}, ["old", "new"]),
        ({"delete_message_seconds": 0}, ["old", "new"]),
        ({"delete_message_seconds": 3600}, ["old"]),
        ({"delete_message_days": 1}, ["old"]),
        ({"delete_message_days": 7}, []),
    ],
)
async def test_a_ban_deletes_what_was_written_of_late(
    discord: Sandbox, rest: Rest, body: dict[str, int], kept: list[str]
) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    await ana.say("old", channel="general")
    discord.clock.advance(timedelta(days=2))
    await ana.say("new", channel="practice")
    await ben.say("other", channel="practice")
    await rest.put(f"/guilds/{discord.guild_id}/bans/{ana.id}", json=body)
    said = [item["content"] for name in ("general", "practice") for item in discord.messages(name)]
    assert said == [*kept, "other"]


async def test_a_ban_may_say_so_in_the_query(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    ana = await discord.member("ana")
    ids = [(await ana.say(word, channel="general"))["id"] for word in ("one", "two")]
    path = f"/guilds/{discord.guild_id}/bans/{ana.id}"
    assert await rest.put(path + "?delete_message_seconds=60") == (204, None)
    assert set((await ear.hears("MESSAGE_DELETE_BULK"))["ids"]) == set(ids)
    # Discord takes it, though its description wants a body.
    discord.violations.clear()


async def test_what_a_ban_cannot_be(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    ana = await discord.member("ana")
    path = f"/guilds/{discord.guild_id}/bans/{ana.id}"
    for body in ({"delete_message_seconds": 604801}, {"delete_message_days": 8}):
        status, answer = await rest.put(path, json=body)
        assert (status, answer["code"]) == (400, 50035)
    bot_lacks(Permission.BAN_MEMBERS)
    for method, where in (("PUT", path), ("GET", path), ("DELETE", path), ("GET", path.rsplit("/", 1)[0])):
        status, answer = await rest.call(method, where)
        assert (status, answer["code"]) == (403, 50013)
    assert ana.id in discord.world.home.members


async def test_bans_are_listed_in_pages(discord: Sandbox, rest: Rest) -> None:
    ids = sorted((discord.world.person(name)["id"] for name in "abcde"), key=int)
    for user_id in ids:
        discord.world.home.ban(user_id, None)
    path = f"/guilds/{discord.guild_id}/bans"
    for query, found in (
        ("", ids),
        ("?limit=2", ids[:2]),
        (f"?after={ids[1]}&limit=2", ids[2:4]),
        (f"?before={ids[4]}&limit=2", ids[2:4]),
        (f"?after={ids[4]}", []),
    ):
        _, bans = await rest.get(path + query)
        assert [ban["user"]["id"] for ban in bans] == found
    for query in ("?limit=1001", "?limit=x", "?before=x", "?after=-1"):
        status, body = await rest.get(path + query)
        assert (status, body["code"]) == (400, 50035)


async def test_many_are_banned_at_once(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    await ana.say("hello", channel="general")
    path, owner = f"/guilds/{discord.guild_id}/bulk-ban", discord.world.owner["id"]
    wanted = {"user_ids": [ana.id, owner, UNKNOWN, ben.id], "delete_message_seconds": 60}
    status, body = await rest.post(path, json=wanted)
    assert (status, body) == (200, {"banned_users": [ana.id, ben.id], "failed_users": [owner, UNKNOWN]})
    assert set(discord.world.home.bans) == {ana.id, ben.id}
    assert discord.messages("general") == []
    status, body = await rest.post(path, json=wanted)
    assert (status, body["code"]) == (400, 500000)
    for users in ([], [ana.id] * 2, [str(number) for number in range(201)]):
        status, body = await rest.post(path, json={"user_ids": users})
        assert (status, body["code"]) == (400, 50035)
    bot_lacks(Permission.MANAGE_GUILD)
    status, body = await rest.post(path, json={"user_ids": [UNKNOWN]})
    assert (status, body["code"]) == (403, 50013)
