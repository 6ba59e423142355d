"""What the commands share: the options, how they speak, and how they end.

Exit codes: 0 all is well, 1 something that the operator can mend, 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from nrg_core.config import Settings
    from nrg_core.storage.database import Database
    from nrg_core.storage.migrate import MigrationSource

__all__ = [
    "Config",
    "Json",
    "fail",
    "give",
    "open_tables",
    "output",
    "progress",
    "say",
    "show",
    "sources",
    "told",
    "wait_for",
    "warn",
]

T = TypeVar("T")

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The settings to use, instead of nrg.toml in this folder."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]

WIDE = 200
"""Columns to write into a file or pipe: nothing is folded there that a program would want whole."""


@cache
def output(*, error: bool = False) -> Console:
    """Return where to write, in colour if somebody is looking."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    return Console(
        stderr=error, width=None if stream.isatty() else WIDE, markup=False, highlight=False, emoji=False
    )


def wait_for(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end and return its result."""
    import asyncio  # a tenth of what help would take

    return asyncio.run(coroutine)


def say(text: str) -> None:
    """Tell the operator something."""
    output().print(text, soft_wrap=True)


def warn(text: str) -> None:
    """Tell the operator something that is not the answer."""
    output(error=True).print(text, style="yellow", soft_wrap=True)


def fail(text: str, *, code: int = 1) -> NoReturn:
    """Say what is wrong and end."""
    # What already has several lines begins each with a place of its own.
    line = text if "\n" in text else f"nrg: {text}"
    output(error=True).print(line, style="red", soft_wrap=True)
    raise typer.Exit(code)


def give(value: Any) -> None:
    """Answer in JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show(headers: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str = "There are none.") -> None:
    """Show a table."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*row)
    if table.row_count:
        output().print(table)
    else:
        say(empty)


def progress() -> Progress:
    """Return a progress bar; it shows only where somebody is looking."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = output(error=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def told(error: BaseException) -> str | None:
    """Return an error as a line for the operator, or nothing if it is a fault of ours."""
    from nrg_core.errors import OperatorError

    if isinstance(error, OperatorError):
        return str(error)
    from nrg_core.storage.database import is_unavailable

    if is_unavailable(error):
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return f"The database is away: {reason.rstrip('.')}. Try again when it is back."
    return None


def sources() -> list[MigrationSource]:
    """Return whose migrations there are, importing no plugin."""
    from nrg_core.host.installed import installed
    from nrg_core.storage.migrate import MigrationSource

    return [
        MigrationSource("core", "nrg_core"),
        *(MigrationSource(one.name, one.package) for one in installed()),
    ]


@asynccontextmanager
async def open_tables(settings: Settings) -> AsyncGenerator[Database]:
    """Open the database for a command that needs the core's tables.

    Raises
    ------
    OperatorError
        It cannot be reached, or the core's tables do not fit this version.
    """
    from nrg_core.storage.database import open_database
    from nrg_core.storage.migrate import MigrationSource, check, status

    check(await status(settings.database, [MigrationSource("core", "nrg_core")]))
    database = await open_database(settings.database)
    try:
        yield database
    finally:
        await database.close()
