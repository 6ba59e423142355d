"""``nrg demo`` and ``nrg sandbox``, from the first line to the last."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from nrg_cli.sandbox import TOKEN
from tests.cli.conftest import Running, running
from tests.cli.test_db import run_sql
from tests.cli.test_plugins import enablement

pytestmark = pytest.mark.timeout(300)

PAGE = r"(http://127\.0\.0\.1:\d+)/"
ONLINE = r"The bot is online \(process (\d+)\)"


async def fetch(url: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return await (response.json() if response.content_type == "application/json" else response.text())


async def stop(demo: Running, number: signal.Signals = signal.SIGINT) -> str:
    demo.process.send_signal(number)
    code, said = await demo.end()
    assert code == 0, said
    assert "Traceback" not in said
    return said


async def other_commands_reach(folder: Path, guild: str) -> None:
    async def ask(command: str) -> Any:
        asked = (command, "--json", "--config", "data/demo/nrg.toml")
        async with running(folder, *asked) as other:
            code, said = await other.end()
        assert code == 0, said
        return json.loads(said)

    assert (await ask("invite"))["wanted"]
    checks = (await ask("doctor"))["checks"]
    assert f"permissions in {guild}" in [check["label"] for check in checks]


async def test_the_whole_demo(tmp_path: Path) -> None:
    async with running(tmp_path, "demo", "--port", 0, "--members", "dora, emil") as demo:
        page = (await demo.line(PAGE))[1]
        assert "<html" in await fetch(f"{page}/")
        first = int((await demo.line(ONLINE))[1])
        state = await fetch(f"{page}/sandbox/state")
        assert state["bot_online"] is True
        assert {"checkin", "help"} <= {command["name"] for command in state["commands"]}
        names = {member["user"]["username"] for member in state["members"]}
        assert {"dora", "emil"} <= names
        assert "ana" not in names
        await other_commands_reach(tmp_path, state["guild"]["name"])

        os.kill(first, signal.SIGKILL)
        await demo.line(r"The bot died \(signal 9\); starting it again\.")
        second = int((await demo.line(ONLINE))[1])
        assert second != first
        assert (await fetch(f"{page}/sandbox/state"))["bot_online"] is True

        said = await stop(demo)
    assert said.rstrip().endswith("Ended.")
    with pytest.raises(aiohttp.ClientConnectionError):
        await fetch(f"{page}/")
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert TOKEN not in said


async def test_data_is_kept_and_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "data" / "demo" / "nrg.sqlite3"
    # A real community's settings are not looked at.
    (tmp_path / "nrg.toml").write_text("this is no TOML\n")
    (tmp_path / ".env").write_text("DISCORD_TOKEN=real\nDATABASE_URL=postgresql://nrg@127.0.0.1:1/real\n")
    async with running(tmp_path, "demo", "--port", 0) as demo:
        page = (await demo.line(PAGE))[1]
        await demo.line(ONLINE)
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{page}/sandbox/clock", json={"advance": 86_400 * 3})
            assert answer.status == 200
        async with running(
            *(tmp_path, "plugins", "disable", "checkin", "--config", "data/demo/nrg.toml")
        ) as other:
            assert (await other.end())[0] == 0
        await stop(demo, signal.SIGTERM)
    async with running(tmp_path, "plugins", "list", "--config", "data/demo/nrg.toml") as listing:
        assert "disabled" in (await listing.end())[1]
    # The next demo goes on where the clock stood, or what was recorded would lie in the future.
    await run_sql(
        f"sqlite:///{file}", "INSERT OR REPLACE INTO schedule (name, last_at) VALUES ('tick', '2099-01-01')"
    )
    async with running(tmp_path, "demo", "--port", 0) as demo:
        state = await fetch(f"{(await demo.line(PAGE))[1]}/sandbox/state")
        assert state["clock"]["now"].startswith("2099-01-01")
        await stop(demo)
    # Forgetting takes what was recorded and leaves what was configured.
    async with running(tmp_path, "demo", "--port", 0, "--fresh") as demo:
        await demo.line(PAGE)
        await stop(demo)
    async with running(tmp_path, "plugins", "list", "--config", "data/demo/nrg.toml") as listing:
        said = (await listing.end())[1]
    assert "enabled" in said


async def test_a_bot_that_cannot_start_ends_the_demo(tmp_path: Path) -> None:
    home = tmp_path / "data" / "demo"
    home.mkdir(parents=True)
    (home / "nrg.toml").write_text('catalogue = "missing.toml"\ndata_folder = "."\n')
    async with running(tmp_path, "demo", "--port", 0) as demo:
        code, said = await demo.end()
    assert code == 1
    assert "missing.toml: cannot be read" in said
    assert said.splitlines()[-1] == "nrg: The bot could not start. What it said stands above."


async def test_a_database_of_ones_own_outlives_fresh(tmp_path: Path, sqlite_url: str) -> None:
    await run_sql(sqlite_url, "INSERT INTO plugin_states (plugin, enabled) VALUES ('checkin', false)")
    (tmp_path / "ours.toml").touch()
    options = ("--config", "ours.toml", "--port", 0, "--fresh")
    async with running(tmp_path, "demo", *options, DATABASE_URL=sqlite_url) as demo:
        await demo.line("the database of DATABASE_URL stays as it is")
        await demo.line(PAGE)
        await stop(demo)
    assert not (await enablement(sqlite_url)).is_enabled("checkin")
    assert not (tmp_path / ".env").exists(), "a folder of one's own is left alone"


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        async with running(tmp_path, "demo", "--port", port) as demo:
            await demo.line(rf"Port {port} is taken; using a free one\.")
            assert (await demo.line(PAGE))[1] != f"http://127.0.0.1:{port}"
            await stop(demo)
