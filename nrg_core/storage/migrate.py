"""The migration runner: each source (the core, or a plugin) has its own revisions and version table.

One revision, one transaction, and all of it inside: the lock against a second runner, the look at where
the database stands, the revision itself, the check of its foreign keys, and the version row. So a runner
may be killed at any point, and any number may start at once; whoever comes next goes on where it stands.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary

from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, MetaData, NullPool, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from nrg_core.errors import OperatorError
from nrg_core.storage.revisions import MigrationSource, comparison, config_of, folder_of, next_id, script_of
from nrg_core.urls import async_url, connect_args, redacted

__all__ = ["MigrationSource", "SourceStatus", "Step", "check", "revision", "status", "upgrade"]

CORE = "core"
SQLITE_PATIENCE = 60
"""Seconds to wait for another process that writes to the same SQLite file."""
ADVISORY_KEY = int.from_bytes(b"nrg db")
"""PostgreSQL's advisory locks go by number; any number will do that nobody else takes."""

# Alembic keeps the running environment in module globals: in one event loop, one run at a time.
_alone: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Where a source's tables stand.

    ``empty``: nothing was applied yet; ``behind``: ``pending`` was not; ``ahead``: the database knows a
    revision that the installed code does not; ``broken``: the code's revisions cannot be read, see
    ``problem``.
    """

    name: str
    current: str | None
    head: str | None
    pending: tuple[str, ...]
    state: Literal["current", "behind", "ahead", "empty", "broken"]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A revision that was applied, for good."""

    source: str
    revision: str
    summary: str


async def status(url: str | URL, sources: Iterable[MigrationSource]) -> list[SourceStatus]:
    """Compare the database with the installed code, changing nothing.

    A source whose revisions cannot be read is reported as ``broken`` and hides no other.

    Raises
    ------
    OperatorError
        The database cannot be reached.
    """
    address = async_url(url)
    if _is_no_file(address):
        return [_status(source, ()) for source in sources]  # connecting would make the file
    async with _connection(address) as connection:
        return [_status(source, await connection.run_sync(_heads, source)) for source in sources]


async def upgrade(
    url: str | URL,
    sources: Iterable[MigrationSource],
    *,
    on_step: Callable[[Step], None] | None = None,
) -> list[Step]:
    """Apply whatever is pending: the core's revisions, then each plugin's, in the order given.

    A revision runs in one transaction (so it cannot use ``autocommit_block``), with foreign keys off on
    SQLite, where rebuilding a table would otherwise delete the rows that refer to it.

    Parameters
    ----------
    on_step
        Called after each revision that was applied for good.

    Raises
    ------
    OperatorError
        A source could not be upgraded. Of its failing revision nothing stays. A failing plugin does not
        keep the others from being upgraded; a failing core does.
    """
    address = async_url(url)
    if address.get_backend_name() == "sqlite":
        _make_folder(address)
    ordered = sorted(sources, key=lambda source: source.name != CORE)
    core = next((source for source in ordered if source.name == CORE), None)
    steps: list[Step] = []
    failures: list[OperatorError] = []
    async with _alone.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        for source in ordered:
            try:
                while step := await _advance(address, source, core):
                    steps.append(step)
                    if on_step:
                        on_step(step)
            except OperatorError as error:
                failures.append(error)
                if source is core:
                    break
    if len(failures) > 1:
        raise OperatorError(" ".join(map(str, failures))) from failures[0]
    if failures:
        raise failures[0]
    return steps


def check(statuses: Iterable[SourceStatus]) -> None:
    """Pass if code and database fit together.

    Raises
    ------
    OperatorError
        They do not: names who, and what to do.
    """
    statuses = list(statuses)
    for each in statuses:
        if each.problem:
            raise OperatorError(each.problem)
        if each.state == "ahead":
            raise OperatorError(
                f"The database was migrated by a newer {each.name} (revision {each.current}).",
                resolution="Install that version again, or restore a backup.",
            )
    behind = [each for each in statuses if each.pending]
    if not behind:
        return
    if all(each.state == "empty" for each in statuses if each.head):
        raise OperatorError("The database has no tables yet.", resolution="Run `nrg db upgrade`.")
    lacks = ", ".join(
        f"{each.name} lacks {len(each.pending)} revision{'s' * (len(each.pending) > 1)}" for each in behind
    )
    raise OperatorError(f"The database is behind: {lacks}.", resolution="Run `nrg db upgrade`.")


async def revision(
    url: str | URL,
    source: MigrationSource,
    message: str,
    *,
    metadata: MetaData,
    owned_tables: frozenset[str],
    autogenerate: bool = True,
) -> Path:
    """Write a new revision file into the source's folder.

    Parameters
    ----------
    url
        A database that has every revision so far; it is compared with the models, and not changed.
    metadata
        The models' metadata; only ``owned_tables`` are looked at.
    autogenerate
        ``False`` writes a file to be filled in by hand, asking no database.

    Raises
    ------
    OperatorError
        The database is not up to date, or there is nothing to change.
    """
    folder = folder_of(source)
    folder.mkdir(parents=True, exist_ok=True)
    rev_id = next_id(source)

    def write(connection: Connection | None) -> Path:
        config = config_of(source, connection)
        config.attributes["autogenerate"] = comparison(metadata, owned_tables)
        script = command.revision(config, message, autogenerate=autogenerate, rev_id=rev_id)
        if not script or isinstance(script, list):
            raise OperatorError(
                f"{source.name}: the models and the database agree; there is nothing to write."
            )
        return Path(script.path)

    async with _alone.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        if not autogenerate:
            return write(None)
        check(await status(url, [source]))
        async with _connection(async_url(url)) as connection:
            return await connection.run_sync(write)


async def _advance(address: URL, source: MigrationSource, core: MigrationSource | None) -> Step | None:
    """Apply a source's next revision, if there is one."""
    async with _connection(address, writing=True) as connection:
        if address.get_backend_name() == "postgresql":
            # Ends with the transaction, whatever happens to us, and passes through poolers.
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY})
        step = await connection.run_sync(_apply_next, source, core)
        await connection.commit()
        return step


def _apply_next(connection: Connection, source: MigrationSource, core: MigrationSource | None) -> Step | None:
    now = _status(source, _heads(connection, source))
    if now.state in ("ahead", "broken"):
        check([now])
    if not now.pending:
        return None
    if core is not None and source.minimum_core:
        _require_core(connection, source, source.minimum_core, core)
    target = now.pending[0]
    try:
        orphans = _orphans(connection)
        command.upgrade(config_of(source, connection), target)
        if lost := _orphans(connection) - orphans:
            told = ", ".join(f"{table} → {parent}" for table, parent in sorted(lost))
            raise OperatorError(f"rows would refer to what is not there ({told})")
    except Exception as error:
        raise OperatorError(
            f"{source.name}: revision {target} failed: {_reason(error)}.",
            resolution="Nothing of it was kept. Mend it, then run `nrg db upgrade` again.",
        ) from error
    script = script_of(source).get_revision(target)
    return Step(source.name, target, script.doc if script else "")


def _require_core(
    connection: Connection, source: MigrationSource, minimum: str, core: MigrationSource
) -> None:
    stands = next(iter(_heads(connection, core)), None)
    applied = [each.revision for each in script_of(core).iterate_revisions(stands, "base")] if stands else []
    if minimum not in applied:
        raise OperatorError(
            f"{source.name} needs a newer core (revision {minimum}; the database has {stands or 'none'}).",
            resolution="Upgrade nrg-core, or install an older version of the plugin.",
        )


def _status(source: MigrationSource, heads: tuple[str, ...]) -> SourceStatus:
    current = heads[0] if heads else None
    try:
        script = script_of(source)
        tops = script.get_heads()
        if len(tops) > 1 or len(heads) > 1:
            both = " and ".join(tops if len(tops) > 1 else heads)
            raise OperatorError(f"{source.name}: its revisions fork into {both}; they must be one line.")
        line = [each.revision for each in script.walk_revisions()][::-1]
    except OperatorError as error:
        return SourceStatus(source.name, current, None, (), "broken", str(error))
    except Exception as error:  # a revision is anyone's code, and may raise anything
        problem = f"{source.name}: its migrations cannot be read: {_reason(error)}."
        return SourceStatus(source.name, current, None, (), "broken", problem)
    head = tops[0] if tops else None
    if current is not None and current not in line:
        return SourceStatus(source.name, current, head, (), "ahead")
    pending = tuple(line[line.index(current) + 1 :] if current else line)
    state = "current" if not pending else "behind" if current else "empty"
    return SourceStatus(source.name, current, head, pending, state)


def _heads(connection: Connection, source: MigrationSource) -> tuple[str, ...]:
    context = MigrationContext.configure(connection, opts={"version_table": source.version_table})
    return context.get_current_heads()


def _orphans(connection: Connection) -> Counter[tuple[str, str]]:
    """Count the rows that refer to nothing, by table and the table referred to (SQLite only)."""
    if connection.dialect.name != "sqlite":
        return Counter()
    return Counter((row[0], row[2]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))


@asynccontextmanager
async def _connection(address: URL, *, writing: bool = False) -> AsyncGenerator[AsyncConnection]:
    """Open a connection made for migrating, in a transaction that is undone unless committed."""
    engine = _engine(address, writing)
    cannot = f"The database {redacted(address)} cannot be used"
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        try:
            connection = await stack.enter_async_context(engine.connect())
            await connection.begin()
        except (OSError, DBAPIError) as error:
            raise OperatorError(f"{cannot}: {_reason(error)}.") from error
        try:
            yield connection
        except DBAPIError as error:  # a revision's own errors are told by its name
            raise OperatorError(f"{cannot}: {_reason(error)}.") from error


def _engine(address: URL, writing: bool) -> AsyncEngine:
    if address.get_backend_name() == "postgresql":
        # Whoever waited for the lock must then see what the other has done.
        return create_async_engine(
            address,
            poolclass=NullPool,
            isolation_level="READ COMMITTED",
            connect_args=connect_args(address),
            hide_parameters=True,
        )
    engine = create_async_engine(
        address, poolclass=NullPool, connect_args={"timeout": SQLITE_PATIENCE}, hide_parameters=True
    )

    def on_connect(raw: Any, record: Any) -> None:
        # Nobody but on_begin begins: the driver's own way leaves tables without their version row.
        raw.isolation_level = None
        raw.execute("PRAGMA foreign_keys = OFF")  # has no effect inside a transaction

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine


def _is_no_file(address: URL) -> bool:
    return address.get_backend_name() == "sqlite" and not Path(address.database or "").exists()


def _make_folder(address: URL) -> None:
    if not address.database or address.database == ":memory:":
        raise OperatorError("A database in memory cannot be migrated: it ends with its connection.")
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    first = (str(cause).strip() or type(cause).__name__).splitlines()[0].rstrip(".")
    return first if isinstance(error, OperatorError | DBAPIError) else f"{type(cause).__name__}: {first}"
