"""/help and /timezone, which are there without any plugin."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nrg_core.host.installed import Installed, installed
from tests.e2e.plugins.crowd import NAMES
from tests.support.world import switch

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_core.app import App
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

CHECKIN = {"/checkin", "/streak", "/profile", "/techniques", "/leaderboard"}
CORE = {"/help", "/notices", "/timezone"}


@pytest.fixture
def checkin() -> list[Installed]:
    """One plugin, whatever else is installed."""
    return [one for one in installed() if one.name == "checkin"]


@pytest.fixture
async def app(start_bot: StartBot, checkin: list[Installed]) -> App:
    return await start_bot(candidates=checkin)


def commands(answer: Answer) -> set[str]:
    """Return the commands that an overview names."""
    lines = [line for field in answer.embeds[0]["fields"] for line in field["value"].splitlines()]
    return {line.removeprefix("**").partition("**")[0] for line in lines}


@pytest.mark.usefixtures("app")
async def test_help_names_everything_with_its_description(ana: Member, discord: Sandbox) -> None:
    answer = await ana.slash("help")
    assert answer.ephemeral
    assert commands(answer) == CHECKIN | CORE
    shown = str(answer.embeds)
    for command in discord.commands:
        assert command["description"] in shown


@pytest.mark.usefixtures("app")
async def test_help_with_one_command_explains_its_options(ana: Member, discord: Sandbox) -> None:
    for typed in ("checkin", "/checkin", " CHECKIN "):
        answer = await ana.slash("help", command=typed)
        assert answer.ephemeral
        assert answer.embeds[0]["title"] == "/checkin"
        (field,) = answer.embeds[0]["fields"]
        assert [line.split("`")[1] for line in field["value"].splitlines()] == ["hack", "duration", "notes"]
        assert "How many minutes" in field["value"]
        assert field["value"].count("(optional)") == 3
    required = (await ana.slash("help", command="timezone")).embeds[0]["fields"][0]["value"]
    assert "(optional)" not in required


@pytest.mark.usefixtures("app")
async def test_help_suggests_names(ana: Member) -> None:
    assert {choice.value for choice in await ana.autocomplete("help", "command", "")} == {
        name.removeprefix("/") for name in CHECKIN | CORE
    }
    assert [choice.value for choice in await ana.autocomplete("help", "command", "TEC")] == ["techniques"]


@pytest.mark.usefixtures("app")
async def test_help_with_an_unknown_command(ana: Member) -> None:
    answer = await ana.slash("help", command="chekin")
    assert answer.ephemeral
    assert "no command “/chekin”" in answer.content
    assert "checkin" in answer.content.partition("did you mean")[2]


@pytest.fixture
async def crowded(start_bot: StartBot, checkin: list[Installed]) -> App:
    """A bot with more commands than one message can name."""
    package = "tests.e2e.plugins.crowd"
    point = EntryPoint("crowd", f"{package}:plugin", "nrg.plugins")
    return await start_bot(candidates=[*checkin, Installed("crowd", "crowd", "1", "Many", package, point)])


def lines(embed: dict[str, Any]) -> list[str]:
    """Return the lines of an embed's fields, each of which Discord takes."""
    assert all(0 < len(field["value"]) <= 1024 for field in embed["fields"])
    assert len(embed["fields"]) <= 25
    return [line for field in embed["fields"] for line in field["value"].splitlines()]


@pytest.mark.usefixtures("crowded")
async def test_help_names_as_much_as_discord_takes_and_says_how_to_see_the_rest(ana: Member) -> None:
    (embed,) = (await ana.slash("help")).embeds
    texts = [embed["title"], embed["footer"]["text"]]
    texts += [text for field in embed["fields"] for text in (field["name"], field["value"])]
    assert 5_600 < sum(map(len, texts)) <= 6_000
    shown = lines(embed)
    assert all(re.fullmatch(r"\*\*/[a-z0-9 ]+\*\* – .+", line) for line in shown)
    assert all(line.endswith(".") and len(line) > 100 for line in shown if " path" in line)
    left_out = len(CHECKIN | CORE) + len(NAMES) + 1 - len(shown)
    assert embed["footer"]["text"].startswith(f"… and {left_out} commands more, offered as you type.")


@pytest.mark.usefixtures("crowded")
async def test_help_with_a_group_shows_what_is_in_it(ana: Member) -> None:
    assert "earth" in [choice.value for choice in await ana.autocomplete("help", "command", "ear")]
    answer = await ana.slash("help", command="/earth")
    assert answer.ephemeral
    (embed,) = answer.embeds
    assert (embed["title"], embed["description"]) == ("/earth", "Where earth leads")
    assert [line.split("**")[1] for line in lines(embed)] == [f"/{name}" for name in NAMES[:25]]


@pytest.mark.usefixtures("crowded")
async def test_help_knows_groups_in_groups(ana: Member) -> None:
    offered = [choice.value for choice in await ana.autocomplete("help", "command", "deep")]
    assert offered == ["deep", "deep well", "deep well water"]
    for name, said in (("deep", "What lies deep"), ("deep  well", "What lies in the well")):
        (embed,) = (await ana.slash("help", command=name)).embeds
        assert embed["description"] == said
        assert lines(embed) == ["**/deep well water** – Draw water"]


@pytest.mark.parametrize("everywhere", [True, False])
async def test_help_forgets_what_is_disabled(
    app: App, ana: Member, discord: Sandbox, everywhere: bool
) -> None:
    guild = None if everywhere else int(discord.guild_id)
    await switch(app, "checkin", False, guild)
    assert commands(await ana.slash("help")) == CORE
    assert [choice.value for choice in await ana.autocomplete("help", "command", "check")] == []
    assert "no command" in (await ana.slash("help", command="checkin")).content
    await switch(app, "checkin", True, guild)
    assert commands(await ana.slash("help")) == CHECKIN | CORE


async def test_help_names_what_a_new_plugin_brings(
    start_bot: StartBot, checkin: list[Installed], with_probe: list[Installed], ana: Member
) -> None:
    await start_bot(candidates=[*checkin, with_probe[-1]])
    probe = {"/probe", "/probeform", "/probefault", "/probelate"}
    assert commands(await ana.slash("help")) == CHECKIN | CORE | probe


@pytest.mark.usefixtures("app")
async def test_timezone_says_what_it_did(ana: Member, discord: Sandbox) -> None:
    answer = await ana.slash("timezone", zone="asia/tokyo")
    assert answer.ephemeral
    assert "Asia/Tokyo" in answer.content
    assert f"{discord.clock.now().astimezone(ZoneInfo('Asia/Tokyo')):%H:}" in answer.content


@pytest.mark.usefixtures("app")
async def test_timezone_autocompletes(ana: Member) -> None:
    offered = await ana.autocomplete("timezone", "zone", "berl")
    assert offered[0].value == "Europe/Berlin"
    assert "UTC+0" in offered[0].name
    assert len(await ana.autocomplete("timezone", "zone", "")) == 25
    assert await ana.autocomplete("timezone", "zone", "qqqq") == []


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("typed", ["Mars/Olympus", "@everyone", "x" * 3000])
async def test_timezone_that_does_not_exist(ana: Member, typed: str) -> None:
    answer = await ana.slash("timezone", zone=typed)
    assert answer.ephemeral
    assert "There is no time zone called" in answer.content
    assert answer.message["mention_everyone"] is False


@pytest.mark.usefixtures("app")
async def test_streak_survives_a_change_of_zone(ana: Member, discord: Sandbox) -> None:
    """Over the date line and back, once a day: no day is lost, none counts twice.

    On the third day the calendar of Pago Pago shows the day that Kiritimati had the day before.
    """
    noon = datetime.now(UTC).replace(hour=12, minute=0) + timedelta(days=1)
    discord.clock.advance(noon - discord.clock.now())
    streaks = {"UTC": 1, "Pacific/Kiritimati": 2, "Pacific/Pago_Pago": 2, "Asia/Tokyo": 3}
    for zone, days in streaks.items():
        await ana.slash("timezone", zone=zone)
        answer = await ana.slash("checkin", hack="energy-ball")
        assert f"🔥 {days} day" in answer.embeds[0]["description"], zone
        discord.clock.advance(timedelta(days=1))


@pytest.mark.usefixtures("app")
async def test_days_end_at_the_members_own_midnight(ana: Member, ben: Member, discord: Sandbox) -> None:
    """23:30 and 00:30 in New York are two days there and one in London."""
    night = datetime.now(ZoneInfo("America/New_York")).replace(hour=23, minute=30) + timedelta(days=1)
    discord.clock.advance(night - discord.clock.now())
    await ana.slash("timezone", zone="America/New_York")
    await ben.slash("timezone", zone="Europe/London")
    for member in (ana, ben):
        await member.slash("checkin", hack="energy-ball")
    discord.clock.advance(timedelta(hours=1))
    assert "2 days" in (await ana.slash("checkin")).embeds[0]["description"]
    assert "1 day " in (await ben.slash("checkin")).embeds[0]["description"]
