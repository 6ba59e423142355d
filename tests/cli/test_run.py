"""``nrg run``: as a process of its own, against a real sandbox."""

from __future__ import annotations

import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from nrg_sandbox import Sandbox
from tests.cli.conftest import DEADLINE, Running, running
from tests.cli.test_db import run_sql


@pytest.fixture
async def discord() -> AsyncGenerator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


def surroundings(discord: Sandbox, database_url: str, **more: str) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GUILD_ID": discord.guild_id,
        "DATABASE_URL": database_url,
        **more,
    }


async def one_line(command: Running) -> str:
    """Return the only line that a failing command says."""
    code, said = await command.end()
    assert code == 1, said
    (line,) = said.strip().splitlines()
    return line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_runs_until_it_is_told_to_stop(
    tmp_path: Path, discord: Sandbox, database_url: str, number: signal.Signals
) -> None:
    variables = surroundings(discord, database_url, LOG_FORMAT="json")
    async with running(tmp_path, "run", **variables) as bot:
        await bot.line('"event": "online"')
        assert discord.bot_online
        bot.process.send_signal(number)
        code, said = await bot.end()
    assert code == 0, said
    assert "Traceback" not in said
    assert discord.token not in said
    await discord.wait_for(lambda: not discord.bot_online, timeout=DEADLINE)


async def test_it_ends_with_whoever_started_it(tmp_path: Path, discord: Sandbox, sqlite_url: str) -> None:
    async with running(tmp_path, "run", "--until-eof", **surroundings(discord, sqlite_url)) as bot:
        await bot.line("online")
        assert bot.process.stdin is not None
        bot.process.stdin.close()
        code, said = await bot.end()
    assert code == 0, said


async def test_a_stop_while_it_starts(tmp_path: Path, discord: Sandbox, sqlite_url: str) -> None:
    discord.fail("GET", "/gateway/bot", hang=True, times=100)
    async with running(tmp_path, "run", **surroundings(discord, sqlite_url)) as bot:
        await bot.line("plugins")
        bot.process.send_signal(signal.SIGINT)
        code, said = await bot.end()
    assert code == 0, said
    assert "Traceback" not in said


async def test_a_database_that_is_behind(tmp_path: Path, discord: Sandbox, database_url: str) -> None:
    await run_sql(database_url, "DELETE FROM alembic_version_checkin")
    async with running(tmp_path, "run", **surroundings(discord, database_url)) as bot:
        line = await one_line(bot)
    assert line.startswith("nrg: The database is behind: checkin lacks ")
    assert line.endswith(" Run `nrg db upgrade`.")


async def test_an_empty_folder(tmp_path: Path) -> None:
    async with running(tmp_path, "run", DISCORD_TOKEN="a-token") as bot:
        assert await one_line(bot) == "nrg: The database has no tables yet. Run `nrg db upgrade`."


async def test_a_wrong_token(tmp_path: Path, discord: Sandbox, sqlite_url: str) -> None:
    wrong = discord.token[:-6] + "wrong!"
    variables = surroundings(discord, sqlite_url, DISCORD_TOKEN=wrong, LOG_LEVEL="warning")
    async with running(tmp_path, "run", **variables) as bot:
        line = await one_line(bot)
    assert line.startswith("nrg: Discord does not know DISCORD_TOKEN. ")
    assert wrong not in line


async def test_a_misspelt_key(tmp_path: Path) -> None:
    (tmp_path / "nrg.toml").write_text('timezone = "Europe/Berlin"\nlog_levle = "info"\n')
    async with running(tmp_path, "run") as bot:
        assert await one_line(bot) == "nrg: nrg.toml:2: unknown key “log_levle”; did you mean “log_level”?"


async def test_no_token(tmp_path: Path, sqlite_url: str) -> None:
    async with running(tmp_path, "run", DATABASE_URL=sqlite_url, LOG_LEVEL="warning") as bot:
        assert await one_line(bot) == "nrg: DISCORD_TOKEN is not set. Put it into .env, or run `nrg init`."
