"""Members of threads: who joins, is added, leaves and is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world.channel import PRIVATE_THREAD, PUBLIC_THREAD, Channel
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import join
from nrg_sandbox.world.threads import start_thread

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]


def _thread(discord: Sandbox, *, by: Json | None = None, kind: int = PUBLIC_THREAD, **more: Any) -> Channel:
    parent = discord.world.find_channel("general")
    return start_thread(parent, by or discord.world.owner, {"name": "talk", **more}, kind=kind)


async def _members(rest: Rest, thread: Channel) -> set[str]:
    status, listed = await rest.get(f"/channels/{thread.id}/thread-members")
    assert status == 200
    return {member["user_id"] for member in listed}


async def test_the_bot_joins_and_leaves(rest: Rest, ear: Ear, discord: Sandbox) -> None:
    thread = _thread(discord)
    await ear.hears("THREAD_MEMBERS_UPDATE")
    path, bot, owner = (
        f"/channels/{thread.id}/thread-members",
        discord.application_id,
        discord.world.owner["id"],
    )
    for _ in range(2):
        assert await rest.put(path + "/@me") == (204, None)
    told = await ear.hears("THREAD_MEMBERS_UPDATE")
    assert (told["member_count"], told["added_members"][0]["user_id"]) == (2, bot)
    assert await _members(rest, thread) == {bot, owner}
    assert (await rest.get(path + "/@me"))[1]["user_id"] == bot
    assert await rest.delete(path + "/@me") == (204, None)
    told = await ear.hears("THREAD_MEMBERS_UPDATE")
    assert (told["member_count"], told["removed_member_ids"]) == (1, [bot])
    assert await rest.refused("GET", path + "/@me") == (404, 10007)


async def test_a_member_is_added_and_removed(rest: Rest, ear: Ear, discord: Sandbox) -> None:
    thread, ana = _thread(discord), await discord.member("ana")
    path = f"/channels/{thread.id}/thread-members/{ana.id}"
    assert await rest.put(path) == (204, None)
    _, member = await rest.get(path + "?with_member=true")
    assert (member["id"], member["user_id"], member["member"]["user"]["username"]) == (
        thread.id,
        ana.id,
        "ana",
    )
    assert "member" not in (await rest.get(path))[1]
    assert await rest.delete(path) == (204, None)
    while "removed_member_ids" not in (told := await ear.hears("THREAD_MEMBERS_UPDATE")):
        pass
    assert told["removed_member_ids"] == [ana.id]
    assert await rest.refused("GET", path) == (404, 10007)


async def test_only_those_on_the_server_are_added(rest: Rest, discord: Sandbox) -> None:
    thread, stranger = _thread(discord), discord.world.person("stranger")["id"]
    path = f"/channels/{thread.id}/thread-members/"
    assert await rest.refused("PUT", path + stranger) == (404, 10007)
    for method in ("PUT", "GET", "DELETE"):
        assert await rest.refused(method, path + "5") == (404, 10013)
    general = f"/channels/{discord.channel('general')['id']}/thread-members"
    assert await rest.refused("GET", general) == (400, 50024)


async def test_members_are_paged_with_their_membership(rest: Rest, discord: Sandbox) -> None:
    thread = _thread(discord)
    for name in ("ana", "ben", "cleo"):
        join(thread, (await discord.member(name)).id)
    path = f"/channels/{thread.id}/thread-members?with_member=true"
    _, everyone = await rest.get(path)
    ids = [member["user_id"] for member in everyone]
    assert ids == sorted(ids, key=int)
    assert {member["member"]["user"]["username"] for member in everyone} == {"owner", "ana", "ben", "cleo"}
    _, some = await rest.get(f"{path}&limit=2&after={ids[0]}")
    assert [member["user_id"] for member in some] == ids[1:3]
    assert await rest.refused("GET", path + "&limit=101") == (400, 50035)


async def test_listing_members_takes_the_intent(rest: Rest, discord: Sandbox) -> None:
    thread = _thread(discord)
    _, application = await rest.get("/applications/@me")
    await rest.patch("/applications/@me", json={"flags": application["flags"] & ~(1 << 15)})
    path = f"/channels/{thread.id}/thread-members"
    assert await rest.refused("GET", path) == (403, 50001)
    assert (await rest.get(f"{path}/{discord.world.owner['id']}"))[0] == 200


async def test_a_private_thread_is_seen_by_those_in_it(
    rest: Rest, ear: Ear, discord: Sandbox, bot_lacks: BotLacks
) -> None:
    bot_lacks(Permission.MANAGE_THREADS)
    thread = _thread(discord, kind=PRIVATE_THREAD)
    path = f"/channels/{thread.id}"
    assert await rest.refused("PUT", path + "/thread-members/@me") == (403, 50001)
    join(thread, discord.application_id)
    told = await ear.hears("THREAD_CREATE")
    # The first that the bot hears of it is that it was added.
    assert (told["member"]["user_id"], "newly_created" in told) == (discord.application_id, False)
    assert (await rest.get(path))[0] == 200
    assert await rest.delete(path + "/thread-members/@me") == (204, None)
    while "removed_member_ids" not in (left := await ear.hears("THREAD_MEMBERS_UPDATE")):
        pass
    assert left["removed_member_ids"] == [discord.application_id]
    assert await rest.refused("GET", path) == (403, 50001)


async def test_who_may_add_and_remove(rest: Rest, discord: Sandbox, bot_lacks: BotLacks) -> None:
    bot, ana = discord.world.bot, (await discord.member("ana")).id
    bot_lacks(Permission.MANAGE_THREADS)
    own, theirs = _thread(discord, by=bot, kind=PRIVATE_THREAD, invitable=False), _thread(discord)
    closed = _thread(discord, kind=PRIVATE_THREAD, invitable=False)
    join(closed, discord.application_id)
    for thread in (own, theirs):
        assert await rest.put(f"/channels/{thread.id}/thread-members/{ana}") == (204, None)
    assert await rest.refused("PUT", f"/channels/{closed.id}/thread-members/{ana}") == (403, 50013)
    assert await rest.delete(f"/channels/{own.id}/thread-members/{ana}") == (204, None)
    assert await rest.refused("DELETE", f"/channels/{theirs.id}/thread-members/{ana}") == (403, 50013)
    assert ana in await _members(rest, theirs)
    bot_lacks(Permission.SEND_MESSAGES_IN_THREADS)
    assert await rest.refused("PUT", f"/channels/{theirs.id}/thread-members/{ana}") == (403, 50013)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_archived_thread_keeps_its_members(rest: Rest, discord: Sandbox, method: str) -> None:
    thread, ana = _thread(discord), await discord.member("ana")
    await rest.patch(f"/channels/{thread.id}", json={"archived": True})
    assert await rest.refused(method, f"/channels/{thread.id}/thread-members/{ana.id}") == (400, 50083)
