"""What the page asks of the server, asked here without the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import hikari
import pytest

from nrg_sandbox import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot

Json = dict[str, Any]


class Browser:
    """Calls the control endpoints as one member's page does."""

    def __init__(self, discord: Sandbox, session: aiohttp.ClientSession, name: str) -> None:
        self.base = discord.page_url + "sandbox"
        self.session = session
        self.id: str = discord.world.home.join(discord.world.person(name))["user"]["id"]

    async def get(self, path: str) -> Any:
        async with self.session.get(self.base + path, params={"as": self.id}) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def send(self, path: str, body: Json, *, method: str = "POST", status: int = 200) -> Any:
        async with self.session.request(method, self.base + path, json={"as": self.id} | body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    @asynccontextmanager
    async def events(self) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
        async with self.session.ws_connect(self.base + "/events", params={"as": self.id}) as ws:
            yield ws


async def told(ws: aiohttp.ClientWebSocketResponse, name: str) -> Any:
    async with asyncio.timeout(5):
        while (event := await ws.receive_json())["t"] != name:
            pass
        return event["d"]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ana(discord: Sandbox, session: aiohttp.ClientSession) -> Browser:
    return Browser(discord, session, "ana")


def command(state: Json, name: str) -> Json:
    return next(item for item in state["commands"] if item["name"] == name)


async def test_the_state(discord: Sandbox, bot: Bot, ana: Browser) -> None:
    state = await ana.get("/state")
    assert state["me"]["user"]["username"] == "ana"
    assert state["bot_online"] is True
    assert {"general", "practice", "announcements"} <= {item.get("name") for item in state["channels"]}
    assert command(state, "ping")["description"] == "Answers"
    assert state["clock"]["offset"] == 0


async def test_a_command_from_the_page(discord: Sandbox, bot: Bot, ana: Browser) -> None:
    state = await ana.get("/state")
    channel = discord.channel("general")["id"]
    async with ana.events() as events:
        options = [{"name": "times", "type": 4, "value": 2}]
        body = {"channel_id": channel, "command_id": command(state, "ping")["id"], "options": options}
        sent = await ana.send("/commands", body)
        assert await told(events, "INTERACTION") == {"id": sent["interaction_id"], "state": "pending"}
        message = await told(events, "MESSAGE_CREATE")
        assert (message["content"], message["ephemeral"], message["loading"]) == ("pong pong", False, False)
        assert message["interaction_metadata"]["name"] == "ping"
        assert (await told(events, "INTERACTION"))["state"] == "answered"
        body["options"] = [{"name": "times", "type": 4, "value": 9}]
        refused = await ana.send("/commands", body, status=400)
        assert refused == {"message": "/ping times takes at most 5, not 9"}


async def test_autocomplete_from_the_page(discord: Sandbox, bot: Bot, ana: Browser) -> None:
    focused: Json = {"name": "name", "type": 3, "value": "eye", "focused": True}
    body: Json = {
        "channel_id": discord.channel("general")["id"],
        "command_id": command(await ana.get("/state"), "hack")["id"],
        "options": [{"name": "show", "type": 1, "options": [focused]}],
    }
    assert await ana.send("/autocomplete", body) == {
        "choices": [{"name": "eye-massage", "value": "eye-massage"}]
    }


async def test_a_form_from_the_page(discord: Sandbox, bot: Bot, ana: Browser) -> None:
    member = await discord.member("ana")
    answer = await member.slash("buttons")
    async with ana.events() as events:
        pressed = await ana.send("/components", {"message_id": answer.message["id"], "custom_id": "form"})
        modal = await told(events, "MODAL")
        assert modal["interaction_id"] == pressed["interaction_id"]
        entry: Json = {"type": 4, "custom_id": "entry", "value": "calm"}
        components = [{"type": 1, "components": [entry]}]
        form = {"interaction_id": pressed["interaction_id"], "components": components}
        await ana.send("/modals", form)
        assert (await told(events, "MESSAGE_CREATE"))["content"] == "written: calm"


async def test_a_page_is_told_only_what_its_member_may_see(
    discord: Sandbox, bot: Bot, ana: Browser, session: aiohttp.ClientSession
) -> None:
    ben = Browser(discord, session, "ben")
    async with ana.events() as to_ana, ben.events() as to_ben:
        member = await discord.member("ana")
        await member.slash("secret")
        await member.dm().say("to the bot alone")
        await member.say("to all", channel="general")
        assert (await told(to_ana, "MESSAGE_CREATE"))["ephemeral"] is True
        assert (await told(to_ana, "MESSAGE_CREATE"))["content"] == "to the bot alone"
        assert (await told(to_ben, "MESSAGE_CREATE"))["content"] == "to all"
    practice = discord.channel("practice")["id"]
    assert len((await ana.get(f"/channels/{practice}/messages"))["messages"]) == 1
    assert (await ben.get(f"/channels/{practice}/messages"))["messages"] == []


async def test_a_private_channel_is_hidden(discord: Sandbox, bot: Bot, ana: Browser) -> None:
    overwrites = [
        hikari.PermissionOverwrite(
            id=int(discord.guild_id),
            type=hikari.PermissionOverwriteType.ROLE,
            deny=hikari.Permissions.VIEW_CHANNEL,
        )
    ]
    channel = await bot.app.rest.create_guild_text_channel(
        int(discord.guild_id), "quiet", permission_overwrites=overwrites
    )
    assert "quiet" not in {item.get("name") for item in (await ana.get("/state"))["channels"]}
    body = {"channel_id": str(channel.id), "content": "knock"}
    assert (await ana.send("/messages", body, status=403))["code"] == 50001


async def test_a_failed_command_is_shown_to_its_member(session: aiohttp.ClientSession) -> None:
    async with Sandbox(interaction_deadline=0.02, members=["ana"]) as discord:
        ana = Browser(discord, session, "ana")
        world = discord.world
        async with ana.events() as events:
            channel = world.find_channel("general")
            data = {"id": "1", "name": "ping", "type": 1}
            discord.interactions.send(2, world.users[ana.id], channel, data)
            assert (await told(events, "INTERACTION"))["state"] == "pending"
            failed = await told(events, "INTERACTION")
            assert failed["state"] == "failed"
            assert failed["message"]["failed"] is True
        shown = (await ana.get(f"/channels/{channel.id}/messages"))["messages"]
        assert [(item["failed"], item["interaction_metadata"]["name"]) for item in shown] == [(True, "ping")]


async def test_messages_replies_and_reactions(discord: Sandbox, ana: Browser) -> None:
    channel = discord.channel("general")["id"]
    first = await ana.send("/messages", {"channel_id": channel, "content": "hello"})
    reply = await ana.send("/messages", {"channel_id": channel, "content": "again", "reply_to": first["id"]})
    assert (reply["type"], reply["referenced_message"]["content"]) == (19, "hello")
    body = {"message_id": first["id"], "emoji": "🌱"}
    assert (await ana.send("/reactions", body))["reactions"][0]["me"] is True
    assert (await ana.send("/reactions", body, method="DELETE"))["reactions"] == []
    assert (await ana.send("/messages", {"channel_id": channel, "content": " "}, status=400))["code"] == 50006


async def test_members_join_once(discord: Sandbox, ana: Browser) -> None:
    member = await ana.send("/members", {"name": "Cleo"})
    assert member["user"]["username"] == "cleo"
    assert (await ana.send("/members", {"name": "cleo"}))["user"]["id"] == member["user"]["id"]
    assert "1 to 32" in (await ana.send("/members", {"name": "<b>"}, status=400))["message"]


async def test_the_clock_and_those_who_follow_it(
    discord: Sandbox, ana: Browser, session: aiohttp.ClientSession
) -> None:
    async with ana.events() as events, session.get(discord.clock_url) as stream:
        assert await stream.content.readline() == b'{"offset":0.0}\n'
        clock = await ana.send("/clock", {"advance": 86400})
        assert clock["offset"] == 86400
        assert await stream.content.readline() == b'{"offset":86400.0}\n'
        assert (await told(events, "CLOCK"))["offset"] == 86400
    await ana.send("/clock", {"advance": -1}, status=400)
    await ana.send("/clock", {"advance": "soon"}, status=400)


async def test_foreign_pages_are_refused(discord: Sandbox, ana: Browser) -> None:
    url = discord.page_url + "sandbox/clock"
    for headers in ({"Origin": "http://elsewhere.test"}, {"Host": "elsewhere.test"}):
        async with ana.session.post(url, json={"advance": 1}, headers=headers) as response:
            assert response.status == 403
    async with ana.session.post(
        url, data='{"advance": 1}', headers={"Content-Type": "text/plain"}
    ) as response:
        assert response.status == 400
    assert discord.clock.offset.total_seconds() == 0
    own = discord.page_url.rstrip("/")
    async with ana.session.post(url, json={"advance": 1}, headers={"Origin": own}) as response:
        assert response.status == 200


async def test_the_page_itself_is_strict(discord: Sandbox, ana: Browser) -> None:
    async with ana.session.get(discord.page_url) as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
    for path in ("%2e%2e/clock.py", "nothing.js", "../../etc/passwd"):
        async with ana.session.get(discord.page_url + path) as response:
            assert response.status == 404


async def test_an_avatar(discord: Sandbox, ana: Browser) -> None:
    async with ana.session.get(f"{ana.base}/avatars/{ana.id}.svg") as response:
        assert response.content_type == "image/svg+xml"
        assert ">A</text>" in await response.text()
