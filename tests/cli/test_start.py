"""Help, version, wrong usage, and ``nrg init``."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nrg_core.config import load
from tests.cli.conftest import Nrg

GROUPS: tuple[list[str], ...] = ([], ["db"], ["plugins"], ["catalogue"])
COMMANDS = (
    *(["run"], ["demo"], ["sandbox"], ["init"], ["invite"], ["doctor"]),
    *(["db", name] for name in ("upgrade", "status", "revision")),
    *(["plugins", name] for name in ("list", "info", "enable", "disable")),
    *(["catalogue", name] for name in ("check", "load")),
)
HEAVY = (
    "asyncio",
    "hikari",
    "arc",
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "aiohttp",
    "pydantic",
    "nrg_core.app",
)


def test_help_loads_nothing_heavy() -> None:
    script = """
import json, sys
from nrg_cli.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code
print("loaded", json.dumps(sorted(sys.modules)))
"""
    told = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = json.loads(told.stdout.splitlines()[-1].removeprefix("loaded "))
    assert "nrg_cli.demo" in loaded
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("command", [*GROUPS, *COMMANDS], ids=" ".join)
async def test_every_command_explains_itself(nrg: Nrg, command: list[str]) -> None:
    said = await nrg(*command, "--help")
    assert said.code == 0
    assert "Usage: nrg" in said.out


async def test_the_version_is_told(nrg: Nrg) -> None:
    said = await nrg("--version")
    assert (said.code, said.out) == (0, "nrg 0.1.0 (core 0.1.0)\n")


@pytest.mark.parametrize(
    "wrong",
    [
        ["frobnicate"],
        ["run", "--frobnicate"],
        ["demo", "--port", "70000"],
        ["plugins", "enable"],
        ["plugins", "enable", "checkin", "--guild", "0"],
        ["plugins", "enable", "checkin", "--guild", str(2**63)],
        ["db", "revision", "checkin"],
        ["doctor", "--replay", "some"],
    ],
    ids=" ".join,
)
async def test_wrong_usage_ends_with_two(nrg: Nrg, wrong: list[str]) -> None:
    said = await nrg(*wrong)
    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err


async def test_init_writes_settings_that_load(nrg: Nrg) -> None:
    said = await nrg("init", "new/home")
    assert said.code == 0
    home = nrg.folder / "new" / "home"
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    assert "\nDISCORD_TOKEN=\n" in (home / ".env").read_text()
    settings = load(home / "nrg.toml")
    assert settings.discord_token is None
    assert settings.data_folder == home / "data"
    assert "cd new/home && nrg db upgrade" in said.out
    assert "nrg invite" in said.out


async def test_init_overwrites_nothing(nrg: Nrg) -> None:
    (nrg.folder / "nrg.toml").write_text("rest_days = 2\n")
    (nrg.folder / ".env").write_text("DISCORD_TOKEN=mine\n")
    said = await nrg("init")
    assert said.code == 0
    assert said.out.count("stays as it is") == 2
    assert (nrg.folder / "nrg.toml").read_text() == "rest_days = 2\n"
    assert (nrg.folder / ".env").read_text() == "DISCORD_TOKEN=mine\n"


async def test_init_says_where_it_cannot_write(nrg: Nrg) -> None:
    (nrg.folder / "file").write_text("")
    said = await nrg("init", "file")
    assert said.code == 1
    assert said.err.startswith("nrg: file cannot be written: ")
    assert said.err.count("\n") == 1


async def test_a_misspelt_key_is_one_line(nrg: Nrg) -> None:
    (nrg.folder / "nrg.toml").write_text("rest_day = 2\n")
    said = await nrg("db", "status")
    assert said.code == 1
    assert said.err == "nrg: nrg.toml:1: unknown key “rest_day”; did you mean “rest_days”?\n"


async def test_the_settings_can_lie_elsewhere(nrg: Nrg, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "nrg.toml").write_text('data_folder = "here"\n')
    assert (await nrg("db", "upgrade", "--config", other / "nrg.toml")).code == 0
    assert (other / "here" / "nrg.sqlite3").exists()
    assert not (nrg.folder / "data").exists()
    missing = await nrg("db", "status", "-c", "missing.toml")
    assert (missing.code, missing.err) == (1, "nrg: missing.toml does not exist. `nrg init` makes one.\n")
