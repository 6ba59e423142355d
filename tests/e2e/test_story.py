"""Six members, two weeks: in the end every counter says what the raw rows say, whatever lacks or dies."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nrg_core.host.discovery import discover
from nrg_core.host.enablement import set_enabled
from nrg_core.storage.database import Database
from nrg_sandbox import Sandbox
from nrg_sandbox.program.answer import text_of
from tests.e2e.story.bots import BotHere, MortalBot
from tests.e2e.story.recount import Books
from tests.e2e.story.telling import DEEDS, Story
from tests.support.community import assert_counters_agree

if TYPE_CHECKING:
    from conftest import StartBot

KILLS = 10
PLUGINS = {loaded.name: loaded.plugin for loaded in discover().plugins}
TOGETHER = {frozenset({"ana", "ben"}): 12, frozenset({"cleo", "dan"}): 7}
"""Days on which both of a pair practised."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def news(discord: Sandbox) -> int:
    """The channel in which the community hears what its members earn."""
    return int(discord.channel("announcements")["id"])


async def test_two_weeks(
    discord: Sandbox, database: Database, database_url: str, start_bot: StartBot, news: int
) -> None:
    app = await start_bot(database_url=database_url, announce_channel_id=news)
    story = Story(discord, BotHere(app), database)
    await story.tell()
    books = await read(database, story)
    assert books.days_together() == TOGETHER
    assert_each_thing_was_said_once(discord, story, books)
    assert abs(story.deeds - DEEDS) < DEEDS / 10, "the dooms are spread over as many"


@pytest.mark.parametrize("without", sorted(PLUGINS))
async def test_two_weeks_without_a_plugin(
    discord: Sandbox, database: Database, database_url: str, start_bot: StartBot, news: int, without: str
) -> None:
    """What the plugin would have given is not there; everything else is as it was."""
    now = discord.clock.now()
    await database.write(set_enabled, [without], False, now)
    app = await start_bot(database_url=database_url, announce_channel_id=news)
    story = Story(discord, BotHere(app), database, without)
    await story.tell()
    books = await read(database, story)
    assert books.rows_of(PLUGINS[without].tables) == 0
    assert {row.source for row in books.sessions} == {"checkin", "practice"} - {without}
    if without == "validation":
        assert books.days_together() == TOGETHER
    assert_each_thing_was_said_once(discord, story, books)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # it takes its time
async def test_two_weeks_with_a_bot_that_dies_ten_times(
    discord: Sandbox, database: Database, database_url: str, tmp_path: Path, news: int
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    dooms = {deed: chance.randrange(12) for deed in chance.sample(range(1, DEEDS * 9 // 10), KILLS)}
    bot = MortalBot(discord, database, database_url, tmp_path, ANNOUNCE_CHANNEL_ID=str(news))
    story = Story(discord, bot, database, dooms=dooms)
    try:
        await story.tell()
    finally:
        await bot.aclose()
    assert bot.deaths == KILLS
    books = await read(database, story)
    assert books.days_together() == TOGETHER
    assert_each_thing_was_said_once(discord, story, books)


async def read(database: Database, story: Story) -> Books:
    """Read the books, and hold them against what was done and against themselves."""
    books = await database.read(Books)
    books.agree_with(story.ledger)
    books.agree_with_themselves()
    await assert_counters_agree(database)
    return books


def assert_each_thing_was_said_once(discord: Sandbox, story: Story, books: Books) -> None:
    """Check that whatever was to be said on Discord was, and once."""
    announced = Counter(message["content"] for message in discord.messages("announcements"))
    assert set(announced.values()) <= {1}
    assert announced.total() == len(books.earned)
    said = [message["content"] for message in discord.messages("practice")]
    assert sum("are up" in each for each in said) == story.ledger.reminders.total()
    channels = discord.world.home.channels.values()
    rooms = [each for each in channels if "nrg-buddy" in (each.payload.get("topic") or "")]
    assert len(rooms) == len(books.pairs)
    assert sum(room.payload["name"] == "past-buddies" for room in rooms) == len(story.ledger.parted)
    for room in rooms:
        spoken = [message.payload["content"] for message in room.messages.values()]
        assert sum("this room is yours" in each for each in spoken) == 1
        assert len(spoken) == len(set(spoken))
    for name, letters in story.ledger.letters.items():
        told = [text_of(message) for message in discord.dms(story.member(name))]
        assert sum("validated your" in each for each in told) == letters
