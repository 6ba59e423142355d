"""``nrg run``: the bot itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nrg_cli.console import Config

if TYPE_CHECKING:
    from nrg_core.app import App

__all__ = ["run"]


def run(
    config: Config = None,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", hidden=True, help="End when standard input does.")
    ] = False,
) -> None:
    """Run the bot until it is told to stop (Ctrl-C, or SIGTERM)."""
    from nrg_core.config import load, secrets_of
    from nrg_core.logs import configure

    settings = load(config)
    configure(settings.log_level, settings.log_format, secrets=secrets_of(settings))

    from nrg_core.app import App

    try:
        from uvloop import run as run_loop
    except ImportError:  # there is none for Windows
        from asyncio import run as run_loop
    run_loop(_serve(App(settings), until_eof))


async def _serve(app: App, until_eof: bool) -> None:
    import asyncio

    from nrg_cli.signals import until_asked

    asked = asyncio.create_task(until_asked(eof=until_eof), name="signals")
    living = asyncio.create_task(_live(app), name="app")
    await asyncio.wait({living, asked}, return_when=asyncio.FIRST_COMPLETED)
    if asked.done():
        living.cancel()
    try:
        await living
    except asyncio.CancelledError:
        if not asked.done():
            raise
    finally:
        asked.cancel()


async def _live(app: App) -> None:
    import structlog

    from nrg_core.errors import OperatorError

    log = structlog.get_logger("nrg.run")
    await app.start()
    log.info("online")
    try:
        await app.join()
    finally:
        log.info("stopping")
        await app.stop()
    raise OperatorError("The connection to Discord ended for good.", resolution="Start the bot again.")
