"""Servers: read, changed, left; their lists of channels; the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.world.channel import CATEGORY, TEXT, VOICE
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

UNKNOWN = "1234567890"


def fault(answer: tuple[int, Any], *path: str) -> str:
    """Return the code of the first fault at a path of a refused body."""
    status, body = answer
    assert (status, body["code"]) == (400, 50035)
    node = body["errors"]
    for key in path:
        node = node[key]
    return node["_errors"][0]["code"]


async def test_a_server_is_read_with_its_counts(discord: Sandbox, rest: Rest) -> None:
    await discord.member("ana")
    path = f"/guilds/{discord.guild_id}"
    _, plain = await rest.get(path)
    _, counted = await rest.get(path + "?with_counts=true")
    assert plain["name"] == "Practice"
    assert {role["name"] for role in plain["roles"]} == {"@everyone", "nrg"}
    assert "approximate_member_count" not in plain
    assert counted["approximate_member_count"] == 3
    _, preview = await rest.get(path + "/preview")
    assert (preview["id"], preview["approximate_member_count"]) == (discord.guild_id, 3)


async def test_a_server_elsewhere_is_unknown_or_closed(discord: Sandbox, rest: Rest) -> None:
    status, body = await rest.get(f"/guilds/{UNKNOWN}")
    assert (status, body["code"]) == (404, 10004)
    other = discord.world.create_guild("Other")
    other.leave(discord.application_id)
    for path in ("", "/channels", "/roles", "/members", "/emojis", "/scheduled-events", "/preview"):
        status, body = await rest.get(f"/guilds/{other.id}{path}")
        assert (status, body["code"]) == (403, 50001)


async def test_a_server_is_changed_and_told_of(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    path = f"/guilds/{discord.guild_id}"
    afk = discord.channel("practice-room")["id"]
    status, body = await rest.patch(
        path, json={"name": "School", "afk_channel_id": afk, "verification_level": 2}, reason="moved"
    )
    assert (status, body["name"], body["afk_channel_id"]) == (200, "School", afk)
    heard = await ear.hears("GUILD_UPDATE")
    assert (heard["name"], len(heard["roles"])) == ("School", 2)
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["reason"]) == (1, "moved")
    assert {"key": "name", "old_value": "Practice", "new_value": "School"} in entry["changes"]
    await rest.patch(path, json={"afk_channel_id": None, "verification_level": None})
    _, again = await rest.get(path)
    assert (again["name"], again["afk_channel_id"], again["verification_level"]) == ("School", None, 0)


async def test_a_server_is_not_changed_wrongly(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    path, text = f"/guilds/{discord.guild_id}", discord.channel("general")["id"]
    assert fault(await rest.patch(path, json={"name": "x"}), "name") == "BASE_TYPE_BAD_LENGTH"
    for wrong in (text, UNKNOWN):
        answer = await rest.patch(path, json={"afk_channel_id": wrong})
        assert fault(answer, "afk_channel_id") == "GUILD_INVALID_CHANNEL"
    assert fault(await rest.patch(path, json={"features": ["VERIFIED"]}), "features")
    pixel = "data:image/png;base64,aGk="
    status, body = await rest.patch(path, json={"banner": pixel})
    assert (status, body["code"]) == (403, 50101)
    # Only an administrator may turn a server into a community.
    status, body = await rest.patch(path, json={"features": ["COMMUNITY"]})
    assert (status, body["code"]) == (403, 50013)
    status, body = await rest.patch(path, json={"features": ["INVITES_DISABLED"], "icon": pixel})
    assert (status, body["features"], len(body["icon"])) == (200, ["INVITES_DISABLED"], 32)
    bot_lacks(Permission.MANAGE_GUILD)
    status, body = await rest.patch(path, json={"name": "School"})
    assert (status, body["code"]) == (403, 50013)
    assert discord.world.home.name == "Practice"


async def test_leaving_a_server(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    guild_id = discord.guild_id
    assert await rest.delete(f"/users/@me/guilds/{guild_id}") == (204, None)
    assert (await ear.hears("GUILD_DELETE"))["id"] == guild_id
    assert await rest.get("/users/@me/guilds") == (200, [])
    status, body = await rest.delete(f"/users/@me/guilds/{guild_id}")
    assert (status, body["code"]) == (404, 10004)


# Channels


async def test_a_channel_is_created(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    path = f"/guilds/{discord.guild_id}/channels"
    _, category = await rest.post(path, json={"name": "Rooms", "type": CATEGORY})
    status, made = await rest.post(
        path,
        json={"name": "stillness", "topic": "Sit", "parent_id": category["id"], "bitrate": 64000},
        reason="new",
    )
    assert (status, made["type"], made["topic"], made["parent_id"]) == (201, TEXT, "Sit", category["id"])
    assert "bitrate" not in made
    assert (await ear.hears("CHANNEL_CREATE"))["id"] == category["id"]
    assert (await ear.hears("CHANNEL_CREATE")) == made
    assert (await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE"))["target_id"] == made["id"]
    _, listed = await rest.get(path)
    assert made in listed


async def test_a_channel_takes_over_what_its_category_allows(discord: Sandbox, rest: Rest) -> None:
    path = f"/guilds/{discord.guild_id}/channels"
    deny = {"id": discord.guild_id, "type": 0, "deny": str(int(Permission.SEND_MESSAGES))}
    _, category = await rest.post(
        path, json={"name": "Rooms", "type": CATEGORY, "permission_overwrites": [deny]}
    )
    _, synced = await rest.post(path, json={"name": "synced", "parent_id": category["id"]})
    _, own = await rest.post(
        path, json={"name": "own", "parent_id": category["id"], "permission_overwrites": []}
    )
    assert synced["permission_overwrites"] == category["permission_overwrites"] != []
    assert own["permission_overwrites"] == []


async def test_a_channel_is_not_created_wrongly(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    path, guild = f"/guilds/{discord.guild_id}/channels", discord.world.home
    text = discord.channel("general")["id"]
    _, category = await rest.post(path, json={"name": "Rooms", "type": CATEGORY})
    wrong: list[tuple[Json, str, str]] = [
        ({}, "name", "BASE_TYPE_REQUIRED"),
        ({"name": "x", "type": 3}, "type", "BASE_TYPE_CHOICES"),
        ({"name": "x", "type": VOICE, "bitrate": 128000}, "bitrate", "NUMBER_TYPE_MAX"),
        ({"name": "x", "parent_id": UNKNOWN}, "parent_id", "CHANNEL_PARENT_INVALID"),
        ({"name": "x", "parent_id": text}, "parent_id", "CHANNEL_PARENT_INVALID_TYPE"),
        (
            {"name": "x", "type": CATEGORY, "parent_id": category["id"]},
            "parent_id",
            "CHANNEL_PARENT_INVALID_PARENT",
        ),
    ]
    for body, key, code in wrong:
        assert fault(await rest.post(path, json=body), key) == code
    for number in range(50):
        guild.create_channel(f"room-{number}", changes={"parent_id": category["id"]})
    full = await rest.post(path, json={"name": "x", "parent_id": category["id"]})
    assert fault(full, "parent_id") == "CHANNEL_PARENT_MAX_CHANNELS"
    while len(guild.channels) < 500:
        guild.create_channel("more")
    status, body = await rest.post(path, json={"name": "x"})
    assert (status, body["code"]) == (400, 30013)
    bot_lacks(Permission.MANAGE_CHANNELS)
    status, body = await rest.post(path, json={"name": "x"})
    assert (status, body["code"]) == (403, 50013)


@pytest.mark.parametrize(
    ("bits", "status"),
    [
        (Permission.SEND_MESSAGES, 201),
        (Permission.KICK_MEMBERS, 403),
        (Permission.MANAGE_ROLES, 403),
    ],
)
@pytest.mark.parametrize("side", ["allow", "deny"])
async def test_overwrites_hold_only_what_the_bot_may(
    discord: Sandbox, rest: Rest, bot_lacks: BotLacks, bits: Permission, status: int, side: str
) -> None:
    bot_lacks(Permission.KICK_MEMBERS)
    entry = {"id": discord.guild_id, "type": 0, side: str(int(bits))}
    body = {"name": "x", "permission_overwrites": [entry]}
    found, answer = await rest.post(f"/guilds/{discord.guild_id}/channels", json=body)
    assert (found, answer.get("code")) == (status, None if status == 201 else 50013)


async def test_an_overwrite_needs_somebody(discord: Sandbox, rest: Rest) -> None:
    for kind in (0, 1):
        entry = {"id": UNKNOWN, "type": kind, "allow": "0"}
        body = {"name": "x", "permission_overwrites": [entry]}
        status, answer = await rest.post(f"/guilds/{discord.guild_id}/channels", json=body)
        assert (status, answer["code"]) == (404, 10009)


async def test_channels_are_moved(discord: Sandbox, rest: Rest, ear: Ear, bot_lacks: BotLacks) -> None:
    path = f"/guilds/{discord.guild_id}/channels"
    general = discord.channel("general")["id"]
    deny = {"id": discord.guild_id, "type": 0, "deny": str(int(Permission.SEND_MESSAGES))}
    _, category = await rest.post(
        path, json={"name": "Rooms", "type": CATEGORY, "permission_overwrites": [deny]}
    )
    move = {"id": general, "position": 7, "parent_id": category["id"], "lock_permissions": True}
    assert await rest.patch(path, json=[move]) == (204, None)
    heard = await ear.hears("CHANNEL_UPDATE")
    assert (heard["id"], heard["position"], heard["parent_id"]) == (general, 7, category["id"])
    assert heard["permission_overwrites"] == category["permission_overwrites"]
    assert heard == discord.channel("general")
    status, body = await rest.patch(path, json=[{"id": UNKNOWN, "position": 1}])
    assert (status, body["code"]) == (404, 10003)
    wrong = await rest.patch(path, json=[{"id": category["id"], "parent_id": general}])
    assert fault(wrong, "parent_id") == "CHANNEL_PARENT_INVALID_TYPE"
    # To lock a channel to its category is to change its overwrites.
    bot_lacks(Permission.KICK_MEMBERS)
    kick = {"id": discord.guild_id, "type": 0, "allow": str(int(Permission.KICK_MEMBERS)), "deny": "0"}
    parent = discord.world.find_channel(category["id"])
    discord.world.home.change_channel(parent, {"permission_overwrites": [kick]})
    status, body = await rest.patch(path, json=[{"id": general, "lock_permissions": True}])
    assert (status, body["code"]) == (403, 50013)
    bot_lacks(Permission.MANAGE_CHANNELS)
    status, body = await rest.patch(path, json=[move])
    assert (status, body["code"]) == (403, 50013)


# The audit log, and lists that are empty


async def test_the_audit_log_is_read(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    ana = await discord.member("ana")
    guild = f"/guilds/{discord.guild_id}"
    await rest.post(f"{guild}/roles", json={"name": "Teacher"})
    await rest.patch(f"{guild}/members/{ana.id}", json={"nick": "Ana M."}, reason="asked%20for")
    await rest.delete(f"{guild}/members/{ana.id}", reason="left")
    _, log = await rest.get(f"{guild}/audit-logs")
    entries = log["audit_log_entries"]
    assert [entry["action_type"] for entry in entries] == [20, 24, 30]
    assert [entry.get("reason") for entry in entries] == ["left", "asked for", None]
    assert entries[1]["changes"] == [{"key": "nick", "old_value": None, "new_value": "Ana M."}]
    assert {user["id"] for user in log["users"]} == {ana.id, discord.application_id}
    newest, renamed, oldest = (entry["id"] for entry in entries)
    for query, found in (
        ("action_type=24", [renamed]),
        (f"target_id={ana.id}", [newest, renamed]),
        (f"user_id={ana.id}", []),
        ("limit=1", [newest]),
        (f"before={renamed}", [oldest]),
        (f"after={oldest}", [renamed, newest]),
    ):
        _, log = await rest.get(f"{guild}/audit-logs?{query}")
        assert [entry["id"] for entry in log["audit_log_entries"]] == found
    assert fault(await rest.get(f"{guild}/audit-logs?limit=101"), "limit") == "NUMBER_TYPE_MAX"
    bot_lacks(Permission.VIEW_AUDIT_LOG)
    status, body = await rest.get(f"{guild}/audit-logs")
    assert (status, body["code"]) == (403, 50013)


async def test_without_the_permission_nobody_hears_of_entries(
    discord: Sandbox, rest: Rest, ear: Ear, bot_lacks: BotLacks
) -> None:
    bot_lacks(Permission.VIEW_AUDIT_LOG)
    await rest.post(f"/guilds/{discord.guild_id}/roles", json={"name": "Teacher"})
    await rest.post(f"/guilds/{discord.guild_id}/channels", json={"name": "end"})
    names = [name for name, _ in await ear.hears_until("CHANNEL_CREATE")]
    assert "GUILD_ROLE_CREATE" in names
    assert "GUILD_AUDIT_LOG_ENTRY_CREATE" not in names
    assert len(discord.world.home.audit_log.entries) == 2


async def test_integrations_are_none(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    path = f"/guilds/{discord.guild_id}/integrations"
    assert await rest.get(path) == (200, [])
    bot_lacks(Permission.MANAGE_GUILD)
    status, body = await rest.get(path)
    assert (status, body["code"]) == (403, 50013)
