"""The entry point: puts the commands together, and makes one line of what an operator can mend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from nrg_cli import catalogue, db, demo, doctor, init, invite, plugins, run, sandbox
from nrg_cli.console import fail, told

__all__ = ["app", "main"]

app = typer.Typer(
    name="nrg",
    help="Run a practice community's bot, its plugins and its database.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("invite")(invite.invite)
app.command("run")(run.run)
app.command("doctor")(doctor.doctor)
app.command("sandbox")(sandbox.sandbox)
app.add_typer(db.app, name="db")
app.add_typer(plugins.app, name="plugins")
app.add_typer(catalogue.app, name="catalogue")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"nrg {version('nrg-cli')} (core {version('nrg-core')})")
        raise typer.Exit


@app.callback()
def _root(  # pyright: ignore[reportUnusedFunction]
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    try:
        app(arguments, prog_name="nrg")
    except Exception as error:
        line = told(error)
        if line is None:
            raise
        try:
            fail(line)
        except typer.Exit as end:
            raise SystemExit(end.exit_code) from None


if __name__ == "__main__":
    main()
