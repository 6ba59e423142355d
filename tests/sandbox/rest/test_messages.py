"""Messages: listed, written, edited, deleted, forwarded and published."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world.channel import CATEGORY, FORUM, NEWS
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]


@pytest.fixture
def general(discord: Sandbox) -> str:
    return f"/channels/{discord.channel('general')['id']}/messages"


async def _say(rest: Rest, path: str, content: str = "hello", **more: Any) -> Json:
    status, message = await rest.post(path, json={"content": content, **more})
    assert status == 200, message
    return message


async def _theirs(discord: Sandbox, content: str = "theirs", channel: str = "general") -> Json:
    ana = await discord.member("ana")
    return await ana.say(content, channel=channel)


# Reading


async def test_lists_before_after_and_around_a_message(rest: Rest, general: str) -> None:
    ids = [(await _say(rest, general, str(number)))["id"] for number in range(7)]

    async def contents(query: str) -> str:
        status, listed = await rest.get(general + query)
        assert status == 200
        return "".join(message["content"] for message in listed)

    assert await contents("") == "6543210"
    assert await contents("?limit=2") == "65"
    assert await contents(f"?before={ids[3]}&limit=2") == "21"
    assert await contents(f"?after={ids[3]}&limit=2") == "54"
    assert await contents(f"?around={ids[3]}&limit=3") == "432"
    assert await contents(f"?around={ids[3]}&limit=1") == "3"
    assert await contents(f"?around={ids[6]}&limit=4") == "654"


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?before=soon", "?after=x"])
async def test_a_query_that_cannot_be(rest: Rest, general: str, query: str) -> None:
    assert await rest.refused("GET", general + query) == (400, 50035)


async def test_without_history_there_is_nothing_to_list(
    rest: Rest, bot_lacks: BotLacks, general: str
) -> None:
    said = await _say(rest, general)
    assert (await rest.get(f"{general}/{said['id']}"))[1]["content"] == "hello"
    bot_lacks(Permission.READ_MESSAGE_HISTORY)
    assert await rest.get(general) == (200, [])
    assert await rest.refused("GET", f"{general}/{said['id']}") == (403, 50013)


async def test_an_unknown_message(rest: Rest, general: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert await rest.refused(method, general + "/5", json={}) == (404, 10008)


# Writing


async def test_what_is_written_is_kept_and_told(rest: Rest, ear: Ear, general: str) -> None:
    embed = {"title": "Card", "description": None, "fields": [{"name": "a", "value": "b"}]}
    status, said = await rest.post(
        general,
        json={"content": " hello ", "embeds": [embed], "attachments": [{"id": 0, "description": "a note"}]},
        files={"note.txt": b"text"},
    )
    assert status == 200
    assert said["content"] == "hello"
    assert said["embeds"] == [
        {"type": "rich", "title": "Card", "fields": [{"name": "a", "value": "b", "inline": False}]}
    ]
    assert [(item["filename"], item["description"]) for item in said["attachments"]] == [
        ("note.txt", "a note")
    ]
    assert await rest.get(f"{general}/{said['id']}") == (200, said)
    told = await ear.hears("MESSAGE_CREATE")
    assert {key: told[key] for key in said} == said


async def test_components_are_given_back_complete(rest: Rest, general: str) -> None:
    star = {"id": None, "name": "⭐"}
    options = [{"label": "Sun", "value": "sun", "description": None, "emoji": star}]
    select = {"type": 3, "custom_id": "pick", "options": options, "placeholder": None}
    body = {"content": "choose", "components": [{"type": 1, "components": [select]}]}
    _, said = await rest.post(general, json=body)
    (shown,) = said["components"][0]["components"]
    assert (shown["min_values"], shown["max_values"], "placeholder" in shown) == (1, 1, False)
    assert shown["options"] == [{"label": "Sun", "value": "sun", "emoji": {"name": "⭐"}}]
    _, edited = await rest.patch(f"{general}/{said['id']}", json={"content": "choose well"})
    assert edited["components"] == said["components"]
    assert (await rest.patch(f"{general}/{said['id']}", json={"components": []}))[1]["components"] == []


async def test_components_show_files(rest: Rest, general: str) -> None:
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://a.txt"}}]}
    link = {"type": 12, "items": [{"media": {"url": "https://example.org/c.png"}, "spoiler": True}]}
    shown = {"type": 13, "file": {"url": "attachment://b.txt"}}
    container = {"type": 17, "components": [gallery, {"type": 14}, shown, link]}
    body = {"flags": 1 << 15, "components": [container]}
    status, said = await rest.post(general, json=body, files={"a.txt": b"one", "b.txt": b"three"})
    assert status == 200, said
    (container,) = said["components"]
    assert (container["accent_color"], container["spoiler"]) == (None, False)
    first, line, second, third = container["components"]
    assert first["items"][0]["media"]["url"].endswith("/a.txt")
    assert first["items"][0]["media"]["attachment_id"]
    assert (line["divider"], line["spacing"]) == (True, 1)
    assert (second["name"], second["size"], second["file"]["url"][-6:]) == ("b.txt", 5, "/b.txt")
    assert (third["items"][0]["media"]["url"], third["items"][0]["spoiler"]) == (
        "https://example.org/c.png",
        True,
    )
    # What a component shows is not listed again.
    assert said["attachments"] == []
    status, refusal = await rest.post(general, json=body, files={"a.txt": b"one"})
    fault = refusal["errors"]["components"]["0"]["components"]["2"]["file"]["url"]["_errors"][0]["code"]
    assert (status, fault) == (400, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND")


async def test_nothing_cannot_be_said(rest: Rest, general: str) -> None:
    assert await rest.refused("POST", general, json={"content": " "}) == (400, 50006)
    assert await rest.refused("POST", general, json={"content": "x", "sticker_ids": ["5"]}) == (400, 50081)
    assert await rest.refused("POST", general, json=[]) == (400, 50035)
    assert await rest.get(general) == (200, [])


@pytest.mark.parametrize("kind", [CATEGORY, FORUM])
async def test_some_channels_hold_no_messages(rest: Rest, discord: Sandbox, kind: int) -> None:
    channel = discord.world.home.create_channel("odd", kind=kind)
    path = f"/channels/{channel.id}/messages"
    assert await rest.refused("POST", path, json={"content": "x"}) == (400, 50008)


async def test_writing_takes_a_permission(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    bot_lacks(Permission.SEND_MESSAGES)
    assert await rest.refused("POST", general, json={"content": "x"}) == (403, 50013)


async def test_what_the_bot_may_not_show_is_dropped(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    body: Json = {"content": "look", "embeds": [{"title": "Card"}], "tts": True}
    both = await _say(rest, general, **body)
    assert (len(both["embeds"]), both["tts"]) == (1, True)
    bot_lacks(Permission.EMBED_LINKS, Permission.SEND_TTS_MESSAGES)
    status, said = await rest.post(general, json=body)
    assert (status, said["content"], said["embeds"], said["tts"]) == (200, "look", [], False)
    assert await rest.refused("POST", general, json={"embeds": [{"title": "Card"}]}) == (400, 50006)


async def test_files_and_polls_take_permissions(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    poll = {"question": {"text": "Tea?"}, "answers": [{"poll_media": {"text": "yes"}}], "duration": 2}
    _, said = await rest.post(general, json={"poll": poll})
    assert said["poll"]["question"] == {"text": "Tea?"}
    assert said["poll"]["answers"] == [{"answer_id": 1, "poll_media": {"text": "yes"}}]
    assert said["poll"]["results"] == {"answer_counts": [], "is_finalized": False}
    bot_lacks(Permission.ATTACH_FILES, Permission.SEND_POLLS)
    assert await rest.refused("POST", general, json={"content": "x"}, files={"a": b"a"}) == (403, 50013)
    assert await rest.refused("POST", general, json={"poll": poll}) == (403, 50013)


async def test_everyone_is_mentioned_only_with_the_permission(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    role = discord.role("guide")["id"]
    text = f"@everyone <@&{role}>"
    said = await _say(rest, general, text)
    assert (said["mention_everyone"], said["mention_roles"]) == (True, [role])
    bot_lacks(Permission.MENTION_EVERYONE)
    said = await _say(rest, general, text)
    assert (said["content"], said["mention_everyone"], said["mention_roles"]) == (text, False, [])
    discord.world.home.change_role(role, {"mentionable": True})
    assert (await _say(rest, general, text))["mention_roles"] == [role]


async def test_a_nonce_is_forgotten_after_a_while(discord: Sandbox, rest: Rest, general: str) -> None:
    first = await _say(rest, general, nonce="n", enforce_nonce=True)
    discord.clock.advance(timedelta(minutes=6))
    assert (await _say(rest, general, nonce="n", enforce_nonce=True))["id"] != first["id"]


async def test_the_same_nonce_says_it_once_if_that_is_wanted(rest: Rest, general: str) -> None:
    first = await _say(rest, general, nonce="n", enforce_nonce=True)
    assert (await _say(rest, general, nonce="n", enforce_nonce=True))["id"] == first["id"]
    assert (await _say(rest, general, nonce="n"))["id"] != first["id"]


# Replies and forwards


async def test_a_reply_points_at_what_it_answers(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    theirs = await _theirs(discord)
    await ear.hears("MESSAGE_CREATE")
    said = await _say(rest, general, message_reference={"message_id": theirs["id"]})
    assert said["type"] == 19
    assert said["message_reference"] == {
        "type": 0,
        "message_id": theirs["id"],
        "channel_id": theirs["channel_id"],
        "guild_id": discord.guild_id,
    }
    assert said["referenced_message"]["content"] == "theirs"
    assert [user["username"] for user in said["mentions"]] == ["ana"]
    assert (await ear.hears("MESSAGE_CREATE"))["referenced_message"]["id"] == theirs["id"]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"message_id": "5"}, "REPLIES_UNKNOWN_MESSAGE"),
        ({"channel_id": "5"}, "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL"),
    ],
)
async def test_a_reply_to_nothing(rest: Rest, general: str, more: Json, fault: str) -> None:
    said = await _say(rest, general)
    reference = {"message_id": said["id"], **more}
    status, body = await rest.post(general, json={"content": "x", "message_reference": reference})
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]["message_reference"]["_errors"][0]["code"] == fault


async def test_a_reply_to_nothing_may_be_a_plain_message(rest: Rest, general: str) -> None:
    reference = {"message_id": "5", "fail_if_not_exists": False}
    said = await _say(rest, general, message_reference=reference)
    assert (said["type"], "message_reference" in said) == (0, False)


async def test_replying_takes_the_history(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    said = await _say(rest, general)
    bot_lacks(Permission.READ_MESSAGE_HISTORY)
    body = {"content": "x", "message_reference": {"message_id": said["id"]}}
    assert await rest.refused("POST", general, json=body) == (400, 160002)


async def test_a_system_message_takes_no_reply_edit_or_pin(rest: Rest, general: str) -> None:
    said = await _say(rest, general)
    await rest.put(f"{general}/pins/{said['id']}")
    notice = (await rest.get(general))[1][0]
    assert (notice["type"], notice["message_reference"]["message_id"]) == (6, said["id"])
    body = {"content": "x", "message_reference": {"message_id": notice["id"]}}
    status, refusal = await rest.post(general, json=body)
    fault = refusal["errors"]["message_reference"]["_errors"][0]["code"]
    assert (status, fault) == (400, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE")
    path = f"{general}/{notice['id']}"
    assert await rest.refused("PATCH", path, json={"content": "x"}) == (403, 50021)
    assert await rest.refused("PUT", f"{general}/pins/{notice['id']}") == (403, 50021)
    assert await rest.delete(path) == (204, None)


async def test_a_forward_shows_how_a_message_looked(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    theirs = await _theirs(discord, "look at this")
    practice = f"/channels/{discord.channel('practice')['id']}/messages"
    reference = {"type": 1, "message_id": theirs["id"], "channel_id": theirs["channel_id"]}
    status, said = await rest.post(practice, json={"message_reference": reference})
    assert (status, said["type"], said["flags"], said["content"]) == (200, 0, 1 << 14, "")
    assert said["message_reference"] == reference | {"guild_id": discord.guild_id}
    (snapshot,) = said["message_snapshots"]
    assert (snapshot["message"]["content"], "author" in snapshot["message"]) == ("look at this", False)
    for wrong, refusal in (({"message_id": "5"}, (404, 10008)), ({"channel_id": "5"}, (404, 10003))):
        body = {"message_reference": reference | wrong}
        assert await rest.refused("POST", practice, json=body) == refusal
    bot_lacks(Permission.READ_MESSAGE_HISTORY)
    assert await rest.refused("POST", practice, json={"message_reference": reference}) == (403, 50013)


# Direct messages


async def test_direct_messages_reach_those_who_share_a_server(rest: Rest, discord: Sandbox) -> None:
    ana = await discord.member("ana")
    dm = f"/channels/{discord.world.dm_with(ana.id).id}/messages"
    said = await _say(rest, dm)
    assert [message["id"] for message in discord.dms(ana)] == [said["id"]]
    discord.world.home.leave(ana.id)
    assert await rest.refused("POST", dm, json={"content": "x"}) == (403, 50007)
    await discord.member("ana")
    await _say(rest, dm)
    ana.close_dms()
    assert await rest.refused("POST", dm, json={"content": "x"}) == (403, 50007)


async def test_in_direct_messages_everyone_deletes_only_their_own(rest: Rest, discord: Sandbox) -> None:
    ana = await discord.member("ana")
    dm = f"/channels/{discord.world.dm_with(ana.id).id}/messages"
    theirs, ours = await ana.dm().say("mine"), await _say(rest, dm)
    assert await rest.refused("DELETE", f"{dm}/{theirs['id']}") == (403, 50003)
    assert await rest.delete(f"{dm}/{ours['id']}") == (204, None)
    ids = {"messages": [theirs["id"], "5"]}
    assert await rest.refused("POST", dm + "/bulk-delete", json=ids) == (403, 50003)
    assert [message["id"] for message in discord.dms(ana)] == [theirs["id"]]


# Editing


async def test_an_edit_keeps_what_it_does_not_name(rest: Rest, ear: Ear, general: str) -> None:
    said = await _say(rest, general, "one", embeds=[{"title": "Card"}])
    path = f"{general}/{said['id']}"
    status, edited = await rest.patch(path, json={"content": "two"})
    assert (status, edited["content"], edited["embeds"]) == (200, "two", said["embeds"])
    assert said["edited_timestamp"] is None
    assert edited["edited_timestamp"] is not None
    assert (await ear.hears("MESSAGE_UPDATE"))["content"] == "two"
    assert await rest.get(path) == (200, edited)
    assert await rest.refused("PATCH", path, json={"content": "", "embeds": []}) == (400, 50006)
    assert await rest.refused("PATCH", path, json={"content": "x" * 2001}) == (400, 50035)
    assert await rest.get(path) == (200, edited)


async def test_embeds_are_hidden_and_shown_again(rest: Rest, general: str) -> None:
    path = f"{general}/{(await _say(rest, general, flags=1 << 12))['id']}"
    assert (await rest.patch(path, json={"flags": 1 << 2}))[1]["flags"] == 1 << 12 | 1 << 2
    assert (await rest.patch(path, json={"content": "still"}))[1]["flags"] == 1 << 12 | 1 << 2
    assert (await rest.patch(path, json={"flags": 0}))[1]["flags"] == 1 << 12


async def test_of_others_only_the_embeds_are_hidden(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    path = f"{general}/{(await _theirs(discord))['id']}"
    assert await rest.refused("PATCH", path, json={"content": "ours"}) == (403, 50005)
    assert await rest.refused("PATCH", path, json={"content": "ours", "flags": 4}) == (403, 50005)
    status, hidden = await rest.patch(path, json={"flags": 4})
    assert (status, hidden["flags"], hidden["content"]) == (200, 4, "theirs")
    bot_lacks(Permission.MANAGE_MESSAGES)
    assert await rest.refused("PATCH", path, json={"flags": 0}) == (403, 50013)


# Deleting


async def test_deleting_others_messages_takes_a_permission(
    rest: Rest, ear: Ear, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    first, second = await _theirs(discord), await _theirs(discord)
    assert await rest.delete(f"{general}/{first['id']}", reason="spam") == (204, None)
    assert (await ear.hears("MESSAGE_DELETE"))["id"] == first["id"]
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["target_id"], entry["reason"]) == (72, first["author"]["id"], "spam")
    bot_lacks(Permission.MANAGE_MESSAGES)
    assert await rest.refused("DELETE", f"{general}/{second['id']}") == (403, 50013)
    own = await _say(rest, general)
    assert await rest.delete(f"{general}/{own['id']}") == (204, None)
    assert [message["id"] for message in (await rest.get(general))[1]] == [second["id"]]


async def test_several_are_deleted_at_once(rest: Rest, ear: Ear, discord: Sandbox, general: str) -> None:
    ids = [(await _say(rest, general))["id"], (await _theirs(discord))["id"]]
    kept = await _say(rest, general, "kept")
    # What does not exist is passed over.
    unknown = str(int(kept["id"]) + 1)
    assert await rest.post(general + "/bulk-delete", json={"messages": [*ids, unknown]}) == (204, None)
    told = await ear.hears("MESSAGE_DELETE_BULK")
    assert (told["ids"], told["guild_id"]) == (ids, discord.guild_id)
    assert [message["id"] for message in (await rest.get(general))[1]] == [kept["id"]]


async def test_several_are_two_to_a_hundred_and_young(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    bulk = general + "/bulk-delete"
    old = await _say(rest, general)
    discord.clock.advance(timedelta(days=14, seconds=1))
    new = (await _say(rest, general))["id"]
    assert await rest.refused("POST", bulk, json={"messages": [old["id"], new]}) == (400, 50034)
    assert await rest.refused("POST", bulk, json={"messages": [new]}) == (400, 50035)
    many = [str(int(new) + number) for number in range(101)]
    assert await rest.refused("POST", bulk, json={"messages": many}) == (400, 50035)
    assert len((await rest.get(general))[1]) == 2
    bot_lacks(Permission.MANAGE_MESSAGES)
    assert await rest.refused("POST", bulk, json={"messages": many[:2]}) == (403, 50013)


# Publishing


async def test_news_are_published_once(
    rest: Rest, ear: Ear, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    news = f"/channels/{discord.world.home.create_channel('news', kind=NEWS).id}/messages"
    said = await _say(rest, news)
    status, published = await rest.post(f"{news}/{said['id']}/crosspost")
    assert (status, published["flags"]) == (200, 1)
    assert (await ear.hears("MESSAGE_UPDATE"))["flags"] == 1
    assert await rest.refused("POST", f"{news}/{said['id']}/crosspost") == (400, 40033)
    plain = await _say(rest, general)
    assert await rest.refused("POST", f"{general}/{plain['id']}/crosspost") == (400, 50024)
    theirs = await _theirs(discord, channel="news")
    bot_lacks(Permission.MANAGE_MESSAGES)
    assert await rest.refused("POST", f"{news}/{theirs['id']}/crosspost") == (403, 50013)
