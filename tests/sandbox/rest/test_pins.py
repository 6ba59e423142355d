"""Pinned messages, on the route of today and on the one for old clients."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.pins import pin

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]


@pytest.fixture
def general(discord: Sandbox) -> str:
    return f"/channels/{discord.channel('general')['id']}"


async def _say(rest: Rest, channel: str, content: str = "keep this") -> str:
    return (await rest.post(channel + "/messages", json={"content": content}))[1]["id"]


@pytest.mark.parametrize("route", ["/messages/pins", "/pins"])
async def test_a_message_is_pinned_and_unpinned(rest: Rest, ear: Ear, general: str, route: str) -> None:
    message_id = await _say(rest, general)
    for _ in range(2):
        assert await rest.put(f"{general}{route}/{message_id}", reason="rules") == (204, None)
    assert (await ear.hears("MESSAGE_UPDATE"))["pinned"] is True
    pinned_at = (await ear.hears("CHANNEL_PINS_UPDATE"))["last_pin_timestamp"]
    notice = await ear.hears("MESSAGE_CREATE")
    assert (notice["type"], notice["message_reference"]["message_id"]) == (6, message_id)
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["reason"], entry["options"]["message_id"]) == (
        74,
        "rules",
        message_id,
    )
    _, pins = await rest.get(general + "/messages/pins")
    assert pins["has_more"] is False
    assert [(item["pinned_at"], item["message"]["id"]) for item in pins["items"]] == [(pinned_at, message_id)]
    assert [message["id"] for message in (await rest.get(general + "/pins"))[1]] == [message_id]
    assert (await rest.get(f"{general}/messages/{message_id}"))[1]["pinned"] is True
    assert (await rest.get(general))[1]["last_pin_timestamp"] == pinned_at
    # Pinned twice, it was told of once.
    listed = (await rest.get(general + "/messages"))[1]
    assert [message["type"] for message in listed] == [6, 0]
    assert await rest.delete(f"{general}{route}/{message_id}") == (204, None)
    assert (await ear.hears("CHANNEL_PINS_UPDATE"))["last_pin_timestamp"] is None
    assert (await rest.get(general + "/messages/pins"))[1] == {"items": [], "has_more": False}
    assert (await rest.get(f"{general}/messages/{message_id}"))[1]["pinned"] is False


async def test_pins_are_paged_from_the_latest(rest: Rest, discord: Sandbox, general: str) -> None:
    ids: list[str] = []
    for number in range(3):
        ids.append(await _say(rest, general, str(number)))
        await rest.put(f"{general}/messages/pins/{ids[-1]}")
        discord.clock.advance(timedelta(seconds=1))
    _, first = await rest.get(general + "/messages/pins?limit=2")
    assert [item["message"]["id"] for item in first["items"]] == [ids[2], ids[1]]
    assert first["has_more"] is True
    before = quote(first["items"][-1]["pinned_at"])
    _, rest_of_them = await rest.get(f"{general}/messages/pins?limit=2&before={before}")
    assert [item["message"]["id"] for item in rest_of_them["items"]] == [ids[0]]
    assert rest_of_them["has_more"] is False
    for query in ("?limit=51", "?before=soon", "?before=2026-01-01T00:00:00"):
        assert await rest.refused("GET", f"{general}/messages/pins{query}") == (400, 50035)


async def test_there_is_an_end_to_pinning(rest: Rest, discord: Sandbox, general: str) -> None:
    world, last = discord.world, ""
    for _ in range(251):
        last = await _say(rest, general)
        if len(world.find_channel("general").pins) < 250:
            pin(world, world.messages[last], world.owner)
    assert await rest.refused("PUT", f"{general}/messages/pins/{last}") == (400, 30003)
    assert len((await rest.get(general + "/pins"))[1]) == 50


async def test_a_deleted_message_is_pinned_no_more(rest: Rest, general: str) -> None:
    message_id = await _say(rest, general)
    await rest.put(f"{general}/messages/pins/{message_id}")
    await rest.delete(f"{general}/messages/{message_id}")
    assert await rest.get(general + "/pins") == (200, [])
    assert await rest.refused("PUT", f"{general}/messages/pins/{message_id}") == (404, 10008)


async def test_pinning_takes_its_own_permission(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    first, second = await _say(rest, general), await _say(rest, general)
    bot_lacks(Permission.MANAGE_MESSAGES)
    assert await rest.put(f"{general}/messages/pins/{first}") == (204, None)
    bot_lacks(Permission.PIN_MESSAGES)
    for method, message_id in (("PUT", second), ("DELETE", first)):
        assert await rest.refused(method, f"{general}/messages/pins/{message_id}") == (403, 50013)
    bot_lacks(Permission.READ_MESSAGE_HISTORY)
    assert await rest.get(general + "/pins") == (200, [])
    assert await rest.get(general + "/messages/pins") == (200, {"items": [], "has_more": False})


async def test_both_pin_in_direct_messages(rest: Rest, ear: Ear, discord: Sandbox) -> None:
    ana = await discord.member("ana")
    said = await ana.dm().say("remember")
    assert await rest.put(f"/channels/{said['channel_id']}/messages/pins/{said['id']}") == (204, None)
    told = await ear.hears("CHANNEL_PINS_UPDATE")
    assert (told["channel_id"], "guild_id" in told) == (said["channel_id"], False)
