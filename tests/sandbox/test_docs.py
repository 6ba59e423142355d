"""The manual of the sandbox: every example in it runs, and everything that programs may use is in it."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from nrg_sandbox import Answer, Member, Sandbox
from tests.cli.conftest import Running
from tests.support.pages import ROOT, Block, blocks

MANUAL = ROOT / "docs/sandbox"
CLIENTS = ROOT / "tests/clients"
PAGES = (*sorted(MANUAL.glob("*.md")), ROOT / "sandbox/README.md")

FILE = re.compile(r"# ([\w/]+\.(?:py|toml))\n")
VARIABLE = "NRG_SANDBOX_OPENAPI"
DESCRIPTION = {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}
INSTALLED = "[nrg.plugins]\ngarden = nrg_garden:plugin\n"


BLOCKS = [block for page in PAGES for block in blocks(page)]
PROGRAMS = [block for block in BLOCKS if block.page.stem == "clients" and block.language != "sh"]
TESTS = [block for block in BLOCKS if block.page.stem in ("testing", "README") and block.language != "sh"]
COMMANDS = [
    pytest.param(line, id=line)
    for block in BLOCKS
    if block.language == "sh"
    for line in block.code.splitlines()
]


def test_every_block_is_run_by_one_of_these_tests() -> None:
    commands = [block for block in BLOCKS if block.language == "sh"]
    assert len(PROGRAMS) + len(TESTS) + len(commands) == len(BLOCKS)
    assert {block.language for block in PROGRAMS} == {"python", "js"}
    assert {block.language for block in TESTS} == {"python", "toml"}


# Pointing a bot at it


@dataclass(frozen=True)
class Library:
    """What runs the program of a client library, which it reads from its standard input.

    Attributes
    ----------
    command
        Runs it.
    needs
        What is there once the library is installed.
    folder
        Where it runs.
    set_up
        Whether ``tests/clients/setup`` installs it; then it must not be absent in CI.
    """

    command: tuple[str | Path, ...]
    needs: Path
    folder: Path = ROOT
    set_up: bool = True


def python_library(environment: str, *, set_up: bool = True) -> Library:
    python = CLIENTS / environment / "bin/python"
    return Library((python, "-I", "-"), python, set_up=set_up)


LIBRARIES = {
    "hikari": Library((sys.executable, "-"), Path(sys.executable)),
    "discord.py": python_library(".venv"),
    "disnake": python_library(".venv-disnake", set_up=False),
    "py-cord": python_library(".venv-py-cord", set_up=False),
    "discord.js": Library(
        ("node", "--input-type=module", "-"), CLIENTS / "js/node_modules/.ready", CLIENTS / "js"
    ),
}


def test_every_library_has_its_program() -> None:
    assert [program.heading for program in PROGRAMS] == list(LIBRARIES)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.heading)
async def test_a_bot_on_any_library_answers(program: Block) -> None:
    library = LIBRARIES[program.heading]
    if not library.needs.exists():
        missing = f"{program.heading} is not installed: {library.needs.relative_to(ROOT)} is missing"
        if library.set_up and os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    async with Sandbox() as discord, fed(library, program, discord) as process:
        ended = asyncio.create_task(process.wait())
        ready = asyncio.create_task(
            discord.wait_for(lambda: discord.bot_online and discord.commands, timeout=30)
        )
        await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
        assert not ended.done(), "the bot ended by itself"
        await ready
        ana = await discord.member("ana")
        assert (await ana.slash("ping")).content == "pong"


@asynccontextmanager
async def fed(
    library: Library, program: Block, discord: Sandbox
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run a program, ended at the end of the block; what it says is shown when the test fails."""
    address = "127.0.0.1:8080"
    assert address in program.code
    process = await asyncio.create_subprocess_exec(
        *library.command,
        cwd=library.folder,
        env={**os.environ, "DISCORD_TOKEN": discord.token},
        stdin=PIPE,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(program.code.replace(address, urlsplit(discord.page_url).netloc).encode())
        process.stdin.close()
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


# Testing a bot


@pytest.mark.timeout(300)
def test_the_examples_are_tests_that_pass(tmp_path: Path) -> None:
    loose: list[str] = []
    for block in TESTS:
        if (named := FILE.match(block.code)) is not None:
            file = tmp_path / named[1]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.code)
        else:
            loose.append(block.code)
    (tmp_path / "test_examples.py").write_text("\n\n".join(loose))
    # The plugin counts as installed.
    information = tmp_path / "nrg_garden-0.1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: nrg-garden\nVersion: 0.1\n")
    (information / "entry_points.txt").write_text(INSTALLED)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "PYTHONPATH": str(tmp_path), **DESCRIPTION},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written = len(
        re.findall(r"^(?:async )?def test_", "\n".join(block.code for block in TESTS), re.MULTILINE)
    )
    assert f"{written} passed" in ran.stdout


@pytest.mark.parametrize("kind", [Sandbox, Member, Answer], ids=lambda kind: kind.__name__)
def test_everything_that_programs_may_use_is_listed(kind: type) -> None:
    text = (MANUAL / "testing.md").read_text("utf-8")
    (listed,) = re.findall(rf"^\*\*`{kind.__name__}`\*\*: (.+?)\n(?:\n|\Z)", text, re.MULTILINE | re.DOTALL)
    set_when_made = {"id", "interaction"}
    public = {name for name in dir(kind) if not name.startswith("_")}
    assert set(re.findall(r"`(\w+)`", listed)) - set_when_made == public


# Starting it


@pytest.mark.parametrize("line", COMMANDS)
async def test_what_is_typed_into_a_shell_works(line: str) -> None:
    match shlex.split(line, comments=True):
        case ["pip", "install", *wanted]:
            assert all(is_there(one) for one in wanted)
        case ["python", "-m", "nrg_sandbox", *options]:
            await starts(sys.executable, "-m", "nrg_sandbox", *options)
        case ["nrg", "sandbox", *options]:
            await starts(sys.executable, "-m", "nrg_cli", "sandbox", *options)
        case other:
            pytest.fail(f"nothing here knows how to try {other}")


def is_there(requirement: str) -> bool:
    """Tell whether a folder of ours, or a package, can be installed with the extra that is asked for."""
    name, _, extra = requirement.rstrip("]").partition("[")
    if not name.startswith("./"):
        return bool(version(name))
    project = tomllib.loads((ROOT / name / "pyproject.toml").read_text("utf-8"))["project"]
    return not extra or extra in project["optional-dependencies"]


async def starts(*command: str) -> None:
    """Start a sandbox, on a free port whatever the manual says, and stop it again."""
    process = await asyncio.create_subprocess_exec(*command, "--port", "0", stdout=PIPE, stderr=STDOUT)
    running = Running(process)
    try:
        await running.line("Sandbox on http://")
        process.send_signal(signal.SIGTERM)
        assert (await running.end())[0] == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
