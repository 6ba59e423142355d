"""The page's API without the page: what it tells, what it lets members do, and how it refuses nonsense."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any, cast

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nrg_sandbox import Sandbox
from nrg_sandbox.errors import InvalidOption
from nrg_sandbox.page.pages import OpenPage
from nrg_sandbox.world.messages import write_message

Json = dict[str, Any]

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENDING = (
    ("POST", "/messages"),
    ("PATCH", "/messages/1"),
    ("DELETE", "/messages/1"),
    ("PUT", "/messages/1/pin"),
    ("POST", "/threads"),
    ("POST", "/commands"),
    ("POST", "/autocomplete"),
    ("POST", "/components"),
    ("POST", "/modals"),
    ("POST", "/reactions"),
    ("DELETE", "/reactions"),
    ("POST", "/members"),
    ("POST", "/voice"),
    ("POST", "/read"),
    ("POST", "/clock"),
    ("POST", "/faults"),
    ("POST", "/gateway"),
)
FIELDS = (
    "as", "channel_id", "content", "reply_to", "files", "name", "message_id", "command_id", "options",
    "target_id", "custom_id", "values", "interaction_id", "components", "emoji", "guild_id", "advance",
    "method", "path", "status", "times", "latency", "what", "code",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord() -> AsyncIterator[Sandbox]:
    async with Sandbox(members=["ana", "ben"]) as sandbox:
        options = [
            {"type": 1, "name": "part", "description": "x", "options": [
                {"type": 4, "name": "count", "description": "x", "max_value": 5, "autocomplete": True}
            ]},
        ]  # fmt: skip
        definition = {"name": "tool", "description": "x", "options": options}
        sandbox._commands.upsert(definition, None)  # pyright: ignore[reportPrivateUsage]
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


class Caller:
    """Calls the page's API as one member."""

    def __init__(self, discord: Sandbox, session: aiohttp.ClientSession, name: str) -> None:
        self.name = name
        self.base = discord.page_url + "sandbox"
        self._session = session

    async def get(self, path: str, **query: Any) -> tuple[int, Any]:
        async with self._session.get(self.base + path, params={"as": self.name} | query) as response:
            return response.status, await response.json()

    async def send(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        sent = {"as": self.name} | body
        async with self._session.request(method, self.base + path, json=sent) as response:
            return response.status, await response.json()


@pytest.fixture
def ana(discord: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(discord, session, "ana")


@pytest.fixture
def ben(discord: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(discord, session, "ben")


def anything() -> st.SearchStrategy[Any]:
    real = st.sampled_from(("channel", "voice", "message", "command", "part", "count", "ana"))
    leaves = (
        real | st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8) | st.floats()
    )
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner)
    )


def with_ids(body: Any, real: Json) -> Any:
    """Put real ids in place of the words that stand for them, so that nonsense gets past the first door."""
    if isinstance(body, dict):
        return {key: with_ids(value, real) for key, value in cast("Json", body).items()}
    if isinstance(body, list):
        return [with_ids(item, real) for item in cast("list[Any]", body)]
    return real.get(body, body) if isinstance(body, str) else body


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=st.sampled_from(SENDING), body=st.dictionaries(st.sampled_from(FIELDS), anything()) | anything())
async def test_nonsense_is_refused_in_words(
    discord: Sandbox, ana: Caller, session: aiohttp.ClientSession, route: tuple[str, str], body: Any
) -> None:
    method, path = route
    place = discord.world.find_channel("general")
    message = next(iter(place.messages), None)
    real = {"channel": place.id, "voice": discord.channel("practice-room")["id"], "message": message}
    sent = with_ids(body, real | {"command": discord.commands[0]["id"]})
    async with session.request(method, ana.base + path, json=sent) as response:
        assert response.status < 500
        if response.status >= 400:
            assert (await response.json())["message"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"content": "x"}, "channel_id: Field required"),
        ({"channel_id": "1", "contents": "x"}, "contents: Extra inputs are not permitted"),
        ({"channel_id": 1}, "channel_id: Input should be a valid string"),
        ({"channel_id": "1", "files": ["1"] * 11}, "files: List should have at most 10 items"),
    ],
)
async def test_a_refusal_names_the_field(ana: Caller, body: Json, told: str) -> None:
    status, answer = await ana.send("POST", "/messages", **body)
    assert status == 400
    assert told in answer["message"]


@pytest.mark.parametrize("query", [{"limit": "x"}, {"before": "-1"}, {"around": "٣"}, {"after": "9" * 30}])
async def test_a_bad_number_in_the_query(discord: Sandbox, ana: Caller, query: Json) -> None:
    status, answer = await ana.get(f"/channels/{discord.channel('general')['id']}/messages", **query)
    assert status == 400
    assert "is a whole number" in answer["message"]


async def test_options_are_held_to_the_command(discord: Sandbox, ana: Caller) -> None:
    where = discord.channel("general")["id"]
    (command,) = discord.commands
    wrong: list[tuple[Any, str]] = [
        ([], "/tool is run by one of its parts: part"),
        ([{"name": "part", "type": 1, "options": [{"name": "count", "type": 4, "value": 9}]}], "at most 5"),
        ([{"name": "part", "type": 1, "options": [{"name": "cuont", "type": 4, "value": 1}]}], "no option"),
        ([{"name": "part", "type": 1, "options": [{"name": "count", "type": 4}]}], "has a value"),
        ([{"name": "part"}], "options.0.type: Field required"),
    ]
    for options, told in wrong:
        body = {"channel_id": where, "command_id": command["id"], "options": options}
        status, answer = await ana.send("POST", "/commands", **body)
        assert (status, told in answer["message"]) == (400, True), answer


async def test_a_stretch_of_a_channel(discord: Sandbox, ana: Caller) -> None:
    world, place = discord.world, discord.world.find_channel("practice")
    ids = [write_message(world, place, world.owner, {"content": str(n)}, {}).id for n in range(10)]
    path = f"/channels/{place.id}/messages"

    async def read(**query: Any) -> tuple[list[str], bool, bool]:
        status, stretch = await ana.get(path, limit="3", **query)
        assert status == 200
        return [item["content"] for item in stretch["messages"]], stretch["older"], stretch["newer"]

    assert await read() == (["7", "8", "9"], True, False)
    assert await read(before=ids[2]) == (["0", "1"], False, True)
    assert await read(after=ids[0]) == (["1", "2", "3"], True, True)
    assert await read(after=ids[7]) == (["8", "9"], True, False)
    assert await read(around=ids[5]) == (["4", "5", "6"], True, True)
    # A message that is gone stands nowhere, its neighbours do.
    assert await read(before=str(int(ids[0]) - 1)) == ([], False, True)


async def test_what_is_unread_is_counted_for_each_member(discord: Sandbox, ana: Caller, ben: Caller) -> None:
    world, place = discord.world, discord.world.find_channel("announcements")
    ana_id = (await discord.member("ana")).id

    async def unread(caller: Caller) -> Any:
        return (await caller.get("/state"))[1]["unread"].get(place.id)

    await ana.send("POST", "/read", channel_id=place.id)
    write_message(world, place, world.person("ben"), {"content": f"<@{ana_id}> hi"}, {})
    write_message(world, place, world.person("ben"), {"content": "and again"}, {})
    assert (await unread(ana))["mentions"] == 1
    assert await unread(ben) is None  # his own words
    write_message(world, place, world.owner, {"content": "@everyone"}, {})
    assert (await unread(ana))["mentions"] == 2
    assert (await unread(ben))["mentions"] == 1
    await ana.send("POST", "/read", channel_id=place.id)
    assert await unread(ana) is None
    assert await unread(ben) is not None


async def test_nobody_reads_marks_where_they_do_not_see(discord: Sandbox, ana: Caller, ben: Caller) -> None:
    letters = discord.world.dm_with((await discord.member("ana")).id)
    assert (await ben.send("POST", "/read", channel_id=letters.id))[0] == 403
    for what in ("messages", "commands", "pins", "threads"):
        assert (await ben.get(f"/channels/{letters.id}/{what}"))[0] == 403
        assert (await ana.get(f"/channels/{letters.id}/{what}"))[0] == 200


async def test_deeds_are_held_to_permissions(discord: Sandbox, ana: Caller) -> None:
    world, place = discord.world, discord.world.find_channel("general")
    theirs = write_message(world, place, world.owner, {"content": "mine"}, {})
    assert (await ana.send("PUT", f"/messages/{theirs.id}/pin"))[0] == 403
    assert (await ana.send("DELETE", f"/messages/{theirs.id}"))[0] == 400
    assert (await ana.send("PATCH", f"/messages/{theirs.id}", content="yours"))[0] == 400
    assert (await ana.send("POST", "/voice", channel_id=place.id))[0] == 400
    files = [str(world.snowflakes.next())]
    status, answer = await ana.send("POST", "/messages", channel_id=place.id, files=files)
    assert (status, "upload it first" in answer["message"]) == (400, True)
    voice = discord.channel("practice-room")["id"]
    assert (await ana.send("POST", "/threads", channel_id=voice, name="x"))[0] == 400
    assert theirs.payload["content"] == "mine"
    assert place.pins == {}


async def test_a_page_is_listened_for_before_it_is_answered(
    discord: Sandbox, session: aiohttp.ClientSession, ana: Caller
) -> None:
    """Nothing that happens between the answer and the listening is missed: the listening comes first."""
    pages = discord._server._control._pages  # pyright: ignore[reportPrivateUsage]
    opened = pages.open

    def refuse(user_id: str, guild_id: str) -> OpenPage:
        msg = "not now"
        raise InvalidOption(msg)

    pages.open = refuse  # type: ignore[method-assign]
    try:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(ana.base + "/events", params={"as": "ana"})
    finally:
        pages.open = opened  # type: ignore[method-assign]
    assert refused.value.status == 400


async def test_a_hundred_thousand_members_are_no_hindrance(session: aiohttp.ClientSession) -> None:
    async with Sandbox(members=["ana"]) as crowded:
        world = crowded.world
        for number in range(100_000):
            world.home.admit(world.person(f"guest{number}"))
        ana = Caller(crowded, session, "ana")
        began = time.perf_counter()
        status, state = await ana.get("/state")
        assert status == 200
        assert time.perf_counter() - began < 2
        assert len(state["members"]) <= 200
        assert state["member_count"] == 100_003
        (found,) = (await ana.get("/members", query="guest99999"))[1]
        assert found["user"]["username"] == "guest99999"
        ids = f"{found['user']['id']},5"
        assert [one["user"]["id"] for one in (await ana.get("/members", ids=ids))[1]] == [ids.split(",")[0]]


async def test_an_upload_is_kept_under_a_harmless_name(
    discord: Sandbox, session: aiohttp.ClientSession, ana: Caller
) -> None:
    url = ana.base + "/files"
    async with session.post(url, params={"name": '../a"b.html'}, data=b"<script>") as response:
        file = await response.json()
    assert file["filename"] == ".._a_b.html"
    async with session.get(file["url"]) as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    async with session.post(url, data=b"x") as response:
        assert response.status == 400
    large = BytesIO(b"x" * (10 * 1024 * 1024 + 1))
    async with session.post(url, params={"name": "big"}, data=large) as response:
        assert response.status == 413


async def test_traffic_that_was_let_go_is_not_found(ana: Caller) -> None:
    for item in ("999999", "x", "9" * 40):
        assert (await ana.get(f"/traffic/{item}"))[0] == 404


async def test_the_clock_stops_at_a_century(discord: Sandbox, session: aiohttp.ClientSession) -> None:
    async with Sandbox() as other:
        caller = Caller(other, session, "owner")
        assert (await caller.send("POST", "/clock", advance=3_000_000_000))[0] == 200
        status, answer = await caller.send("POST", "/clock", advance=3_000_000_000)
        assert (status, answer["message"]) == (400, "the clock goes at most a century ahead")
