"""What gets through and what does not: bad input, haste, disabled plugins, doubles, faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import hikari
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from nrg_core.gateway.rate_limit import rate_limit
from nrg_core.host.enablement import set_enabled
from tests.e2e.plugins import probe

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_core.app import App
    from nrg_core.host.installed import Installed
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member


@pytest.fixture
async def probed(start_bot: StartBot, with_probe: list[Installed]) -> App:
    """A bot with the probe plugin."""
    probe.heard.clear()
    return await start_bot(candidates=with_probe)


async def switch(app: App, plugin: str, enabled: bool, guild_id: int | None = None) -> None:
    """Enable or disable a plugin as the command line does, without telling the bot."""
    now = app.clock.now()
    async with app.database.unit_of_work() as uow:
        await uow.run(set_enabled, [plugin], enabled, now, guild_id)


async def sessions(app: App) -> int:
    return len(await app_rows(app, "SELECT id FROM practice_sessions"))


async def app_rows(app: App, statement: str) -> list[Any]:
    async with app.database.reading() as uow:
        return list((await uow.execute(text(statement))).all())


# Bad input


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hack": "flying"}, "no technique called “flying”"),
        ({"hack": "base-state"}, "not open to you yet. It opens with Double torus shield mastered"),
        ({"hack": "energy-ball", "duration": 0}, "from 1 to 1,440 minutes"),
        ({"hack": "energy-ball", "duration": -5}, "from 1 to 1,440 minutes"),
        ({"hack": "energy-ball", "duration": 1441}, "from 1 to 1,440 minutes"),
        ({"hack": "energy-ball", "notes": "x" * 501}, "501 characters, and 500 is the most"),
        ({"hack": "energy-ball", "notes": "hi <script>alert(1)</script>"}, "looks like code"),
        ({"hack": "energy-ball", "notes": "hi <SCRIPT src=x>"}, "looks like code"),
        ({"hack": "energy-ball", "notes": "javascript:alert(1)"}, "looks like code"),
        ({"hack": "energy-ball", "notes": "<img onerror=x>"}, "looks like code"),
        ({"hack": ""}, "no technique called"),
    ],
)
async def test_bad_input_is_refused_privately(
    app: App, ana: Member, options: dict[str, Any], said: str
) -> None:
    answer = await ana.slash("checkin", unchecked=True, **options)
    assert answer.ephemeral
    assert said in answer.content
    assert len(answer.content) < 300
    assert await sessions(app) == 0


async def test_the_limits_themselves_are_allowed(app: App, ana: Member) -> None:
    for duration in (1, 1440):
        answer = await ana.slash("checkin", hack="energy-ball", duration=duration, notes="x" * 500)
        assert f"{duration} min" in answer.embeds[0]["description"]
        assert f"> {'x' * 500}" in answer.embeds[0]["description"]
    assert await sessions(app) == 2


async def test_absent_duration_is_the_techniques_own(app: App, ana: Member) -> None:
    answer = await ana.slash("checkin", hack="warm-liquid")
    assert "10 min" in answer.embeds[0]["description"]


async def test_everyone_in_notes_is_shown_and_pings_nobody(app: App, ana: Member) -> None:
    answer = await ana.slash("checkin", hack="energy-ball", notes="@everyone look")
    assert "> @\u200beveryone look" in answer.embeds[0]["description"]
    assert answer.message["mention_everyone"] is False
    assert answer.message["mentions"] == []


# Haste


async def test_sixth_command_in_ten_seconds(start_bot: StartBot, ana: Member, ben: Member) -> None:
    app = await start_bot(command_rate_limit=5)
    for _ in range(5):
        assert "in all" in str((await ana.slash("checkin", hack="energy-ball")).embeds)
    refused = await ana.slash("checkin")
    assert refused.ephemeral
    found = re.search(r"Slow down a little, please. Try again in (\d+) seconds?\.", refused.content)
    assert found is not None
    assert 1 <= int(found[1]) <= 10
    assert "Slow down" in (await ana.slash("help")).content, "every command counts"
    assert "in all" in str((await ben.slash("checkin", hack="energy-ball")).embeds)
    assert await sessions(app) == 6


async def test_the_window_passes(start_bot: StartBot, ana: Member) -> None:
    await start_bot(command_rate_limit=1, command_rate_window=1)
    for _ in range(3):
        assert (await ana.slash("help")).embeds


async def test_autocompletion_and_buttons_do_not_count(start_bot: StartBot, ana: Member) -> None:
    await start_bot(command_rate_limit=2)
    for _ in range(4):
        assert await ana.autocomplete("checkin", "hack", "")
    answer = await ana.slash("checkin", hack="energy-ball")
    for button in ("Hard today", "Fine", "Lovely"):
        await ana.press(answer, button)
    assert (await ana.slash("help")).embeds


async def test_two_processes_share_the_count_by_redis(
    start_bot: StartBot, redis_url: str, ana: Member, ben: Member
) -> None:
    await start_bot(command_rate_limit=5, redis_url=redis_url)
    elsewhere = rate_limit(5, timedelta(seconds=10), redis_url)
    for _ in range(3):
        await elsewhere.spend(int(ana.id))
    for _ in range(2):
        assert (await ana.slash("help")).embeds
    assert "Slow down" in (await ana.slash("help")).content
    assert (await ben.slash("help")).embeds
    await elsewhere.aclose()


async def test_redis_that_is_away_refuses_nobody(start_bot: StartBot, ana: Member) -> None:
    await start_bot(command_rate_limit=1, redis_url="redis://127.0.0.1:1")
    for _ in range(3):
        assert (await ana.slash("help")).embeds


# Disabled plugins


async def test_plugin_that_is_disabled_on_this_server(probed: App, discord: Sandbox, ana: Member) -> None:
    answer, form = await ana.slash("probe"), await ana.slash("probeform")
    await switch(probed, "probe", False, int(discord.guild_id))
    await probed.host.refresh()

    refused = await ana.slash("probe")
    assert refused.ephemeral
    assert "switched off on this server" in refused.content
    assert await ana.autocomplete("probe", "word", "") == []
    assert "had its day" in (await ana.press(answer, "Press")).content
    assert "had its day" in (await ana.submit(form, {"word": "x"})).content
    await heard(probed, ana, "not for you")
    assert probe.heard == []
    assert "probe saw" not in str((await ana.slash("checkin", hack="energy-ball")).embeds)
    assert "Probed." in (await ana.dm().slash("probe")).content, "elsewhere it works"

    await switch(probed, "probe", True, int(discord.guild_id))
    await probed.host.refresh()
    await works(probed, ana, answer, form)


async def test_plugin_that_is_disabled_everywhere(probed: App, discord: Sandbox, ana: Member) -> None:
    answer, form = await ana.slash("probe"), await ana.slash("probeform")
    await switch(probed, "probe", False)
    await probed.host.refresh()

    assert "probe" not in {command["name"] for command in discord.commands}
    assert "had its day" in (await ana.press(answer, "Press")).content
    assert "had its day" in (await ana.submit(form, {"word": "x"})).content
    await heard(probed, ana, "not for you")
    assert probe.heard == []
    assert "probe saw" not in str((await ana.slash("checkin", hack="energy-ball")).embeds)

    await switch(probed, "probe", True)
    await probed.host.refresh()
    assert "probe" in {command["name"] for command in discord.commands}
    await works(probed, ana, answer, form)


async def test_command_that_a_client_still_shows(probed: App, discord: Sandbox, ana: Member) -> None:
    """Discord's client keeps a command for a while after it was taken away."""
    discord.fail("PUT", "/commands$", status=400)
    await switch(probed, "probe", False)
    await probed.host.refresh()
    refused = await ana.slash("probe")
    assert refused.ephemeral
    assert "switched off here" in refused.content
    assert await ana.autocomplete("probe", "word", "") == []


async def test_switching_shows_within_five_seconds_and_keeps_the_session(
    probed: App, discord: Sandbox
) -> None:
    identified: list[hikari.Event] = []

    async def note(event: hikari.ShardReadyEvent) -> None:
        identified.append(event)

    probed.gateway.bot.subscribe(hikari.ShardReadyEvent, note)
    before = sum(call.path == "/gateway/bot" for call in discord.requests)
    for enabled in (False, True):
        await switch(probed, "probe", enabled)
        await discord.wait_for(
            lambda wanted=enabled: ("probe" in {c["name"] for c in discord.commands}) == wanted, timeout=5
        )
    assert identified == []
    assert sum(call.path == "/gateway/bot" for call in discord.requests) == before
    assert discord.bot_online


async def heard(app: App, member: Member, content: str) -> None:
    """Let a member say something, and wait until the bot's listeners have had it."""
    with app.gateway.bot.stream(hikari.GuildMessageCreateEvent, timeout=5) as events:
        await member.say(content)
        async for event in events:
            if event.content == content:
                return
    raise AssertionError(f"the bot did not hear {content!r}")


async def works(app: App, member: Member, answer: Answer, form: Answer) -> None:
    """Check that all of the probe's doors are open."""
    assert "Probed." in (await member.slash("probe")).content
    assert [choice.value for choice in await member.autocomplete("probe", "word", "")] == ["yes", "no"]
    assert "Pressed 1." in (await member.press(answer, "Press")).content
    assert "You wrote x." in (await member.submit(form, {"word": "x"})).content
    await heard(app, member, "for you")
    assert probe.heard == ["for you"]
    assert "The probe saw it." in str((await member.slash("checkin", hack="energy-ball")).embeds)


# Doubles


async def test_an_interaction_delivered_twice_records_once(app: App, discord: Sandbox, ana: Member) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    with capture_logs() as logs:
        await ana.deliver_again(answer)
        after = await ana.slash("help")
    assert after.embeds
    await app.dispatcher.drained()
    assert await sessions(app) == 1
    assert [entry for entry in logs if entry["log_level"] in ("warning", "error")] == []
    assert refusals(discord, ana) == []
    assert all(call.status < 400 for call in discord.requests)


async def test_doubles_that_come_together(app: App, discord: Sandbox, ana: Member) -> None:
    """The second arrives while the first is still being recorded."""
    async with app.database.unit_of_work() as uow:
        await uow.scalar(text("SELECT 1"))
        waiting = asyncio.create_task(ana.slash("checkin", hack="energy-ball"))
        await asyncio.sleep(0)
        interaction = discord.interactions.latest()
        assert interaction is not None
        discord.interactions.deliver_again(interaction)
    answer = await waiting
    assert "5 min" in answer.embeds[0]["description"]
    assert await sessions(app) == 1
    assert refusals(discord, ana) == []


async def test_a_double_after_a_restart_records_once(
    app: App, start_bot: StartBot, discord: Sandbox, ana: Member
) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    await app.stop()
    again = await start_bot()
    await ana.deliver_again(answer)
    assert (await ana.slash("help")).embeds
    assert await sessions(again) == 1
    assert refusals(discord, ana) == []


async def test_doubles_of_presses_and_forms(app: App, discord: Sandbox, ana: Member) -> None:
    form = await ana.slash("checkin")
    answer = await ana.submit(form, {"hack": "Energy ball"})
    await ana.deliver_again(answer)
    pressed = await ana.press(answer, "Fine")
    await ana.deliver_again(pressed)
    assert (await ana.slash("help")).embeds
    assert await sessions(app) == 1
    assert all(call.status < 400 for call in discord.requests)


def refusals(discord: Sandbox, member: Member) -> list[str]:
    """Return what was said privately and without an embed."""
    shown = discord.messages("practice", seen_by=member)
    return [message["content"] for message in shown if message["flags"] & 64 and not message["embeds"]]


# Faults


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


def reference_in(text: str) -> str:
    found = re.search(r"reference: `([0-9a-f]+)`", text)
    assert found is not None, text
    return found[1]


async def test_a_fault_gives_a_reference_that_the_log_bears_too(
    probed: App, ana: Member, logs: list[Any]
) -> None:
    answer = await ana.slash("probefault")
    assert answer.ephemeral
    assert "broken" not in answer.content
    (entry,) = [entry for entry in logs if entry.get("reference") == reference_in(answer.content)]
    assert entry["log_level"] == "error"
    assert str(entry["exc_info"]) == "the command is broken"
    assert "probefault" in entry["command"]


async def test_a_fault_after_a_public_excuse_is_told_privately(
    probed: App, discord: Sandbox, ana: Member, ben: Member
) -> None:
    waiting = asyncio.create_task(ana.slash("probelate"))
    told = await discord.wait_for(
        lambda: [m for m in discord.messages("practice", seen_by=ana) if "reference" in m["content"]]
    )
    assert told[0]["flags"] & 64
    assert discord.messages("practice", seen_by=ben) == []
    await waiting


async def test_a_fault_behind_a_button(probed: App, ana: Member, logs: list[Any]) -> None:
    answer = await ana.slash("probe")
    refused = await ana.press(answer, "Fault")
    assert refused.ephemeral
    (entry,) = [entry for entry in logs if entry.get("reference") == reference_in(refused.content)]
    assert (entry["plugin"], entry["action"]) == ("probe", "fault")


async def test_a_button_asks_with_a_form(probed: App, ana: Member) -> None:
    form = await ana.press(await ana.slash("probe"), "Ask")
    assert (await ana.submit(form, {"word": "yes"})).content == "You wrote yes."


async def test_a_button_that_asks_too_late_says_so(probed: App, discord: Sandbox, ana: Member) -> None:
    pressed = await ana.press(await ana.slash("probe"), "Ask late")
    assert pressed.modal is None
    (refused,) = await discord.wait_for(lambda: pressed.followups)
    assert "once more" in refused["content"]


@pytest.mark.parametrize("button", ["Of old", "Stranger", "Ancient"])
async def test_a_button_that_nobody_answers_any_more(
    probed: App, ana: Member, button: str, logs: list[Any]
) -> None:
    refused = await ana.press(await ana.slash("probe"), button)
    assert refused.ephemeral
    assert "had its day" in refused.content
    assert [entry for entry in logs if entry["log_level"] == "error"] == []


async def test_autocompletion_that_raises_offers_nothing(probed: App, ana: Member, logs: list[Any]) -> None:
    assert await ana.autocomplete("probe", "other", "x") == []
    (entry,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert entry["event"] == "autocompletion failed"


async def test_a_button_works_after_a_restart(
    app: App, start_bot: StartBot, discord: Sandbox, ana: Member
) -> None:
    answer = await ana.slash("checkin", hack="energy-ball")
    await app.stop()
    again = await start_bot()
    pressed = await ana.press(answer, "Lovely")
    assert [button["style"] for button in pressed.components[0]["components"]] == [2, 2, 3]
    assert await app_rows(again, "SELECT feedback_score FROM practice_sessions") == [(1,)]
