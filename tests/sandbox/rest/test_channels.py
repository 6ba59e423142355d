"""Channels: read, changed, deleted, and who may do what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world.channel import CATEGORY, FORUM, NEWS, VOICE
from nrg_sandbox.world.permissions import ALL, Permission

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]


@pytest.fixture
def general(discord: Sandbox) -> str:
    return f"/channels/{discord.channel('general')['id']}"


def _hide(discord: Sandbox, name: str = "general") -> None:
    """Hide a channel from everyone but the owner."""
    channel = discord.world.find_channel(name)
    denied = {
        "id": discord.guild_id,
        "type": 0,
        "allow": "0",
        "deny": str(int(Permission.VIEW_CHANNEL)),
    }
    discord.world.home.change_channel(channel, {"permission_overwrites": [denied]})


async def test_a_channel_is_changed_and_the_change_is_told(rest: Rest, ear: Ear, general: str) -> None:
    changes = {"name": "lobby", "topic": "tea", "rate_limit_per_user": 5, "nsfw": True, "bitrate": 64000}
    status, changed = await rest.patch(general, json=changes, reason="spring cleaning")
    assert status == 200
    assert (await rest.get(general)) == (200, changed)
    told = await ear.hears("CHANNEL_UPDATE")
    for seen in (changed, told):
        assert (seen["name"], seen["topic"], seen["rate_limit_per_user"], seen["nsfw"]) == (
            "lobby",
            "tea",
            5,
            True,
        )
        # A text channel has no bitrate.
        assert "bitrate" not in seen
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["reason"]) == (11, "spring cleaning")


async def test_null_puts_a_setting_back(rest: Rest, general: str) -> None:
    await rest.patch(general, json={"topic": "tea", "rate_limit_per_user": 5, "position": 1})
    _, changed = await rest.patch(
        general, json={"topic": None, "rate_limit_per_user": None, "position": None}
    )
    assert (changed["topic"], changed["rate_limit_per_user"], changed["position"]) == (None, 0, 1)


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"name": ""}, "name", "BASE_TYPE_BAD_LENGTH"),
        ({"topic": "x" * 1025}, "topic", "BASE_TYPE_MAX_LENGTH"),
        ({"rate_limit_per_user": 21601}, "rate_limit_per_user", "NUMBER_TYPE_MAX"),
        ({"parent_id": "5"}, "parent_id", "CHANNEL_PARENT_INVALID"),
        ({"type": VOICE}, "type", "BASE_TYPE_CHOICES"),
    ],
)
async def test_a_setting_that_cannot_be(
    rest: Rest, general: str, change: Json, field: str, fault: str
) -> None:
    before = (await rest.get(general))[1]
    status, body = await rest.patch(general, json=change)
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"][field]["_errors"][0]["code"] == fault
    assert (await rest.get(general))[1] == before


async def test_a_channel_moves_under_a_category_alone(rest: Rest, discord: Sandbox, general: str) -> None:
    category = discord.world.home.create_channel("rooms", kind=CATEGORY)
    _, moved = await rest.patch(general, json={"parent_id": category.id})
    assert moved["parent_id"] == category.id
    status, body = await rest.patch(general, json={"parent_id": discord.channel("practice")["id"]})
    assert (status, body["errors"]["parent_id"]["_errors"][0]["code"]) == (400, "CHANNEL_PARENT_INVALID_TYPE")


async def test_text_becomes_news_and_a_forum_keeps_its_tags(
    rest: Rest, discord: Sandbox, general: str
) -> None:
    _, changed = await rest.patch(general, json={"type": NEWS})
    assert changed["type"] == NEWS
    forum = discord.world.home.create_channel("ideas", kind=FORUM)
    tags = [{"name": "new", "moderated": True}, {"name": "old", "emoji_name": "🕰️"}]
    _, changed = await rest.patch(f"/channels/{forum.id}", json={"available_tags": tags, "flags": 1 << 4 | 1})
    assert [(tag["name"], tag["moderated"]) for tag in changed["available_tags"]] == [
        ("new", True),
        ("old", False),
    ]
    assert changed["available_tags"][1]["emoji_name"] == "🕰️"
    assert len({tag["id"] for tag in changed["available_tags"]}) == 2
    assert changed["flags"] == 1 << 4


async def test_a_deleted_channel_is_gone_with_what_was_said_in_it(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    _, said = await rest.post(general + "/messages", json={"content": "farewell"})
    status, deleted = await rest.delete(general)
    assert (status, deleted["name"]) == (200, "general")
    assert (await ear.hears("CHANNEL_DELETE"))["id"] == deleted["id"]
    assert (await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE"))["action_type"] == 12
    assert await rest.refused("GET", general) == (404, 10003)
    assert await rest.refused("GET", f"{general}/messages/{said['id']}") == (404, 10003)
    listed = (await rest.get(f"/guilds/{discord.guild_id}/channels"))[1]
    assert "general" not in {channel["name"] for channel in listed}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_without_manage_channels_nothing_changes(
    rest: Rest, bot_lacks: BotLacks, general: str, method: str
) -> None:
    bot_lacks(Permission.MANAGE_CHANNELS)
    assert await rest.refused(method, general, json={"name": "lobby"}) == (403, 50013)
    assert (await rest.get(general))[1]["name"] == "general"


async def test_a_hidden_channel_cannot_be_read_changed_or_deleted(
    rest: Rest, discord: Sandbox, general: str
) -> None:
    _hide(discord)
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/typing"),
        ("GET", "/messages"),
        ("POST", "/messages"),
        ("GET", "/messages/pins"),
        ("POST", "/threads"),
        ("POST", "/invites"),
        ("GET", "/webhooks"),
        ("PUT", f"/permissions/{discord.guild_id}"),
    ):
        assert await rest.refused(method, general + path, json={}) == (403, 50001), (method, path)


async def test_a_bot_can_lock_itself_out(rest: Rest, discord: Sandbox, general: str) -> None:
    everyone = {"type": 0, "deny": str(int(Permission.VIEW_CHANNEL))}
    assert await rest.put(f"{general}/permissions/{discord.guild_id}", json=everyone) == (204, None)
    assert await rest.refused("GET", general) == (403, 50001)
    # Neither can it let itself in again.
    assert await rest.refused("DELETE", f"{general}/permissions/{discord.guild_id}") == (403, 50001)


async def test_a_bot_that_lets_itself_in_first_stays(rest: Rest, discord: Sandbox, general: str) -> None:
    view = str(int(Permission.VIEW_CHANNEL))
    await rest.put(f"{general}/permissions/{discord.application_id}", json={"type": 1, "allow": view})
    await rest.put(f"{general}/permissions/{discord.guild_id}", json={"type": 0, "deny": view})
    status, channel = await rest.get(general)
    assert status == 200
    assert channel["permission_overwrites"] == [
        {"id": discord.application_id, "type": 1, "allow": view, "deny": "0"},
        {"id": discord.guild_id, "type": 0, "allow": "0", "deny": view},
    ]


async def test_an_overwrite_is_set_replaced_and_removed(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    role = discord.role("guide")["id"]
    path = f"{general}/permissions/{role}"
    for allow, action in ((Permission.SEND_MESSAGES, 13), (Permission.ADD_REACTIONS, 14)):
        assert await rest.put(path, json={"type": 0, "allow": str(int(allow))}) == (204, None)
        told = await ear.hears("CHANNEL_UPDATE")
        assert told["permission_overwrites"] == [
            {"id": role, "type": 0, "allow": str(int(allow)), "deny": "0"}
        ]
        entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
        assert (entry["action_type"], entry["options"]["role_name"]) == (action, "guide")
    assert await rest.delete(path) == (204, None)
    assert (await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE"))["action_type"] == 15
    assert (await rest.get(general))[1]["permission_overwrites"] == []
    assert await rest.refused("DELETE", path) == (404, 10009)
    assert await rest.refused("PUT", f"{general}/permissions/5", json={"type": 0}) == (404, 10009)


async def test_a_bot_grants_only_what_it_has(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    bot_lacks(Permission.BAN_MEMBERS)
    path = f"{general}/permissions/{discord.role('guide')['id']}"
    kick, ban = str(int(Permission.KICK_MEMBERS)), str(int(Permission.BAN_MEMBERS))
    for entry in ({"type": 0, "allow": ban}, {"type": 0, "deny": ban}):
        assert await rest.refused("PUT", path, json=entry) == (403, 50013)
        listed = [entry | {"id": discord.role("guide")["id"]}]
        assert await rest.refused("PATCH", general, json={"permission_overwrites": listed}) == (403, 50013)
    assert (await rest.get(general))[1]["permission_overwrites"] == []
    assert await rest.put(path, json={"type": 0, "allow": kick}) == (204, None)


async def test_what_a_bot_has_not_may_stay_as_it_is(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    bot_lacks(Permission.BAN_MEMBERS)
    kept = {
        "id": discord.role("guide")["id"],
        "type": 0,
        "allow": str(int(Permission.BAN_MEMBERS)),
        "deny": "0",
    }
    channel = discord.world.find_channel("general")
    discord.world.home.change_channel(channel, {"permission_overwrites": [kept]})
    other = {"id": discord.guild_id, "type": 0, "deny": str(int(Permission.ADD_REACTIONS))}
    status, _ = await rest.patch(general, json={"permission_overwrites": [kept, other]})
    assert status == 200
    assert await rest.refused("PATCH", general, json={"permission_overwrites": [other]}) == (403, 50013)


async def test_an_administrator_grants_everything(rest: Rest, discord: Sandbox, general: str) -> None:
    guild = discord.world.home
    (own,) = guild.members[discord.application_id]["roles"]
    guild.change_role(own, {"permissions": str(int(Permission.ADMINISTRATOR))})
    allow = {"type": 0, "allow": str(ALL)}
    assert await rest.put(f"{general}/permissions/{discord.role('guide')['id']}", json=allow) == (204, None)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_overwrites_need_manage_roles(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str, method: str
) -> None:
    path = f"{general}/permissions/{discord.guild_id}"
    entry = {"type": 0, "deny": str(int(Permission.ADD_REACTIONS))}
    await rest.put(path, json=entry)
    bot_lacks(Permission.MANAGE_ROLES)
    assert await rest.refused(method, path, json={"type": 0}) == (403, 50013)
    listed: list[Json] = []
    assert await rest.refused("PATCH", general, json={"permission_overwrites": listed}) == (403, 50013)
    assert len((await rest.get(general))[1]["permission_overwrites"]) == 1


async def test_a_thread_has_no_overwrites_of_its_own(rest: Rest, discord: Sandbox, general: str) -> None:
    _, thread = await rest.post(general + "/threads", json={"name": "talk", "type": 11})
    path = f"/channels/{thread['id']}/permissions/{discord.guild_id}"
    assert await rest.refused("PUT", path, json={"type": 0}) == (400, 50024)


async def test_direct_messages_have_no_settings(rest: Rest, discord: Sandbox) -> None:
    ana = await discord.member("ana")
    path = f"/channels/{discord.world.dm_with(ana.id).id}"
    status, channel = await rest.get(path)
    assert (status, [user["id"] for user in channel["recipients"]]) == (200, [ana.id])
    assert await rest.refused("PATCH", path, json={"name": "us"}) == (403, 50003)
    assert await rest.refused("PUT", f"{path}/permissions/{ana.id}", json={"type": 1}) == (403, 50003)
    assert (await rest.delete(path))[0] == 200
    assert (await rest.get(path))[0] == 200


async def test_typing_takes_the_permission_to_write(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    assert await rest.post(general + "/typing") == (204, None)
    bot_lacks(Permission.SEND_MESSAGES)
    assert await rest.refused("POST", general + "/typing") == (403, 50013)
