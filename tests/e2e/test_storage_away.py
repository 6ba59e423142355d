"""A database that goes away in the middle and comes back: clear words, nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from nrg_core.storage import sqlite
from tests.support.community import assert_counters_agree
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_core.app import App
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

AWAY = "I can't reach my notes right now"
MEMBERS = 6


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncGenerator[Proxy]:
    """A network to PostgreSQL that can be cut."""
    async with Proxy.before(postgres_url) as between:
        yield between


async def rows(app: App, statement: str) -> list[Any]:
    async with app.database.reading() as uow:
        return list((await uow.execute(text(statement))).all())


def saved(answer: Answer) -> bool:
    """Tell whether an answer says that the check-in is saved, or else check that it is a clear word."""
    if answer.embeds:
        assert "Saved." in answer.embeds[0]["description"]
        return True
    said = answer.content or answer.followups[0]["content"]
    assert answer.ephemeral
    assert said.startswith(AWAY) or said == "That check-in is already saved."
    return not said.startswith(AWAY)


async def test_postgresql_that_is_cut_off_and_comes_back(
    start_bot: StartBot, discord: Sandbox, proxy: Proxy, postgres_url: str
) -> None:
    app = await start_bot(database_url=proxy.url(postgres_url))
    members = [await discord.member(f"m{number}") for number in range(MEMBERS)]
    acknowledged = 0

    async def practise(member: Member) -> int:
        """Check in again and again, and count what was acknowledged."""
        count = 0
        for _ in range(8):
            count += saved(await member.slash("checkin", hack="energy-ball"))
        return count

    async def disturb() -> None:
        """Cut the network whenever some more check-ins are through."""
        for goal in (6, 14, 24):
            await discord.wait_for(lambda goal=goal: answered(discord) >= goal, timeout=30)
            await proxy.cut()
            refused = answered(discord) + 2
            await discord.wait_for(lambda refused=refused: answered(discord) >= refused, timeout=30)
            await proxy.mend()

    disturbance = asyncio.create_task(disturb())
    acknowledged = sum(await asyncio.gather(*(practise(member) for member in members)))
    await disturbance

    for member in members:
        assert saved(await member.slash("checkin", hack="energy-ball")), "it works again"
    acknowledged += len(members)
    recorded = await rows(app, "SELECT interaction_id FROM practice_sessions")
    assert len(recorded) == len(set(recorded))
    assert acknowledged <= len(recorded) <= MEMBERS * 9
    await assert_counters_agree(app.database)
    await discord.wait_for(lambda: announcements(discord) >= MEMBERS, timeout=15)
    await app.dispatcher.drained()
    assert announcements(discord) == MEMBERS


async def test_what_was_sent_while_postgresql_went_away_is_not_sent_again(
    start_bot: StartBot, discord: Sandbox, proxy: Proxy, postgres_url: str, ana: Member
) -> None:
    app = await start_bot(database_url=proxy.url(postgres_url))
    # It arrives at once, and the bot hears so when its database is gone.
    discord.fail("POST", r"^/channels/\d+/messages$", latency=1)
    assert saved(await ana.slash("checkin", hack="energy-ball"))
    await discord.wait_for(lambda: announcements(discord) == 1)
    await proxy.cut()
    assert not saved(await ana.slash("checkin", hack="energy-ball"))
    await discord.wait_for(lambda: any(call.path.endswith("/messages") for call in discord.requests))
    await proxy.mend()

    # Its lease would have kept it for half a minute.
    async with asyncio.timeout(15):
        while await rows(app, "SELECT id FROM outbox"):
            await app.sender.look()
    assert announcements(discord) == 1


def answered(discord: Sandbox) -> int:
    return sum(call.path.endswith("/callback") for call in discord.requests)


def announcements(discord: Sandbox) -> int:
    shown = discord.messages("practice")
    return sum("earned **First session**" in message["content"] for message in shown)


async def test_every_command_says_so_when_postgresql_is_away(
    start_bot: StartBot, discord: Sandbox, proxy: Proxy, postgres_url: str, ana: Member
) -> None:
    await start_bot(database_url=proxy.url(postgres_url))
    answer, form = await ana.slash("checkin", hack="energy-ball"), await ana.slash("leaderboard")
    await proxy.cut()
    commands: dict[str, dict[str, Any]] = {
        "checkin": {},
        "streak": {},
        "profile": {},
        "techniques": {},
        "timezone": {"zone": "Europe/Berlin"},
    }
    for command, options in commands.items():
        refused = await ana.slash(command, **options)
        assert refused.ephemeral
        assert refused.content.startswith(AWAY), command
    for press in (ana.press(answer, "Lovely"), ana.press(form, "Show me here")):
        assert (await press).content.startswith(AWAY)
    assert await ana.autocomplete("checkin", "hack", "en") == []
    assert (await ana.slash("help")).embeds, "what needs no database still works"
    await proxy.mend()
    assert saved(await ana.slash("checkin"))


async def test_sqlite_that_another_program_locks(
    start_bot: StartBot,
    sqlite_url: str,
    discord: Sandbox,
    ana: Member,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    app = await start_bot()
    assert saved(await ana.slash("checkin", hack="energy-ball"))
    other = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        refused = await ana.slash("checkin")
        assert not saved(refused)
        assert (await ana.slash("streak")).embeds, "reading goes on"
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert saved(await ana.slash("checkin"))
    assert len(await rows(app, "SELECT id FROM practice_sessions")) == 2
    await assert_counters_agree(app.database)


async def test_sqlite_that_is_locked_for_a_moment_only_takes_longer(
    start_bot: StartBot, sqlite_url: str, discord: Sandbox, ana: Member
) -> None:
    app = await start_bot()
    other = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        before = answered(discord)
        waiting = asyncio.create_task(ana.slash("checkin", hack="energy-ball"))
        # "Thinking…" is there.
        await discord.wait_for(lambda: answered(discord) > before)
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert saved(await waiting)
    assert len(await rows(app, "SELECT id FROM practice_sessions")) == 1
