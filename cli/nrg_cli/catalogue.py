"""``nrg catalogue``: the community's techniques, achievements and texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nrg_cli.console import Config, fail, open_tables, say, wait_for, warn

if TYPE_CHECKING:
    from nrg_core.config import Settings
    from nrg_core.domain.catalogue import Catalogue
    from nrg_core.domain.catalogue.storing import Stored

__all__ = ["app"]

app = typer.Typer(help="The community's techniques, achievements and texts.", no_args_is_help=True)

CataloguePath = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]", help="A file or folder; by default the one in the settings, else the shipped one."
    ),
]


@app.command()
def check(path: CataloguePath = None, config: Config = None) -> None:
    """Check a catalogue as a whole, and list everything wrong with it by file and line."""
    from nrg_core.config import load as load_settings

    catalogue = _read(path or load_settings(config).catalogue)
    say(f"In order: {_counts(catalogue)}.{_dormant(catalogue)}")


@app.command()
def load(path: CataloguePath = None, config: Config = None) -> None:
    """Store a catalogue. What it no longer has is put out of use, not deleted; a running bot follows."""
    from nrg_core.config import load as load_settings

    settings = load_settings(config)
    catalogue = _read(path or settings.catalogue)
    stored = wait_for(_store(settings, catalogue))
    retired = f" Put out of use: {stored.retired}." if stored.retired else ""
    say(f"In use: {_counts(catalogue)}.{retired}{_dormant(catalogue)}")
    say("A running bot follows within seconds.")


def _read(path: Path | None) -> Catalogue:
    from nrg_core.domain.catalogue import CatalogueError, read_catalogue
    from nrg_core.domain.criteria import CORE_METRICS
    from nrg_core.host.discovery import discover
    from nrg_core.text import plural

    discovered = discover()
    for broken in discovered.broken:
        warn(f"Without the plugin {broken.name}, which is left out: {broken.reason}")
    specs = {metric.spec.name: metric.spec for one in discovered.plugins for metric in one.metrics}
    try:
        return read_catalogue(
            path,
            metrics={**CORE_METRICS, **specs},
            plugins=[one.name for one in discovered.plugins],
        )
    except CatalogueError as error:
        fail(f"{error}\n{plural(len(error.problems), 'problem')}; nothing was stored.")


async def _store(settings: Settings, catalogue: Catalogue) -> Stored:
    from sqlalchemy import Connection

    from nrg_core.domain.catalogue.storing import store_catalogue
    from nrg_core.host.revisions import CATALOGUE, bump

    def store(connection: Connection) -> Stored:
        stored = store_catalogue(connection, catalogue)
        bump(connection, CATALOGUE)
        return stored

    async with open_tables(settings) as database, database.unit_of_work() as uow:
        return await uow.run(store)


def _counts(catalogue: Catalogue) -> str:
    from nrg_core.text import plural

    hacks = plural(len(catalogue.hacks), "technique")
    return f"{hacks}, {plural(len(catalogue.achievements), 'achievement')}"


def _dormant(catalogue: Catalogue) -> str:
    waiting = sorted({entry.requires for entry in catalogue.dormant if entry.requires})
    if not waiting:
        return ""
    return f" Asleep until their plugins are installed ({', '.join(waiting)}): {len(catalogue.dormant)}."
