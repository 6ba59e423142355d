"""``nrg sandbox``: the local Discord alone, for any bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from nrg_cli.console import say, wait_for

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox

__all__ = ["APPLICATION_ID", "TOKEN", "Members", "listen", "names", "sandbox"]

# Always the same, so that what was configured yesterday still fits today. Good on no real Discord.
APPLICATION_ID: Final = "1000000000000000001"
TOKEN: Final = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.sandbox.known-to-everyone-and-good-here-only"

Members = Annotated[str, typer.Option(help="Who is on the server, separated by commas.")]

POINTING = """\
Sandbox on {page}

  token      {token}
  API        {api}
  server id  {guild}

hikari       hikari.GatewayBot(TOKEN, rest_url="{api}")
discord.py   discord.http.Route.BASE = "{api}"
             discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("{gateway}")
discord.js   new Client({{ intents: [GatewayIntentBits.Guilds], rest: {{ api: "{base}/api" }} }})
nrg          DISCORD_TOKEN=… DISCORD_API_URL={api} CLOCK_URL={base} nrg run

Ctrl-C ends it."""


def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    members: Members = "ana,ben,cleo",
) -> None:
    """Run a local Discord with a web page, for a bot in any library."""
    wait_for(_serve(host, port, names(members)))


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


async def _serve(host: str, port: int, members: list[str]) -> None:
    from nrg_cli.signals import until_asked

    running = await listen(host, port, members)
    base = running.page_url.rstrip("/")
    gateway = base.replace("http", "ws", 1) + "/gateway"
    try:
        say(
            POINTING.format(
                page=running.page_url,
                token=running.token,
                api=running.api_url,
                guild=running.guild_id,
                gateway=gateway,
                base=base,
            )
        )
        await until_asked()
    finally:
        await running.stop()
