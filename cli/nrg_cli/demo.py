"""``nrg demo``: a local Discord and a bot on it, with nothing to set up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from nrg_cli.console import Config, say, wait_for
from nrg_cli.sandbox import TOKEN, Members, names

__all__ = ["demo"]

FOLDER: Final = Path("data") / "demo"
REAL: Final = ("PORTAL_URL", "PORTAL_WEBHOOK_SECRET", "SENTRY_DSN", "NRG_CONFIG")
"""Variables that lead to what is real: a demo leaves it alone."""


def demo(
    config: Config = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port; 0 takes a free one.")] = 8014,
    members: Members = "ana,ben,cleo",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what earlier demos recorded (in SQLite).")
    ] = False,
) -> None:
    """Try everything in the browser, without an account, a token or a network.

    Data is kept in data/demo, or in the database that the variable DATABASE_URL names.
    """
    for name in REAL:
        os.environ.pop(name, None)
    own_database = bool(os.environ.get("DATABASE_URL"))
    file = FOLDER.resolve() / "nrg.sqlite3"
    os.environ["DATA_FOLDER"] = str(file.parent)
    if config is not None and not own_database:
        # A community's settings may be tried out here; its own database is not touched by it.
        os.environ["DATABASE_URL"] = f"sqlite:///{file}"
    if fresh:
        _forget(file)
        if own_database:
            say("--fresh forgets the demo's own data only; the database of DATABASE_URL stays as it is.")
    from nrg_cli.demonstration import demonstrate

    settings = config or _home()
    # Somebody's own folder is left alone.
    env = FOLDER / ".env" if settings.resolve() == (FOLDER / "nrg.toml").resolve() else None
    wait_for(demonstrate(settings, port, names(members), env=env))


def _home() -> Path:
    """Return the demo's own settings, making them if need be: no real community's are looked at."""
    from nrg_core.config import template

    file = FOLDER / "nrg.toml"
    if not file.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        file.write_text(template(data_folder=".", discord_token=TOKEN), "utf-8")
    return file


def _forget(file: Path) -> None:
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
