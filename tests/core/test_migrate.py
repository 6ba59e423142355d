"""The migration runner, against real databases: what may go wrong, goes wrong here."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    NullPool,
    String,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from nrg_core.errors import OperatorError
from nrg_core.storage.migrate import MigrationSource, SourceStatus, check, revision, status, upgrade
from nrg_core.storage.types import BIG_KEY, JSON_DOCUMENT, generated_uuid
from nrg_core.urls import async_url

USERS = "op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.Text))"
HACKS = "op.create_table('hacks', sa.Column('id', sa.Integer, primary_key=True))"
PAIRS = """
op.create_table(
    'pairs',
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('user_id', sa.Integer, sa.ForeignKey('users.id', ondelete='CASCADE'), nullable=False),
)
"""


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[str]:
    """A fresh database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/db.sqlite3"
        return
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        if os.environ.get("CI"):
            pytest.fail("TEST_POSTGRES_URL is not set, and in CI PostgreSQL must not go untested")
        pytest.skip("TEST_POSTGRES_URL is not set: not tested on PostgreSQL")
    name = f"nrg_migrate_{uuid4().hex[:12]}"
    engine = create_async_engine(async_url(server), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield async_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


class Shelf:
    """Packages with migrations, written on the fly."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = uuid4().hex[:8]

    def source(self, name: str, *revisions: str, minimum_core: str | None = None) -> MigrationSource:
        """Make a package that must not be imported, with one revision for each body of ``upgrade``."""
        package = f"pkg_{self.mark}_{name}"
        (self.folder / package).mkdir(exist_ok=True)
        (self.folder / package / "__init__.py").write_text("raise RuntimeError('a package was imported')")
        source = MigrationSource(name, package, minimum_core)
        for body in revisions:
            self.add(source, body)
        return source

    def versions(self, source: MigrationSource) -> Path:
        return self.folder / source.package / "migrations" / "versions"

    def add(self, source: MigrationSource, body: str) -> Path:
        versions = self.versions(source)
        versions.mkdir(parents=True, exist_ok=True)
        number = len(list(versions.glob("*.py"))) + 1
        before = repr(f"{source.name}_{number - 1:04d}") if number > 1 else None
        file = versions / f"{source.name}_{number:04d}_step.py"
        file.write_text(
            f'"""step {number}"""\nimport os, sys\nimport sqlalchemy as sa\nfrom alembic import op\n'
            f"revision = '{source.name}_{number:04d}'\ndown_revision = {before}\n"
            f"def upgrade():\n{indent(dedent(body).strip(), '    ')}\n"
        )
        return file


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    folder = tmp_path / "100% plugins"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return Shelf(folder)


async def run(url: str, *statements: str) -> list[Any]:
    """Execute statements; return the rows of the last."""
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            rows: list[Any] = []
            for statement in statements:
                result = await connection.execute(text(statement))
                rows = [tuple(row) for row in result] if result.returns_rows else []
            return rows
    finally:
        await engine.dispose()


async def tables(url: str) -> set[str]:
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {name for (name,) in await run(url, catalogue)}


def current(name: str, *, at: str | None) -> SourceStatus:
    return SourceStatus(name, at, at, (), "current")


async def test_core_first_then_plugins_in_the_order_given(url: str, shelf: Shelf) -> None:
    buddy = shelf.source("buddy", PAIRS, "op.add_column('pairs', sa.Column('count', sa.Integer))")
    checkin = shelf.source("checkin", "op.add_column('users', sa.Column('last', sa.Integer))")
    core = shelf.source("core", USERS)
    told: list[str] = []

    steps = await upgrade(url, [checkin, core, buddy], on_step=lambda step: told.append(step.revision))

    assert [(step.source, step.revision, step.summary) for step in steps] == [
        ("core", "core_0001", "step 1"),
        ("checkin", "checkin_0001", "step 1"),
        ("buddy", "buddy_0001", "step 1"),
        ("buddy", "buddy_0002", "step 2"),
    ]
    assert told == [step.revision for step in steps]
    assert await tables(url) == {
        *("users", "pairs", "alembic_version_core", "alembic_version_buddy", "alembic_version_checkin")
    }
    assert await upgrade(url, [core, buddy, checkin]) == []


async def test_a_step_is_reported_only_when_it_is_kept(url: str, shelf: Shelf) -> None:
    core = shelf.source("core", USERS, "raise ValueError('no')")
    told: list[str] = []
    with pytest.raises(OperatorError):
        await upgrade(url, [core], on_step=lambda step: told.append(step.revision))
    assert told == ["core_0001"]


async def test_status_tells_empty_behind_current_and_ahead(url: str, shelf: Shelf) -> None:
    core = shelf.source("core", USERS)
    assert await status(url, [core]) == [SourceStatus("core", None, "core_0001", ("core_0001",), "empty")]
    await upgrade(url, [core])
    assert await status(url, [core]) == [current("core", at="core_0001")]

    newer = [shelf.add(core, HACKS), shelf.add(core, "pass")]
    expected = SourceStatus("core", "core_0001", "core_0003", ("core_0002", "core_0003"), "behind")
    assert await status(url, [core]) == [expected]
    await upgrade(url, [core])
    for file in newer:
        file.unlink()
    assert await status(url, [core]) == [SourceStatus("core", "core_0003", "core_0001", (), "ahead")]


async def test_status_changes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    core = shelf.source("core", USERS)
    url = f"sqlite:///{tmp_path}/nowhere/db.sqlite3"
    await status(url, [core])
    assert not (tmp_path / "nowhere").exists()
    await upgrade(url, [core])
    assert "users" in await tables(url)


async def test_status_waits_for_no_writer(shelf: Shelf, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/db.sqlite3"
    core = shelf.source("core", USERS)
    await upgrade(url, [core])
    engine = create_async_engine(async_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as writer:
        await writer.execute(text("BEGIN IMMEDIATE"))
        async with asyncio.timeout(10):
            assert await status(url, [core]) == [current("core", at="core_0001")]
        await writer.execute(text("ROLLBACK"))
    await engine.dispose()


async def test_a_plugin_without_tables_is_current(url: str, shelf: Shelf) -> None:
    rooms = shelf.source("rooms")
    assert await status(url, [rooms]) == [current("rooms", at=None)]
    assert await upgrade(url, [rooms]) == []
    check(await status(url, [rooms]))


async def test_an_uninstalled_plugin_stands_in_nobodys_way(url: str, shelf: Shelf) -> None:
    core, buddy = shelf.source("core", USERS), shelf.source("buddy", PAIRS)
    await upgrade(url, [core, buddy])
    shelf.add(core, HACKS)
    assert [step.revision for step in await upgrade(url, [core])] == ["core_0002"]
    assert await run(url, "SELECT version_num FROM alembic_version_buddy") == [("buddy_0001",)]


async def test_a_broken_plugin_hides_and_stops_no_other(url: str, shelf: Shelf) -> None:
    core, checkin = shelf.source("core", USERS), shelf.source("checkin", HACKS)
    absent = MigrationSource("absent", f"pkg_{shelf.mark}_absent")
    syntax = shelf.source("syntax", "this is no Python")
    fork = shelf.source("fork", "pass")
    second = shelf.add(fork, "pass")
    second.write_text(second.read_text().replace("down_revision = 'fork_0001'", "down_revision = None"))
    sources = [absent, syntax, fork, core, checkin]

    with pytest.raises(OperatorError) as caught:
        await upgrade(url, sources)

    for part in ("absent: its package", "syntax: its migrations cannot be read: SyntaxError", "fork: its"):
        assert part in str(caught.value)
    found = {each.name: each for each in await status(url, sources)}
    assert {name: each.state for name, each in found.items()} == {
        **dict.fromkeys(("absent", "syntax", "fork"), "broken"),
        **dict.fromkeys(("core", "checkin"), "current"),
    }
    with pytest.raises(OperatorError, match=r"absent: its package pkg_\w+ is not installed\. Install it"):
        check(found.values())


async def test_a_failing_core_stops_everything(url: str, shelf: Shelf) -> None:
    core, checkin = shelf.source("core", "raise ValueError('no')"), shelf.source("checkin", HACKS)
    with pytest.raises(
        OperatorError, match=r"^core: revision core_0001 failed: ValueError: no\. Nothing of it"
    ):
        await upgrade(url, [core, checkin])
    assert "hacks" not in await tables(url)


async def test_ahead_is_refused_by_name_and_never_downgraded(url: str, shelf: Shelf) -> None:
    core, checkin = shelf.source("core", USERS), shelf.source("checkin", HACKS)
    await upgrade(url, [core, checkin])
    await run(url, "UPDATE alembic_version_checkin SET version_num = 'abc123'")
    text = (
        r"migrated by a newer checkin \(revision abc123\)\. Install that version again, or restore a backup\."
    )
    with pytest.raises(OperatorError, match=text):
        await upgrade(url, [core, checkin])
    with pytest.raises(OperatorError, match=text):
        check(await status(url, [core, checkin]))
    assert await run(url, "SELECT version_num FROM alembic_version_checkin") == [("abc123",)]


def test_check_says_what_lacks_and_which_command_mends_it() -> None:
    core = current("core", at="core_0001")
    checkin = SourceStatus("checkin", "a", "c", ("b", "c"), "behind")
    buddy = SourceStatus("buddy", None, "x", ("x",), "empty")
    check([core])
    with pytest.raises(OperatorError) as caught:
        check([core, checkin, buddy])
    lacks = "checkin lacks 2 revisions, buddy lacks 1 revision"
    assert str(caught.value) == f"The database is behind: {lacks}. Run `nrg db upgrade`."
    with pytest.raises(OperatorError, match=r"^The database has no tables yet\. Run `nrg db upgrade`\.$"):
        check([buddy, current("rooms", at=None)])


async def test_a_plugin_says_which_core_it_needs(url: str, shelf: Shelf) -> None:
    core = shelf.source("core", USERS, "pass")
    ready = shelf.source("ready", "pass", minimum_core="core_0001")
    early = shelf.source("early", HACKS, minimum_core="core_0003")
    with pytest.raises(OperatorError, match=r"early needs a newer core \(revision core_0003; .* core_0002\)"):
        await upgrade(url, [core, early, ready])
    assert (await status(url, [ready]))[0].state == "current"
    shelf.add(core, "pass")
    assert [step.revision for step in await upgrade(url, [core, early])] == ["core_0003", "early_0001"]


async def test_a_revision_that_fails_half_way_leaves_nothing_and_can_be_run_again(
    url: str, shelf: Shelf
) -> None:
    broken = (
        f"{HACKS}\nop.execute(\"INSERT INTO users VALUES (1, 'x')\")\nop.execute('SELECT * FROM nowhere')"
    )
    core = shelf.source("core", USERS, broken)
    with pytest.raises(OperatorError, match=r"core: revision core_0002 failed: .*nowhere"):
        await upgrade(url, [core])
    assert await tables(url) == {"users", "alembic_version_core"}
    assert await run(url, "SELECT version_num FROM alembic_version_core") == [("core_0001",)]
    assert await run(url, "SELECT * FROM users") == []

    file = next(shelf.versions(core).glob("core_0002*"))
    file.write_text(file.read_text().replace("SELECT * FROM nowhere", "SELECT * FROM users"))
    assert [step.revision for step in await upgrade(url, [core])] == ["core_0002"]
    assert await run(url, "SELECT * FROM users") == [(1, "x")]


RUNNER = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from nrg_core.storage.migrate import MigrationSource, upgrade
sources = [MigrationSource(*each.split("=")) for each in sys.argv[3:]]
print("ready", flush=True)
print(*(step.revision for step in asyncio.run(upgrade(sys.argv[1], sources))), flush=True)
"""


async def start(
    url: str, shelf: Shelf, *sources: MigrationSource, **variables: str
) -> asyncio.subprocess.Process:
    """Start an upgrade in a process of its own; return when it is about to begin."""
    arguments = (url, str(shelf.folder), *(f"{each.name}={each.package}" for each in sources))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUNNER, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **variables},
    )
    assert await line(process) == "ready"
    return process


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


@pytest.mark.parametrize("point", ["first", "second", "third"])
async def test_a_process_killed_between_statements_costs_nothing(url: str, shelf: Shelf, point: str) -> None:
    # At the chosen point the revision says so, and waits for an answer that never comes.
    stop = "if os.environ.get('STOP_AT') == '{0}': print('{0}', flush=True); sys.stdin.read()"
    body = "\n".join(
        (stop.format("first"), HACKS, stop.format("second"), "op.execute('INSERT INTO hacks VALUES (1)')")
    )
    core = shelf.source("core", USERS, f"{body}\n{stop.format('third')}")

    process = await start(url, shelf, core, STOP_AT=point)
    assert await line(process) == point
    process.send_signal(signal.SIGKILL)
    await process.communicate()

    assert (await status(url, [core]))[0].pending == ("core_0002",)
    assert await tables(url) == {"users", "alembic_version_core"}
    assert [step.revision for step in await upgrade(url, [core])] == ["core_0002"]
    assert await run(url, "SELECT id FROM hacks") == [(1,)]


async def test_two_processes_at_once_share_the_work(url: str, shelf: Shelf) -> None:
    core = shelf.source(
        "core", USERS, *(f"op.create_table('t{n}', sa.Column('id', sa.Integer))" for n in range(4))
    )
    checkin = shelf.source("checkin", HACKS)
    # The first one is held inside the first revision until the others are about to begin.
    held = "if os.environ.get('HOLD'): print('held', flush=True); sys.stdin.read()\n"
    file = next(shelf.versions(core).glob("core_0001*"))
    file.write_text(file.read_text().replace("    op.create", f"    {held}    op.create"))

    first = await start(url, shelf, core, checkin, HOLD="1")
    assert await line(first) == "held"
    others = [await start(url, shelf, core, checkin) for _ in range(2)]
    outputs = await asyncio.gather(*(each.communicate(b"") for each in (first, *others)))

    assert [each.returncode for each in (first, *others)] == [0, 0, 0]
    applied = sorted(revision for out, _ in outputs for revision in out.decode().split())
    assert applied == ["checkin_0001", *(f"core_000{n}" for n in range(1, 6))]


async def test_two_tasks_at_once_share_the_work(url: str, shelf: Shelf) -> None:
    core, checkin = shelf.source("core", USERS, HACKS), shelf.source("checkin", PAIRS)
    results = await asyncio.gather(*(upgrade(url, [core, checkin]) for _ in range(3)))
    applied = sorted(step.revision for steps in results for step in steps)
    assert applied == ["checkin_0001", "core_0001", "core_0002"]


async def test_different_databases_at_once_do_not_meet(shelf: Shelf, tmp_path: Path) -> None:
    core = shelf.source("core", USERS, HACKS)
    urls = [f"sqlite:///{tmp_path}/{n}.sqlite3" for n in range(3)]
    await asyncio.gather(*(upgrade(each, [core]) for each in urls))
    assert [await tables(each) >= {"users", "hacks"} for each in urls] == [True] * 3


async def test_rebuilding_a_parent_loses_no_children(url: str, shelf: Shelf) -> None:
    core, buddy = shelf.source("core", USERS), shelf.source("buddy", PAIRS)
    await upgrade(url, [core, buddy])
    await run(url, "INSERT INTO users VALUES (1, 'a')", "INSERT INTO pairs VALUES (7, 1)")
    shelf.add(
        core,
        """
        with op.batch_alter_table('users', recreate='always') as batch:
            batch.add_column(sa.Column('streak', sa.Integer, server_default='0', nullable=False))
        """
        if url.startswith("sqlite")
        else "op.add_column('users', sa.Column('streak', sa.Integer, server_default='0', nullable=False))",
    )
    await upgrade(url, [core, buddy])
    assert await run(url, "SELECT id, user_id FROM pairs") == [(7, 1)]
    assert await run(url, "SELECT id, streak FROM users") == [(1, 0)]


async def test_a_revision_that_orphans_rows_is_undone(shelf: Shelf, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/db.sqlite3"
    core, buddy = shelf.source("core", USERS), shelf.source("buddy", PAIRS)
    await upgrade(url, [core, buddy])
    # One row is orphaned already (by a tool that keeps no foreign keys): it is nobody's fault here.
    await run(url, "INSERT INTO users VALUES (1, 'a')", "INSERT INTO pairs VALUES (7, 1), (8, 99)")
    shelf.add(core, "pass")
    await upgrade(url, [core])

    shelf.add(core, "op.execute('DELETE FROM users')")
    with pytest.raises(OperatorError, match=r"core_0003 failed: rows would refer to .* \(pairs → users\)"):
        await upgrade(url, [core])
    assert await run(url, "SELECT id FROM users") == [(1,)]
    assert (await status(url, [core]))[0].current == "core_0002"


async def test_a_database_that_is_away_is_one_line_without_the_password(shelf: Shelf) -> None:
    core = shelf.source("core", USERS)
    url = "postgresql://nrg:sesame@127.0.0.1:1/nrg"
    for attempt in (status, upgrade):
        with pytest.raises(OperatorError, match=r"nrg:\*\*\*@127\.0\.0\.1:1/nrg cannot be used") as caught:
            await attempt(url, [core])
        assert "sesame" not in str(caught.value)


async def test_a_file_that_is_no_database_is_one_line(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary, " * 100)
    for attempt in (status, upgrade):
        with pytest.raises(OperatorError, match=r"notes\.txt cannot be used: file is not a database\.$"):
            await attempt(f"sqlite:///{tmp_path}/notes.txt", [shelf.source("core", USERS)])


async def test_a_database_that_does_not_exist_is_one_line(url: str, shelf: Shelf) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite makes the file")
    with pytest.raises(OperatorError, match=r"cannot be used: .*does not exist"):
        await status(url + "_not", [shelf.source("core", USERS)])


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_in_memory_is_refused(url: str, shelf: Shelf) -> None:
    with pytest.raises(OperatorError, match="in memory"):
        await upgrade(url, [shelf.source("core", USERS)])


async def test_a_pooler_url_migrates(url: str, shelf: Shelf) -> None:
    if url.startswith("sqlite"):
        pytest.skip("there are no poolers for SQLite")
    core = shelf.source("core", USERS)
    assert len(await upgrade(f"{url}?prepared_statement_cache_size=0", [core])) == 1


CONVENTION = {"fk": "fk_%(table_name)s_%(column_0_N_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"}


def models(*, grown: bool = False) -> MetaData:
    metadata = MetaData(naming_convention=CONVENTION)
    Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", String))
    Table("unborn", metadata, Column("id", Integer, primary_key=True))
    pairs = Table(
        "pairs",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        Column[str | None]("note", AutoString(), index=grown),
        CheckConstraint("id > 0", name="positive"),
    )
    if grown:
        pairs.append_column(Column("count", Integer, nullable=False, server_default="0"))
    return metadata


async def test_autogenerate_sees_only_the_tables_of_its_source(url: str, shelf: Shelf) -> None:
    core, buddy = shelf.source("core", USERS, HACKS), shelf.source("buddy")
    owned = frozenset({"pairs"})
    await upgrade(url, [core])

    first = await revision(url, buddy, "Pairs of members", metadata=models(), owned_tables=owned)
    assert first == shelf.versions(buddy) / "buddy_0001_pairs_of_members.py"
    written = first.read_text()
    assert "import sqlmodel.sql.sqltypes" in written
    for name in ("hacks", "unborn", "alembic_version"):
        assert name not in written
    assert "fk_pairs_user_id" in written
    assert "ck_pairs_positive" in written

    with pytest.raises(OperatorError, match="The database has no tables yet"):
        await revision(url, buddy, "too early", metadata=models(grown=True), owned_tables=owned)
    assert [step.revision for step in await upgrade(url, [core, buddy])] == ["buddy_0001"]
    await run(url, "INSERT INTO users VALUES (1, 'a')", "INSERT INTO pairs (id, user_id) VALUES (7, 1)")

    with pytest.raises(OperatorError, match=r"buddy: .*nothing to write"):
        await revision(url, buddy, "nothing", metadata=models(), owned_tables=owned)
    second = await revision(url, buddy, "count", metadata=models(grown=True), owned_tables=owned)
    assert second.name == "buddy_0002_count.py"
    assert "batch_alter_table" in second.read_text()
    await upgrade(url, [core, buddy])
    assert await run(url, "SELECT id, user_id, count FROM pairs") == [(7, 1, 0)]


async def test_a_new_column_without_a_value_for_old_rows_is_refused(url: str, shelf: Shelf) -> None:
    garden, owned = shelf.source("garden"), frozenset({"plants"})
    await upgrade(url, [])

    def plants(*more: Column[Any]) -> MetaData:
        metadata = MetaData(naming_convention=CONVENTION)
        Table("plants", metadata, Column("id", Integer, primary_key=True), *more)
        return metadata

    bare = Column("beds", Integer, nullable=False)
    await revision(url, garden, "Plants", metadata=plants(), owned_tables=owned)
    await upgrade(url, [garden])
    with pytest.raises(OperatorError) as refused:
        await revision(url, garden, "Beds", metadata=plants(bare), owned_tables=owned)
    assert refused.value.message.startswith("plants.beds is new and may not be empty")
    assert 'default(0, "0")' in (refused.value.resolution or "")
    assert [file.name for file in shelf.versions(garden).glob("*.py")] == ["garden_0001_plants.py"]
    fitting = Column("beds", Integer), Column("rows", Integer, nullable=False, server_default="1")
    await revision(url, garden, "Beds", metadata=plants(*fitting), owned_tables=owned)
    assert len(await upgrade(url, [garden])) == 1


async def test_a_revision_written_on_sqlite_works_on_either(url: str, shelf: Shelf, tmp_path: Path) -> None:
    """Every kind of column that the core offers to plugins."""
    metadata = MetaData(naming_convention=CONVENTION)
    Table(
        "plants",
        metadata,
        Column("id", Uuid, primary_key=True, server_default=generated_uuid()),
        Column("number", BIG_KEY, nullable=False),
        Column("notes", JSON_DOCUMENT, server_default=text("'{}'"), nullable=False),
        Column("is_grown", Boolean, server_default=text("false"), nullable=False),
        Column("planted_at", UTCDateTime(), server_default=func.now(), nullable=False),
    )
    garden = shelf.source("garden")
    empty = f"sqlite:///{tmp_path}/empty.sqlite3"
    await upgrade(empty, [])
    await revision(empty, garden, "Plants", metadata=metadata, owned_tables=frozenset({"plants"}))
    await upgrade(url, [garden])
    await run(url, "INSERT INTO plants (number) VALUES (9000000000)")
    ((key, at),) = await run(url, "SELECT id, planted_at FROM plants WHERE NOT is_grown")
    assert UUID(str(key)) != UUID(int=0)
    assert at is not None


async def test_a_revision_by_hand_asks_no_database(shelf: Shelf) -> None:
    name = "a-plugin-with-a-very-long-name-indeed"
    source = shelf.source(name)
    away = "postgresql://127.0.0.1:1/nrg"
    metadata = MetaData()
    for number in (1, 2):
        file = await revision(
            away, source, "by hand", metadata=metadata, owned_tables=frozenset(), autogenerate=False
        )
        assert f'revision = "a_plugin_with_a_very_long_n_{number:04d}"' in file.read_text().replace("'", '"')
