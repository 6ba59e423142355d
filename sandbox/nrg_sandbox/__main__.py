"""Runs the sandbox alone: ``python -m nrg_sandbox --port 8080 --members ana,ben``."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Callable

from nrg_sandbox.sandbox import Sandbox

__all__ = ["main", "serve"]


async def serve(sandbox: Sandbox, *, ready: Callable[[Sandbox], None] = lambda _: None) -> None:
    """Serve until cancelled.

    Parameters
    ----------
    sandbox
        One that does not listen yet.
    ready
        Called once it listens.
    """
    async with sandbox:
        ready(sandbox)
        await asyncio.Event().wait()


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="nrg-sandbox", description="A local Discord for any bot library")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port; 0 takes a free one (default: 8080)")
    parser.add_argument("--public-url", help="where bots and browsers find it, if it is not there")
    parser.add_argument("--token", help="the bot's token (default: made up and printed)")
    parser.add_argument("--application-id", help="the application's id (default: made up)")
    parser.add_argument("--members", default="ana,ben", help="names, comma-separated (default: ana,ben)")
    parser.add_argument("--guild", default="Practice", help="name of the server (default: %(default)s)")
    options = parser.parse_args(arguments)
    sandbox = Sandbox(
        host=options.host,
        port=options.port,
        public_url=options.public_url,
        token=options.token,
        application_id=options.application_id,
        members=[name.strip() for name in options.members.split(",") if name.strip()],
        guild_name=options.guild,
    )
    asyncio.run(_until_stopped(sandbox))


async def _until_stopped(sandbox: Sandbox) -> None:
    serving = asyncio.create_task(serve(sandbox, ready=_announce))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        print("Stopped.")


def _announce(sandbox: Sandbox) -> None:
    print(f"page:   {sandbox.page_url}")
    print(f"api:    {sandbox.api_url}")
    print(f"token:  {sandbox.token}")
    print(f"guild:  {sandbox.guild_id}", flush=True)


if __name__ == "__main__":
    main()
