"""``nrg db``: the tables, and how they change."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nrg_cli.console import Config, Json, give, progress, say, show, sources, wait_for

if TYPE_CHECKING:
    from nrg_core.config import Settings
    from nrg_core.storage.migrate import Step

__all__ = ["app", "apply"]

app = typer.Typer(help="The tables, and how they change.", no_args_is_help=True)


@app.command()
def upgrade(config: Config = None) -> None:
    """Bring the tables of the core and of every installed plugin up to date."""
    from nrg_core.config import load
    from nrg_core.text import plural

    steps = wait_for(apply(load(config)))
    for step in steps:
        say(f"{step.source}: {step.revision} {step.summary}".rstrip())
    say(f"Up to date; {plural(len(steps), 'revision')} applied." if steps else "Up to date already.")


async def apply(settings: Settings) -> list[Step]:
    """Apply whatever is pending, with a progress bar, and return what that was.

    Raises
    ------
    OperatorError
        The database cannot be reached, or a revision failed.
    """
    from nrg_core.storage.migrate import check, status
    from nrg_core.storage.migrate import upgrade as upgrade_all

    all_sources = sources()
    before = await status(settings.database, all_sources)
    with progress() as bar:
        task = bar.add_task("Upgrading", total=sum(len(each.pending) for each in before))
        steps = await upgrade_all(settings.database, all_sources, on_step=lambda step: bar.advance(task))
    check(await status(settings.database, all_sources))
    return steps


@app.command("status")
def show_status(config: Config = None, as_json: Json = False) -> None:
    """Show where the tables of the core and of each plugin stand."""
    from nrg_core.config import load
    from nrg_core.storage.migrate import status

    found = wait_for(status(load(config).database, sources()))
    if as_json:
        give([asdict(each) for each in found])
        return
    show(
        ("", "state", "database", "code", ""),
        (
            (
                each.name,
                each.state if each.head or each.problem else "no tables",
                each.current or "–",
                each.head or "–",
                each.problem or (f"pending: {', '.join(each.pending)}" if each.pending else ""),
            )
            for each in found
        ),
    )
    if any(each.pending for each in found):
        say("Run `nrg db upgrade`.")


@app.command()
def revision(
    plugin: Annotated[str, typer.Argument(help="Whose tables changed: a plugin's name, or “core”.")],
    message: Annotated[str, typer.Option("--message", "-m", help="What changes, in a few words.")],
    empty: Annotated[bool, typer.Option("--empty", help="Write a revision to be filled in by hand.")] = False,
) -> None:
    """Write a revision for what changed in a plugin's models, into the plugin's own folder."""
    say(str(wait_for(_write(plugin, message, autogenerate=not empty))))


async def _write(name: str, message: str, *, autogenerate: bool) -> Path:
    """Write a revision by comparing the models with what the revisions so far make of an empty database."""
    from tempfile import TemporaryDirectory

    from sqlmodel import SQLModel

    from nrg_cli.finding import find_loaded
    from nrg_core.host.tables import CORE_TABLES
    from nrg_core.storage.migrate import MigrationSource
    from nrg_core.storage.migrate import revision as write_revision
    from nrg_core.storage.migrate import upgrade as upgrade_all

    core = MigrationSource("core", "nrg_core")
    if name == "core":
        source, owned, before = core, CORE_TABLES, [core]
    else:
        loaded, discovered = find_loaded(name)
        source, owned = MigrationSource(name, loaded.package), loaded.plugin.tables
        required = [one for one in discovered.plugins if one.name in loaded.plugin.requires]
        before = [core, *(MigrationSource(one.name, one.package) for one in required), source]
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.sqlite3"
        if autogenerate:
            await upgrade_all(url, before)
        return await write_revision(
            url, source, message, metadata=SQLModel.metadata, owned_tables=owned, autogenerate=autogenerate
        )
