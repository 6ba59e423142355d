"""``nrg init``: the two files that a community's folder needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nrg_cli.console import say

__all__ = ["init"]

ENV = """\
# What only this community may know. Keep this file to yourself: never commit it, never send it.
# The bot's token: Discord's developer portal → your application → Bot → Reset Token.
DISCORD_TOKEN=
"""

NEXT = """\

Next:
  1. Put the bot's token into {env}.
  2. {enter}nrg db upgrade
  3. nrg invite, and open the link that it prints: it brings the bot to your server
  4. nrg run

`nrg demo` shows everything without a token. `nrg doctor` says what is missing."""


def init(
    folder: Annotated[Path, typer.Argument(help="The community's folder; made if it is not there.")] = Path(),
) -> None:
    """Write a commented nrg.toml and a .env.

    Overwrites nothing, and says what comes next.
    """
    from nrg_core.config import template
    from nrg_core.errors import OperatorError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "nrg.toml", template(), 0o666)
        # Readable by nobody else from the moment it exists.
        _write(folder / ".env", ENV, 0o600)
    except OSError as error:
        raise OperatorError(f"{error.filename or folder} cannot be written: {error.strerror}.") from None
    enter = "" if folder.resolve() == Path.cwd() else f"cd {folder} && "
    say(NEXT.format(env=folder / ".env", enter=enter))


def _write(file: Path, text: str, mode: int) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        say(f"{file} is already there and stays as it is.")
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    say(f"{file} written.")
