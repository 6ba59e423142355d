"""Invites: made, reused, found while they last, used and withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.errors import ApiError
from nrg_sandbox.world.channel import CATEGORY
from nrg_sandbox.world.invites import use_invite
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]


@pytest.fixture
def general(discord: Sandbox) -> str:
    return f"/channels/{discord.channel('general')['id']}/invites"


async def _invite(rest: Rest, path: str, **terms: Any) -> Json:
    status, invite = await rest.post(path, json=terms)
    assert status == 200, invite
    return invite


async def _codes(rest: Rest, path: str) -> set[str]:
    status, invites = await rest.get(path)
    assert status == 200
    return {invite["code"] for invite in invites}


async def test_an_invite_is_made_told_and_listed(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    invite = await _invite(rest, general, max_age=60, max_uses=2, temporary=True)
    assert (invite["max_age"], invite["max_uses"], invite["temporary"], invite["uses"]) == (60, 2, True, 0)
    assert (invite["type"], invite["inviter"]["id"]) == (0, discord.application_id)
    lasts = datetime.fromisoformat(invite["expires_at"]) - datetime.fromisoformat(invite["created_at"])
    assert lasts == timedelta(seconds=60)
    told = await ear.hears("INVITE_CREATE")
    assert (told["code"], told["channel_id"], told["guild_id"], told["max_uses"]) == (
        invite["code"],
        discord.channel("general")["id"],
        discord.guild_id,
        2,
    )
    other = await _invite(rest, f"/channels/{discord.channel('practice')['id']}/invites")
    assert await _codes(rest, general) == {invite["code"]}
    assert await _codes(rest, f"/guilds/{discord.guild_id}/invites") == {invite["code"], other["code"]}
    assert (await rest.get(general))[1] == [invite]


async def test_who_has_the_code_knows_the_place(rest: Rest, discord: Sandbox, general: str) -> None:
    invite = await _invite(rest, general)
    status, seen = await rest.get(f"/invites/{invite['code']}", token=False)
    assert status == 200
    assert (seen["guild"]["name"], seen["channel"]["name"]) == ("Practice", "general")
    # Its terms are the inviters' business.
    assert not {"uses", "max_uses", "max_age", "temporary", "created_at"} & seen.keys()
    assert "approximate_member_count" not in seen
    _, counted = await rest.get(f"/invites/{invite['code']}?with_counts=true")
    assert counted["approximate_member_count"] == len(discord.world.home.members)


async def test_on_the_same_terms_it_is_the_same_invite(rest: Rest, discord: Sandbox, general: str) -> None:
    first = await _invite(rest, general, max_age=60)
    assert (await _invite(rest, general, max_age=60))["code"] == first["code"]
    assert (await _invite(rest, general, max_age=61))["code"] != first["code"]
    assert (await _invite(rest, general, max_age=60, unique=True))["code"] != first["code"]
    assert len(await _codes(rest, general)) == 3
    _, log = await rest.get(f"/guilds/{discord.guild_id}/audit-logs?action_type=40")
    assert len(log["audit_log_entries"]) == 3


async def test_an_invite_ends_with_its_time(rest: Rest, discord: Sandbox, general: str) -> None:
    usual, endless = await _invite(rest, general), await _invite(rest, general, max_age=0)
    assert (usual["max_age"], endless["expires_at"]) == (86_400, None)
    discord.clock.advance(timedelta(days=1))
    assert await rest.refused("GET", f"/invites/{usual['code']}") == (404, 10006)
    assert await rest.refused("DELETE", f"/invites/{usual['code']}") == (404, 10006)
    assert await _codes(rest, general) == {endless["code"]}
    assert (await _invite(rest, general))["code"] != usual["code"]
    assert await rest.refused("GET", "/invites/nowhere") == (404, 10006)


async def test_an_invite_ends_with_its_last_use(rest: Rest, ear: Ear, discord: Sandbox, general: str) -> None:
    world = discord.world
    code = (await _invite(rest, general, max_uses=2))["code"]
    use_invite(world, code, world.person("ana"))
    # Who is there already uses nothing up.
    use_invite(world, code, world.person("ana"))
    assert [invite["uses"] for invite in (await rest.get(general))[1]] == [1]
    use_invite(world, code, world.person("ben"))
    assert (await ear.hears("INVITE_DELETE"))["code"] == code
    assert {"ana", "ben"} <= {member["user"]["username"] for member in world.home.members.values()}
    with pytest.raises(ApiError, match="10006"):
        use_invite(world, code, world.person("cleo"))


async def test_a_withdrawn_invite_is_gone(rest: Rest, ear: Ear, discord: Sandbox, general: str) -> None:
    code = (await _invite(rest, general))["code"]
    status, seen = await rest.delete(f"/invites/{code}")
    assert (status, seen["code"]) == (200, code)
    told = await ear.hears("INVITE_DELETE")
    assert (told["code"], told["channel_id"]) == (code, discord.channel("general")["id"])
    assert await rest.refused("GET", f"/invites/{code}") == (404, 10006)


async def test_an_invite_ends_with_its_channel(rest: Rest, discord: Sandbox, general: str) -> None:
    code = (await _invite(rest, general))["code"]
    await rest.delete(general.removesuffix("/invites"))
    assert await rest.refused("GET", f"/invites/{code}") == (404, 10006)


@pytest.mark.parametrize(
    "terms", [{"max_age": -1}, {"max_uses": 101}, {"temporary": "yes"}, {"target_type": 1}, []]
)
async def test_terms_that_cannot_be(rest: Rest, general: str, terms: Any) -> None:
    assert await rest.refused("POST", general, json=terms) == (400, 50035)
    assert await _codes(rest, general) == set()


async def test_some_places_take_no_invites(rest: Rest, discord: Sandbox) -> None:
    ana = await discord.member("ana")
    category = discord.world.home.create_channel("rooms", kind=CATEGORY)
    dm = discord.world.dm_with(ana.id)
    assert await rest.refused("POST", f"/channels/{category.id}/invites", json={}) == (400, 50024)
    assert await rest.refused("POST", f"/channels/{dm.id}/invites", json={}) == (403, 50003)


async def test_inviting_takes_permissions(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    code = (await _invite(rest, general))["code"]
    bot_lacks(Permission.CREATE_INSTANT_INVITE)
    assert await rest.refused("POST", general, json={}) == (403, 50013)
    bot_lacks(Permission.MANAGE_CHANNELS)
    assert await rest.refused("GET", general) == (403, 50013)
    # Who manages the server needs not manage the channel.
    assert await _codes(rest, f"/guilds/{discord.guild_id}/invites") == {code}
    bot_lacks(Permission.MANAGE_GUILD)
    assert await rest.refused("GET", f"/guilds/{discord.guild_id}/invites") == (403, 50013)
    assert await rest.refused("DELETE", f"/invites/{code}") == (403, 50013)
    assert (await rest.get(f"/invites/{code}"))[0] == 200
    discord.world.home.leave(discord.application_id)
    assert await rest.refused("DELETE", f"/invites/{code}") == (403, 50001)
