"""Users, the bot's own servers, and direct messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import Ear, Rest

UNKNOWN = "1234567890"


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_users_are_read(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("Ana")
    _, user = await rest.get(f"/users/{ana.id}")
    assert (user["username"], user["global_name"], user["bot"]) == ("ana", "Ana", False)
    _, me = await rest.get("/users/@me")
    assert (me["id"], me["bot"], me["email"]) == (discord.application_id, True, None)
    assert code(await rest.get(f"/users/{UNKNOWN}")) == (404, 10013)
    assert code(await rest.get("/users/@me", token=False)) == (401, 0)


async def test_the_bot_renames_itself(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    image = "data:image/png;base64,aGk="
    status, me = await rest.patch("/users/@me", json={"username": "Guide", "avatar": image})
    assert (status, me["username"], len(me["avatar"])) == (200, "Guide", 32)
    assert await ear.hears("USER_UPDATE") == me
    _, member = await rest.get(f"/guilds/{discord.guild_id}/members/{discord.application_id}")
    assert (member["user"]["username"], member["user"]["avatar"]) == ("Guide", me["avatar"])
    for body in ({"username": "x"}, {"username": None}, {"avatar": "guide.png"}):
        assert code(await rest.patch("/users/@me", json=body)) == (400, 50035)
    _, me = await rest.patch("/users/@me", json={"username": "Guide", "avatar": None})
    assert me["avatar"] is None


async def test_the_bots_servers_in_pages(discord: Sandbox, rest: Rest) -> None:
    for name in ("Two", "Three"):
        discord.world.create_guild(name)
    elsewhere = discord.world.create_guild("Elsewhere")
    elsewhere.leave(discord.application_id)
    ids = sorted(discord.world.guilds.keys() - {elsewhere.id}, key=int)
    for query, found in (
        ("", ids),
        ("?limit=1", ids[:1]),
        (f"?after={ids[0]}", ids[1:]),
        (f"?before={ids[2]}&limit=1", ids[1:2]),
    ):
        _, guilds = await rest.get("/users/@me/guilds" + query)
        assert [guild["id"] for guild in guilds] == found
        assert "approximate_member_count" not in guilds[0]
    _, guilds = await rest.get("/users/@me/guilds?with_counts=true")
    assert {guild["approximate_member_count"] for guild in guilds} == {2}
    home = discord.world.home
    assert int(guilds[0]["permissions"]) == home.permissions(discord.application_id)
    assert code(await rest.get("/users/@me/guilds?limit=201")) == (400, 50035)


async def test_the_bots_own_membership_is_not_for_bots(discord: Sandbox, rest: Rest) -> None:
    assert code(await rest.get(f"/users/@me/guilds/{discord.guild_id}/member")) == (403, 20001)


async def test_direct_messages_are_opened_once(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    status, channel = await rest.post("/users/@me/channels", json={"recipient_id": ana.id})
    assert (status, channel["type"], channel["recipients"][0]["id"]) == (200, 1, ana.id)
    assert await rest.post("/users/@me/channels", json={"recipient_id": int(ana.id)}) == (200, channel)
    me = {"recipient_id": discord.application_id}
    assert code(await rest.post("/users/@me/channels", json=me)) == (403, 50007)
    assert code(await rest.post("/users/@me/channels", json={"recipient_id": UNKNOWN})) == (404, 10013)
    wrong: list[Any] = [{}, {"recipient_id": None}, {"recipient_id": "ana"}, []]
    for body in wrong:
        assert code(await rest.post("/users/@me/channels", json=body)) == (400, 50035)
