"""/leaderboard end to end: asking to be shown, being shown, and going again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

pytestmark = pytest.mark.usefixtures("app")


def lines(answer: Answer) -> list[str]:
    return answer.embeds[0]["description"].splitlines()


def footer(answer: Answer) -> str:
    shown: dict[str, Any] = answer.embeds[0].get("footer", {})
    return shown.get("text", "")


async def join(member: Member, period: str = "week") -> Answer:
    return await member.press(await member.slash("leaderboard", period=period), "Show me here")


async def test_nobody_is_shown_who_did_not_ask(ana: Member, ben: Member) -> None:
    await ana.slash("checkin", hack="energy-ball")
    for period in ("week", "month", "all"):
        answer = await ben.slash("leaderboard", period=period)
        assert answer.ephemeral
        assert ana.mention not in str(answer.embeds)


async def test_asking_to_be_shown_and_going_again(ana: Member, ben: Member) -> None:
    await ana.slash("checkin", hack="energy-ball", duration=40)
    board = await ana.slash("leaderboard")
    joined = await ana.press(board, "Show me here")
    assert lines(joined) == [f"🥇 {ana.mention} – 40 min"]
    assert lines(await ben.slash("leaderboard")) == [f"🥇 {ana.mention} – 40 min"]
    left = await ana.press(board, "Don't show me")
    assert ana.mention not in str(left.embeds)
    assert ana.mention not in str((await ben.slash("leaderboard")).embeds)
    rejoined = await ana.press(board, "Show me here")
    assert lines(rejoined) == [f"🥇 {ana.mention} – 40 min"]


async def test_a_check_in_shows_at_once(ana: Member, ben: Member) -> None:
    for member, minutes in ((ana, 10), (ben, 20)):
        await member.slash("checkin", hack="energy-ball", duration=minutes)
        await join(member)
    assert lines(await ana.slash("leaderboard")) == [
        f"🥇 {ben.mention} – 20 min",
        f"🥈 {ana.mention} – 10 min",
    ]
    await ana.slash("checkin", duration=10)
    assert lines(await ben.slash("leaderboard")) == [
        f"🥇 {ana.mention} – 20 min",
        f"🥇 {ben.mention} – 20 min",
    ]


async def test_the_board_says_what_is_so_now(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball", duration=10)
    await join(ana, "all")
    await world.execute("UPDATE users SET total_practice_minutes = 50")
    assert lines(await ben.slash("leaderboard", period="all")) == [f"🥇 {ana.mention} – 50 min"]
    await ana.slash("checkin", duration=5)
    assert lines(await ben.slash("leaderboard", period="all")) == [f"🥇 {ana.mention} – 55 min"]


async def test_being_shown_before_having_practised(ana: Member) -> None:
    joined = await join(ana)
    assert ana.mention not in str(joined.embeds)
    assert "once you have practised" in footer(joined)


async def test_periods(ana: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball", duration=15)
    await join(ana, "all")
    world.days(40)
    assert lines(await ana.slash("leaderboard", period="all")) == [f"🥇 {ana.mention} – 15 min"]
    for period in ("week", "month"):
        assert ana.mention not in str((await ana.slash("leaderboard", period=period)).embeds)
    await ana.slash("checkin", duration=5)
    assert lines(await ana.slash("leaderboard", period="week")) == [f"🥇 {ana.mention} – 5 min"]
    assert lines(await ana.slash("leaderboard", period="month")) == [f"🥇 {ana.mention} – 5 min"]
    assert lines(await ana.slash("leaderboard", period="all")) == [f"🥇 {ana.mention} – 20 min"]


async def test_the_button_stays_with_its_period(ana: Member) -> None:
    board = await ana.slash("leaderboard", period="month")
    title = board.embeds[0]["title"]
    joined = await ana.press(board, "Show me here")
    assert joined.embeds[0]["title"] == title
    assert title != (await ana.slash("leaderboard", period="all")).embeds[0]["title"]


async def test_own_place_below_the_first_ten(discord: Sandbox, world: World) -> None:
    members = [await discord.member(f"m{number:02}") for number in range(12)]
    for number, member in enumerate(members):
        await member.slash("checkin", hack="energy-ball", duration=100 - number)
        await join(member)
    last = lines(await members[-1].slash("leaderboard"))
    assert len(last) == 12
    assert last[-2] == "…"
    assert last[-1] == f"12. {members[-1].mention} – 1 h 29 min"
    first = lines(await members[0].slash("leaderboard"))
    assert len(first) == 10
    assert members[10].mention not in str(first)


async def test_the_board_pings_nobody(ana: Member, ben: Member) -> None:
    await ana.slash("checkin", hack="energy-ball")
    await join(ana)
    shown = await ben.slash("leaderboard")
    assert shown.message["mentions"] == []


async def test_by_direct_message_there_is_none(ana: Member) -> None:
    answer = await ana.dm().slash("leaderboard")
    assert "belongs to a server" in answer.content
