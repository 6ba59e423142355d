"""The bot under the benchmark, in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import EntryPoint

import uvloop

from nrg_core.app import App
from nrg_core.config import Settings
from nrg_core.host.installed import Installed, installed
from nrg_core.logs import configure
from nrg_core.storage.database import open_database
from tests.bench.plugins import counts


def candidates() -> list[Installed]:
    """Return the checkin plugin, the bare command and the counting plugin."""
    ours = [
        Installed(
            name,
            "bench",
            "0",
            "",
            "tests.bench",
            EntryPoint(name, f"tests.bench.plugins:{name}", "nrg.plugins"),
        )
        for name in ("floor", "counting")
    ]
    return [one for one in installed() if one.name == "checkin"] + ours


async def main(token: str, api_url: str, database_url: str) -> None:
    """Run until the parent goes."""
    configure("warning", "console")
    settings = Settings.model_validate(
        {
            "discord_token": token,
            "discord_api_url": api_url,
            "database_url": database_url,
            "command_rate_limit": 10_000_000,
        }
    )
    database = await open_database(settings.database)
    async with database.unit_of_work() as uow:
        await uow.run(counts.create, checkfirst=True)
    await database.close()
    app = App(settings, candidates=candidates())
    await app.start()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await app.stop()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4]))
