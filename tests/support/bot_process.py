"""A bot in a process of its own, which can be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from nrg_sandbox import Sandbox

__all__ = ["bot_process"]

CHILD = """
import asyncio
from nrg_core.app import App
from nrg_core.config import load

async def main():
    app = App(load())
    await app.start()
    print("started", flush=True)
    await app.join()

asyncio.run(main())
"""


@asynccontextmanager
async def bot_process(
    discord: Sandbox, database_url: str, folder: Path, **settings: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run a bot in a process of its own, which is killed at the end of the block.

    Parameters
    ----------
    settings
        Further settings, as the environment names them.
    """
    environment = os.environ | {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DATABASE_URL": database_url,
        "CLOCK_URL": discord.page_url,
        "COMMAND_RATE_LIMIT": "1000",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while (line := await process.stdout.readline()) != b"started\n":
                assert line, "the bot ended before it had started"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
