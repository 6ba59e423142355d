"""Webhooks of channels, and what is written through them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world.channel import CATEGORY, FORUM, PUBLIC_THREAD
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.threads import start_thread
from nrg_sandbox.world.webhooks import create_webhook

if TYPE_CHECKING:
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

PICTURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def general(discord: Sandbox) -> str:
    return f"/channels/{discord.channel('general')['id']}"


@pytest.fixture
async def hook(rest: Rest, general: str) -> Json:
    status, webhook = await rest.post(general + "/webhooks", json={"name": "Herald", "avatar": PICTURE})
    assert status == 200, webhook
    return webhook


def _by_token(hook: Json) -> str:
    return f"/webhooks/{hook['id']}/{hook['token']}"


async def _write(rest: Rest, hook: Json, query: str = "", **body: Any) -> Json:
    status, message = await rest.post(f"{_by_token(hook)}?wait=true{query}", json=body, token=False)
    assert status == 200, message
    return message


# The webhooks themselves


async def test_a_webhook_is_made_read_changed_and_deleted(
    rest: Rest, ear: Ear, discord: Sandbox, general: str
) -> None:
    _, hook = await rest.post(general + "/webhooks", json={"name": "Herald"}, reason="news")
    told = await ear.hears("WEBHOOKS_UPDATE")
    assert told == {"guild_id": discord.guild_id, "channel_id": discord.channel("general")["id"]}
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["reason"]) == (50, "news")
    assert (hook["name"], hook["application_id"], hook["user"]["id"]) == (
        "Herald",
        discord.application_id,
        discord.application_id,
    )
    path = f"/webhooks/{hook['id']}"
    assert await rest.get(path) == (200, hook)
    assert await rest.get(general + "/webhooks") == (200, [hook])
    assert await rest.get(f"/guilds/{discord.guild_id}/webhooks") == (200, [hook])
    practice = discord.channel("practice")["id"]
    _, moved = await rest.patch(path, json={"name": "Crier", "avatar": PICTURE, "channel_id": practice})
    assert (moved["name"], moved["channel_id"], moved["token"]) == ("Crier", practice, hook["token"])
    assert moved["avatar"] is not None
    heard = [(await ear.hears("WEBHOOKS_UPDATE"))["channel_id"] for _ in range(2)]
    assert heard == [hook["channel_id"], practice]
    assert (await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE"))["action_type"] == 51
    assert await rest.get(general + "/webhooks") == (200, [])
    assert await rest.get(f"/channels/{practice}/webhooks") == (200, [moved])
    assert await rest.delete(path) == (204, None)
    assert (await ear.hears("WEBHOOKS_UPDATE"))["channel_id"] == practice
    for method in ("GET", "PATCH", "DELETE"):
        assert await rest.refused(method, path, json={}) == (404, 10015)


@pytest.mark.parametrize(
    "form", [{}, {"name": ""}, {"name": "x" * 81}, {"name": "Discord"}, {"name": "x", "avatar": "x"}]
)
async def test_a_webhook_that_cannot_be(rest: Rest, general: str, hook: Json, form: Json) -> None:
    assert await rest.refused("POST", general + "/webhooks", json=form) == (400, 50035)
    if form:
        assert await rest.refused("PATCH", f"/webhooks/{hook['id']}", json=form) == (400, 50035)
    assert (await rest.get(general + "/webhooks"))[1] == [hook]


async def test_a_channel_has_fifteen_at_most(rest: Rest, discord: Sandbox, general: str, hook: Json) -> None:
    practice = f"/channels/{discord.channel('practice')['id']}/webhooks"
    for _ in range(14):
        assert (await rest.post(general + "/webhooks", json={"name": "x"}))[0] == 200
    assert await rest.refused("POST", general + "/webhooks", json={"name": "x"}) == (400, 30007)
    other = (await rest.post(practice, json={"name": "x"}))[1]
    move = {"channel_id": hook["channel_id"]}
    assert await rest.refused("PATCH", f"/webhooks/{other['id']}", json=move) == (400, 30007)
    assert await rest.get(practice) == (200, [other])


async def test_webhooks_take_a_permission_and_a_place(
    rest: Rest, discord: Sandbox, bot_lacks: BotLacks, general: str, hook: Json
) -> None:
    ana = await discord.member("ana")
    category = discord.world.home.create_channel("rooms", kind=CATEGORY)
    for channel, refusal in ((category, (400, 50024)), (discord.world.dm_with(ana.id), (403, 50003))):
        path = f"/channels/{channel.id}/webhooks"
        assert await rest.refused("POST", path, json={"name": "x"}) == refusal
    move = f"/webhooks/{hook['id']}"
    assert await rest.refused("PATCH", move, json={"channel_id": "5"}) == (404, 10003)
    practice, manage = discord.channel("practice")["id"], str(int(Permission.MANAGE_WEBHOOKS))
    denied = {"type": 0, "deny": manage}
    await rest.put(f"/channels/{practice}/permissions/{discord.guild_id}", json=denied)
    assert await rest.refused("PATCH", move, json={"channel_id": practice}) == (403, 50013)
    bot_lacks(Permission.MANAGE_WEBHOOKS)
    for method, path in (
        ("POST", general + "/webhooks"),
        ("GET", general + "/webhooks"),
        ("GET", f"/guilds/{discord.guild_id}/webhooks"),
        ("GET", f"/webhooks/{hook['id']}"),
        ("PATCH", f"/webhooks/{hook['id']}"),
        ("DELETE", f"/webhooks/{hook['id']}"),
    ):
        assert await rest.refused(method, path, json={"name": "x"}) == (403, 50013), (method, path)
    # Its token is enough.
    assert (await rest.get(_by_token(hook), token=False))[0] == 200


async def test_by_its_token_a_webhook_is_read_changed_and_deleted(
    rest: Rest, general: str, hook: Json
) -> None:
    path = _by_token(hook)
    shown = {key: value for key, value in hook.items() if key != "user"}
    assert await rest.get(path, token=False) == (200, shown)
    assert await rest.patch(path, json={"name": "Crier"}, token=False) == (200, shown | {"name": "Crier"})
    assert await rest.delete(path, token=False) == (204, None)
    assert await rest.get(general + "/webhooks") == (200, [])


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "POST"])
async def test_a_wrong_token_or_id(rest: Rest, hook: Json, method: str) -> None:
    body = {"content": "x", "name": "x"}
    for path, refusal in (
        (f"/webhooks/{hook['id']}/wrong", (401, 50027)),
        (f"/webhooks/5/{hook['token']}", (404, 10015)),
    ):
        assert await rest.refused(method, path, json=body, token=False) == refusal
        if method != "POST":
            assert await rest.refused(method, path + "/messages/5", json=body, token=False) == refusal


# What is written through them


async def test_a_webhook_writes_under_its_own_name_or_another(
    rest: Rest, ear: Ear, general: str, hook: Json
) -> None:
    plain = await _write(rest, hook, content="hear", embeds=[{"title": "News"}])
    told = await ear.hears("MESSAGE_CREATE")
    for message in (plain, told):
        assert (message["webhook_id"], message["author"]["id"]) == (hook["id"], hook["id"])
        assert (message["author"]["username"], message["author"]["bot"]) == ("Herald", True)
        assert message["author"]["avatar"] == hook["avatar"]
        assert "member" not in message
    url = "https://example.org/a.png"
    other = await _write(rest, hook, content="hear", username="Crier", avatar_url=url)
    assert other["author"]["username"] == "Crier"
    assert other["author"]["avatar"] not in (None, hook["avatar"])
    listed = (await rest.get(general + "/messages"))[1]
    assert [message["id"] for message in listed] == [other["id"], plain["id"]]


async def test_only_the_bots_webhooks_belong_to_an_application(
    rest: Rest, discord: Sandbox, hook: Json
) -> None:
    world = discord.world
    theirs = create_webhook(world.find_channel("general"), world.owner, "Crier", None)
    assert (await _write(rest, hook, content="x"))["application_id"] == discord.application_id
    assert "application_id" not in await _write(rest, theirs, content="x")


async def test_without_waiting_there_is_no_answer(rest: Rest, general: str, hook: Json) -> None:
    path = _by_token(hook)
    files = {"note.txt": b"text"}
    assert await rest.post(path, json={"content": "x"}, files=files, token=False) == (204, None)
    (said,) = (await rest.get(general + "/messages"))[1]
    assert [item["filename"] for item in said["attachments"]] == ["note.txt"]
    assert await rest.refused("POST", path, json={}, token=False) == (400, 50006)
    assert await rest.refused("POST", path, json={"content": "x" * 2001}, token=False) == (400, 50035)
    assert await rest.refused("POST", path, json={"username": "Clyde"}, token=False) == (400, 50035)


async def test_a_webhook_mentions_what_it_is_allowed(rest: Rest, discord: Sandbox, hook: Json) -> None:
    ana = await discord.member("ana")
    text = f"@everyone {ana.mention}"
    loud = await _write(rest, hook, content=text)
    assert (loud["mention_everyone"], [user["id"] for user in loud["mentions"]]) == (True, [ana.id])
    quiet = await _write(rest, hook, content=text, allowed_mentions={"parse": []})
    assert (quiet["mention_everyone"], quiet["mentions"]) == (False, [])


async def test_its_own_messages_are_read_edited_and_deleted(
    rest: Rest, ear: Ear, general: str, hook: Json
) -> None:
    said = await _write(rest, hook, content="one")
    path = f"{_by_token(hook)}/messages/{said['id']}"
    assert await rest.get(path, token=False) == (200, said)
    status, edited = await rest.patch(path, json={"content": "two @everyone"}, token=False)
    assert (status, edited["content"], edited["mention_everyone"]) == (200, "two @everyone", True)
    assert (await ear.hears("MESSAGE_UPDATE"))["content"] == "two @everyone"
    # The bot is not its author.
    own = f"{general}/messages/{said['id']}"
    assert await rest.refused("PATCH", own, json={"content": "x"}) == (403, 50005)
    assert await rest.delete(path, token=False) == (204, None)
    assert await rest.refused("GET", own) == (404, 10008)
    ours = (await rest.post(general + "/messages", json={"content": "ours"}))[1]
    for method in ("GET", "PATCH", "DELETE"):
        path = f"{_by_token(hook)}/messages/{ours['id']}"
        assert await rest.refused(method, path, json={"content": "x"}, token=False) == (404, 10008)


async def test_a_webhook_writes_in_a_thread_of_its_channel(rest: Rest, discord: Sandbox, hook: Json) -> None:
    world = discord.world
    near, far = (
        start_thread(world.find_channel(name), world.owner, {"name": "talk"}, kind=PUBLIC_THREAD)
        for name in ("general", "practice")
    )
    said = await _write(rest, hook, f"&thread_id={near.id}", content="psst")
    assert said["channel_id"] == near.id
    path = f"{_by_token(hook)}/messages/{said['id']}"
    assert await rest.refused("GET", path, token=False) == (404, 10008)
    assert await rest.get(f"{path}?thread_id={near.id}", token=False) == (200, said)
    wrong = f"{_by_token(hook)}?thread_id={far.id}"
    assert await rest.refused("POST", wrong, json={"content": "x"}, token=False) == (404, 10003)
    named = {"content": "x", "thread_name": "more"}
    assert await rest.refused("POST", _by_token(hook), json=named, token=False) == (400, 220003)
    discord.clock.advance(timedelta(days=1))
    refusal = await rest.refused("PATCH", f"{path}?thread_id={near.id}", json={"content": "x"}, token=False)
    assert refusal == (400, 50083)


async def test_in_a_forum_a_webhook_opens_or_names_a_thread(rest: Rest, discord: Sandbox) -> None:
    forum = discord.world.home.create_channel("ideas", kind=FORUM)
    _, hook = await rest.post(f"/channels/{forum.id}/webhooks", json={"name": "Herald"})
    first = await _write(rest, hook, content="tea", thread_name="Tea")
    thread = (await rest.get(f"/channels/{first['channel_id']}"))[1]
    assert (thread["id"], thread["name"], thread["owner_id"]) == (first["id"], "Tea", hook["id"])
    await _write(rest, hook, f"&thread_id={thread['id']}", content="more")
    assert (await rest.get(f"/channels/{thread['id']}"))[1]["message_count"] == 1
    body = {"content": "x"}
    assert await rest.refused("POST", _by_token(hook), json=body, token=False) == (400, 220001)
    both = f"{_by_token(hook)}?thread_id={thread['id']}"
    refusal = await rest.refused("POST", both, json=body | {"thread_name": "x"}, token=False)
    assert refusal == (400, 220002)


async def test_the_applications_id_means_its_interactions(rest: Rest, discord: Sandbox) -> None:
    path = f"/webhooks/{discord.application_id}/unknown"
    for method, ending in (("POST", ""), ("GET", "/messages/@original"), ("DELETE", "/messages/5")):
        refusal = await rest.refused(method, path + ending, json={"content": "x"}, token=False)
        assert refusal == (404, 10015)
