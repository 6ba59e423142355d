"""``nrg doctor``: is everything as it should be, and if not, what is to be done?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from nrg_cli.console import (
    Config,
    Json,
    fail,
    give,
    open_tables,
    output,
    progress,
    say,
    show,
    sources,
    wait_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    from nrg_core.config import Settings
    from nrg_core.domain.recount import Difference
    from nrg_core.host.diagnosis import Finding, GivenUp
    from nrg_core.host.discovery import Discovered
    from nrg_core.host.needs import Needs
    from nrg_core.storage.database import Database

__all__ = ["doctor"]

SHOWN = 20
"""Differences that are shown; JSON holds them all."""


@dataclass(slots=True)
class _Diagnosis:
    findings: list[Finding] = field(default_factory=list["Finding"])
    given_up: list[GivenUp] = field(default_factory=list["GivenUp"])
    differences: list[Difference] | None = None

    @property
    def ok(self) -> bool:
        return all(finding.result.ok for finding in self.findings)

    def add(
        self, label: str, problem: str | None, *, detail: str = "", resolution: str | None = None
    ) -> None:
        from nrg_core.hooks.health import CheckResult
        from nrg_core.host.diagnosis import Finding

        result = CheckResult(problem is None, problem or detail, resolution if problem else None)
        self.findings.append(Finding(label, result))


def doctor(
    config: Config = None,
    as_json: Json = False,
    recount: Annotated[
        bool, typer.Option("--recount", help="Also count every member's totals again and compare.")
    ] = False,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="EVENT|all", help="Give an event that was given up another try; “all”: messages too."
        ),
    ] = None,
) -> None:
    """Look at everything that can be wrong, and say what to do about it."""
    if replay is not None:
        _replay(config, replay)
        return
    found = wait_for(_diagnose(config, recount))
    if as_json:
        give(_plain(found))
    else:
        _show(found)
    if not found.ok:
        raise typer.Exit(1)


async def _diagnose(config: Path | None, recount: bool) -> _Diagnosis:
    from nrg_core.config import load, secrets_of
    from nrg_core.errors import OperatorError
    from nrg_core.host.diagnosis import Finding, check_needs, check_plugins
    from nrg_core.host.discovery import discover
    from nrg_core.logs import configure

    found = _Diagnosis()
    discovered = discover()
    try:
        settings = load(config)
        configure("warning", secrets=secrets_of(settings))  # what plugins' checks log must not garble JSON
        for loaded in discovered.plugins:
            if loaded.plugin.settings is not None:
                settings.plugin_settings(loaded.plugin.settings, loaded.name)
        source = settings.file.name if settings.file else "no nrg.toml; the environment alone"
        found.add("settings", None, detail=source)
    except OperatorError as error:
        found.add("settings", error.message, resolution=error.resolution)
        found.findings += check_plugins(discovered)
        return found
    try:
        settings.token()
        found.add("token", None, detail="present")
    except OperatorError as error:
        found.add("token", error.message, resolution=error.resolution)
    found.findings += check_plugins(discovered)
    found.findings.append(Finding("permissions", check_needs(discovered)))
    needs = await _ask_database(found, settings, discovered, recount)
    await _ask_discord(found, settings, needs)
    return found


async def _ask_database(
    found: _Diagnosis, settings: Settings, discovered: Discovered, recount: bool
) -> Needs:
    """Ask what the database can answer, and return what is needed by what it says is enabled."""
    from nrg_cli.console import told
    from nrg_core.clock import SystemClock
    from nrg_core.errors import OperatorError
    from nrg_core.host.diagnosis import Finding, check_schema, diagnose, given_up
    from nrg_core.host.needs import Needs, read_needs
    from nrg_core.storage.migrate import status
    from nrg_core.urls import redacted

    plugins = [loaded.plugin for loaded in discovered.plugins]
    needs = Needs(plugins)  # as long as it does not say otherwise, everything is
    try:
        statuses = await status(settings.database, sources())
        found.add("database", None, detail=redacted(settings.database))
    except OperatorError as error:
        found.add("database", error.message, resolution=error.resolution or "Start it, or mend DATABASE_URL.")
        return needs
    schema = check_schema(statuses)
    found.findings.append(Finding("tables", schema))
    if not schema.ok:
        return needs
    try:
        async with open_tables(settings) as database:
            needs = await database.read(read_needs, plugins)
            found.findings += await diagnose(database, discovered, SystemClock().now())
            found.given_up = await given_up(database)
            if recount:
                await _recount(found, settings, database)
    except Exception as error:
        line = told(error)
        if line is None:
            raise
        found.add("database", line)
    return needs


async def _ask_discord(found: _Diagnosis, settings: Settings, needs: Needs) -> None:
    from nrg_core.errors import OperatorError
    from nrg_core.gateway.inspection import inspect
    from nrg_core.gateway.visit import visit

    if settings.discord_token is None:
        return
    try:
        async with visit(settings.token(), settings.discord_api_url) as rest:
            found.findings += await inspect(rest, needs)
    except OperatorError as error:
        found.add("Discord", error.message, resolution=error.resolution)


async def _recount(found: _Diagnosis, settings: Settings, database: Database) -> None:
    from nrg_core.domain.recount import recount
    from nrg_core.text import plural

    with progress() as bar:
        task = bar.add_task("Recounting", total=None)
        found.differences = await recount(
            database,
            rest_days=settings.rest_days,
            on_batch=lambda done, total: bar.update(task, completed=done, total=total),
        )
    members = {difference.user_id for difference in found.differences}
    found.add(
        "counters",
        f"{plural(len(members), 'member')} with counters that differ from their sessions"
        if members
        else None,
        detail="agree with the sessions",
        resolution="See below. Streaks may differ rightly if rest_days was changed.",
    )


def _replay(config: Path | None, asked: str) -> None:
    from nrg_core.config import load
    from nrg_core.text import plural

    if asked != "all" and not asked.isdecimal():
        fail("--replay takes an event's number, or “all”.", code=2)
    event_id = None if asked == "all" else int(asked)
    count = wait_for(_make_due(load(config), event_id))
    if not count and event_id is not None:
        fail(f"No event {event_id} was given up. `nrg doctor` lists those that were.")
    say(
        f"{plural(count, 'delivery', 'deliveries')} due again. A running bot takes them up within seconds."
        if count
        else "Nothing was given up."
    )


async def _make_due(settings: Settings, event_id: int | None) -> int:
    from nrg_core.clock import SystemClock
    from nrg_core.host.diagnosis import replay

    async with open_tables(settings) as database:
        return await replay(database, SystemClock().now(), event_id)


def _plain(found: _Diagnosis) -> dict[str, object]:
    return {
        "ok": found.ok,
        "checks": [{"label": each.label, **asdict(each.result)} for each in found.findings],
        "given_up": [asdict(each) for each in found.given_up],
        "differences": None if found.differences is None else [asdict(each) for each in found.differences],
    }


def _show(found: _Diagnosis) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for header in ("", "check", "found", "what to do"):
        table.add_column(header, overflow="fold")
    for each in found.findings:
        mark = Text("✓", "green") if each.result.ok else Text("✗", "red")
        table.add_row(mark, each.label, each.result.detail, each.result.resolution or "")
    output().print(table)
    if found.differences:
        say("")
        show(
            ("member (id)", "counter", "stored", "recounted"),
            [
                (str(each.user_id), each.counter, str(each.stored), str(each.recounted))
                for each in found.differences[:SHOWN]
            ],
        )
        if len(found.differences) > SHOWN:
            say(f"and {len(found.differences) - SHOWN} more; --json lists them all")
