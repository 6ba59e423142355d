"""/profile end to end: the card, achievements, progress, and whose it is to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox.program import Answer, Member

pytestmark = pytest.mark.usefixtures("app")


def text(answer: Answer) -> str:
    return answer.embeds[0]["description"]


async def test_card_is_a_picture(ana: Member, world: World) -> None:
    await world.practise(ana, 3)
    answer = await ana.slash("profile")
    assert not answer.ephemeral
    assert list(answer.files) == ["profile.png"]
    assert answer.files["profile.png"].startswith(b"\x89PNG\r\n\x1a\n")
    assert answer.embeds[0]["image"]["url"].endswith("/profile.png")
    assert answer.embeds[0]["image"]["width"] >= 800


async def test_achievements_latest_first_with_their_day(ana: Member, world: World) -> None:
    await world.practise(ana, 3)
    answer = await ana.slash("profile", section="achievements")
    assert answer.embeds[0]["title"] == "ana: 2 achievements"
    first, _, second, _ = text(answer).splitlines()
    assert "Three days" in first
    assert "First session" in second
    day = f"{world.discord.clock.now().timestamp():.0f}"[:6]
    assert f"<t:{day}" in first
    assert answer.files == {}


async def test_an_achievement_without_a_description(ana: Member, world: World) -> None:
    await world.practise(ana, 1)
    await world.execute("UPDATE achievements SET description = NULL, icon_emoji = NULL")
    await world.app.community.reload()
    (line,) = text(await ana.slash("profile", section="achievements")).splitlines()
    assert line.startswith("🏅 **First session** · <t:")
    assert "None" not in line


async def test_progress_nearest_first_without_what_is_earned(ana: Member, world: World) -> None:
    await world.practise(ana, 6)
    lines = text(await ana.slash("profile", section="progress")).splitlines()
    assert "One week" in lines[0]
    assert lines[0].startswith("▰▰▰▰▰▰▰▰▱▱")
    assert "a 7-day streak" in lines[0]
    assert [line.partition("**")[2].partition("**")[0] for line in lines] == [
        "One week",
        "Two weeks",
        "One month",
        "Two months",
        "One hundred days",
    ]


async def test_newcomers_own_sections(ana: Member, world: World) -> None:
    card = await ana.slash("profile")
    assert card.ephemeral
    assert card.files["profile.png"].startswith(b"\x89PNG")
    earned = await ana.slash("profile", section="achievements")
    assert earned.ephemeral
    assert "first practice" in text(earned)
    assert text(await ana.slash("profile", section="progress")).startswith("▱▱▱▱▱▱▱▱▱▱")
    assert await world.rows("SELECT id FROM users") == []


async def test_another_who_never_practised(ana: Member, ben: Member) -> None:
    for section in ("stats", "achievements", "progress"):
        answer = await ben.slash("profile", user=ana, section=section)
        assert answer.ephemeral
        assert "ana has not practised here yet" in answer.content


async def test_profile_of_another(ana: Member, ben: Member, world: World) -> None:
    await world.practise(ana, 1)
    answer = await ben.slash("profile", user=ana, section="achievements")
    assert answer.ephemeral
    assert answer.embeds[0]["title"] == "ana: 1 achievement"


async def test_private_profile(ana: Member, ben: Member, world: World) -> None:
    await world.practise(ana, 1)
    await world.show(ana, streak="public", profile="private")
    for section in ("stats", "achievements", "progress"):
        refused = await ben.slash("profile", user=ana, section=section)
        assert refused.ephemeral
        assert "keeps their profile to themselves" in refused.content
        assert not refused.embeds
    assert (await ana.slash("profile")).ephemeral
    assert not (await ana.slash("streak")).ephemeral
    assert (await ben.slash("streak", user=ana)).files, "the streak is still shown"
