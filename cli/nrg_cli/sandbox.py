"""``nrg sandbox``: the local Discord alone, for any bot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nrg_cli.console import say, wait_for, warn

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from nrg_sandbox.__main__ import Options

__all__ = ["APPLICATION_ID", "TOKEN", "Members", "listen", "names", "sandbox"]

# Always the same, so that what was configured yesterday still fits today. Good on no real Discord.
APPLICATION_ID: Final = "1000000000000000001"
TOKEN: Final = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.sandbox.known-to-everyone-and-good-here-only"

Members = Annotated[str, typer.Option(help="Who is on the server, separated by commas.")]


def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where bots and browsers find it, if not there.")
    ] = None,
    token: Annotated[str, typer.Option(help="The bot's token.", show_default="always the same")] = TOKEN,
    application_id: Annotated[str, typer.Option(metavar="ID", help="The application's id.")] = APPLICATION_ID,
    members: Members = "ana,ben,cleo",
    guild: Annotated[str, typer.Option(metavar="NAME", help="What the server is called.")] = "Practice",
    strict: Annotated[
        bool, typer.Option("--strict", help="Hold bots to rate limits as tight as Discord's.")
    ] = False,
    openapi: Annotated[
        Path | None,
        typer.Option(
            envvar="NRG_SANDBOX_OPENAPI",
            metavar="PATH",
            help="Check calls against Discord's OpenAPI description.",
        ),
    ] = None,
) -> None:
    """Run a local Discord with a web page, for a bot in any library."""
    from nrg_sandbox.__main__ import Options

    options = Options(
        host=host,
        port=port,
        public_url=public_url,
        token=token,
        application_id=application_id,
        members=members,
        guild=guild,
        strict=strict,
        openapi=openapi,
    )
    wait_for(_serve(options))


def names(members: str) -> list[str]:
    """Return the names in a list with commas."""
    return [name.strip() for name in members.split(",") if name.strip()]


async def listen(host: str, port: int, members: list[str]) -> Sandbox:
    """Start a sandbox; on another port, and saying so, if that one is taken.

    Raises
    ------
    OperatorError
        The address is none of this machine's.
    """
    import errno

    from nrg_core.errors import OperatorError
    from nrg_sandbox import Sandbox

    def make(number: int) -> Sandbox:
        return Sandbox(host=host, port=number, token=TOKEN, application_id=APPLICATION_ID, members=members)

    started = make(port)
    try:
        await started.start()
    except OSError as error:
        await started.stop()
        if error.errno != errno.EADDRINUSE:
            raise OperatorError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from None
        say(f"Port {port} is taken; using a free one.")
        started = make(0)
        await started.start()
    return started


async def _serve(options: Options) -> None:
    import asyncio

    from nrg_cli.signals import until_asked
    from nrg_core.errors import OperatorError
    from nrg_sandbox.__main__ import StartError, instructions, listening, warning

    asked = asyncio.create_task(until_asked())
    try:
        async with listening(options) as running:
            if (text := warning(options)) is not None:
                warn(text)
            base = running.page_url.rstrip("/")
            say(instructions(running))
            say(f"nrg          DISCORD_TOKEN=… DISCORD_API_URL={running.api_url} CLOCK_URL={base} nrg run\n")
            say("Ctrl-C ends it.")
            await asked
    except StartError as error:
        raise OperatorError(str(error)) from None
    finally:
        asked.cancel()
    say("Ended.")
