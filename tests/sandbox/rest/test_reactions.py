"""Reactions: added, taken back, listed, and which emojis there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world import payloads
from nrg_sandbox.world.emojis import add_emoji
from nrg_sandbox.world.guild import Guild
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

# Twenty-one different ones.
FACES = [chr(0x1F600 + number) for number in range(21)]


@pytest.fixture
async def theirs(discord: Sandbox) -> str:
    """The path of a message that ana wrote and reacted to with a star."""
    ana = await discord.member("ana")
    said = await ana.say("hello", channel="general")
    await ana.react(said, "⭐")
    return f"/channels/{said['channel_id']}/messages/{said['id']}"


def _emoji(discord: Sandbox, guild: Guild, name: str = "sparkle") -> str:
    emoji_id = discord.world.snowflakes.next()
    add_emoji(guild, payloads.emoji(emoji_id, name, discord.world.owner, animated=False, roles=[]))
    return emoji_id


async def _shown(rest: Rest, message: str) -> dict[str, tuple[int, bool]]:
    reactions = (await rest.get(message))[1].get("reactions", [])
    return {item["emoji"]["name"]: (item["count"], item["me"]) for item in reactions}


async def test_a_reaction_is_added_and_taken_back(
    rest: Rest, theirs: str, ear: Ear, discord: Sandbox
) -> None:
    for _ in range(2):
        assert await rest.put(theirs + "/reactions/⭐/@me") == (204, None)
    told = await ear.hears("MESSAGE_REACTION_ADD")
    assert (told["emoji"], told["user_id"]) == ({"id": None, "name": "⭐"}, discord.application_id)
    assert await _shown(rest, theirs) == {"⭐": (2, True)}
    assert await rest.delete(theirs + "/reactions/⭐/@me") == (204, None)
    assert (await ear.hears("MESSAGE_REACTION_REMOVE"))["user_id"] == discord.application_id
    assert await _shown(rest, theirs) == {"⭐": (1, False)}


async def test_who_reacted_is_listed_by_id(rest: Rest, discord: Sandbox, theirs: str) -> None:
    for name in ("ben", "cleo"):
        member = await discord.member(name)
        await member.react(discord.messages("general")[0], "⭐")
    path = theirs + "/reactions/⭐"
    _, people = await rest.get(path)
    assert sorted(user["username"] for user in people) == ["ana", "ben", "cleo"]
    ids = [int(user["id"]) for user in people]
    assert ids == sorted(ids)
    assert (await rest.get(f"{path}?limit=2"))[1] == people[:2]
    assert (await rest.get(f"{path}?after={ids[0]}"))[1] == people[1:]
    assert await rest.get(f"{path}?type=1") == (200, [])
    assert await rest.get(theirs + "/reactions/🌙") == (200, [])
    for query in ("?limit=101", "?type=2", "?after=x"):
        assert await rest.refused("GET", path + query) == (400, 50035)


@pytest.mark.parametrize("emoji", ["❤", "❤️", "1️⃣", "👍🏽", "🇩🇪", "👩‍👩‍👧"])
async def test_real_emojis(rest: Rest, theirs: str, emoji: str) -> None:
    assert await rest.put(f"{theirs}/reactions/{emoji}/@me") == (204, None)
    assert emoji in await _shown(rest, theirs)


@pytest.mark.parametrize("emoji", ["x", "star", "⭐⭐", "1", "name:5", ":star:"])
async def test_what_is_no_emoji(rest: Rest, theirs: str, emoji: str) -> None:
    path = f"{theirs}/reactions/{emoji}"
    for method, ending in (("PUT", "/@me"), ("DELETE", "/@me"), ("DELETE", ""), ("GET", "")):
        assert await rest.refused(method, path + ending) == (400, 10014)


async def test_a_servers_own_emoji(rest: Rest, theirs: str, ear: Ear, discord: Sandbox) -> None:
    emoji_id = _emoji(discord, discord.world.home)
    assert await rest.put(f"{theirs}/reactions/anything:{emoji_id}/@me") == (204, None)
    assert (await ear.hears("MESSAGE_REACTION_ADD"))["emoji"] == {"id": emoji_id, "name": "sparkle"}
    assert await _shown(rest, theirs) == {"⭐": (1, False), "sparkle": (1, True)}


async def test_another_servers_emoji_takes_a_permission(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, theirs: str
) -> None:
    elsewhere = discord.world.create_guild("elsewhere")
    first, second = _emoji(discord, elsewhere), _emoji(discord, elsewhere)
    assert await rest.put(f"{theirs}/reactions/e:{first}/@me") == (204, None)
    bot_lacks(Permission.USE_EXTERNAL_EMOJIS)
    assert await rest.refused("PUT", f"{theirs}/reactions/e:{second}/@me") == (403, 50013)
    elsewhere.leave(discord.application_id)
    assert await rest.refused("PUT", f"{theirs}/reactions/e:{second}/@me") == (400, 10014)


async def test_the_applications_own_emoji(rest: Rest, discord: Sandbox, theirs: str) -> None:
    image = "data:image/png;base64,iVBORw0KGgo="
    path = f"/applications/{discord.application_id}/emojis"
    _, emoji = await rest.post(path, json={"name": "sparkle", "image": image})
    assert await rest.put(f"{theirs}/reactions/sparkle:{emoji['id']}/@me") == (204, None)
    assert await _shown(rest, theirs) == {"⭐": (1, False), "sparkle": (1, True)}


async def test_only_a_new_emoji_takes_the_permission_to_add(
    rest: Rest, bot_lacks: BotLacks, theirs: str
) -> None:
    bot_lacks(Permission.ADD_REACTIONS)
    assert await rest.put(theirs + "/reactions/⭐/@me") == (204, None)
    assert await rest.refused("PUT", theirs + "/reactions/🌙/@me") == (403, 50013)
    bot_lacks(Permission.READ_MESSAGE_HISTORY)
    assert await rest.refused("PUT", theirs + "/reactions/⭐/@me") == (403, 50013)
    assert await rest.refused("GET", theirs + "/reactions/⭐") == (403, 50013)


async def test_there_is_room_for_twenty(rest: Rest, theirs: str) -> None:
    for face in FACES[:19]:
        assert await rest.put(f"{theirs}/reactions/{face}/@me") == (204, None)
    assert await rest.refused("PUT", f"{theirs}/reactions/{FACES[19]}/@me") == (403, 30010)
    assert await rest.put(theirs + "/reactions/⭐/@me") == (204, None)


async def test_moderators_take_back_what_others_added(
    rest: Rest, theirs: str, ear: Ear, discord: Sandbox
) -> None:
    ana = await discord.member("ana")
    await rest.put(theirs + "/reactions/⭐/@me")
    await rest.put(theirs + "/reactions/🌙/@me")
    assert await rest.delete(f"{theirs}/reactions/⭐/{ana.id}") == (204, None)
    assert (await ear.hears("MESSAGE_REACTION_REMOVE"))["user_id"] == ana.id
    assert await rest.refused("DELETE", f"{theirs}/reactions/⭐/5") == (404, 10013)
    assert await rest.delete(theirs + "/reactions/⭐") == (204, None)
    assert (await ear.hears("MESSAGE_REACTION_REMOVE_EMOJI"))["emoji"]["name"] == "⭐"
    assert await _shown(rest, theirs) == {"🌙": (1, True)}
    assert await rest.delete(theirs + "/reactions") == (204, None)
    await ear.hears("MESSAGE_REACTION_REMOVE_ALL")
    assert await _shown(rest, theirs) == {}


async def test_others_take_back_only_their_own(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, theirs: str
) -> None:
    ana = await discord.member("ana")
    bot_lacks(Permission.MANAGE_MESSAGES)
    for ending in (f"/⭐/{ana.id}", "/⭐", ""):
        assert await rest.refused("DELETE", f"{theirs}/reactions{ending}") == (403, 50013)
    await rest.put(theirs + "/reactions/⭐/@me")
    assert await rest.delete(f"{theirs}/reactions/⭐/{discord.application_id}") == (204, None)
    said = await ana.dm().say("us two")
    dm = f"/channels/{said['channel_id']}/messages/{said['id']}"
    assert await rest.put(dm + "/reactions/⭐/@me") == (204, None)
    for ending in (f"/⭐/{ana.id}", "/⭐", ""):
        assert await rest.refused("DELETE", f"{dm}/reactions{ending}") == (403, 50003)
