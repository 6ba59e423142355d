"""What happens by itself: the reminder of a goal, and practices that were forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hikari
import pytest

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

FULL = "your 20 min of Energy ball are up"
HOURS = 60


async def begin(world: World, member: Member, **options: Any) -> Answer:
    answer = await member.slash("practice start", hack="energy-ball", **options)
    await world.remembered()
    return answer


def reminders(discord: Sandbox) -> list[dict[str, Any]]:
    return [each for each in discord.messages("practice") if FULL in each["content"]]


# Reminders


async def test_the_goal_is_told_once_to_the_member_alone(
    ana: Member, ben: Member, world: World, discord: Sandbox
) -> None:
    await begin(world, ana, goal=20)
    world.minutes(18)
    await world.tick()
    assert reminders(discord) == []
    world.minutes(2)
    await world.tick()
    await ana.sees(FULL)
    for _ in range(3):
        await world.tick()
    (message,) = reminders(discord)
    assert [each["id"] for each in message["mentions"]] == [ana.id]
    assert discord.dms(ana) == []


@pytest.mark.parametrize("way", ["command", "button"])
async def test_a_reminder_shows_that_the_practice_is_over(
    ana: Member, world: World, discord: Sandbox, way: str
) -> None:
    begun = await begin(world, ana, goal=20)
    world.minutes(20)
    await world.tick()
    (reminder,) = reminders(discord)
    await ana.slash("practice end") if way == "command" else await ana.press(begun, "End")
    await world.settle()
    (reminder,) = reminders(discord)
    assert reminder["components"] == []
    assert reminder["embeds"][0]["description"].startswith("✅ **Energy ball**")


async def test_a_reminder_shows_a_pause_and_a_goal_that_is_past(
    ana: Member, world: World, discord: Sandbox
) -> None:
    await begin(world, ana, goal=20)
    world.minutes(21)
    await world.tick()
    (reminder,) = reminders(discord)
    still = await ana.press(reminder, "Still practising")
    assert "The goal was 20 min" in still.embeds[0]["description"]
    await ana.slash("practice pause")
    await world.settle()
    (reminder,) = reminders(discord)
    assert reminder["embeds"][0]["description"].startswith("⏸️ **Energy ball**")


async def test_without_a_goal_there_is_no_reminder(ana: Member, world: World, discord: Sandbox) -> None:
    await begin(world, ana)
    world.minutes(11 * HOURS)
    await world.tick()
    assert len(discord.messages("practice")) == 1


async def test_a_pause_moves_the_reminder(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await begin(world, ana, goal=20)
    world.minutes(15)
    await ana.press(answer, "Pause")
    world.minutes(30)
    await world.tick()
    assert reminders(discord) == []
    await ana.press(answer, "Resume")
    world.minutes(3)
    await world.tick()
    assert reminders(discord) == []
    world.minutes(1)
    await world.tick()
    await ana.sees(FULL)


async def test_a_reminder_that_fell_due_while_the_bot_was_away_comes_once(
    ana: Member, world: World, discord: Sandbox
) -> None:
    await begin(world, ana, goal=20)
    await world.sleep()
    world.minutes(90)
    await world.wake()
    await ana.sees(FULL)
    await world.sleep()
    await world.wake()
    await world.tick()
    assert len(reminders(discord)) == 1


async def test_a_reminder_whose_answer_was_lost_comes_once(
    ana: Member, world: World, discord: Sandbox
) -> None:
    await begin(world, ana, goal=20)
    world.minutes(20)
    discord.fail("POST", r"/channels/\d+/messages$", lost=True)
    await world.tick()
    await ana.sees(FULL)
    world.minutes(5)
    await world.settle()
    assert len(reminders(discord)) == 1


async def test_no_reminder_after_the_end(ana: Member, world: World, discord: Sandbox) -> None:
    answer = await begin(world, ana, goal=20)
    world.minutes(19)
    await ana.press(answer, "End")
    world.minutes(5)
    await world.tick()
    assert reminders(discord) == []


async def test_no_reminder_on_a_server_where_the_plugin_is_off(
    ana: Member, world: World, discord: Sandbox
) -> None:
    await begin(world, ana, goal=20)
    await world.switch("practice", enabled=False)
    world.minutes(20)
    await world.tick()
    assert reminders(discord) == []


async def test_a_reminder_that_fell_due_while_the_plugin_was_off_here_comes_no_more(
    ana: Member, world: World, discord: Sandbox
) -> None:
    await begin(world, ana, goal=20)
    await world.switch("practice", enabled=False)
    world.minutes(20)
    await world.tick()
    await world.switch("practice", enabled=True)
    await world.tick()
    assert reminders(discord) == []
    assert await world.rows("SELECT remind_at FROM timed_practices") == [(None,)]
    assert await world.rows("SELECT key FROM outbox WHERE key LIKE 'practice:remind%'") == []


@pytest.mark.parametrize(("hours", "comes"), [(1, 1), (3, 0)])
async def test_a_reminder_that_could_not_be_sent_for_hours_comes_no_more(
    ana: Member, world: World, discord: Sandbox, hours: int, comes: int
) -> None:
    await begin(world, ana, goal=20)
    await world.app.sender.stop()
    world.minutes(20)
    await world.app.ticker.look()
    await world.app.dispatcher.drained()
    world.minutes(hours * HOURS)
    await world.settle()
    assert len(reminders(discord)) == comes
    assert await world.rows("SELECT key FROM outbox") == []


async def test_a_reminder_whose_sender_died_comes_once(ana: Member, world: World, discord: Sandbox) -> None:
    """It arrived, the process died before it noted so, and Discord has forgotten the nonce meanwhile."""
    await begin(world, ana, goal=20)
    world.minutes(20)
    await world.app.ticker.look()
    await world.app.dispatcher.drained()
    (row,) = await world.rows("SELECT created_at, key, kind, payload, due_at, attempts FROM outbox")
    await world.settle()
    assert len(reminders(discord)) == 1
    await world.execute(
        "INSERT INTO outbox (created_at, key, kind, payload, due_at, attempts) "
        "VALUES (:a, :b, :c, :d, :e, :f)",
        **dict(zip("abcdef", row, strict=True)),
    )
    world.minutes(30)
    await world.settle()
    assert len(reminders(discord)) == 1
    assert await world.rows("SELECT key FROM outbox") == []


async def test_a_goal_where_the_bot_cannot_write_is_refused(
    ana: Member, world: World, discord: Sandbox
) -> None:
    channel = discord.world.find_channel("practice")
    await world.app.gateway.bot.rest.edit_permission_overwrite(
        int(channel.id),
        int(discord.guild_id),
        target_type=hikari.PermissionOverwriteType.ROLE,
        deny=hikari.Permissions.SEND_MESSAGES,
    )
    answer = await ana.slash("practice start", hack="energy-ball", goal=20)
    assert answer.ephemeral
    assert "could not remind you here" in answer.content
    assert await world.rows("SELECT id FROM timed_practices") == []
    assert "on the clock" in (await ana.slash("practice start", hack="energy-ball")).text


async def test_the_reminder_can_be_answered(ana: Member, ben: Member, world: World) -> None:
    started = await begin(world, ana, goal=20)
    world.minutes(20)
    await world.tick()
    reminder = await ana.sees(FULL)
    refused = await ben.press(reminder, "Still practising")
    assert refused.ephemeral
    world.minutes(11 * HOURS)
    await ana.press(reminder, "Still practising")
    world.minutes(11 * HOURS)
    await world.tick()
    assert "on the clock" in started.text  # it was a sign of life
    await ana.press(await ana.slash("practice status"), "End")
    assert await world.sessions() == [(22 * HOURS + 22, None)]


async def test_ending_from_the_reminder(ana: Member, world: World) -> None:
    started = await begin(world, ana, goal=20)
    world.minutes(20)
    await world.tick()
    reminder = await ana.sees(FULL)
    await ana.press(reminder, "End")
    await ana.sees("21 min of **Energy ball**")
    await world.discord.wait_for(lambda: started.buttons == [])


# Forgotten


async def forget(world: World, hours: int = 13) -> None:
    world.minutes(hours * HOURS)
    await world.tick()


async def test_a_forgotten_practice_counts_until_its_goal(ana: Member, world: World) -> None:
    started = await begin(world, ana, goal=20)
    await forget(world, 12)
    assert await world.sessions() == []
    await forget(world, 1)
    assert await world.sessions() == [(20, None)]
    await world.discord.wait_for(lambda: "20 min of it are certain" in started.text)
    assert started.buttons == ["Correct the minutes"]
    await forget(world)
    assert await world.sessions() == [(20, None)]


async def test_a_forgotten_practice_counts_until_the_last_sign(ana: Member, world: World) -> None:
    started = await begin(world, ana)
    world.minutes(8)
    await ana.press(started, "Pause")
    world.minutes(5)
    await ana.press(started, "Resume")
    await forget(world)
    assert await world.sessions() == [(8, None)]


async def test_a_forgotten_pause_counts_until_the_pause(ana: Member, world: World) -> None:
    started = await begin(world, ana)
    world.minutes(8)
    await ana.press(started, "Pause")
    await forget(world)
    assert await world.sessions() == [(8, None)]


async def test_one_that_is_closed_where_the_plugin_is_off_counts_all_the_same(
    ana: Member, world: World
) -> None:
    await begin(world, ana, goal=70)
    await world.switch("practice", enabled=False)
    await forget(world, 14)
    assert await world.sessions() == [(70, None)]
    assert await world.rows(
        "SELECT count(*) FROM user_achievements a JOIN achievements ON achievements.id = a.achievement_id "
        "WHERE name = 'An hour by the clock'"
    ) == [(1,)]


async def test_what_nobody_can_vouch_for_is_no_session(ana: Member, world: World) -> None:
    started = await begin(world, ana)
    await forget(world)
    assert await world.sessions() == []
    await world.discord.wait_for(lambda: "not saved as a session" in started.text)
    assert "not saved as a session" in (await ana.slash("practice status")).text
    assert not (await begin(world, ana)).ephemeral


async def test_the_bot_may_be_away_for_days(ana: Member, ben: Member, world: World) -> None:
    started = await begin(world, ana, goal=30)
    await begin(world, ben)
    await world.sleep()
    world.minutes(72 * HOURS)
    await world.wake()
    await world.discord.wait_for(lambda: "30 min of it are certain" in started.text)
    assert await world.sessions() == [(30, None)]


# Putting it right


async def test_a_forgotten_practice_can_be_put_right_once(ana: Member, world: World) -> None:
    started = await begin(world, ana, goal=20)
    await forget(world)
    await world.discord.wait_for(lambda: started.buttons == ["Correct the minutes"])
    form = await ana.press(started, "Correct the minutes")
    answer = await ana.submit(form, {"minutes": "45"})
    assert answer.ephemeral
    assert "45 min of Energy ball" in answer.content
    assert await world.sessions() == [(45, None)]
    assert await world.rows("SELECT total_practice_minutes FROM users") == [(45,)]
    assert await world.rows("SELECT minutes, corrected_minutes FROM timed_practices") == [(20, 45)]
    again = await ana.submit(form, {"minutes": "50"})
    assert again.ephemeral
    assert "corrected to 45 min already" in again.content
    await world.discord.wait_for(lambda: started.buttons == [])


async def test_what_was_no_session_can_become_one(ana: Member, world: World) -> None:
    started = await begin(world, ana)
    await forget(world)
    await world.discord.wait_for(lambda: started.buttons == ["Correct the minutes"])
    form = await ana.press(await ana.slash("practice status"), "Correct the minutes")
    await ana.submit(form, {"minutes": "30"})
    assert await world.sessions() == [(30, None)]
    assert await world.rows("SELECT streak_count, session_count FROM users") == [(1, 1)]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [("0", "from 1 to 781"), ("782", "from 1 to 781"), ("9999", "from 1 to 781"), ("soon", "as a number")],
)
async def test_a_wrong_correction_is_refused(ana: Member, world: World, minutes: str, said: str) -> None:
    await begin(world, ana, goal=20)
    await forget(world)
    form = await ana.press(await ana.slash("practice status"), "Correct the minutes")
    answer = await ana.submit(form, {"minutes": minutes})
    assert answer.ephemeral
    assert said in answer.content
    assert await world.sessions() == [(20, None)]


async def test_nobody_else_can_put_it_right(ana: Member, ben: Member, world: World) -> None:
    started = await begin(world, ana, goal=20)
    await forget(world)
    await world.discord.wait_for(lambda: started.buttons == ["Correct the minutes"])
    refused = await ben.press(started, "Correct the minutes")
    assert refused.ephemeral
    assert refused.modal is None


# The catalogue's metric


async def test_minutes_by_the_clock_earn_an_achievement(ana: Member, world: World) -> None:
    started = await begin(world, ana)
    world.minutes(30)
    await ana.slash("checkin", hack="energy-ball", duration=60)
    await ana.press(started, "End")
    started = await begin(world, ana)
    world.minutes(30)
    await ana.press(started, "End")
    assert "An hour by the clock" in (await ana.sees("An hour by the clock"))["content"]
