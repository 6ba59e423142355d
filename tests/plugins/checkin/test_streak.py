"""/streak end to end: the words, the picture, and whose it is to see."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

pytestmark = pytest.mark.usefixtures("app")


def words(answer: Answer) -> str:
    return answer.embeds[0]["description"]


async def test_streak_in_words_and_as_a_picture(ana: Member, world: World) -> None:
    await world.practise(ana, 3)
    answer = await ana.slash("streak")
    assert not answer.ephemeral
    said = words(answer)
    assert "ana" in said
    assert "3 days in a row" in said
    assert "15 min in all" in said
    assert "7 days" in said
    (picture,) = answer.files.values()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert width >= 800
    assert width / height == pytest.approx(
        answer.embeds[0]["image"]["width"] / answer.embeds[0]["image"]["height"]
    )
    assert answer.embeds[0]["image"]["url"].endswith("/streak.png")
    assert list(answer.files) == ["streak.png"]


async def test_streak_that_ended_keeps_its_longest(ana: Member, world: World) -> None:
    await world.practise(ana, 4)
    world.days(3)
    said = words(await ana.slash("streak"))
    assert "4 days at best" in said
    assert "0 days in a row" not in said
    await ana.slash("checkin")
    said = words(await ana.slash("streak"))
    assert "1 day in a row" in said
    assert "4 days at best" in said


async def test_streak_stands_until_the_end_of_the_next_day(ana: Member, world: World) -> None:
    await world.practise(ana, 2)
    world.days()
    assert "2 days in a row" in words(await ana.slash("streak"))
    world.days()
    assert "2 days in a row" not in words(await ana.slash("streak"))


async def test_newcomer_is_welcome(ana: Member, world: World) -> None:
    answer = await ana.slash("streak")
    assert answer.ephemeral
    assert "/checkin" in words(answer)
    assert await world.rows("SELECT id FROM users") == [], "looking makes no member"


async def test_streak_of_another(ana: Member, ben: Member, world: World) -> None:
    await world.practise(ana, 2)
    answer = await ben.slash("streak", user=ana)
    assert answer.ephemeral, "who looks at whom is nobody's business"
    assert "**ana**: 2 days in a row" in words(answer)
    assert len(answer.files) == 1


async def test_another_who_never_practised(ana: Member, ben: Member) -> None:
    answer = await ben.slash("streak", user=ana)
    assert answer.ephemeral
    assert "ana has not practised here yet" in answer.content
    assert answer.files == {}


@pytest.mark.parametrize("visibility", ["private", "friends"])
async def test_streak_that_is_kept_to_oneself(
    ana: Member, ben: Member, world: World, visibility: str
) -> None:
    await world.practise(ana, 2)
    await world.show(ana, streak=visibility, profile="public")
    refused = await ben.slash("streak", user=ana)
    assert refused.ephemeral
    assert "keeps their streak to themselves" in refused.content
    assert refused.files == {}
    own = await ana.slash("streak")
    assert own.ephemeral
    assert "2 days in a row" in words(own)
    assert (await ben.slash("profile", user=ana)).files, "the profile is still shown"


async def test_a_name_is_shown_letter_by_letter(discord: Sandbox, world: World) -> None:
    star = await discord.member("__star__")
    await star.slash("checkin", hack="energy-ball")
    assert r"\_\_star\_\_" in words(await star.slash("streak"))


async def test_a_day_ends_at_the_members_own_midnight(ana: Member, world: World, discord: Sandbox) -> None:
    """Two check-ins an hour apart fall on two days where midnight lies between them, and only there."""
    auckland = ZoneInfo("Pacific/Auckland")
    world.until(datetime.now(auckland).replace(hour=23, minute=30) + timedelta(days=1))
    ben = await discord.member("ben")
    await ana.slash("timezone", zone="Pacific/Auckland")
    for member in (ana, ben):
        await member.slash("checkin", hack="energy-ball")
    discord.clock.advance(timedelta(hours=1))
    for member in (ana, ben):
        await member.slash("checkin")
    assert "2 days in a row" in words(await ana.slash("streak"))
    # 23:30 and 00:30 in Auckland are late morning or noon in UTC.
    assert "1 day in a row" in words(await ben.slash("streak"))
