"""/checkin end to end: the answer, the form, autocompletion, streaks, achievements, feedback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from nrg_core.text import quoted

if TYPE_CHECKING:
    from conftest import World

    from nrg_core.app import App
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

pytestmark = pytest.mark.usefixtures("app")


def fields(answer: Answer) -> dict[str, str]:
    return {field["name"]: field["value"] for field in answer.embeds[0].get("fields", [])}


def inputs(form: Answer) -> dict[str, Any]:
    assert form.modal is not None
    return {item["custom_id"]: item for row in form.modal["components"] for item in row["components"]}


def feelings(answer: Answer) -> dict[str, int]:
    return {button["label"]: button["style"] for button in answer.components[0]["components"]}


async def test_answer_says_what_was_saved(ana: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball", duration=20, notes="  warm hands \n")
    assert not answer.ephemeral
    (embed,) = answer.embeds
    assert "20 min" in embed["description"]
    assert "Energy ball" in embed["description"]
    assert "1 day" in embed["description"]
    assert embed["description"].endswith("\n> warm hands")
    assert "First session" in fields(answer)["New"]
    assert "Double torus shield" in fields(answer)["Next"]
    assert "7-day streak" in fields(answer)["Next"]
    assert "1 session · 20 min" in embed["footer"]["text"]
    ((seconds, notes, channel),) = await world.rows(
        "SELECT duration_seconds, notes, channel_id FROM practice_sessions"
    )
    assert (seconds, notes, channel) == (1200, "warm hands", ana.channel_id)


async def test_hack_and_duration_default_to_the_last_ones(ana: Member, world: World) -> None:
    await ana.slash("checkin", hack="warm-liquid", duration=33)
    answer = await ana.slash("checkin")
    assert "10 min of **Warm liquid**" in answer.embeds[0]["description"]


async def test_hack_may_be_typed_by_name(ana: Member) -> None:
    answer = await ana.slash("checkin", hack="eye MASSAGE")
    assert "5 min of **Eye massage**" in answer.embeds[0]["description"]


async def test_two_sessions_on_a_day_are_one_day(ana: Member) -> None:
    await ana.slash("checkin", hack="energy-ball")
    answer = await ana.slash("checkin")
    assert "1 day" in answer.embeds[0]["description"]
    assert "2 sessions · 10 min" in answer.embeds[0]["footer"]["text"]
    assert "New" not in fields(answer)


async def test_newcomer_is_asked_with_a_form(ana: Member) -> None:
    form = await ana.slash("checkin", notes="fine")
    asked = inputs(form)
    assert list(asked) == ["hack", "minutes", "notes"]
    assert asked["hack"]["required"]
    assert not asked["minutes"]["required"]
    assert asked["notes"]["value"] == "fine"
    answer = await ana.submit(form, {"hack": "energy ball", "minutes": "", "notes": "fine"})
    assert "5 min of **Energy ball**" in answer.embeds[0]["description"]
    assert answer.embeds[0]["description"].endswith("\n> fine")
    assert not answer.ephemeral


async def test_form_keeps_the_minutes_that_were_said(ana: Member) -> None:
    form = await ana.slash("checkin", duration=25)
    assert list(inputs(form)) == ["hack", "notes"]
    answer = await ana.submit(form, {"hack": "Energy ball"})
    assert "25 min of **Energy ball**" in answer.embeds[0]["description"]


async def test_form_asks_for_minutes_alone_when_the_hack_has_none(ana: Member, world: World) -> None:
    await world.execute("UPDATE hacks SET duration_minutes = NULL WHERE slug = 'energy-ball'")
    await world.app.community.reload()
    form = await ana.slash("checkin", hack="energy-ball")
    asked = inputs(form)
    assert list(asked) == ["minutes", "notes"]
    assert asked["minutes"]["required"]
    answer = await ana.submit(form, {"minutes": "12"})
    assert "12 min of **Energy ball**" in answer.embeds[0]["description"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"hack": "energy bell"}, "Energy ball"),
        ({"hack": "Energy ball", "minutes": "abc"}, "number"),
        ({"hack": "Energy ball", "minutes": "0"}, "1 to 1,440"),
        ({"hack": "Energy ball", "minutes": "-5"}, "1 to 1,440"),
        ({"hack": "Energy ball", "minutes": "1441"}, "1 to 1,440"),
        ({"hack": "Energy ball", "notes": "a <script>alert(1)</script>"}, "code"),
        ({"hack": "Base state"}, "not open to you yet"),
    ],
)
async def test_form_with_a_mistake_is_refused_privately(
    ana: Member, world: World, values: dict[str, str], said: str
) -> None:
    answer = await ana.submit(await ana.slash("checkin"), values)
    assert answer.ephemeral
    assert said in answer.content
    assert await world.rows("SELECT id FROM practice_sessions") == []


async def test_autocomplete_offers_what_is_open(ana: Member) -> None:
    offered = await ana.autocomplete("checkin", "hack", "")
    assert [choice.value for choice in offered] == ["energy-ball", "eye-massage", "warm-liquid"]
    assert [choice.name for choice in await ana.autocomplete("checkin", "hack", "LIQ")] == ["Warm liquid"]
    assert await ana.autocomplete("checkin", "hack", "base") == []


async def test_autocomplete_begins_with_the_one_used_last(ana: Member) -> None:
    await ana.slash("checkin", hack="warm-liquid")
    offered = await ana.autocomplete("checkin", "hack", "")
    assert [choice.value for choice in offered] == ["warm-liquid", "energy-ball", "eye-massage"]


async def test_three_days_running_announce_the_achievement_once(
    ana: Member, world: World, discord: Sandbox
) -> None:
    answer = await world.practise(ana, 3)
    assert "3 days in a row" in answer.embeds[0]["description"]
    assert "Three days" in fields(answer)["New"]
    await ana.slash("checkin")
    world.days()
    await ana.slash("checkin")
    await world.settle()
    announced = [
        message["content"]
        for message in discord.messages("practice")
        if message["content"] and "interaction_metadata" not in message
    ]
    assert [text for text in announced if "Three days" in text] == [
        "✨ ana earned **Three days**. Three days in a row. It is becoming yours."
    ]
    told = await world.rows("SELECT announced FROM user_achievements")
    assert [bool(one) for (one,) in told] == [True, True]
    assert await world.rows("SELECT id FROM outbox") == []


async def test_a_missed_day_starts_anew_without_a_word_of_blame(ana: Member, world: World) -> None:
    await world.practise(ana, 3)
    world.days(2)
    answer = await ana.slash("checkin")
    assert "1 day" in answer.embeds[0]["description"]
    shown = str(answer.embeds).casefold()
    assert not any(word in shown for word in ("lost", "broke", "missed", "unfortunately", "sorry"))


async def test_seven_days_open_the_next_technique(ana: Member, world: World) -> None:
    answer = await world.practise(ana, 6)
    assert "▰▰▰▰▰▰▰▰▱▱" in fields(answer)["Next"]
    world.days()
    answer = await ana.slash("checkin")
    assert "**Double torus shield** is open to you now" in fields(answer)["New"]
    assert "Double torus shield" not in fields(answer)["Next"]
    assert "double-torus-shield" in {
        choice.value for choice in await ana.autocomplete("checkin", "hack", "double")
    }
    answer = await ana.slash("checkin", hack="double-torus-shield")
    assert "New" not in fields(answer)


async def test_fiftieth_session_masters_the_technique(ana: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    await world.execute("UPDATE member_hacks SET sessions = 48")
    answer = await ana.slash("checkin")
    assert "mastered" not in str(answer.embeds)
    answer = await ana.slash("checkin")
    assert "You have mastered **Energy ball**" in fields(answer)["New"]
    answer = await ana.slash("checkin")
    assert "mastered" not in str(answer.embeds)


async def test_notes_ping_nobody(ana: Member, ben: Member, discord: Sandbox) -> None:
    role = discord.role("night owls")
    notes = f"@everyone @here {ben.mention} <@&{role['id']}>"
    answer = await ana.slash("checkin", hack="energy-ball", notes=notes)
    assert quoted(notes) in answer.embeds[0]["description"]
    assert answer.message["mentions"] == []
    assert answer.message["mention_roles"] == []
    assert answer.message["mention_everyone"] is False


async def test_notes_are_shown_letter_by_letter(ana: Member) -> None:
    notes = "[Claim it](https://example.org/x) **now**\n# and here\n> as was said"
    said = "> \\[Claim it\\]\\(https\\://example.org/x\\) \\*\\*now\\*\\*\n> \\# and here\n> \\> as was said"
    answer = await ana.slash("checkin", hack="energy-ball", notes=notes)
    assert answer.embeds[0]["description"].endswith(said)


@pytest.mark.parametrize("notes", ["*\n" * 249 + "*", "@" * 500, "*" * 500])
async def test_the_longest_notes_fit(ana: Member, notes: str) -> None:
    answer = await ana.slash("checkin", hack="energy-ball", notes=notes)
    assert quoted(notes) in answer.embeds[0]["description"]


async def test_what_a_refusal_quotes_pings_nobody(ana: Member, ben: Member) -> None:
    answer = await ana.slash("checkin", hack=f"@everyone {ben.mention}")
    assert answer.ephemeral
    assert "@\u200beveryone" in answer.content
    assert answer.message["mentions"] == []
    assert answer.message["mention_everyone"] is False


async def test_check_in_by_direct_message(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await ana.dm().slash("checkin", hack="energy-ball")
    assert "5 min of **Energy ball**" in answer.embeds[0]["description"]
    await world.settle()
    # Nobody else was there, so there is nobody to tell.
    assert len(discord.dms(ana)) == 1


# Feedback


async def test_feedback_is_kept_and_shown_on_the_button(ana: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    assert feelings(answer) == {"Hard today": 2, "Fine": 2, "Lovely": 2}
    pressed = await ana.press(answer, "Lovely")
    assert feelings(pressed) == {"Hard today": 2, "Fine": 2, "Lovely": 3}
    assert pressed.embeds == answer.embeds
    assert await world.rows("SELECT feedback_score FROM practice_sessions") == [(1,)]


async def test_another_press_changes_the_feedback(ana: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    await ana.press(answer, "Lovely")
    pressed = await ana.press(answer, "Hard today")
    assert feelings(pressed) == {"Hard today": 3, "Fine": 2, "Lovely": 2}
    pressed = await ana.press(answer, "Hard today")
    assert feelings(pressed) == {"Hard today": 3, "Fine": 2, "Lovely": 2}
    assert await world.rows("SELECT feedback_score FROM practice_sessions") == [(-1,)]


async def test_somebody_else_cannot_give_the_feedback(ana: Member, ben: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    refused = await ben.press(answer, "Hard today")
    assert refused.ephemeral
    assert "the one who practised" in refused.content
    assert feelings(answer) == {"Hard today": 2, "Fine": 2, "Lovely": 2}
    assert await world.rows("SELECT feedback_score FROM practice_sessions") == [(None,)]


async def test_feedback_on_a_session_that_is_gone(ana: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    await world.execute("DELETE FROM practice_sessions")
    refused = await ana.press(answer, "Fine")
    assert refused.ephemeral
    assert "not there any more" in refused.content


async def test_form_and_feedback_work_in_direct_messages(ana: Member, world: World) -> None:
    form = await ana.dm().slash("checkin")
    answer = await ana.dm().submit(form, {"hack": "energy-ball"})
    await ana.dm().press(answer, "Fine")
    assert await world.rows("SELECT feedback_score, guild_id FROM practice_sessions") == [(0, None)]


# When it takes long


async def test_a_form_that_comes_too_late_is_asked_for_in_words(ana: Member, world: World, app: App) -> None:
    """Discord shows no form any more once it was asked for more time."""
    async with world.writing():
        waiting = asyncio.create_task(ana.slash("checkin"))
        await world.excused()
    answer = await waiting
    (asked,) = await world.discord.wait_for(lambda: answer.followups)
    assert "which technique" in asked["content"]
    assert asked["flags"] & 64
    assert answer.deleted


async def test_a_slow_form_is_answered_once(ana: Member, world: World) -> None:
    form = await ana.slash("checkin")
    async with world.writing():
        waiting = asyncio.create_task(ana.submit(form, {"hack": "Energy ball"}))
        await world.excused()
    answer = await waiting
    assert answer.ephemeral
    assert "5 min of **Energy ball**" in answer.embeds[0]["description"]
    assert len(await world.rows("SELECT id FROM practice_sessions")) == 1


async def test_a_slow_refusal_of_a_form_takes_the_place_of_the_excuse(ana: Member, world: World) -> None:
    form = await ana.slash("checkin")
    async with world.writing():
        waiting = asyncio.create_task(ana.submit(form, {"hack": "Base state"}))
        await world.excused()
    answer = await waiting
    assert answer.ephemeral
    assert "not open to you yet" in answer.content


async def test_a_slow_press_changes_the_buttons_in_the_end(ana: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    async with world.writing():
        waiting = asyncio.create_task(ana.press(answer, "Lovely"))
        await world.excused()
    await waiting
    await world.discord.wait_for(lambda: feelings(answer)["Lovely"] == 3)


async def test_a_slow_refusal_of_a_press_leaves_the_message(ana: Member, ben: Member, world: World) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    async with world.writing():
        waiting = asyncio.create_task(ben.press(answer, "Lovely"))
        await world.excused()
    pressed = await waiting
    (refused,) = await world.discord.wait_for(lambda: pressed.followups)
    assert "the one who practised" in refused["content"]
    assert not answer.deleted
    assert feelings(answer)["Lovely"] == 2
