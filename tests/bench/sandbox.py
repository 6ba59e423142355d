"""Measure the sandbox alone: ``python -m tests.bench.sandbox [--seconds N] [--rounds N]``.

How many interactions a second it sustains with a client that does nothing but answer, how soon it serves
when started by itself, and how much memory a thousand servers with a hundred members each take.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time

import uvloop
from aiohttp import ClientSession
from rich.console import Console
from rich.table import Table

from nrg_sandbox import Sandbox
from nrg_sandbox.world.world import World
from tests.bench.__main__ import IN_FLIGHT, MEMBERS, Measured, load, ping

GUILDS, PEOPLE = 1_000, 100
STARTS = 5


async def throughput(seconds: float, rounds: int) -> dict[int, Measured]:
    """Return rates and latencies by interactions in flight."""
    async with Sandbox() as discord:
        members = [await discord.member(f"member{n}") for n in range(MEMBERS)]
        await _register(discord)
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.nothing", discord.token, discord.api_url,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert client.stdout is not None
        if b"ready" not in await client.stdout.readline():
            raise SystemExit("the client did not start")
        results = {in_flight: Measured() for in_flight in IN_FLIGHT}
        try:
            await load(members, ping, 64, 1, Measured())
            for in_flight, into in results.items():
                for _ in range(rounds):
                    await load(members, ping, in_flight, seconds, into)
        finally:
            client.terminate()
            await client.wait()
        return results


async def _register(discord: Sandbox) -> None:
    url = f"{discord.api_url}/applications/{discord.application_id}/commands"
    body = {"name": "ping", "description": "Answers"}
    headers = {"Authorization": f"Bot {discord.token}"}
    async with ClientSession(headers=headers) as session, session.post(url, json=body) as response:
        response.raise_for_status()


def start_up() -> float:
    """Return the seconds until a sandbox that is started by itself serves, the median of several."""
    spent: list[float] = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        command = [sys.executable, "-m", "nrg_sandbox", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            running.stdout.readline()
            spent.append(time.perf_counter() - begun)
            running.terminate()
            running.stdout.read()
    return statistics.median(spent)


def memory() -> tuple[float, float]:
    """Return megabytes and seconds that many servers full of people take, all of them different."""
    before, begun = _megabytes(), time.perf_counter()
    world = World()
    for number in range(GUILDS):
        world.create_guild(f"Server {number}", [f"member{number}.{n}" for n in range(PEOPLE)])
    taken, spent = _megabytes() - before, time.perf_counter() - begun
    assert len(world.guilds) == GUILDS + 1
    assert len(world.users) > GUILDS * PEOPLE
    return taken, spent


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main(seconds: float, rounds: int) -> None:
    """Measure everything, and print a table."""
    # First, for it is the peak that is read.
    taken, spent = memory()
    table = Table(title="interactions with a client that does nothing")
    for column in ("in flight", "a second", "p50 ms", "p99 ms"):
        table.add_column(column, justify="right")
    for in_flight, measured in (await throughput(seconds, rounds)).items():
        latencies = (f"{measured.percentile(share):.1f}" for share in (0.5, 0.99))
        table.add_row(str(in_flight), f"{measured.rate:,.0f}", *latencies)
    console = Console()
    console.print(table)
    console.print(f"start-up: {start_up():.2f} s")
    console.print(f"{GUILDS:,} servers, {GUILDS * PEOPLE:,} members: {taken:.0f} MB, made in {spent:.1f} s")


if __name__ == "__main__":
    os.environ.pop("NRG_SANDBOX_OPENAPI", None)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns at each number in flight")
    arguments = parser.parse_args()
    uvloop.run(main(arguments.seconds, arguments.rounds))
