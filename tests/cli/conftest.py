"""Running ``nrg``: in this process where that is enough, as a process of its own where it matters."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from nrg_cli.__main__ import main
from nrg_sandbox import Sandbox

OURS = re.compile(r"DISCORD_|NRG_|DATA|REDIS_URL|PORTAL_|LOG_|SENTRY_|CLOCK_URL|CATALOGUE|COVERAGE")
DEADLINE = 90
"""Seconds that a process may take on a machine that many tests share."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Nrg:
    """``await nrg("db", "status")`` runs a command in the test's own empty folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    async def __call__(self, *arguments: object) -> Said:
        self._capsys.readouterr()

        def call() -> int:
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as end:
                return end.code if isinstance(end.code, int) else 0
            return 0

        code = await asyncio.to_thread(call)  # in a thread, as commands have an event loop of their own
        out, err = self._capsys.readouterr()
        return Said(code, out, err)


class Running:
    """A command that goes on, read line by line."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def line(self, pattern: str) -> re.Match[str]:
        """Return the next line that matches."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            while raw := await self.process.stdout.readline():
                self.lines.append(raw.decode().rstrip())
                if found := re.search(pattern, self.lines[-1]):
                    return found
        raise AssertionError(f"no line matches {pattern!r} in:\n" + "\n".join(self.lines))

    async def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and everything that was said."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            rest = (await self.process.stdout.read()).decode()
            return await self.process.wait(), "\n".join([*self.lines, rest])


@asynccontextmanager
async def running(folder: Path, *arguments: object, **variables: str) -> AsyncGenerator[Running]:
    """Run a command as a process; killed at the end of the block if it still runs."""
    environment = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nrg_cli", *map(str, arguments)),
        cwd=folder,
        env={**environment, **variables},
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def nrg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generator[Nrg]:
    for name in [name for name in os.environ if OURS.match(name)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Nrg(tmp_path, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def home(nrg: Nrg, database_url: str, discord: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Nrg:
    """A folder in which everything is as it should be."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DISCORD_TOKEN", discord.token)
    monkeypatch.setenv("DISCORD_API_URL", discord.api_url)
    return nrg


def add_plugin(folder: Path, name: str, code: str | None, *, requires: str = "nrg-core") -> str:
    """Install a plugin into a folder as pip would, and return what PYTHONPATH must be.

    Without ``code`` its package is missing.
    """
    site = folder / "site"
    info = site / f"nrg_{name}-0.3.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: nrg-{name}\nVersion: 0.3\nSummary: The {name}\n"
        f"Requires-Dist: {requires}\n"
    )
    (info / "entry_points.txt").write_text(f"[nrg.plugins]\n{name} = nrg_{name}:plugin\n")
    if code is not None:
        (site / f"nrg_{name}").mkdir(exist_ok=True)
        (site / f"nrg_{name}" / "__init__.py").write_text(code)
    return str(site)
