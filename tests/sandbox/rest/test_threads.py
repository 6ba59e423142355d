"""Threads: started, written in, changed, archived and listed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.errors import ApiError
from nrg_sandbox.snowflakes import created_at
from nrg_sandbox.world.channel import (
    ANNOUNCEMENT_THREAD,
    FORUM,
    NEWS,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
)
from nrg_sandbox.world.messages import write_message
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.threads import start_thread

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def general(discord: Sandbox) -> str:
    return f"/channels/{discord.channel('general')['id']}"


async def _start(rest: Rest, channel: str, name: str = "talk", **more: Any) -> Json:
    status, thread = await rest.post(channel + "/threads", json={"name": name, "type": PUBLIC_THREAD, **more})
    assert status == 201, thread
    return thread


def _theirs(discord: Sandbox, *, kind: int = PUBLIC_THREAD, **settings: Any) -> Channel:
    """Return a thread that the owner of the server started."""
    parent = discord.world.find_channel("general")
    return start_thread(parent, discord.world.owner, {"name": "theirs", **settings}, kind=kind)


async def _say(rest: Rest, thread: str, content: str = "hello") -> Json:
    status, said = await rest.post(f"/channels/{thread}/messages", json={"content": content})
    assert status == 200, said
    return said


async def _names(rest: Rest, path: str) -> list[str]:
    status, listed = await rest.get(path)
    assert status == 200
    return [thread["name"] for thread in listed["threads"]]


# Starting


async def test_a_thread_hangs_under_a_message(rest: Rest, ear: Ear, discord: Sandbox, general: str) -> None:
    said = (await rest.post(general + "/messages", json={"content": "let us talk"}))[1]
    path = f"{general}/messages/{said['id']}"
    status, thread = await rest.post(path + "/threads", json={"name": "talk", "auto_archive_duration": 60})
    assert status == 201
    assert (thread["id"], thread["type"], thread["parent_id"]) == (
        said["id"],
        PUBLIC_THREAD,
        said["channel_id"],
    )
    assert (thread["owner_id"], thread["member_count"], thread["message_count"]) == (
        discord.application_id,
        1,
        0,
    )
    assert thread["thread_metadata"]["auto_archive_duration"] == 60
    heard = await ear.hears_until("MESSAGE_UPDATE")
    told = {name: data for name, data in heard if name != "GUILD_AUDIT_LOG_ENTRY_CREATE"}
    assert list(told)[-4:] == ["MESSAGE_CREATE", "THREAD_CREATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_UPDATE"]
    assert told["THREAD_CREATE"]["newly_created"] is True
    (added,) = told["THREAD_MEMBERS_UPDATE"]["added_members"]
    assert (added["user_id"], added["member"]["user"]["id"]) == (discord.application_id,) * 2
    starter = (await rest.get(f"/channels/{thread['id']}/messages"))[1]
    assert [(message["type"], message["referenced_message"]["id"]) for message in starter] == [
        (21, said["id"])
    ]
    _, under = await rest.get(path)
    assert (under["flags"], under["thread"]["id"]) == (1 << 5, thread["id"])
    assert await rest.refused("POST", path + "/threads", json={"name": "again"}) == (400, 160004)
    assert (await rest.get(f"/channels/{thread['id']}"))[1]["member"]["user_id"] == discord.application_id


async def test_a_thread_of_its_own_is_told_in_its_channel(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    thread = await _start(rest, general, "talk", rate_limit_per_user=5)
    assert thread["rate_limit_per_user"] == 5
    assert (await ear.hears("THREAD_CREATE"))["id"] == thread["id"]
    notice = await ear.hears("MESSAGE_CREATE")
    assert (notice["type"], notice["content"]) == (18, "talk")
    assert notice["message_reference"]["channel_id"] == thread["id"]
    assert await _names(rest, f"/guilds/{discord.guild_id}/threads/active") == ["talk"]


async def test_without_a_type_a_thread_is_private(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    status, thread = await rest.post(general + "/threads", json={"name": "secret", "invitable": False})
    assert (status, thread["type"]) == (201, PRIVATE_THREAD)
    assert thread["thread_metadata"]["invitable"] is False
    # Nothing is said of it in the channel.
    assert await rest.get(general + "/messages") == (200, [])
    ana = await discord.member("ana")
    channel = discord.world.find_channel(thread["id"])
    assert not discord.world.permissions(ana.id, channel)
    bot_lacks(Permission.MANAGE_THREADS)
    assert (await rest.get(f"/channels/{thread['id']}"))[0] == 200
    assert await rest.refused("GET", f"/channels/{_theirs(discord, kind=PRIVATE_THREAD).id}") == (403, 50001)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "auto_archive_duration": 61},
        {"name": "x", "rate_limit_per_user": 21601},
        {"name": "x", "type": 0},
    ],
)
async def test_a_thread_that_cannot_be(rest: Rest, discord: Sandbox, general: str, form: Json) -> None:
    assert await rest.refused("POST", general + "/threads", json=form) == (400, 50035)
    assert not discord.world.home.threads


async def test_each_channel_has_its_kind_of_thread(rest: Rest, discord: Sandbox, general: str) -> None:
    news = f"/channels/{discord.world.home.create_channel('news', kind=NEWS).id}"
    assert (await _start(rest, news, type=ANNOUNCEMENT_THREAD))["type"] == ANNOUNCEMENT_THREAD
    said = (await rest.post(news + "/messages", json={"content": "hear"}))[1]
    _, thread = await rest.post(f"{news}/messages/{said['id']}/threads", json={"name": "talk"})
    assert thread["type"] == ANNOUNCEMENT_THREAD
    voice = f"/channels/{discord.channel('practice-room')['id']}"
    for path, kind in (
        (news, PUBLIC_THREAD),
        (news, PRIVATE_THREAD),
        (general, ANNOUNCEMENT_THREAD),
        (voice, PUBLIC_THREAD),
        (f"/channels/{thread['id']}", PUBLIC_THREAD),
    ):
        form = {"name": "x", "type": kind}
        assert await rest.refused("POST", path + "/threads", json=form) == (400, 50024)


async def test_starting_takes_permissions(rest: Rest, bot_lacks: BotLacks, general: str) -> None:
    said = (await rest.post(general + "/messages", json={"content": "x"}))[1]
    bot_lacks(Permission.CREATE_PUBLIC_THREADS)
    public, private = ({"name": "x", "type": kind} for kind in (PUBLIC_THREAD, PRIVATE_THREAD))
    assert await rest.refused("POST", general + "/threads", json=public) == (403, 50013)
    path = f"{general}/messages/{said['id']}/threads"
    assert await rest.refused("POST", path, json={"name": "x"}) == (403, 50013)
    assert (await rest.post(general + "/threads", json=private))[0] == 201
    bot_lacks(Permission.CREATE_PRIVATE_THREADS)
    assert await rest.refused("POST", general + "/threads", json=private) == (403, 50013)


# Forums


@pytest.fixture
def forum(discord: Sandbox) -> Channel:
    tags = [
        {"id": "1", "name": "open", "moderated": False, "emoji_id": None, "emoji_name": None},
        {"id": "2", "name": "staff", "moderated": True, "emoji_id": None, "emoji_name": None},
    ]
    changes = {"available_tags": tags, "default_thread_rate_limit_per_user": 7}
    return discord.world.home.create_channel("ideas", kind=FORUM, changes=changes)


async def test_a_forums_thread_begins_with_a_message(rest: Rest, ear: Ear, forum: Channel) -> None:
    form = {"name": "tea", "applied_tags": ["1"], "message": {"content": "more tea"}}
    status, thread = await rest.post(f"/channels/{forum.id}/threads", json=form, files={"tea.txt": b"tea"})
    assert (status, thread["applied_tags"], thread["rate_limit_per_user"]) == (201, ["1"], 7)
    first = thread["message"]
    assert (first["id"], first["content"]) == (thread["id"], "more tea")
    assert [item["filename"] for item in first["attachments"]] == ["tea.txt"]
    heard = [name for name, _ in await ear.hears_until("MESSAGE_CREATE")]
    assert heard.index("THREAD_CREATE") < heard.index("MESSAGE_CREATE")
    _, seen = await rest.get(f"/channels/{thread['id']}")
    # The first message is not counted.
    assert (seen["message_count"], seen["total_message_sent"]) == (0, 0)
    assert [message["id"] for message in (await rest.get(f"/channels/{thread['id']}/messages"))[1]] == [
        first["id"]
    ]


async def test_a_forum_refuses(rest: Rest, bot_lacks: BotLacks, discord: Sandbox, forum: Channel) -> None:
    path, message = f"/channels/{forum.id}/threads", {"content": "tea"}
    form: Json = {"name": "tea", "message": message}
    assert await rest.refused("POST", path, json={"name": "tea"}) == (400, 50035)
    assert await rest.refused("POST", path, json=form | {"message": {"content": " "}}) == (400, 50006)
    assert await rest.refused("POST", path, json=form | {"applied_tags": ["9"]}) == (404, 10087)
    discord.world.home.change_channel(forum, {"flags": 1 << 4})
    assert await rest.refused("POST", path, json=form) == (400, 40067)
    bot_lacks(Permission.MANAGE_THREADS, Permission.ATTACH_FILES)
    assert await rest.refused("POST", path, json=form | {"applied_tags": ["2"]}) == (403, 50013)
    tagged = form | {"applied_tags": ["1"]}
    assert await rest.refused("POST", path, json=tagged, files={"a": b"a"}) == (403, 50013)
    assert not discord.world.home.threads
    assert (await rest.post(path, json=tagged))[0] == 201
    bot_lacks(Permission.SEND_MESSAGES)
    assert await rest.refused("POST", path, json=tagged) == (403, 50013)


# Writing


async def test_what_is_written_is_counted(rest: Rest, general: str) -> None:
    thread = (await _start(rest, general))["id"]
    ids = [(await _say(rest, thread))["id"] for _ in range(3)]
    await rest.delete(f"/channels/{thread}/messages/{ids[0]}")
    _, seen = await rest.get(f"/channels/{thread}")
    assert (seen["message_count"], seen["total_message_sent"]) == (2, 3)
    assert seen["last_message_id"] == ids[-1]
    await rest.post(f"/channels/{thread}/messages/bulk-delete", json={"messages": ids[1:]})
    assert (await rest.get(f"/channels/{thread}"))[1]["message_count"] == 0


async def test_writing_in_a_thread_takes_its_own_permission(
    rest: Rest, bot_lacks: BotLacks, general: str
) -> None:
    thread = (await _start(rest, general))["id"]
    bot_lacks(Permission.SEND_MESSAGES)
    await _say(rest, thread)
    bot_lacks(Permission.SEND_MESSAGES_IN_THREADS)
    path = f"/channels/{thread}"
    assert await rest.refused("POST", path + "/messages", json={"content": "x"}) == (403, 50013)
    assert await rest.refused("POST", path + "/typing") == (403, 50013)


async def test_who_writes_joins(rest: Rest, ear: Ear, discord: Sandbox) -> None:
    thread = _theirs(discord)
    await ear.hears("THREAD_MEMBERS_UPDATE")
    await _say(rest, thread.id)
    told = await ear.hears("THREAD_MEMBERS_UPDATE")
    assert (told["member_count"], told["added_members"][0]["user_id"]) == (2, discord.application_id)
    ana = await discord.member("ana")
    await ana.at(thread.id).say("me too")
    assert (await rest.get(f"/channels/{thread.id}"))[1]["member_count"] == 3


# Archiving


async def test_a_thread_archives_itself_and_a_message_opens_it(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    thread = (await _start(rest, general, auto_archive_duration=60))["id"]
    discord.clock.advance(HOUR / 2)
    last = await _say(rest, thread)
    discord.clock.advance(HOUR / 2)
    assert not (await rest.get(f"/channels/{thread}"))[1]["thread_metadata"]["archived"]
    discord.clock.advance(HOUR / 2)
    metadata = (await rest.get(f"/channels/{thread}"))[1]["thread_metadata"]
    assert metadata["archived"]
    assert datetime.fromisoformat(metadata["archive_timestamp"]) == created_at(last["id"]) + HOUR
    assert (await ear.hears("THREAD_UPDATE"))["thread_metadata"] == metadata
    await _say(rest, thread, "again")
    assert not (await ear.hears("THREAD_UPDATE"))["thread_metadata"]["archived"]
    assert not (await rest.get(f"/channels/{thread}"))[1]["thread_metadata"]["archived"]


async def test_nothing_changes_in_an_archived_thread(rest: Rest, general: str) -> None:
    thread = (await _start(rest, general))["id"]
    path = f"/channels/{thread}"
    said = f"{path}/messages/{(await _say(rest, thread))['id']}"
    status, archived = await rest.patch(path, json={"archived": True})
    assert (status, archived["thread_metadata"]["archived"]) == (200, True)
    for method, where, body in (
        ("PATCH", path, {"name": "x"}),
        ("PATCH", said, {"content": "x"}),
        ("PUT", said + "/reactions/⭐/@me", None),
        ("PUT", said.replace("/messages/", "/messages/pins/"), None),
        ("PUT", path + "/thread-members/@me", None),
        ("DELETE", path + "/thread-members/@me", None),
    ):
        assert await rest.refused(method, where, json=body) == (400, 50083), (method, where)
    status, opened = await rest.patch(path, json={"archived": False, "name": "open"})
    assert (status, opened["name"], opened["thread_metadata"]["archived"]) == (200, "open", False)
    assert (await rest.patch(said, json={"content": "x"}))[0] == 200


async def test_a_locked_thread_is_opened_only_by_moderators(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    thread = (await _start(rest, general))["id"]
    path = f"/channels/{thread}"
    await rest.patch(path, json={"locked": True})
    await _say(rest, thread)
    ana = await discord.member("ana")
    with pytest.raises(ApiError, match="160005"):
        await ana.at(thread).say("me too")
    status, locked = await rest.patch(path, json={"locked": True, "archived": True})
    assert (status, locked["thread_metadata"]["locked"]) == (200, True)
    assert await rest.refused("POST", path + "/messages", json={"content": "x"}) == (400, 50083)
    bot_lacks(Permission.MANAGE_THREADS)
    assert await rest.refused("PATCH", path, json={"archived": False}) == (403, 50013)
    assert (await rest.get(path))[1]["thread_metadata"]["archived"]


# Changing


async def test_a_new_name_is_told_in_the_thread(rest: Rest, ear: Ear, general: str) -> None:
    thread = (await _start(rest, general))["id"]
    changes = {"name": "more", "auto_archive_duration": 10080, "rate_limit_per_user": 9}
    status, changed = await rest.patch(f"/channels/{thread}", json=changes, reason="why not")
    assert (status, changed["name"], changed["rate_limit_per_user"]) == (200, "more", 9)
    assert changed["thread_metadata"]["auto_archive_duration"] == 10080
    told = await ear.hears("THREAD_UPDATE")
    assert (told["name"], told["thread_metadata"]) == ("more", changed["thread_metadata"])
    notice = await ear.hears("MESSAGE_CREATE")
    assert (notice["type"], notice["content"], notice["channel_id"]) == (4, "more", thread)
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["reason"]) == (111, "why not")
    # Nor is the notice counted as a message.
    assert (await rest.get(f"/channels/{thread}"))[1]["message_count"] == 0


async def test_who_started_a_thread_may_change_some_of_it(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    own, theirs = (await _start(rest, general))["id"], _theirs(discord).id
    bot_lacks(Permission.MANAGE_THREADS, Permission.MANAGE_CHANNELS)
    assert (await rest.patch(f"/channels/{own}", json={"name": "mine"}))[0] == 200
    for changes in ({"locked": True}, {"rate_limit_per_user": 9}):
        assert await rest.refused("PATCH", f"/channels/{own}", json=changes) == (403, 50013)
    for changes in ({"name": "ours"}, {"archived": True}):
        assert await rest.refused("PATCH", f"/channels/{theirs}", json=changes) == (403, 50013)
    discord.clock.advance(DAY)
    assert (await rest.patch(f"/channels/{theirs}", json={"archived": False}))[0] == 200
    for thread in (own, theirs):
        assert await rest.refused("DELETE", f"/channels/{thread}") == (403, 50013)


async def test_only_to_a_private_thread_people_are_invited(rest: Rest, general: str) -> None:
    public, private = await _start(rest, general), await _start(rest, general, type=PRIVATE_THREAD)
    _, changed = await rest.patch(f"/channels/{private['id']}", json={"invitable": False})
    assert changed["thread_metadata"]["invitable"] is False
    _, changed = await rest.patch(f"/channels/{public['id']}", json={"invitable": False})
    assert "invitable" not in changed["thread_metadata"]


async def test_a_forums_thread_changes_its_tags_and_is_pinned(rest: Rest, forum: Channel) -> None:
    form = {"name": "tea", "message": {"content": "more tea"}}
    thread = (await rest.post(f"/channels/{forum.id}/threads", json=form))[1]["id"]
    _, changed = await rest.patch(f"/channels/{thread}", json={"applied_tags": ["1"], "flags": 2 | 1})
    assert (changed["applied_tags"], changed["flags"]) == (["1"], 2)
    assert await rest.refused("PATCH", f"/channels/{thread}", json={"applied_tags": ["9"]}) == (404, 10087)


async def test_a_deleted_thread_is_gone(rest: Rest, ear: Ear, discord: Sandbox, general: str) -> None:
    thread = (await _start(rest, general))["id"]
    assert (await rest.delete(f"/channels/{thread}"))[0] == 200
    told = await ear.hears("THREAD_DELETE")
    assert (told["id"], told["type"]) == (thread, PUBLIC_THREAD)
    assert await rest.refused("GET", f"/channels/{thread}") == (404, 10003)
    assert await _names(rest, f"/guilds/{discord.guild_id}/threads/active") == []


# Lists


async def test_active_threads_are_those_that_the_bot_sees(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    await _start(rest, general, "first")
    await _start(rest, general, "second")
    archived = (await _start(rest, general, "third"))["id"]
    await rest.patch(f"/channels/{archived}", json={"archived": True})
    _theirs(discord, kind=PRIVATE_THREAD)
    path = f"/guilds/{discord.guild_id}/threads/active"
    assert await _names(rest, path) == ["theirs", "second", "first"]
    bot_lacks(Permission.MANAGE_THREADS)
    assert await _names(rest, path) == ["second", "first"]
    _, listed = await rest.get(path)
    assert [member["user_id"] for member in listed["members"]] == [discord.application_id] * 2
    discord.clock.advance(3 * DAY)
    assert await _names(rest, path) == []


async def test_archived_threads_are_paged_from_the_latest(rest: Rest, discord: Sandbox, general: str) -> None:
    for number in range(3):
        thread = (await _start(rest, general, str(number)))["id"]
        await rest.patch(f"/channels/{thread}", json={"archived": True})
        discord.clock.advance(timedelta(seconds=1))
    await _start(rest, general, "open")
    path = general + "/threads/archived/public"
    _, first = await rest.get(path + "?limit=2")
    assert [thread["name"] for thread in first["threads"]] == ["2", "1"]
    assert (first["has_more"], len(first["members"])) == (True, 2)
    before = quote(first["threads"][-1]["thread_metadata"]["archive_timestamp"])
    _, second = await rest.get(f"{path}?before={before}")
    assert ([thread["name"] for thread in second["threads"]], second["has_more"]) == (["0"], False)
    for query in ("?limit=1", "?limit=101", "?before=soon"):
        assert await rest.refused("GET", path + query) == (400, 50035)


async def test_archived_private_threads(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str
) -> None:
    own = (await _start(rest, general, "own", type=PRIVATE_THREAD))["id"]
    theirs = _theirs(discord, kind=PRIVATE_THREAD).id
    for thread in (own, theirs):
        await rest.patch(f"/channels/{thread}", json={"archived": True})
    everyones, mine = general + "/threads/archived/private", general + "/users/@me/threads/archived/private"
    assert await _names(rest, everyones) == ["theirs", "own"]
    assert await _names(rest, general + "/threads/archived/public") == []
    assert await _names(rest, mine) == ["own"]
    assert await _names(rest, f"{mine}?before={own}") == []
    bot_lacks(Permission.MANAGE_THREADS)
    assert await rest.refused("GET", everyones) == (403, 50013)
    assert await _names(rest, mine) == ["own"]
    bot_lacks(Permission.READ_MESSAGE_HISTORY)
    for path in (mine, general + "/threads/archived/public"):
        assert await rest.refused("GET", path) == (403, 50013)


async def test_a_members_words_open_a_thread_too(discord: Sandbox) -> None:
    thread = _theirs(discord, auto_archive_duration=60)
    discord.clock.advance(DAY)
    write_message(discord.world, thread, discord.world.owner, {"content": "still here"}, {})
    metadata = thread.payload["thread_metadata"]
    assert not metadata["archived"]
    # It was archived in between.
    assert metadata["archive_timestamp"] > metadata["create_timestamp"]
