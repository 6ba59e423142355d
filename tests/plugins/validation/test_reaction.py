"""A ✅ on an announced session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member


async def test_a_reaction_validates_and_posts_nothing(
    ana: Member, ben: Member, world: World, discord: Sandbox
) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    await ben.react(session, "✅")
    await world.signed(session)
    assert await world.validations() == [("ben", "ana", None)]
    assert await world.rows("SELECT is_validated FROM practice_sessions") == [(True,)]
    assert await world.earned(ben) == ["first-validation"]
    await world.sent()
    assert [each["content"] for each in discord.messages("practice") if "ben" in str(each)] == []


async def test_taking_it_back_takes_nothing_back(ana: Member, ben: Member, world: World) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    await ben.react(session, "✅")
    await world.signed(session)
    await ben.react(session, "✅", remove=True)
    await ben.react(session, "✅")  # nor does it count twice
    assert "already" in (await ben.slash("validate", user=ana)).content
    assert len(await world.validations()) == 1


async def test_reactions_that_mean_nothing(ana: Member, ben: Member, discord: Sandbox, world: World) -> None:
    """By the owner, with another emoji, on a message of somebody's, on another answer of the bot's."""
    session = await ana.slash("checkin", hack="energy-ball")
    said = await ana.say("I practised")
    streak = await ana.slash("streak")
    await ana.react(session, "✅")
    await ben.react(session, "👍")
    await ben.react(said, "✅")
    await ben.react(streak, "✅")
    cem = await discord.member("cem")
    await cem.react(session, "✅")
    await world.signed(session)
    assert await world.validations() == [("cem", "ana", None)]
    assert "🤝" not in world.reactions(streak)


async def test_a_message_far_from_any_practice_is_not_fetched(
    ana: Member, ben: Member, discord: Sandbox, world: World
) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    discord.clock.advance(timedelta(hours=1))
    said = await ana.say("✅ if you are coming tonight")
    await ben.react(said, "✅")
    await ben.react(session, "✅")
    await world.signed(session)
    fetched = [call.path for call in discord.requests if call.method == "GET" and "/messages/" in call.path]
    assert [path.rpartition("/")[2] for path in fetched] == [session.message["id"]]


@pytest.mark.parametrize("status", [403, 404])
async def test_without_a_sign_the_validation_stands(
    ana: Member, ben: Member, discord: Sandbox, world: World, status: int
) -> None:
    """The bot may not react, or the message was deleted meanwhile."""
    session = await ana.slash("checkin", hack="energy-ball")
    discord.fail("PUT", r"/reactions/", status=status)
    await ben.react(session, "✅")
    await discord.wait_for(lambda: any("/reactions/" in call.path for call in discord.requests))
    assert await world.validations() == [("ben", "ana", None)]


async def test_a_message_that_is_gone(ana: Member, ben: Member, discord: Sandbox, world: World) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    discord.fail("GET", r"/messages/", status=404)
    await ben.react(session, "✅")
    await discord.wait_for(lambda: any(call.status == 404 for call in discord.requests))
    cem = await discord.member("cem")
    await cem.react(session, "✅")
    await world.signed(session)
    assert await world.validations() == [("cem", "ana", None)]


async def test_where_the_plugin_is_off_nothing_happens(
    ana: Member, ben: Member, discord: Sandbox, world: World
) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    await world.switch("validation", enabled=False)
    await ben.react(session, "✅")
    await ben.slash("help")  # heard after the reaction
    await world.switch("validation", enabled=True)
    cem = await discord.member("cem")
    await cem.react(session, "✅")
    await world.signed(session)
    assert await world.validations() == [("cem", "ana", None)]
