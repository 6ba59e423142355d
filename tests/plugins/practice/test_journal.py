"""/journal end to end: writing, reading, turning pages, searching; private always."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member


async def test_what_is_written_can_be_read(ana: Member, world: World, discord: Sandbox) -> None:
    written = await ana.slash("journal", entry="  warm hands\ttoday \n")
    assert written.ephemeral
    read = await ana.slash("journal")
    assert read.ephemeral
    assert "warm hands today" in read.text
    assert "Page 1 of 1 · 1 entry" in read.text
    assert read.buttons == []
    assert discord.messages("practice") == []


async def test_an_empty_journal_says_how_to_begin(ana: Member) -> None:
    assert "nothing here yet" in (await ana.slash("journal")).text


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("a" * 501, "501 characters, and 500 is the most"),
        ("   \n ", "nothing in that entry"),
        ("see <script>alert(1)</script>", "looks like code"),
        ("JavaScript:alert(1)", "looks like code"),
    ],
)
async def test_what_cannot_be_kept_is_refused(ana: Member, world: World, entry: str, said: str) -> None:
    answer = await ana.slash("journal", entry=entry, unchecked=True)
    assert answer.ephemeral
    assert said in answer.content
    assert await world.rows("SELECT id FROM journal_entries") == []


async def test_five_hundred_characters_after_trimming_are_kept(ana: Member, world: World) -> None:
    await ana.slash("journal", entry=f"  {'ä' * 500}  ")
    assert await world.rows("SELECT length(text) FROM journal_entries") == [(500,)]


async def test_pages_are_turned(ana: Member, world: World) -> None:
    for number in range(1, 13):
        await ana.slash("journal", entry=f"entry no. {number:02}")
        world.minutes(1)
    page = await ana.slash("journal")
    assert "no. 12" in page.text
    assert "no. 07" not in page.text
    assert page.buttons == ["Older"]
    await ana.press(page, "Older")
    assert "no. 07" in page.text
    assert "Page 2 of 3" in page.text
    assert page.buttons == ["Newer", "Older"]
    await ana.press(page, "Older")
    assert page.buttons == ["Newer"]
    assert "no. 01" in page.text
    await ana.press(page, "Newer")
    assert "Page 2 of 3" in page.text


async def test_search_finds_words_in_whatever_case_and_keeps_them_over_pages(
    ana: Member, world: World
) -> None:
    for number in range(1, 8):
        await ana.slash("journal", entry=f"ÜBUNG: number {number}")
        world.minutes(1)
    await ana.slash("journal", entry="something else")
    page = await ana.slash("journal", search="übung: n")
    assert "Page 1 of 2 · 7 entries" in page.text
    assert "something else" not in page.text
    await ana.press(page, "Older")
    assert "Page 2 of 2 · 7 entries" in page.text
    assert "number 1" in page.text


@pytest.mark.parametrize("search", ["%", "_", "nowhere", ":" * 60, "🔥" * 60])
async def test_search_that_finds_nothing_says_so(ana: Member, search: str) -> None:
    await ana.slash("journal", entry="calm")
    assert "No entry holds that" in (await ana.slash("journal", search=search)).text


async def test_a_long_search_still_turns_pages(ana: Member, world: World) -> None:
    words = ":" * 60
    for _ in range(6):
        await ana.slash("journal", entry=words)
    page = await ana.slash("journal", search=words)
    await ana.press(page, "Older")
    assert "Page 2 of 2" in page.text


async def test_writing_and_searching_at_once_is_refused(ana: Member, world: World) -> None:
    answer = await ana.slash("journal", entry="calm", search="calm")
    assert answer.ephemeral
    assert "one at a time" in answer.content
    assert await world.rows("SELECT id FROM journal_entries") == []


async def test_a_journal_is_its_members_own(ana: Member, ben: Member) -> None:
    await ana.slash("journal", entry="mine")
    assert "mine" not in (await ben.slash("journal")).text
    assert "mine" not in (await ben.slash("journal", search="mi")).text


async def test_what_is_written_pings_nobody(ana: Member, ben: Member) -> None:
    await ana.slash("journal", entry=f"@everyone {ben.mention}")
    read = await ana.slash("journal")
    assert read.message["mentions"] == []
    assert read.message["mention_everyone"] is False


async def test_in_direct_messages(ana: Member) -> None:
    await ana.dm().slash("journal", entry="quiet")
    assert "quiet" in (await ana.dm().slash("journal")).text
