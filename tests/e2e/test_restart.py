"""Starting, being refused a start, being killed, and starting again."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from nrg_core.app import App, migration_sources
from nrg_core.config import Settings
from nrg_core.errors import OperatorError
from nrg_core.storage.migrate import upgrade
from nrg_core.urls import async_url
from nrg_sandbox.errors import NoAnswer
from tests.support.bot_process import bot_process
from tests.support.community import assert_counters_agree

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member


async def rows(app: App, statement: str) -> list[Any]:
    async with app.database.reading() as uow:
        return list((await uow.execute(text(statement))).all())


async def outbox_becomes(app: App, wanted: list[tuple[int, bool]]) -> None:
    """Wait until the outbox holds so many failed tries of each message, and whether it was given up."""
    async with asyncio.timeout(20):
        while True:
            found = await rows(app, "SELECT attempts, due_at IS NULL FROM outbox ORDER BY id")
            if [(attempts, bool(given_up)) for attempts, given_up in found] == wanted:
                return


def announcements(discord: Sandbox) -> Counter[str]:
    """Return how often each announcement was made."""
    shown = [message["content"] for message in discord.messages("practice")]
    return Counter(content for content in shown if "** earned" in content or " earned **" in content)


def answered(discord: Sandbox) -> int:
    return sum(call.path.endswith("/callback") for call in discord.requests)


def writes(discord: Sandbox) -> list[str]:
    return [call.path for call in discord.requests if call.method == "PUT" and "/commands" in call.path]


# Starting


@pytest.mark.parametrize("in_one_guild", [False, True])
async def test_a_second_start_writes_no_commands(
    start_bot: StartBot, discord: Sandbox, in_one_guild: bool
) -> None:
    settings: dict[str, Any] = {"discord_guild_id": int(discord.guild_id)} if in_one_guild else {}
    app = await start_bot(**settings)
    assert len(writes(discord)) == 1
    names = {command["name"] for command in discord.commands}
    await app.stop()
    await start_bot(**settings)
    assert len(writes(discord)) == 1
    assert {command["name"] for command in discord.commands} == names


async def test_commands_of_everywhere_make_way_for_those_of_one_guild(
    start_bot: StartBot, discord: Sandbox
) -> None:
    await (await start_bot()).stop()
    await start_bot(discord_guild_id=int(discord.guild_id))
    names = [command["name"] for command in discord.commands]
    assert sorted(names) == sorted(set(names))
    assert "checkin" in names


async def refused_start(settings: Settings) -> OperatorError:
    app = App(settings)
    with pytest.raises(OperatorError) as refused:
        await app.start()
    assert "\n" not in str(refused.value)
    return refused.value


def settings_for(discord: Sandbox, database_url: str, **values: Any) -> Settings:
    named: dict[str, Any] = {
        "discord_token": discord.token,
        "discord_api_url": discord.api_url,
        "database_url": database_url,
        **values,
    }
    return Settings(**named)


async def test_a_wrong_token_is_one_clear_line(discord: Sandbox, sqlite_url: str) -> None:
    error = await refused_start(settings_for(discord, sqlite_url, discord_token="not-the-token"))
    assert "DISCORD_TOKEN" in error.message
    assert "not-the-token" not in str(error)


async def test_no_token_is_one_clear_line(discord: Sandbox, sqlite_url: str) -> None:
    error = await refused_start(settings_for(discord, sqlite_url, discord_token=None))
    assert "DISCORD_TOKEN is not set" in error.message


async def test_a_discord_that_is_not_there_is_one_clear_line(discord: Sandbox, sqlite_url: str) -> None:
    discord.fail("GET", "/gateway/bot", status=403)
    error = await refused_start(settings_for(discord, sqlite_url))
    assert "Discord cannot be reached" in error.message


@pytest.mark.parametrize("migrated", [[], ["core"]])
async def test_a_schema_that_is_behind_is_named(
    discord: Sandbox, tmp_path: Path, migrated: list[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'behind.sqlite3'}"
    await upgrade(async_url(url), [source for source in migration_sources([]) if source.name in migrated])
    error = await refused_start(settings_for(discord, url))
    assert ("checkin" if migrated else "no tables yet") in error.message
    assert "nrg db upgrade" in str(error)
    assert list(discord.requests) == [], "nobody was connected for that"


# Being killed


@pytest.mark.parametrize("discord", [{"interaction_deadline": 1.5}], indirect=True)
async def test_a_killed_bot_loses_and_doubles_nothing(
    start_bot: StartBot, discord: Sandbox, tmp_path: Path, database_url: str
) -> None:
    members = [await discord.member(f"m{number}") for number in range(4)]
    chance = random.Random(7)
    acknowledged: list[str] = []

    async def practise(member: Member) -> None:
        """Check in again and again while the bot lives."""
        while process.returncode is None:
            try:
                answer = await member.slash("checkin", hack="energy-ball")
            except NoAnswer:
                continue
            assert "Saved." in answer.embeds[0]["description"]
            acknowledged.append(answer.interaction.id)

    for _ in range(4):
        async with bot_process(discord, database_url, tmp_path) as process:
            practising = [asyncio.create_task(practise(member)) for member in members]
            goal = answered(discord) + chance.randint(3, 40)
            await discord.wait_for(lambda goal=goal: answered(discord) >= goal, timeout=30)
            process.kill()
            await asyncio.gather(*practising)
        discord.clock.advance(timedelta(days=1))

    app = await start_bot(database_url=database_url)
    recorded = [row[0] for row in await rows(app, "SELECT interaction_id FROM practice_sessions")]
    assert len(recorded) == len(set(recorded))
    assert set(acknowledged) <= set(recorded)
    assert len(acknowledged) >= 12
    await assert_counters_agree(app.database)
    await delivered(app, discord)
    earned = [row[0] for row in await rows(app, "SELECT id FROM user_achievements")]
    assert announcements(discord).total() == len(earned) == len(announcements(discord))


async def delivered(app: App, discord: Sandbox, after: timedelta = timedelta(minutes=2)) -> None:
    """Wait until what a killed process had claimed has fallen due again and is sent."""
    discord.clock.advance(after)
    app.sender.wake()
    await outbox_becomes(app, [])


@pytest.mark.parametrize("away", [timedelta(minutes=2), timedelta(hours=1)])
async def test_a_bot_killed_between_sending_and_noting_that_it_sent(
    start_bot: StartBot, discord: Sandbox, ana: Member, sqlite_url: str, tmp_path: Path, away: timedelta
) -> None:
    """Discord knows a message again by its nonce for some minutes; after that, the bot looks for it."""
    async with bot_process(discord, sqlite_url, tmp_path) as process:
        discord.fail("POST", "/channels/.*/messages$", lost=True)
        await ana.slash("checkin", hack="energy-ball")
        await discord.wait_for(lambda: announcements(discord))
        process.kill()
        await process.wait()
    app = await start_bot()
    await delivered(app, discord, away)
    assert announcements(discord).total() == 1
    assert [bool(row[0]) for row in await rows(app, "SELECT announced FROM user_achievements")] == [True]


# A Discord that has its moments


async def test_an_announcement_that_fails_is_sent_in_the_end_and_once(
    app: App, discord: Sandbox, ana: Member
) -> None:
    """hikari gives up after its own three more tries; the outbox does not."""
    discord.fail("POST", "/channels/.*/messages$", status=503, times=4)
    await ana.slash("checkin", hack="energy-ball")
    await outbox_becomes(app, [(1, False)])
    assert not announcements(discord)
    await delivered(app, discord)
    assert announcements(discord).total() == 1


async def test_an_announcement_whose_answer_was_lost_is_there_once(
    app: App, discord: Sandbox, ana: Member
) -> None:
    discord.fail("POST", "/channels/.*/messages$", lost=True)
    await ana.slash("checkin", hack="energy-ball")
    await outbox_becomes(app, [])
    assert announcements(discord).total() == 1
    assert sum(call.path.endswith("/messages") for call in discord.requests) == 2


async def test_an_announcement_that_is_forbidden_is_kept_and_not_tried_again(
    app: App, discord: Sandbox, ana: Member
) -> None:
    discord.fail("POST", "/channels/.*/messages$", status=403)
    await ana.slash("checkin", hack="energy-ball")
    await outbox_becomes(app, [(1, True)])
    discord.clock.advance(timedelta(days=2))
    assert await app.sender.look() == 0
    assert not announcements(discord)
    ((error,),) = await rows(app, "SELECT last_error FROM outbox")
    assert "403" in error
