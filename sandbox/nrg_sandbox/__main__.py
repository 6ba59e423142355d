"""Runs the sandbox alone: ``python -m nrg_sandbox --port 8080 --members ana,ben``."""

from __future__ import annotations

import argparse
import asyncio
import errno
import ipaddress
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror
from typing import Final

from nrg_sandbox.audit import find_description
from nrg_sandbox.sandbox import Sandbox

__all__ = ["Options", "StartError", "instructions", "listening", "main", "warning"]

_MEMBER: Final = re.compile(r"[a-z0-9_.]{2,32}")
_ADDRESS: Final = re.compile(r"https?://[^/?#\s]+(?:/[^?#\s]*)?")
_SNOWFLAKE: Final = re.compile(r"[0-9]{17,20}")

_INSTRUCTIONS: Final = """\
Sandbox on {page}

  token      {token}
  API        {api}
  server id  {guild}

hikari       hikari.GatewayBot(TOKEN, rest_url="{api}")
discord.py   discord.http.Route.BASE = "{api}"
             discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("{gateway}")
discord.js   new Client({{ intents: [GatewayIntentBits.Guilds], rest: {{ api: "{base}/api" }} }})"""

_WARNING: Final = """\
Warning: {host} can be reached from other machines, and whoever reaches it acts as any member they like.
Listen on 127.0.0.1 unless the network is your own."""


class StartError(Exception):
    """Why the sandbox cannot start, in one line for whoever started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be said on the command line.

    Attributes
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    public_url
        Where bots and browsers find it, if not there.
    token, application_id
        The bot's; made up when absent.
    members
        Names, separated by commas.
    guild
        The name of the server.
    strict
        Whether rate limits are as tight as Discord's.
    openapi
        Discord's OpenAPI description, to which calls are held.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    token: str | None = None
    application_id: str | None = None
    members: str = "ana,ben,cleo"
    guild: str = "Practice"
    strict: bool = False
    openapi: Path | None = None


@asynccontextmanager
async def listening(options: Options) -> AsyncGenerator[Sandbox]:
    """Run a sandbox for the length of the block.

    Raises
    ------
    StartError
        An option is wrong, or the port cannot be had.
    """
    sandbox = _sandbox(options)
    try:
        try:
            await sandbox.start()
        except OSError as error:
            raise StartError(_why_not(options, error)) from None
        yield sandbox
    finally:
        await sandbox.stop()


def instructions(sandbox: Sandbox) -> str:
    """Return how a bot finds a sandbox that listens."""
    base = sandbox.page_url.rstrip("/")
    return _INSTRUCTIONS.format(
        page=sandbox.page_url,
        token=sandbox.token,
        api=sandbox.api_url,
        guild=sandbox.guild_id,
        gateway=f"ws{base.removeprefix('http')}/gateway",
        base=base,
    )


def warning(options: Options) -> str | None:
    """Return what is dangerous about the options, if anything is."""
    return None if _is_loopback(options.host) else _WARNING.format(host=options.host)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve until told to stop; exit 1 if that cannot be."""
    options = _parse(arguments)
    try:
        asyncio.run(_serve(options))
    except StartError as error:
        sys.exit(f"nrg-sandbox: {error}")


def _parse(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="nrg-sandbox",
        description="A local Discord for any bot library.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add, default = parser.add_argument, Options()
    add("--host", help=f"the address to listen on (default: {default.host})")
    add("--port", type=_port, help=f"the port; 0 takes a free one (default: {default.port})")
    add("--public-url", metavar="URL", help="where bots and browsers find it, if not there")
    add("--token", help="the bot's token (default: made up)")
    add("--application-id", metavar="ID", help="the application's id (default: made up)")
    add("--members", metavar="NAMES", help=f"who is on the server (default: {default.members})")
    add("--guild", metavar="NAME", help=f"what the server is called (default: {default.guild})")
    add("--strict", action="store_true", help="hold bots to rate limits as tight as Discord's")
    explained = "check calls against Discord's OpenAPI description (default: $NRG_SANDBOX_OPENAPI)"
    add("--openapi", type=Path, metavar="PATH", help=explained)
    return Options(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and 65535")
    return port


async def _serve(options: Options) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    async with listening(options) as sandbox:
        if (text := warning(options)) is not None:
            print(text, file=sys.stderr, flush=True)
        print(f"{instructions(sandbox)}\n\nCtrl-C ends it.", flush=True)
        await asked.wait()
    print("Stopped.")


def _sandbox(options: Options) -> Sandbox:
    description = options.openapi or find_description()
    try:
        return Sandbox(
            host=options.host,
            port=options.port,
            public_url=_address(options.public_url),
            token=options.token,
            application_id=_snowflake(options.application_id),
            members=_names(options.members),
            guild_name=_guild_name(options.guild),
            strict=options.strict,
            description=description,
        )
    except OSError as error:
        raise StartError(f"{description} cannot be read: {error.strerror}.") from None
    except ModuleNotFoundError as error:
        raise StartError(f"{error.name} is missing. Try: pip install 'nrg-sandbox[check]'") from None
    except (LookupError, TypeError, ValueError):
        if description is None:
            raise
        raise StartError(f"{description} is not Discord's OpenAPI description.") from None


def _address(url: str | None) -> str | None:
    if url is not None and not _ADDRESS.fullmatch(url):
        raise StartError(f"{url!r} is no address like https://sandbox.example:8443.")
    return url


def _snowflake(text: str | None) -> str | None:
    if text is not None and not _SNOWFLAKE.fullmatch(text):
        raise StartError(f"{text!r} is no application id: those have 17 to 20 digits.")
    return text


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if not _MEMBER.fullmatch(name.lower()):
            raise StartError(
                f"{name!r} is no member's name: 2 to 32 letters from a to z, digits, dots and _."
            )
    return names


def _guild_name(text: str) -> str:
    if not 2 <= len(text.strip()) <= 100:
        raise StartError("A server's name has 2 to 100 characters.")
    return text.strip()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why_not(options: Options, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {options.port} is taken: end what listens there, or choose another with --port."
    # asyncio repeats the address in what it says, so the error's number speaks; a name's error has none.
    reason = error.strerror if isinstance(error, gaierror) else os.strerror(error.errno or 0)
    return f"Cannot listen on {options.host}:{options.port}: {reason}."


if __name__ == "__main__":
    main()
