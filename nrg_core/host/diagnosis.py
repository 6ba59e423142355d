"""The questions of ``nrg doctor``: is everything as it should be, and if not, what is to be done?

What members wrote or did is never shown: of an error that a plugin raised over a member's event, only its
kind is told. The log has the rest.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select, update

from nrg_core.domain.catalogue.storing import has_catalogue
from nrg_core.domain.models import Achievement, Hack
from nrg_core.errors import OperatorError
from nrg_core.hooks.health import CheckResult, HealthCheck
from nrg_core.host.discovery import Discovered
from nrg_core.host.enablement import read_enablement
from nrg_core.host.needs import CORE_PERMISSIONS, needs_text, permission_names
from nrg_core.host.tables import CORE
from nrg_core.outbox.models import Event, EventDelivery, OutboxMessage
from nrg_core.storage.database import Database
from nrg_core.storage.migrate import SourceStatus, check
from nrg_core.storage.sql import table_of
from nrg_core.text import plural

__all__ = [
    "Finding",
    "GivenUp",
    "check_catalogue",
    "check_deliveries",
    "check_needs",
    "check_outbox",
    "check_plugins",
    "check_schema",
    "check_waiting",
    "diagnose",
    "given_up",
    "plugin_checks",
    "replay",
]

OVERDUE: Final = timedelta(minutes=5)
"""How long past its time an event may lie before somebody should look: a running bot takes seconds."""

PATIENCE: Final = 10.0
"""Seconds that one check of a plugin's may take."""

SHOWN: Final = 5
"""How many of a kind are named one by one."""

_events = table_of(Event)
_deliveries = table_of(EventDelivery)
_outbox = table_of(OutboxMessage)
_hacks = table_of(Hack)
_achievements = table_of(Achievement)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a diagnosis: what was looked at, and how it is."""

    label: str
    result: CheckResult


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An event that a plugin failed at every time, kept until somebody replays it.

    Attributes
    ----------
    reason
        The kind of the last error, without anything that could be a member's.
    """

    event_id: int
    plugin: str
    kind: str
    attempts: int
    created_at: datetime
    reason: str


async def diagnose(database: Database, discovered: Discovered, now: datetime) -> list[Finding]:
    """Ask everything that a database with a current schema can answer, and then the plugins.

    Parameters
    ----------
    now
        The time by which events fall due.
    """
    running = await _running(database, discovered)
    return [
        Finding("catalogue", await check_catalogue(database)),
        Finding("events given up", await check_deliveries(database)),
        Finding("events waiting", await check_waiting(database, running, now)),
        Finding("messages given up", await check_outbox(database)),
        *await plugin_checks(database, discovered, running),
    ]


def check_schema(statuses: Iterable[SourceStatus]) -> CheckResult:
    """Say whether code and database fit together."""
    statuses = list(statuses)
    try:
        check(statuses)
    except OperatorError as error:
        return CheckResult(False, error.message, error.resolution)
    heads = ", ".join(each.current for each in statuses if each.current)
    return CheckResult(True, f"current ({heads})" if heads else "current")


def check_plugins(discovered: Discovered) -> list[Finding]:
    """Say which plugins are in order, and each that is left out, by name."""
    names = ", ".join(loaded.name for loaded in discovered.plugins) or "none"
    left_out = [
        Finding(
            f"plugin {broken.name}",
            CheckResult(False, f"left out: {broken.reason}", "Mend, upgrade or uninstall it."),
        )
        for broken in discovered.broken
    ]
    return [Finding("plugins", CheckResult(True, f"in order: {names}")), *left_out]


def check_needs(discovered: Discovered) -> CheckResult:
    """Say what the core and the plugins need the bot to be allowed on a server, and to hear."""
    core = f"{CORE}: {', '.join(permission_names(CORE_PERMISSIONS))}; Manage Roles if achievements give roles"
    needs = [f"{one.name}: {text}" for one in discovered.plugins if (text := needs_text(one.plugin))]
    return CheckResult(True, "\n".join([core, *needs]))


async def check_catalogue(database: Database) -> CheckResult:
    """Say whether there are techniques to practise."""

    def look(connection: Connection) -> tuple[bool, int, int]:
        hacks, achievements = (
            connection.execute(select(func.count()).select_from(table).where(table.c.is_active)).scalar_one()
            for table in (_hacks, _achievements)
        )
        return has_catalogue(connection), hacks, achievements

    async with database.reading() as uow:
        loaded, hacks, achievements = await uow.run(look)
    if not loaded:
        return CheckResult(
            False, "not loaded yet", "Run `nrg catalogue load`; `nrg run` does it by itself the first time."
        )
    return CheckResult(True, f"{plural(hacks, 'technique')}, {plural(achievements, 'achievement')}")


async def given_up(database: Database) -> list[GivenUp]:
    """Return the events that were given up, the oldest first."""
    statement = (
        select(
            _deliveries.c.event_id,
            _deliveries.c.plugin,
            _events.c.kind,
            _deliveries.c.attempts,
            _events.c.created_at,
            _deliveries.c.last_error,
        )
        .join(_events, _events.c.id == _deliveries.c.event_id)
        .where(_deliveries.c.due_at.is_(None))
        .order_by(_deliveries.c.event_id, _deliveries.c.plugin)
    )
    async with database.reading() as uow:
        rows: Sequence[Any] = (await uow.execute(statement)).all()
    return [GivenUp(row[0], row[1], row[2], row[3], row[4], _kind_of_error(row[5])) for row in rows]


async def check_deliveries(database: Database) -> CheckResult:
    """Say which events plugins failed at for good."""
    lost = await given_up(database)
    if not lost:
        return CheckResult(True, "none")
    told = [
        f"event {each.event_id} ({each.kind}): {each.plugin} failed {plural(each.attempts, 'time')}, "
        f"last with {each.reason}"
        for each in lost[:SHOWN]
    ]
    return CheckResult(
        False,
        _listed(plural(len(lost), "event"), told, len(lost)),
        "The log has the errors. Mend the plugin, then `nrg doctor --replay all`, or one event's number.",
    )


async def check_waiting(database: Database, running: Collection[str], now: datetime) -> CheckResult:
    """Say which plugins' events lie longer than they should.

    What waits behind an earlier event of the same member is in order, and so is what waits for a plugin
    that is switched off.
    """
    first = (
        select(
            _deliveries.c.plugin,
            _deliveries.c.user_id,
            func.min(_deliveries.c.event_id).label("event_id"),
        )
        .where(_deliveries.c.due_at.is_not(None))
        .group_by(_deliveries.c.plugin, _deliveries.c.user_id)
        .subquery()
    )
    statement = (
        select(_deliveries.c.plugin, func.count(), func.min(_deliveries.c.due_at))
        .join(
            first,
            and_(first.c.event_id == _deliveries.c.event_id, first.c.plugin == _deliveries.c.plugin),
        )
        .where(_deliveries.c.due_at < now - OVERDUE)
        .group_by(_deliveries.c.plugin)
        .order_by(_deliveries.c.plugin)
    )
    async with database.reading() as uow:
        rows: Sequence[Any] = (await uow.execute(statement)).all()
        retried = await uow.scalar(
            select(func.count())
            .select_from(_deliveries)
            .where(_deliveries.c.due_at.is_not(None), _deliveries.c.attempts > 0)
        )
    late = [
        f"{plugin}: {plural(count, 'event')}, due since {since:%Y-%m-%d %H:%M} UTC"
        for plugin, count, since in rows
        if plugin in running
    ]
    asleep = sorted({row[0] for row in rows} - set(running))
    if late:
        return CheckResult(
            False, "; ".join(late), "Is the bot running? If it is, its log says what is in the way."
        )
    said = [f"{plural(retried, 'event')} being tried again"] if retried else []
    said += [f"kept for {', '.join(asleep)}, which does not run"] if asleep else []
    return CheckResult(True, "; ".join(said) or "none for long")


async def check_outbox(database: Database) -> CheckResult:
    """Say which messages, roles and errands Discord would not take."""
    whose = func.coalesce(_outbox.c.payload["plugin"].as_string(), "")
    which = func.coalesce(_outbox.c.payload["name"].as_string(), "")
    what = (_outbox.c.kind + " " + whose + " " + which).label("what")
    given_up = select(what, _outbox.c.last_error).where(_outbox.c.due_at.is_(None)).subquery()
    statement = (
        select(given_up.c.what, given_up.c.last_error, func.count())
        .group_by(given_up.c.what, given_up.c.last_error)
        .order_by(func.count().desc(), given_up.c.what)
    )
    async with database.reading() as uow:
        rows: Sequence[Any] = (await uow.execute(statement)).all()
    if not rows:
        return CheckResult(True, "none")
    told = [f"{count} × {what.strip()} ({_without_ids(error)})" for what, error, count in rows[:SHOWN]]
    return CheckResult(
        False,
        _listed(plural(sum(row[2] for row in rows), "message"), told, len(rows)),
        "Give the bot the permissions it lacks (`nrg plugins info NAME` lists them), and check the ids "
        "of channels and roles; then `nrg doctor --replay all`.",
    )


async def plugin_checks(
    database: Database, discovered: Discovered, running: Collection[str]
) -> list[Finding]:
    """Run the checks of the plugins that run; one that raises or hangs is a failed check."""
    findings: list[Finding] = []
    for loaded in discovered.plugins:
        hooks: Any = discovered.manager.get_plugin(loaded.name)
        if loaded.name not in running or not hasattr(hooks, "health_checks"):
            continue
        try:
            asked: Sequence[HealthCheck] = hooks.health_checks()
        except Exception as error:
            findings.append(Finding(loaded.name, _broken_check(error)))
            continue
        for each in asked:
            findings.append(Finding(f"{loaded.name}: {each.label}", await _ask(each, database)))  # noqa: PERF401
    return findings


async def replay(database: Database, now: datetime, event_id: int | None = None) -> int:
    """Make what was given up due again, one event or everything, and return how many deliveries that is.

    A running bot takes them up within seconds; they have all their tries again. Everything means messages,
    roles and errands as well.
    """
    events, sent = (
        update(table).where(table.c.due_at.is_(None)).values(due_at=now, attempts=0)
        for table in (_deliveries, _outbox)
    )
    async with database.unit_of_work() as uow:
        if event_id is not None:
            return (await uow.execute(events.where(_deliveries.c.event_id == event_id))).rowcount
        return (await uow.execute(events)).rowcount + (await uow.execute(sent)).rowcount


async def _running(database: Database, discovered: Discovered) -> set[str]:
    async with database.reading() as uow:
        enablement = await uow.run(read_enablement)
    return {CORE, *enablement.running(loaded.plugin for loaded in discovered.plugins)}


async def _ask(question: HealthCheck, database: Database) -> CheckResult:
    try:
        async with asyncio.timeout(PATIENCE):
            return await question.run(database)
    except TimeoutError:
        return CheckResult(False, f"did not answer in {PATIENCE:g} s", "Ask the plugin's author.")
    except Exception as error:
        return _broken_check(error)


def _broken_check(error: Exception) -> CheckResult:
    return CheckResult(False, f"the check itself failed: {error!r}", "Ask the plugin's author.")


def _kind_of_error(reason: str | None) -> str:
    """Return an error's class, as its text may hold what a member wrote."""
    if reason == "took too long":
        return "a deadline that passed"
    found = re.match(r"[A-Za-z_]\w*", reason or "")
    return found[0] if found else "an unknown error"


def _without_ids(reason: str | None) -> str:
    return re.sub(r"\d{15,}", "…", (reason or "no reason given").splitlines()[0])[:200]


def _listed(summary: str, told: list[str], total: int) -> str:
    more = [f"and {total - len(told)} more"] if total > len(told) else []
    return "\n".join([summary, *told, *more])
