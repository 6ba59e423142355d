"""The parts of ``nrg demo`` that go on: the sandbox, and a bot that is kept running."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nrg_cli.console import open_tables, output, say
from nrg_cli.sandbox import TOKEN, listen
from nrg_cli.signals import until_asked

if TYPE_CHECKING:
    from nrg_core.config import Settings
    from nrg_sandbox import Sandbox

__all__ = ["demonstrate"]

PAUSE: Final = 1.0
"""Seconds before a bot that died is started again."""
GRACE: Final = 10.0
"""Seconds that the bot has to end by itself."""

INVITATION = """\
Open  {page}

Three things to try:
  1. As ana, write /checkin, and press a button under the answer.
  2. Move the clock one day on, and check in again: the streak grows.
  3. In another terminal: {nrg} plugins disable checkin --config {config}
     The commands are gone within seconds; “enable” brings them back.

Ctrl-C ends it."""

ENV = """\
# `nrg demo` writes this at each start: here other commands find it. What is to stay goes into nrg.toml.
"""


async def demonstrate(config: Path, port: int, members: list[str], *, env: Path | None) -> None:
    """Run the demo until it is told to stop.

    Parameters
    ----------
    config
        The settings that the bot runs with.
    env
        The file that tells other commands where the sandbox is.

    Raises
    ------
    OperatorError
        The database cannot be upgraded, or the bot cannot start.
    """
    from rich.panel import Panel

    from nrg_cli.db import apply
    from nrg_core.config import load

    asked = asyncio.create_task(until_asked())
    keeping: asyncio.Task[None] | None = None
    sandbox: Sandbox | None = None
    try:
        settings = load(config)
        await apply(settings)
        sandbox = await listen("127.0.0.1", port, members)
        if env is not None:
            _leave_word(env, sandbox)
        await _catch_up(sandbox, settings)
        text = INVITATION.format(page=sandbox.page_url, nrg=_typed(), config=config)
        output().print(Panel(text, title="NRG demo", border_style="green", expand=False, padding=(1, 2)))
        keeping = asyncio.create_task(_keep_bot(sandbox, config))
        await asyncio.wait({asked, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
    finally:
        asked.cancel()
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        if sandbox is not None:
            await sandbox.stop()
    say("Ended.")


def _typed() -> str:
    """Return the command as this person can type it: `make demo` runs one that is on no path."""
    here = Path(sys.argv[0])
    return str(here) if here.name == "nrg" and not here.is_absolute() else "nrg"


async def _catch_up(sandbox: Sandbox, settings: Settings) -> None:
    """Move the clock to where an earlier demo left it: what was recorded must not lie in the future."""
    from sqlalchemy import func, select

    from nrg_core.domain.models import PracticeSession
    from nrg_core.outbox.models import Schedule
    from nrg_core.storage.sql import table_of

    columns = (table_of(Schedule).c.last_at, table_of(PracticeSession).c.ended_at)
    async with open_tables(settings) as database, database.reading() as uow:
        left = [await uow.scalar(select(func.max(column))) for column in columns]
    behind = max((at for at in left if at is not None), default=sandbox.clock.now()) - sandbox.clock.now()
    sandbox.clock.advance(max(behind, timedelta()))


async def _keep_bot(sandbox: Sandbox, config: Path) -> None:
    """Keep a bot running; it is started again whenever it dies.

    Raises
    ------
    OperatorError
        It ended before it was ever online: starting it again would change nothing.
    """
    from nrg_core.errors import OperatorError

    surroundings = _surroundings(sandbox)
    while True:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nrg_cli", "run", "--until-eof", "--config", str(config)),
            env=surroundings,
            stdin=PIPE,
            # Ctrl-C reaches us alone, and we end the bot in our own time.
            process_group=0,
        )
        try:
            was_online = await _watch(sandbox, bot)
        finally:
            await _end(bot)
        if not was_online:
            raise OperatorError("The bot could not start.", resolution="What it said stands above.")
        say(f"The bot died ({_cause(bot)}); starting it again.")
        await asyncio.sleep(PAUSE)


def _surroundings(sandbox: Sandbox) -> Mapping[str, str]:
    """Return the environment in which the bot finds the sandbox, whatever its settings say."""
    return {"LOG_LEVEL": "warning", **os.environ, "DISCORD_TOKEN": TOKEN, **_whereabouts(sandbox)}


def _leave_word(file: Path, sandbox: Sandbox) -> None:
    lines = (f"{key}={value}\n" for key, value in _whereabouts(sandbox).items())
    file.write_text(ENV + "".join(lines), "utf-8")


def _whereabouts(sandbox: Sandbox) -> Mapping[str, str]:
    """Return what changes from start to start."""
    return {
        "DISCORD_API_URL": sandbox.api_url,
        "DISCORD_GUILD_ID": sandbox.guild_id,
        "ANNOUNCE_CHANNEL_ID": sandbox.channel("announcements")["id"],
        "CLOCK_URL": sandbox.page_url.rstrip("/"),
    }


async def _watch(sandbox: Sandbox, bot: Process) -> bool:
    """Wait until the bot ends, and tell whether it was online."""

    async def say_when_online() -> None:
        await sandbox.wait_for(lambda: sandbox.bot_online and sandbox.commands, timeout=3600)
        say(f"The bot is online (process {bot.pid}). If it dies, it comes back.")

    online = asyncio.create_task(say_when_online())
    try:
        await bot.wait()
        return online.done()
    finally:
        online.cancel()
        with suppress(asyncio.CancelledError):
            await online


async def _end(bot: Process) -> None:
    if bot.returncode is not None:
        return
    with suppress(ProcessLookupError):
        bot.terminate()
    try:
        async with asyncio.timeout(GRACE):
            await bot.wait()
    except TimeoutError:
        bot.kill()
        await bot.wait()


def _cause(bot: Process) -> str:
    code = bot.returncode or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"
