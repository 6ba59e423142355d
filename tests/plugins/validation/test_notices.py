"""Being told that one's practice was validated: for those who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member


async def test_who_asked_is_told(ana: Member, ben: Member, world: World, discord: Sandbox) -> None:
    await world.told(ana)
    await ana.slash("checkin", hack="energy-ball")
    await ben.slash("validate", user=ana, message="Lovely, @everyone")
    letter = await ana.receives("validated your Energy ball")
    (embed,) = letter["embeds"]
    assert ben.mention in embed["description"]
    assert "> Lovely" in embed["description"]
    assert "/notices" in embed["footer"]["text"]
    assert letter["mention_everyone"] is False
    assert discord.dms(ben) == []


async def test_a_reaction_is_told_too(ana: Member, ben: Member, world: World) -> None:
    await world.told(ana)
    session = await ana.slash("checkin", hack="energy-ball")
    await ben.react(session, "✅")
    assert await ana.receives("validated your Energy ball")


async def test_who_did_not_ask_is_not(ana: Member, ben: Member, world: World, discord: Sandbox) -> None:
    await ana.slash("checkin", hack="energy-ball")
    await ben.slash("validate", user=ana)
    await world.sent()
    assert discord.dms(ana) == []


async def test_a_second_try_tells_nothing(ana: Member, ben: Member, world: World, discord: Sandbox) -> None:
    await world.told(ana)
    await ana.slash("checkin", hack="energy-ball")
    await ben.slash("validate", user=ana)
    assert await ana.receives("validated your Energy ball")
    await ben.slash("validate", user=ana)
    await world.sent()
    assert len(discord.dms(ana)) == 1
