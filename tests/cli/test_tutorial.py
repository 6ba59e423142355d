"""The tutorial and what comes after it, followed line by line: what they say is typed, written and run."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import running
from tests.support.pages import ROOT, Block, blocks

PAGES = [ROOT / "docs/plugins" / page for page in ("tutorial.md", "growing.md")]
NAMED = re.compile(r"# ([\w/]+\.(?:py|toml))\n")

pytestmark = pytest.mark.timeout(300)


class Stranger:
    """Somebody who follows the tutorial in a folder beside the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._site = folder / "site"
        self._tests: list[str] = []

    async def follow(self, block: Block) -> None:
        """Do what a block says."""
        if named := NAMED.match(block.code):
            file = self.folder / named[1]
            assert file.parent.is_dir(), f"nobody has made {named[1]}’s folder"
            await asyncio.to_thread(file.write_text, block.code, "utf-8")
            self._tests += re.findall(r"^async def (test_\w+)", block.code, re.MULTILINE)
            return
        assert block.language == "sh", "a file without a name"
        for line in block.code.splitlines():
            await self._type(shlex.split(line, comments=True))

    async def _type(self, words: list[str]) -> None:
        match words:
            case ["mkdir", "-p", *folders]:
                for folder in folders:
                    (self.folder / folder).mkdir(parents=True)
            case ["cd", folder]:
                self.folder /= folder
            case ["python", "-m", "venv", ".venv"] | [".", ".venv/bin/activate"]:
                pass  # this test's own environment stands for it
            case ["pip", "install", "-e", "."]:
                await asyncio.to_thread(self._install)
            case ["pip", "install", *folders]:
                for folder in folders:
                    assert (ROOT / folder.removeprefix("../nrg").strip("/").partition("[")[0]).is_dir()
            case ["nrg", "demo"]:
                await self._see()
            case ["nrg", *arguments]:
                code, said = await self._run(*arguments)
                assert code == 0, said
            case ["pytest"]:
                await asyncio.to_thread(self._test)
            case other:
                pytest.fail(f"nothing here knows how to type {other}")

    @property
    def _path(self) -> str:
        return f"{self.folder}:{self._site}"

    def _install(self) -> None:
        """Install it beside its sources, so that this environment stays as it is."""
        options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--no-compile")
        pip = (sys.executable, "-m", "pip", "install", *options, "--target", self._site, ".")
        done = subprocess.run(pip, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    async def _run(self, *arguments: str) -> tuple[int, str]:
        async with running(self.folder, *arguments, PYTHONPATH=self._path) as command:
            return await command.end()

    async def _see(self) -> None:
        async with running(self.folder, "demo", "--port", "0", PYTHONPATH=self._path) as demo:
            await demo.line(r"The bot is online")
            demo.process.send_signal(signal.SIGINT)
            code, said = await demo.end()
        assert code == 0, said
        assert "left out" not in said

    def _test(self) -> None:
        command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": self._path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert f"{len(self._tests)} passed" in ran.stdout


async def test_the_tutorial_leads_to_a_plugin(tmp_path: Path) -> None:
    stranger = Stranger(tmp_path)
    for page in PAGES:
        for block in blocks(page):
            await stranger.follow(block)
        await asyncio.to_thread(_check, stranger.folder)


def _check(folder: Path) -> None:
    """Hold the plugin that came of it to what the project's own are held to."""
    (folder / "pyrightconfig.json").write_text(
        '{"include": ["nrg_garden"], "exclude": ["**/migrations"], "typeCheckingMode": "strict"}'
    )
    for command in (
        (
            "ruff",
            "check",
            "--isolated",
            "--select",
            "E,F,I,UP,N,RUF",
            "--line-length=110",
            "--exclude=migrations",
        ),
        ("pyright", "--pythonpath", sys.executable),
    ):
        checked = subprocess.run(
            (sys.executable, "-m", *command), cwd=folder, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout
