"""A sandbox, and a bot on a foreign client library that runs against it as a program of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nrg_sandbox import Sandbox

Json = dict[str, Any]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Library:
    """A client library.

    Attributes
    ----------
    installed
        What is there once ``setup`` has run.
    command
        Runs the bot.
    errors
        The library's names of its errors, by the status of a refusal.
    """

    installed: Path
    command: tuple[str | Path, ...]
    errors: dict[int, str]


LIBRARIES = {
    "discord.py": Library(
        HERE / ".venv/.ready",
        # Isolated: the packages and settings of the tests' own Python do not reach it.
        (HERE / ".venv/bin/python", "-I", HERE / "python/bot.py"),
        {400: "HTTPException", 403: "Forbidden", 404: "NotFound"},
    ),
    "discord.js": Library(
        HERE / "js/node_modules/.ready",
        ("node", HERE / "js/bot.mjs"),
        dict.fromkeys((400, 403, 404), "DiscordAPIError"),
    ),
}


class Client:
    """A running bot, and what it has told.

    Attributes
    ----------
    told
        One object for each line, oldest first.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.told: list[Json] = []
        self._process = process
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def tells(self, event: str, **facts: Any) -> Json:
        """Wait until the bot has told of an event, with these facts among others, and return the first.

        Raises
        ------
        AssertionError
            If it does not within ten seconds, or ends before.
        """
        try:
            async with asyncio.timeout(10):
                while (found := self._find({"event": event, **facts})) is None:
                    if self._reading.done():
                        msg = f"the bot has ended; it told {self.told}"
                        raise AssertionError(msg)
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            msg = f"the bot did not tell {event} {facts}; it told {self.told}"
            raise AssertionError(msg) from None
        return found

    def heard_from(self, author: str) -> list[str]:
        """Return the texts of the messages that it told of by one author, oldest first."""
        return [line["content"] for line in self.told if line.get("author") == author]

    async def ends(self) -> int:
        """Wait until it ends of its own accord and return its exit code."""
        async with asyncio.timeout(10):
            await self._reading
            return await self._process.wait()

    async def stop(self) -> None:
        """End it, if it has not ended yet."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._reading
        await self._process.wait()

    def _find(self, wanted: Json) -> Json | None:
        return next((line for line in self.told if wanted.items() <= line.items()), None)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.told.append(json.loads(line))
            self._changed.set()
        self._changed.set()


@asynccontextmanager
async def started(library: Library, discord: Sandbox, *, token: str | None = None) -> AsyncGenerator[Client]:
    """Start a bot; it is stopped at the end."""
    surroundings = {"DISCORD_API_URL": discord.api_url, "DISCORD_TOKEN": token or discord.token}
    # What it writes to stderr goes where the tests' own does: pytest shows it when a test fails.
    process = await asyncio.create_subprocess_exec(
        *library.command, env={**os.environ, **surroundings}, stdout=asyncio.subprocess.PIPE
    )
    client = Client(process)
    try:
        yield client
    finally:
        await client.stop()


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    """Each client library; skipped where it is not installed, which fails in CI."""
    wanted = LIBRARIES[request.param]
    if not wanted.installed.exists():
        missing = f"{request.param} is not installed: run tests/clients/setup"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return wanted


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord(library: Library) -> AsyncGenerator[Sandbox]:
    """A local Discord for the tests of one library."""
    async with Sandbox() as sandbox:
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(library: Library, discord: Sandbox) -> AsyncGenerator[Client]:
    """The bot, started once for all tests of a library."""
    async with started(library, discord) as client:
        await client.tells("ready", guilds=["Practice"])
        yield client


@pytest.fixture
def client(running: Client) -> Client:
    """The bot, with what it told in earlier tests forgotten."""
    running.told.clear()
    return running
