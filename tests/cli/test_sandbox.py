"""``nrg sandbox``: the same sandbox as ``python -m nrg_sandbox``, with the same options."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from nrg_cli.sandbox import APPLICATION_ID, TOKEN
from tests.cli.conftest import Nrg, running

PAGE = r"Sandbox on (http://127\.0\.0\.1:\d+)/"


async def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    async with running(tmp_path, "sandbox", "--port", 0) as sandbox:
        page = (await sandbox.line(PAGE))[1]
        headers = {"Authorization": f"Bot {TOKEN}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{page}/api/v10/users/@me") as answer,
        ):
            assert (await answer.json())["id"] == APPLICATION_ID
        await sandbox.line(re.escape(f"DISCORD_API_URL={page}/api/v10 CLOCK_URL={page} nrg run"))
        sandbox.process.send_signal(signal.SIGTERM)
        code, said = await sandbox.end()
    assert code == 0
    assert f'hikari.GatewayBot(TOKEN, rest_url="{page}/api/v10")' in said
    assert said.rstrip().endswith("Ended.")
    assert "Warning" not in said


async def test_every_option_is_heeded(tmp_path: Path) -> None:
    options = (
        *("--token", "my-token", "--application-id", "123456789012345678"),
        *("--members", "dora,emil", "--guild", "Our house", "--strict"),
    )
    async with running(tmp_path, "sandbox", "--port", 0, "--host", "0.0.0.0", *options) as sandbox:
        await sandbox.line("whoever reaches it acts as any member")
        page = (await sandbox.line(PAGE))[1]
        await sandbox.line("token +my-token$")
        guild = (await sandbox.line(r"server id +(\d+)$"))[1]
        async with aiohttp.ClientSession(headers={"Authorization": "Bot my-token"}) as session:
            async with session.get(f"{page}/api/v10/users/@me") as answer:
                assert (await answer.json())["id"] == "123456789012345678"
            async with session.get(f"{page}/api/v10/guilds/{guild}") as answer:
                assert (await answer.json())["name"] == "Our house"
            async with session.get(f"{page}/api/v10/guilds/{guild}/members?limit=10") as answer:
                members = {member["user"]["username"] for member in await answer.json()}
            async with session.get(f"{page}/api/v10/guilds/{guild}/channels") as answer:
                text = next(channel["id"] for channel in await answer.json() if channel["type"] == 0)
            statuses: list[int] = []
            for _ in range(6):
                path = f"{page}/api/v10/channels/{text}/messages"
                async with session.post(path, json={"content": "hi"}) as answer:
                    statuses.append(answer.status)
        assert {"dora", "emil"} < members
        assert "cleo" not in members
        assert statuses == [200] * 5 + [429]


async def test_a_public_url_is_what_clients_are_told(tmp_path: Path) -> None:
    async with running(
        tmp_path, "sandbox", "--port", 0, "--public-url", "https://sandbox.example"
    ) as sandbox:
        await sandbox.line("Sandbox on https://sandbox.example/$")
        await sandbox.line("API +https://sandbox.example/api/v10$")


async def test_a_taken_port_is_one_line(nrg: Nrg) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = await nrg("sandbox", "--port", port)
    told = f"nrg: Port {port} is taken: end what listens there, or choose another with --port.\n"
    assert (said.code, said.out, said.err) == (1, "", told)


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--members", "Zoë", "'Zoë' is no member's name"),
        ("--guild", "x", "A server's name has 2 to 100 characters."),
        ("--host", "192.0.2.1", "Cannot listen on 192.0.2.1:0: Cannot assign requested address."),
        ("--openapi", "missing.json", "missing.json cannot be read: No such file or directory."),
    ],
)
async def test_a_wrong_option_is_one_line(nrg: Nrg, option: str, value: str, told: str) -> None:
    said = await nrg("sandbox", "--port", 0, option, value)
    assert said.code == 1
    assert said.err.startswith(f"nrg: {told}")
    assert said.err.count("\n") == 1


async def test_the_environment_names_a_description(nrg: Nrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NRG_SANDBOX_OPENAPI", "from-the-environment.json")
    said = await nrg("sandbox", "--port", 0)
    assert said.err == "nrg: from-the-environment.json cannot be read: No such file or directory.\n"


def test_both_ways_to_start_it_have_the_same_options() -> None:
    ways = (["-m", "nrg_cli", "sandbox"], ["-m", "nrg_sandbox"])
    offered = [
        subprocess.run(
            [sys.executable, *way, "--help"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        for way in ways
    ]
    ours, theirs = (set(re.findall(r"--[a-z][a-z-]+", text)) for text in offered)
    assert "--openapi" in ours
    assert ours == theirs
