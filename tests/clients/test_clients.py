"""Bots on client libraries that nobody here wrote, unmodified: what works on Discord works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from nrg_sandbox import Choice, InvalidOption, NoAnswer, Sandbox
from tests.clients.conftest import HERE, started

if TYPE_CHECKING:
    from nrg_sandbox import Member
    from tests.clients.conftest import Client, Library

pytestmark = pytest.mark.asyncio(loop_scope="module")

MESSAGE_CONTENT = 1 << 15


@pytest_asyncio.fixture(loop_scope="module")
async def ana(discord: Sandbox, client: Client) -> Member:
    return await discord.member("ana")


# Answers


async def test_its_commands_are_registered(discord: Sandbox, ana: Member) -> None:
    offered = {command["name"]: command["type"] for command in discord.commands}
    assert (len(offered), offered["ping"], offered["Greet"], offered["Quote"]) == (14, 1, 2, 3)


async def test_an_answer(ana: Member) -> None:
    answer = await ana.slash("ping")
    assert (answer.content, answer.ephemeral, answer.deferred) == ("pong", False, False)


async def test_an_answer_in_direct_messages(discord: Sandbox, ana: Member) -> None:
    answer = await ana.dm().slash("ping")
    assert (answer.content, discord.dms(ana)[-1]["id"]) == ("pong", answer.message["id"])


async def test_time_asked_for_and_a_further_message(ana: Member, discord: Sandbox) -> None:
    answer = await ana.slash("slow")
    assert (answer.content, answer.ephemeral, answer.deferred) == ("first", True, True)
    await discord.wait_for(lambda: [message["content"] for message in answer.followups] == ["second"])


async def test_every_kind_of_option(discord: Sandbox, ana: Member) -> None:
    discord.role("helper")
    ben = await discord.member("ben")
    file = ("notes.txt", b"some notes")
    answer = await ana.slash("describe", who=ben, role="helper", where="general", file=file, times=5)
    assert answer.content == "ben, helper, general, some notes, 5"
    with pytest.raises(InvalidOption, match="at most 5"):
        await ana.slash("describe", who=ben, role="helper", where="general", file=file, times=6)


async def test_suggestions(ana: Member) -> None:
    assert await ana.autocomplete("find", "hack", "energy-f") == [Choice("ENERGY-FLOWS", "energy-flows")]
    assert await ana.autocomplete("find", "hack", "none") == []
    assert (await ana.slash("find", hack="energy-flows")).content == "found energy-flows"


async def test_a_picture_in_an_embed(ana: Member) -> None:
    answer = await ana.slash("card")
    card = (HERE / "card.png").read_bytes()
    assert answer.files == {"card.png": card}
    (embed,) = answer.embeds
    assert (embed["title"], embed["color"]) == ("Card", 0x336699)
    assert (embed["image"]["width"], embed["image"]["height"]) == (48, 32)
    async with aiohttp.ClientSession() as session, session.get(embed["image"]["url"]) as response:
        assert await response.read() == card


async def test_the_menu_of_a_member(discord: Sandbox, ana: Member) -> None:
    ben = await discord.member("ben")
    assert (await ana.on_user("Greet", ben)).content == "hello ben"


async def test_the_menu_of_a_message(ana: Member) -> None:
    said = await ana.say("something wise")
    assert (await ana.on_message("Quote", said)).content == "> something wise"


# Components and forms


async def test_a_button_changes_its_message(ana: Member) -> None:
    shown = await ana.slash("buttons")
    pressed = await ana.press(shown, "Now")
    assert (pressed.content, pressed.message["id"]) == ("pressed by ana", shown.message["id"])
    assert shown.components


async def test_a_button_asks_for_time_first(discord: Sandbox, ana: Member) -> None:
    shown = await ana.slash("buttons")
    assert (await ana.press(shown, "Later")).deferred
    await discord.wait_for(lambda: shown.content == "later it is")


async def test_a_select(ana: Member) -> None:
    shown = await ana.slash("buttons")
    with pytest.raises(InvalidOption, match="3 values"):
        await ana.select(shown, "pick", ["sun", "moon", "star"])
    await ana.select(shown, "pick", ["sun", "star"])
    assert (shown.content, shown.components) == ("picked sun, star", [])


async def test_a_form(ana: Member) -> None:
    opened = await ana.slash("form")
    assert opened.modal is not None
    assert opened.modal["title"] == "Journal"
    with pytest.raises(InvalidOption, match="3 to 20 characters"):
        await ana.submit(opened, {"entry": "so"})
    assert (await ana.submit(opened, {"entry": "a good day"})).content == "written: a good day"


# Messages


async def test_messages_and_reactions(discord: Sandbox, client: Client, ana: Member) -> None:
    said = await ana.say("hello")
    await client.tells("message", author="ana", content="hello")
    await client.tells("reaction", user="nrg", emoji="👋")
    await ana.react(said, "🎉")
    await client.tells("reaction", user="ana", emoji="🎉")
    (now,) = [message for message in discord.messages("practice") if message["id"] == said["id"]]
    assert {item["emoji"]["name"]: item["count"] for item in now["reactions"]} == {"👋": 1, "🎉": 1}


async def test_reading_a_channel(ana: Member) -> None:
    for text in ("one", "two", "three"):
        await ana.say(text, channel="general")
    assert (await ana.slash("read", where="general")).content == "three, two"


async def test_a_letter(discord: Sandbox, client: Client) -> None:
    ben = await discord.member("ben")
    assert (await ben.slash("letter")).content == "sent"
    assert [message["content"] for message in discord.dms(ben)] == ["a letter"]


# Refusals, as the library's own errors


async def refused(client: Client, library: Library, status: int, code: int) -> str:
    """Wait for a refusal and return what the library makes of it."""
    told = await client.tells("refused", status=status, code=code, error=library.errors[status])
    return told["text"]


async def test_closed_direct_messages(discord: Sandbox, client: Client, library: Library) -> None:
    cleo = await discord.member("cleo")
    cleo.close_dms()
    assert (await cleo.slash("letter")).content == "refused: 50007"
    await refused(client, library, 403, 50007)
    assert discord.dms(cleo) == []


async def test_a_member_above_the_bot(
    discord: Sandbox, client: Client, library: Library, ana: Member
) -> None:
    ben, owner = await discord.member("ben"), await discord.member("owner")
    assert (await ana.slash("rename", who=ben, name="Benjamin")).content == "renamed"
    assert (await ana.slash("rename", who=owner, name="Nobody")).content == "refused: 50013"
    await refused(client, library, 403, 50013)


async def test_a_text_too_long(client: Client, library: Library, ana: Member) -> None:
    assert (await ana.slash("echo", text="x" * 2000)).content == "x" * 2000
    assert (await ana.slash("echo", text="x" * 2001)).content == "refused: 50035"
    assert "2000 or fewer in length" in await refused(client, library, 400, 50035)


async def test_a_second_answer(client: Client, library: Library, ana: Member) -> None:
    answer = await ana.slash("ping")
    await ana.deliver_again(answer)
    await refused(client, library, 400, 40060)
    assert answer.content == "pong"


async def test_an_answer_after_the_deadline(client: Client, library: Library, ana: Member) -> None:
    with pytest.raises(NoAnswer, match="'late' of ana"):
        await ana.slash("late")
    await ana.say("now")
    await refused(client, library, 404, 10062)


async def test_a_rate_limit_is_waited_for(discord: Sandbox, client: Client, ana: Member) -> None:
    before = len(discord.dms(ana))
    discord.fail("POST", r"/messages$", status=429, retry_after=0.05, times=2)
    assert (await ana.slash("letter")).content == "sent"
    statuses = [call.status for call in discord.requests if call.path.endswith("/messages")]
    assert statuses[-3:] == [429, 429, 200]
    assert len(discord.dms(ana)) == before + 1


# The gateway


async def test_what_happened_while_it_was_away_arrives_once(discord: Sandbox, client: Client) -> None:
    dora = await discord.member("dora")
    discord.ask_to_reconnect()
    await dora.say("before")
    await discord.wait_for(lambda: not discord.bot_online)
    await dora.say("meanwhile")
    await client.tells("resumed")
    await dora.say("after")
    await client.tells("message", author="dora", content="after")
    assert client.heard_from("dora") == ["before", "meanwhile", "after"]


async def test_a_broken_connection_loses_nothing(discord: Sandbox, client: Client) -> None:
    emil = await discord.member("emil")
    await discord.drop_gateway()
    await emil.say("meanwhile")
    await client.tells("resumed")
    await emil.say("after")
    await client.tells("message", author="emil", content="after")
    assert client.heard_from("emil") == ["meanwhile", "after"]


async def test_a_wrong_token_is_refused(library: Library, discord: Sandbox) -> None:
    async with started(library, discord, token="wrong") as client:
        assert await client.ends() == 1
        assert client.told == []
    assert discord.requests[-1].status == 401


async def test_an_intent_that_was_not_granted(library: Library) -> None:
    async with (
        Sandbox(disallowed_intents=MESSAGE_CONTENT) as strict,
        started(library, strict) as client,
    ):
        assert await client.ends() == 1
        assert not strict.bot_online
        assert client.told == []
