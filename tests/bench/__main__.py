"""Measure: ``python -m tests.bench [--seconds N] [--rounds N]``, or ``make bench``.

A sandbox with the members runs here, the bot in a process of its own. The bare command and the check-in
take turns in one run, so that the ratio holds on a machine whose speed does not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from nrg_core.app import migration_sources
from nrg_core.host.installed import installed
from nrg_core.testing.databases import Databases, fresh_database
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member

IN_FLIGHT = (1, 16, 64)
MEMBERS = 200


@dataclass
class Measured:
    """The rates of each round, and every latency."""

    rates: list[float] = field(default_factory=list[float])
    latencies: list[float] = field(default_factory=list[float])

    @property
    def rate(self) -> float:
        """The median rate, a second."""
        return statistics.median(self.rates)

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds that this share of answers stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


async def load(
    members: list[Member],
    act: Callable[[Member], Awaitable[object]],
    in_flight: int,
    seconds: float,
    into: Measured,
) -> None:
    """Keep so many interactions in flight for so long."""
    end, done, turn = time.perf_counter() + seconds, 0, 0

    async def one_after_another() -> None:
        nonlocal done, turn
        while (begun := time.perf_counter()) < end:
            turn += 1
            await act(members[turn % len(members)])
            into.latencies.append(time.perf_counter() - begun)
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
    into.rates.append(done / (time.perf_counter() - begun))


async def measure(
    kind: str, databases: Databases, seconds: float, rounds: int
) -> dict[int, tuple[Measured, Measured]]:
    """Return the floor and the check-in on one database, by interactions in flight."""
    async with Sandbox() as discord, fresh_database(databases, kind) as url:
        members = [await discord.member(f"member{n}") for n in range(MEMBERS)]
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bot", discord.token, discord.api_url, url,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert bot.stdout is not None
        assert bot.stdin is not None
        while b"ready" not in (line := await bot.stdout.readline()):
            if not line:
                raise SystemExit("the bot did not start")
        results: dict[int, tuple[Measured, Measured]] = {}
        try:
            for act in (ping, _checkin):
                await load(members, act, 64, 1, Measured())
            for in_flight in IN_FLIGHT:
                results[in_flight] = Measured(), Measured()
                for _ in range(rounds):
                    for act, into in zip((ping, _checkin), results[in_flight], strict=True):
                        await load(members, act, in_flight, seconds, into)
        finally:
            bot.stdin.close()
            await bot.wait()
        return results


async def ping(member: Member) -> None:
    """Run the bare command."""
    await member.slash("ping")


async def _checkin(member: Member) -> None:
    answer = await member.slash("checkin", hack="energy-ball", duration=10)
    assert answer.embeds, answer.content


async def main(seconds: float, rounds: int) -> None:
    """Measure every database there is, and print a table."""
    console = Console()
    postgres = os.environ.get("TEST_POSTGRES_URL")
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(Path(folder), migration_sources(installed()), postgres)
        try:
            for kind in ("sqlite", *(("postgresql",) if postgres else ())):
                results = await measure(kind, databases, seconds, rounds)
                console.print(_table(kind, results))
        finally:
            await databases.aclose()
    if not postgres:
        console.print("PostgreSQL was not measured: TEST_POSTGRES_URL is not set.")


def _table(kind: str, results: dict[int, tuple[Measured, Measured]]) -> Table:
    table = Table(title=f"/checkin on {kind}, with the checkin plugin and a counting plugin")
    for column in ("in flight", "floor /s", "check-ins /s", "ratio", "p50 ms", "p99 ms", "floor p99 ms"):
        table.add_column(column, justify="right")
    for in_flight, (floor, checkin) in results.items():
        # Round by round: what slows the machine slows both.
        ratio = statistics.median(c / f for f, c in zip(floor.rates, checkin.rates, strict=True))
        table.add_row(
            str(in_flight),
            f"{floor.rate:,.0f}",
            f"{checkin.rate:,.0f}",
            f"{ratio:.2f}",
            f"{checkin.percentile(0.5):.1f}",
            f"{checkin.percentile(0.99):.1f}",
            f"{floor.percentile(0.99):.1f}",
        )
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each command")
    arguments = parser.parse_args()
    uvloop.run(main(arguments.seconds, arguments.rounds))
