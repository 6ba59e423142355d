"""``python -m nrg_sandbox``: a process of its own, from its first line to its last."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from nrg_sandbox.__main__ import Options, instructions, listening, main, warning
from tests.cli.conftest import Running

PAGE = r"Sandbox on (http://127\.0\.0\.1:\d+)/"
WARNED = "whoever reaches it acts as any member"
VARIABLE = "NRG_SANDBOX_OPENAPI"


@asynccontextmanager
async def started(*arguments: str, **variables: str) -> AsyncGenerator[Running]:
    """Run the sandbox on a free port; killed at the end of the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nrg_sandbox", "--port", "0", *arguments),
        env={**os.environ, **variables},
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def stop(running: Running, number: signal.Signals = signal.SIGTERM) -> str:
    running.process.send_signal(number)
    code, said = await running.end()
    assert code == 0, said
    assert "Traceback" not in said
    assert said.rstrip().endswith("Stopped.")
    return said


class Rest:
    """REST calls with a bot's token."""

    def __init__(self, session: aiohttp.ClientSession, api: str) -> None:
        self._session = session
        self._api = api

    async def __call__(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        async with self._session.request(method, self._api + path, json=body or None) as response:
            return response.status, await response.json()


@asynccontextmanager
async def logged_in(page: str, token: str) -> AsyncGenerator[Rest]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {token}"}) as session:
        yield Rest(session, f"{page}/api/v10")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_from_start_to_stop(number: signal.Signals) -> None:
    async with started() as running:
        page = (await running.line(PAGE))[1]
        token = (await running.line(r"token +(\S+)$"))[1]
        assert (await running.line(r"API +(\S+)$"))[1] == f"{page}/api/v10"
        guild = (await running.line(r"server id +(\d+)$"))[1]
        async with logged_in(page, token) as rest:
            status, bot = await rest("GET", "/users/@me")
            assert (status, bot["username"], bot["bot"]) == (200, "nrg", True)
            assert [one["id"] for one in (await rest("GET", "/users/@me/guilds"))[1]] == [guild]
        async with logged_in(page, f"{token}x") as rest:
            assert (await rest("GET", "/users/@me"))[0] == 401
        # A bot that stays connected does not keep it from ending.
        gateway = f"{page}/gateway?v=10&encoding=json"
        async with aiohttp.ClientSession() as session, session.ws_connect(gateway) as bot:
            assert (await bot.receive_json())["op"] == 10
            said = await stop(running, number)
        assert WARNED not in said
        with pytest.raises(aiohttp.ClientConnectionError):
            async with logged_in(page, token) as rest:
                await rest("GET", "/users/@me")


async def test_every_option_is_heeded() -> None:
    options = {
        "--token": "my-token",
        "--application-id": "123456789012345678",
        "--members": "dora, Emil",
        "--guild": "Our house",
    }
    flat = [part for option in options.items() for part in option]
    async with started(*flat, "--strict") as running:
        page = (await running.line(PAGE))[1]
        await running.line("token +my-token$")
        guild = (await running.line(r"server id +(\d+)$"))[1]
        async with logged_in(page, "my-token") as rest:
            assert (await rest("GET", "/users/@me"))[1]["id"] == "123456789012345678"
            assert (await rest("GET", f"/guilds/{guild}"))[1]["name"] == "Our house"
            members = (await rest("GET", f"/guilds/{guild}/members?limit=10"))[1]
            names = {member["user"]["username"] for member in members}
            assert {"dora", "emil"} < names
            assert "ana" not in names
            channels = (await rest("GET", f"/guilds/{guild}/channels"))[1]
            text = next(channel["id"] for channel in channels if channel["type"] == 0)
            sent = [(await rest("POST", f"/channels/{text}/messages", content="hi"))[0] for _ in range(6)]
            assert sent == [200] * 5 + [429]


async def test_a_public_url_is_what_clients_are_told() -> None:
    async with listening(Options(port=0, public_url="https://sandbox.example/discord/")) as sandbox:
        assert sandbox.api_url == "https://sandbox.example/discord/api/v10"
        told = instructions(sandbox)
    assert 'yarl.URL("wss://sandbox.example/discord/gateway")' in told
    assert 'rest: { api: "https://sandbox.example/discord/api" }' in told


DESCRIBED: dict[str, Any] = {
    "components": {"schemas": {}},
    "paths": {"/users/@me": {"get": {"responses": {"200": {"description": "Its own user"}}}}},
}


@pytest.mark.parametrize("way", ["option", "environment"])
async def test_calls_are_checked_against_a_description(tmp_path: Path, way: str) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DESCRIBED))
    arguments, variables = (["--openapi", str(file)], {}) if way == "option" else ([], {VARIABLE: str(file)})
    async with started(*arguments, **variables) as running:
        page = (await running.line(PAGE))[1]
        token = (await running.line(r"token +(\S+)$"))[1]
        async with logged_in(page, token) as rest:
            assert (await rest("GET", "/users/@me/guilds"))[0] == 200
        await running.line("against Discord's description: .*/users/@me/guilds.* not described")
        await stop(running)


# Who can reach it


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_loopback_is_nothing_to_warn_of(host: str) -> None:
    assert warning(Options(host=host)) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.9", "sandbox.example"])
def test_other_addresses_are_warned_of(host: str) -> None:
    assert WARNED in (warning(Options(host=host)) or "")


async def test_the_warning_is_shown() -> None:
    async with started("--host", "0.0.0.0") as running:
        await running.line(WARNED)
        await running.line(PAGE)
        await stop(running)


# Wrong uses


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--members", "ana,Zoë"], "'Zoë' is no member's name"),
        (["--members", "a"], "'a' is no member's name"),
        (["--members", "ana maria"], "'ana maria' is no member's name"),
        (["--members", "x" * 33], "is no member's name"),
        (["--guild", " x "], "A server's name has 2 to 100 characters"),
        (["--guild", "x" * 101], "A server's name has 2 to 100 characters"),
        (["--application-id", "12345"], "'12345' is no application id"),
        (["--application-id", "١" * 18], "is no application id"),
        (["--public-url", "sandbox.example"], "'sandbox.example' is no address"),
        (["--public-url", "https://sandbox.example/?a=b"], "is no address"),
        (["--host", "nowhere.invalid"], "Cannot listen on nowhere.invalid:0: "),
        (["--host", "192.0.2.1"], "Cannot listen on 192.0.2.1:0: Cannot assign requested address"),
        (["--openapi", "missing.json"], "missing.json cannot be read: No such file"),
        (["--openapi", "."], r"\. cannot be read: Is a directory"),
    ],
)
def test_a_wrong_option_is_one_line(arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit, match=f"^nrg-sandbox: .*{told}") as end:
        main(["--port", "0", *arguments])
    assert "\n" not in str(end.value)


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"components": {"schemas": {}}}'])
def test_a_file_that_describes_nothing_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(text)
    with pytest.raises(SystemExit, match=r"openapi\.json is not Discord's OpenAPI description"):
        main(["--port", "0", "--openapi", str(file)])


def test_a_taken_port_is_one_line_and_ends_with_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = run("--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"nrg-sandbox: Port {port} is taken: end what listens there, or choose another with --port.\n"
    )


def test_without_the_validator_it_says_how_to_get_it(tmp_path: Path) -> None:
    # A module of that name that cannot be imported is as good as none.
    (tmp_path / "jsonschema_rs.py").write_text("raise ModuleNotFoundError(name='jsonschema_rs')\n")
    (tmp_path / "openapi.json").write_text(json.dumps(DESCRIBED))
    ended = run("--openapi", str(tmp_path / "openapi.json"), PYTHONPATH=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr == ("nrg-sandbox: jsonschema_rs is missing. Try: pip install 'nrg-sandbox[check]'\n")


@pytest.mark.parametrize("port", ["eighty", "-1", "65536"])
def test_a_wrong_port_is_a_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([f"--port={port}"])
    assert end.value.code == 2
    assert "argument --port: " in capsys.readouterr().err


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nrg_sandbox", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Starting quickly


def test_nothing_is_loaded_that_is_not_needed() -> None:
    script = "import sys; import nrg_sandbox.__main__; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()
    assert "aiohttp" in loaded
    assert {"jsonschema_rs", "pytest", "nrg_core", "nrg_cli", "hikari"}.isdisjoint(loaded)
