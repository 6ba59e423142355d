"""Roles: made, changed, ordered, removed, and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

UNKNOWN = "1234567890"


def order(discord: Sandbox) -> list[str]:
    """Return the names of the roles, lowest first."""
    roles = discord.world.home.roles.values()
    return [role["name"] for role in sorted(roles, key=lambda role: role["position"])]


def above_the_bot(discord: Sandbox) -> str:
    """Create a role above the bot's and return its id."""
    guild = discord.world.home
    role = guild.create_role("Elder")
    guild.move_roles({role["id"]: 9})
    return role["id"]


async def test_a_role_is_created_changed_and_removed(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    path = f"/guilds/{discord.guild_id}/roles"
    wanted = {"name": "Teacher", "color": 0x123456, "hoist": True, "permissions": "2048"}
    status, role = await rest.post(path, json=wanted)
    assert (status, role["name"], role["hoist"], role["permissions"]) == (200, "Teacher", True, "2048")
    assert role["colors"] == {"primary_color": 0x123456, "secondary_color": None, "tertiary_color": None}
    assert (await ear.hears("GUILD_ROLE_CREATE"))["role"] == role
    assert await rest.get(f"{path}/{role['id']}") == (200, role)
    assert order(discord) == ["@everyone", "Teacher", "nrg"]
    changes = {"name": "Guide", "colors": {"primary_color": 7}, "permissions": 1024}
    status, changed = await rest.patch(f"{path}/{role['id']}", json=changes)
    assert (status, changed["name"], changed["color"], changed["permissions"]) == (200, "Guide", 7, "1024")
    assert changed["hoist"]
    while (heard := (await ear.hears("GUILD_ROLE_UPDATE"))["role"])["id"] != role["id"]:
        pass
    assert heard == changed
    ana = await discord.member("ana")
    discord.world.home.give_role(ana.id, role["id"])
    assert (await ear.hears("GUILD_MEMBER_UPDATE"))["roles"] == [role["id"]]
    assert await rest.delete(f"{path}/{role['id']}") == (204, None)
    assert (await ear.hears("GUILD_MEMBER_UPDATE"))["roles"] == []
    assert (await ear.hears("GUILD_ROLE_DELETE"))["role_id"] == role["id"]
    status, body = await rest.get(f"{path}/{role['id']}")
    assert (status, body["code"]) == (404, 10011)


async def test_a_role_starts_like_everyones(discord: Sandbox, rest: Rest) -> None:
    discord.world.home.change_role(discord.guild_id, {"permissions": "1024"})
    status, role = await rest.post(f"/guilds/{discord.guild_id}/roles", json={})
    assert (status, role["name"], role["permissions"]) == (200, "new role", "1024")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": ""}, 400, 50035),
        ({"color": 0x1000000}, 400, 50035),
        ({"unicode_emoji": "🌱"}, 403, 50101),
        ({"colors": {"primary_color": 1, "secondary_color": 2}}, 403, 50101),
        ({"permissions": str(int(Permission.ADMINISTRATOR))}, 403, 50013),
        ({"permissions": str(int(Permission.BAN_MEMBERS))}, 403, 50013),
    ],
)
async def test_a_role_is_not_made_or_changed_so(
    discord: Sandbox, rest: Rest, bot_lacks: BotLacks, body: Json, status: int, code: int
) -> None:
    bot_lacks(Permission.BAN_MEMBERS)
    path = f"/guilds/{discord.guild_id}/roles"
    role = discord.role("Teacher")
    for found, answer in (
        await rest.post(path, json=body),
        await rest.patch(f"{path}/{role['id']}", json=body),
    ):
        assert (found, answer["code"]) == (status, code)
    assert discord.role("Teacher") == role


async def test_what_a_role_has_already_may_stay(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    role_id = discord.role("Teacher")["id"]
    discord.world.home.change_role(role_id, {"permissions": str(int(Permission.BAN_MEMBERS))})
    bot_lacks(Permission.BAN_MEMBERS)
    both = str(int(Permission.BAN_MEMBERS | Permission.KICK_MEMBERS))
    status, role = await rest.patch(f"/guilds/{discord.guild_id}/roles/{role_id}", json={"permissions": both})
    assert (status, role["permissions"]) == (200, both)


async def test_there_are_at_most_250(discord: Sandbox, rest: Rest) -> None:
    guild, path = discord.world.home, f"/guilds/{discord.guild_id}/roles"
    while len(guild.roles) < 249:
        guild.roles[str(len(guild.roles))] = discord.role("Teacher") | {"id": str(len(guild.roles))}
    assert (await rest.post(path, json={}))[0] == 200
    status, body = await rest.post(path, json={})
    assert (status, body["code"]) == (400, 30005)


async def test_the_hierarchy_holds(discord: Sandbox, rest: Rest) -> None:
    path, guild = f"/guilds/{discord.guild_id}/roles", discord.world.home
    (own,) = guild.members[discord.application_id]["roles"]
    elder = above_the_bot(discord)
    for role_id in (own, elder):
        status, body = await rest.patch(f"{path}/{role_id}", json={"name": "x"})
        assert (status, body["code"]) == (403, 50013)
        status, body = await rest.patch(path, json=[{"id": role_id, "position": 1}])
        assert (status, body["code"]) == (403, 50013)
    status, body = await rest.delete(f"{path}/{elder}")
    assert (status, body["code"]) == (403, 50013)
    for role_id in (own, discord.guild_id):
        status, body = await rest.delete(f"{path}/{role_id}")
        assert (status, body["code"]) == (400, 50028)
    assert order(discord) == ["@everyone", "nrg", "Elder"]


async def test_roles_are_moved_below_the_bot(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    path = f"/guilds/{discord.guild_id}/roles"
    ids = {name: discord.role(name)["id"] for name in ("C", "B", "A")}
    assert order(discord) == ["@everyone", "A", "B", "C", "nrg"]
    status, roles = await rest.patch(path, json=[{"id": ids["A"], "position": 3}])
    assert status == 200
    assert {role["name"]: role["position"] for role in roles} == {
        "@everyone": 0, "B": 1, "C": 2, "A": 3, "nrg": 4,
    }  # fmt: skip
    await rest.patch(path, json=[{"id": ids["C"], "position": 1}])
    assert order(discord) == ["@everyone", "C", "B", "A", "nrg"]
    assert (await ear.hears("GUILD_ROLE_UPDATE"))["guild_id"] == discord.guild_id
    status, body = await rest.patch(path, json=[{"id": ids["A"], "position": 4}])
    assert (status, body["code"]) == (403, 50013)
    status, body = await rest.patch(path, json=[{"id": UNKNOWN, "position": 1}])
    assert (status, body["code"]) == (404, 10011)
    status, body = await rest.patch(path, json=[{"id": discord.guild_id, "position": 1}])
    assert (status, body["code"]) == (400, 50028)
    status, body = await rest.patch(path, json={"id": ids["A"]})
    assert (status, body["code"]) == (400, 50035)


async def test_without_manage_roles_nothing_goes(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    path, role_id = f"/guilds/{discord.guild_id}/roles", discord.role("Teacher")["id"]
    bot_lacks(Permission.MANAGE_ROLES)
    for found, answer in (
        await rest.post(path, json={}),
        await rest.patch(path, json=[]),
        await rest.patch(f"{path}/{role_id}", json={"name": "x"}),
        await rest.delete(f"{path}/{role_id}"),
    ):
        assert (found, answer["code"]) == (403, 50013)
    assert (await rest.get(path))[0] == 200


async def test_members_are_counted(discord: Sandbox, rest: Rest) -> None:
    role_id, other = discord.role("Teacher")["id"], discord.role("Guide")["id"]
    ana = await discord.member("ana")
    discord.world.home.give_role(ana.id, role_id)
    _, counts = await rest.get(f"/guilds/{discord.guild_id}/roles/member-counts")
    (own,) = discord.world.home.members[discord.application_id]["roles"]
    assert counts == {role_id: 1, other: 0, own: 1}
