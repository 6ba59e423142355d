"""/practice end to end: the clock, its commands and buttons, and what becomes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member


async def begin(member: Member, hack: str = "energy-ball", **options: Any) -> Answer:
    return await member.slash("practice start", hack=hack, **options)


# Starting


async def test_start_shows_the_clock_to_everybody(ana: Member, world: World) -> None:
    answer = await begin(ana, goal=20)
    assert not answer.ephemeral
    assert "⏱️ **Energy ball**, on the clock since <t:" in answer.text
    assert "The goal is 20 min" in answer.text
    assert answer.buttons == ["Pause", "End"]
    await world.remembered()
    rows = await world.rows("SELECT goal_minutes, message_id, channel_id, closed_at FROM timed_practices")
    assert rows == [(20, answer.message["id"], ana.channel_id, None)]


async def test_start_offers_what_is_open(ana: Member) -> None:
    offered = await ana.autocomplete("practice start", "hack", "")
    assert [choice.value for choice in offered] == ["energy-ball", "eye-massage", "warm-liquid"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hack": "energy bell"}, 'did you mean "Energy ball"'),
        ({"hack": "@everyone"}, "There is no technique called"),
        ({"hack": "Base state"}, "not open to you yet"),
        ({"hack": "energy-ball", "goal": 0}, "1 to 1,440"),
        ({"hack": "energy-ball", "goal": 1441}, "1 to 1,440"),
        ({"hack": "energy-ball", "goal": -5}, "1 to 1,440"),
    ],
)
async def test_a_wrong_start_is_refused_privately(
    ana: Member, world: World, options: dict[str, Any], said: str
) -> None:
    answer = await ana.slash("practice start", unchecked=True, **options)
    assert answer.ephemeral
    assert said in answer.content
    assert answer.message["mention_everyone"] is False
    assert await world.rows("SELECT id FROM timed_practices") == []


async def test_a_second_start_is_told_of_the_first(ana: Member, ben: Member, world: World) -> None:
    await begin(ana)
    answer = await begin(ana, "warm-liquid")
    assert answer.ephemeral
    assert "You are practising Energy ball already" in answer.content
    await begin(ben)
    assert len(await world.rows("SELECT id FROM timed_practices")) == 2


async def test_two_starts_at_once_are_one(ana: Member, world: World) -> None:
    answers = await asyncio.gather(*(begin(ana) for _ in range(4)))
    assert sorted(answer.ephemeral for answer in answers) == [False, True, True, True]
    assert len(await world.rows("SELECT id FROM timed_practices")) == 1


# Pausing and ending by command


async def test_pauses_do_not_count(ana: Member, world: World) -> None:
    started = await begin(ana)
    world.minutes(10)
    paused = await ana.slash("practice pause")
    assert paused.ephemeral
    assert "Paused after 10 min" in paused.content
    await world.discord.wait_for(lambda: "paused after 10 min" in started.text)
    assert started.buttons == ["Resume", "End"]
    world.minutes(30)
    assert "from 10 min" in (await ana.slash("practice resume")).content
    await world.discord.wait_for(lambda: started.buttons == ["Pause", "End"])
    world.minutes(7)
    ended = await ana.slash("practice end", notes="  calm \n")
    assert not ended.ephemeral
    assert "17 min of **Energy ball**" in ended.text
    assert "First session" in ended.text
    assert "calm" in ended.text
    assert await world.sessions() == [(17, "calm")]
    assert await world.rows("SELECT streak_count, total_practice_minutes FROM users") == [(1, 17)]
    assert await world.rows("SELECT source FROM practice_sessions") == [("practice",)]
    await world.discord.wait_for(lambda: "✅ **Energy ball**, 17 min." in started.text)
    assert started.buttons == []


async def test_ending_in_a_pause_counts_until_the_pause(ana: Member, world: World) -> None:
    await begin(ana)
    world.minutes(10)
    await ana.slash("practice pause")
    world.minutes(60)
    assert "10 min of" in (await ana.slash("practice end")).text


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("practice pause", "not practising"),
        ("practice resume", "not practising"),
        ("practice end", "not practising"),
        ("practice status", "not practising"),
    ],
)
async def test_without_a_start_nothing_can_be_done(ana: Member, command: str, said: str) -> None:
    answer = await ana.slash(command)
    assert answer.ephemeral
    assert said in answer.content


async def test_pausing_twice_is_refused(ana: Member, world: World) -> None:
    await begin(ana)
    await ana.slash("practice pause")
    world.minutes(5)
    answer = await ana.slash("practice pause")
    assert answer.ephemeral
    assert "paused already" in answer.content


async def test_resuming_what_runs_is_refused(ana: Member) -> None:
    await begin(ana)
    answer = await ana.slash("practice resume")
    assert answer.ephemeral
    assert "running already" in answer.content


@pytest.mark.parametrize(("notes", "said"), [("<script>alert(1)</script>", "code"), ("a" * 501, "501")])
async def test_notes_that_cannot_be_kept_leave_it_running(
    ana: Member, world: World, notes: str, said: str
) -> None:
    await begin(ana)
    world.minutes(5)
    answer = await ana.slash("practice end", notes=notes, unchecked=True)
    assert answer.ephemeral
    assert said in answer.content
    assert await world.sessions() == []
    assert "5 min of" in (await ana.slash("practice end")).text


async def test_less_than_a_minute_is_no_session(ana: Member, world: World) -> None:
    await begin(ana)
    world.minutes(0.9)
    answer = await ana.slash("practice end")
    assert answer.ephemeral
    assert "at least a minute" in answer.text
    assert await world.sessions() == []
    assert not (await begin(ana)).ephemeral


async def test_status_shows_it_privately_with_buttons_that_work(ana: Member, world: World) -> None:
    started = await begin(ana)
    world.minutes(3)
    status = await ana.slash("practice status")
    assert status.ephemeral
    assert status.buttons == ["Pause", "End"]
    await ana.press(status, "Pause")
    assert status.buttons == ["Resume", "End"]
    await world.discord.wait_for(lambda: started.buttons == ["Resume", "End"])


GONE = "UPDATE hacks SET is_active = false WHERE slug = 'energy-ball'"
ASLEEP = "UPDATE hacks SET unlock_criteria = :rule WHERE slug = 'energy-ball'"
RULE = '{"metric": "known_to_nobody", "gte": 1}'


@pytest.mark.parametrize(("statement", "values"), [(GONE, {}), (ASLEEP, {"rule": RULE})])
async def test_a_technique_that_is_gone_by_the_end_loses_no_minute(
    ana: Member, world: World, statement: str, values: dict[str, str]
) -> None:
    await begin(ana)
    world.minutes(40)
    await world.execute(statement, **values)
    await world.app.community.reload()
    answer = await ana.slash("practice end")
    assert not answer.ephemeral
    assert "40 min of **Energy ball**" in answer.text
    assert await world.sessions() == [(40, None)]
    assert "no technique called" in (await begin(ana)).text
    assert not (await begin(ana, "warm-liquid")).ephemeral


# Buttons


async def test_the_buttons_pause_resume_and_end(ana: Member, world: World) -> None:
    answer = await begin(ana)
    world.minutes(4)
    await ana.press(answer, "Pause")
    assert answer.buttons == ["Resume", "End"]
    world.minutes(4)
    await ana.press(answer, "Resume")
    world.minutes(4)
    await ana.press(answer, "End")
    assert "8 min of **Energy ball**" in answer.text
    assert answer.buttons == []
    assert await world.sessions() == [(8, None)]


async def test_a_button_pressed_late_shows_how_it_is(ana: Member, world: World) -> None:
    answer = await begin(ana)
    world.minutes(4)
    await ana.slash("practice end")
    await ana.press(answer, "Pause")
    assert "✅ **Energy ball**, 4 min." in answer.text
    assert await world.sessions() == [(4, None)]


async def test_two_clicks_on_end_are_one_session(ana: Member, world: World) -> None:
    answer = await begin(ana)
    world.minutes(4)
    await asyncio.gather(*(ana.press(answer, "End") for _ in range(3)))
    assert await world.sessions() == [(4, None)]
    assert await world.rows("SELECT session_count FROM users") == [(1,)]


@pytest.mark.parametrize("label", ["Pause", "End"])
async def test_somebody_elses_buttons_are_refused(ana: Member, ben: Member, world: World, label: str) -> None:
    answer = await begin(ana)
    world.minutes(4)
    refused = await ben.press(answer, label)
    assert refused.ephemeral
    assert "belong to the one who practises" in refused.content
    assert answer.buttons == ["Pause", "End"]
    assert await world.rows("SELECT discord_username FROM users") == [("ana",)]


async def test_buttons_work_after_a_restart(ana: Member, world: World) -> None:
    answer = await begin(ana)
    await world.sleep()
    world.minutes(9)
    await world.wake()
    await ana.press(answer, "End")
    assert "9 min of" in answer.text


async def test_buttons_of_a_practice_that_is_gone(ana: Member, world: World) -> None:
    answer = await begin(ana)
    await world.execute("DELETE FROM timed_practices")
    refused = await ana.press(answer, "Pause")
    assert refused.ephemeral
    assert "not there any more" in refused.content


async def test_in_direct_messages(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await ana.dm().slash("practice start", hack="energy-ball", goal=2)
    world.minutes(3)
    await world.app.ticker.look()
    letter = await ana.receives("your 2 min of Energy ball are up")
    assert letter["channel_id"] == ana.dm().channel_id
    await ana.dm().press(answer, "End")
    assert await world.sessions() == [(3, None)]
