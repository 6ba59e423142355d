"""/techniques end to end: what is open, what opens the rest, and how far one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox.program import Answer, Member

pytestmark = pytest.mark.usefixtures("app")


def listed(answer: Answer) -> dict[str, str]:
    """Return the text of each technique by its heading."""
    return {field["name"]: field["value"] for field in answer.embeds[0].get("fields", [])}


async def test_a_newcomer_sees_them_all(ana: Member, world: World) -> None:
    answer = await ana.slash("techniques")
    assert answer.ephemeral
    shown = listed(answer)
    assert list(shown) == [
        "🌱 Energy ball",
        "🌱 Eye massage",
        "🌱 Warm liquid",
        "🔒 Double torus shield",
        "🔒 Base state",
        "🔒 Energy flows",
        "🔒 Energy programming",
    ]
    assert "palms" in shown["🌱 Energy ball"]
    assert "Opens with a 7-day streak" in shown["🔒 Double torus shield"]
    assert "▱▱▱▱▱▱▱▱▱▱" in shown["🔒 Double torus shield"]
    assert "Double torus shield" in shown["🔒 Base state"]
    assert await world.rows("SELECT id FROM users") == []


async def test_filters(ana: Member, world: World) -> None:
    await world.practise(ana, 1)
    await world.execute("UPDATE member_hacks SET mastered_at = CURRENT_TIMESTAMP, sessions = 50")
    assert list(listed(await ana.slash("techniques", filter="unlocked"))) == [
        "🌟 Energy ball",
        "🌱 Eye massage",
        "🌱 Warm liquid",
    ]
    assert list(listed(await ana.slash("techniques", filter="mastered"))) == ["🌟 Energy ball"]
    locked = listed(await ana.slash("techniques", filter="locked"))
    assert all(name.startswith("🔒") for name in locked)
    assert len(locked) == 4


async def test_progress_of_what_is_practised(ana: Member, world: World) -> None:
    await world.practise(ana, 2)
    shown = listed(await ana.slash("techniques"))
    assert "2 sessions so far" in shown["🌱 Energy ball"]
    assert "50 sessions" in shown["🌱 Energy ball"]
    assert "▰▰▱▱▱▱▱▱▱▱" in shown["🔒 Double torus shield"]
    assert "so far" not in shown["🌱 Eye massage"]


async def test_nothing_mastered_yet(ana: Member) -> None:
    answer = await ana.slash("techniques", filter="mastered")
    assert "Nothing is mastered yet" in answer.embeds[0]["description"]


async def test_what_was_opened_stays_open(ana: Member, world: World) -> None:
    await world.practise(ana, 7)
    world.days(5)
    assert "🌱 Double torus shield" in listed(await ana.slash("techniques"))


async def test_a_long_catalogue_still_fits(ana: Member, world: World) -> None:
    """Discord takes 25 fields and 6,000 characters in all."""
    await world.execute("UPDATE hacks SET description = :text", text="breathe " * 200)
    for number in range(30):
        await world.execute(
            "INSERT INTO hacks (id, name, slug, description, level, created_at, is_active)"
            " VALUES (:id, :name, :slug, :text, 5, CURRENT_TIMESTAMP, true)",
            id=f"{number:032x}",
            name=f"Technique {number}",
            slug=f"technique-{number}",
            text="breathe " * 200,
        )
    await world.app.community.reload()
    answer = await ana.slash("techniques")
    shown = listed(answer)
    assert len(shown) >= 7
    assert f"{37 - len(shown)} more" in answer.embeds[0]["footer"]["text"]
