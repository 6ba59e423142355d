"""Replies to a practice's message do what its buttons do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hikari
import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

# As a bot runs that was not granted the intent for what messages say.
pytestmark = pytest.mark.parametrize(
    "discord", [{"disallowed_intents": int(hikari.Intents.MESSAGE_CONTENT)}], indirect=True
)


async def begin(world: World, member: Member) -> Answer:
    answer = await member.slash("practice start", hack="energy-ball")
    await world.remembered()
    world.minutes(6)
    return answer


async def reaction(discord: Sandbox, reply: dict[str, Any]) -> str:
    """Wait for the bot's reaction to a message."""

    def found() -> Any:
        (message,) = (each for each in discord.messages("practice") if each["id"] == reply["id"])
        return message.get("reactions")

    (one,) = await discord.wait_for(found)
    return one["emoji"]["name"]


@pytest.mark.parametrize("word", ["stop", "End", "  STOP! ", "<@{bot}> stop"])
async def test_a_reply_ends_it(ana: Member, world: World, discord: Sandbox, word: str) -> None:
    answer = await begin(world, ana)
    reply = await ana.say(word.format(bot=discord.application_id), reply_to=answer.message)
    assert await reaction(discord, reply) == "✅"
    assert "6 min of **Energy ball**" in answer.text
    assert await world.sessions() == [(6, None)]


async def test_replies_pause_and_resume(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await begin(world, ana)
    assert await reaction(discord, await ana.say("pause", reply_to=answer.message)) == "⏸️"
    assert answer.buttons == ["Resume", "End"]
    world.minutes(10)
    assert await reaction(discord, await ana.say("pause", reply_to=answer.message)) == "⏸️"
    assert await reaction(discord, await ana.say("resume", reply_to=answer.message)) == "▶️"
    assert answer.buttons == ["Pause", "End"]
    world.minutes(1)
    await ana.say("stop", reply_to=answer.message)
    await ana.sees("7 min of **Energy ball**")


async def test_a_reply_to_what_is_over_changes_nothing(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await begin(world, ana)
    asked = dict(answer.message)
    await ana.press(answer, "End")
    await ana.say("stop", reply_to=asked)
    after = await ana.slash("practice status")
    assert "not practising" in after.content
    assert await world.sessions() == [(6, None)]


async def test_somebody_elses_reply_changes_nothing(
    ana: Member, ben: Member, world: World, discord: Sandbox
) -> None:
    answer = await begin(world, ana)
    before = len(discord.messages("practice"))
    assert await reaction(discord, await ben.say("stop", reply_to=answer.message)) == "🔒"
    assert answer.buttons == ["Pause", "End"]
    assert len(discord.messages("practice")) == before + 1
    assert await world.sessions() == []


@pytest.mark.parametrize("said", ["nice!", "don't stop", "stop it please", ""])
async def test_other_words_are_left_alone(ana: Member, world: World, discord: Sandbox, said: str) -> None:
    answer = await begin(world, ana)
    reply = await ana.say(said or "🎉", reply_to=answer.message)
    await ana.press(answer, "Pause")
    (message,) = (each for each in discord.messages("practice") if each["id"] == reply["id"])
    assert "reactions" not in message


async def test_what_is_no_reply_to_a_practice_is_left_alone(
    ana: Member, ben: Member, world: World, discord: Sandbox
) -> None:
    answer = await begin(world, ana)
    said = await ben.say("stop")
    await ana.say("stop", reply_to=said)
    assert (await ana.slash("practice pause")).ephemeral
    assert all("reactions" not in each for each in discord.messages("practice"))
    assert await world.sessions() == []
    assert answer.message["id"]


async def test_in_direct_messages(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await ana.dm().slash("practice start", hack="energy-ball")
    world.minutes(6)
    await ana.dm().say("stop", reply_to=answer.message)
    await ana.receives("6 min of **Energy ball**")
    assert await world.sessions() == [(6, None)]


async def test_a_reply_that_arrives_again_is_one_session(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await begin(world, ana)
    asked = dict(answer.message)
    for _ in range(2):
        await ana.say("stop", reply_to=asked)
    await ana.sees("6 min of **Energy ball**")
    await ana.slash("practice status")
    assert await world.sessions() == [(6, None)]


async def test_a_disabled_plugin_does_not_listen(ana: Member, world: World) -> None:
    answer = await begin(world, ana)
    await world.switch("practice", enabled=False)
    await ana.say("stop", reply_to=answer.message)
    refused = await ana.press(answer, "End")
    assert "had its day" in refused.content
    assert await world.sessions() == []
