"""``nrg db``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from nrg_core.storage.database import open_database
from nrg_core.urls import async_url
from tests.cli.conftest import Nrg, add_plugin, running

BUDDY = """
from uuid import UUID
from nrg_core.host.plugin import Plugin
from nrg_core.storage.types import TableModel, uuid_key
from sqlmodel import Field

class Pair(TableModel, table=True):
    __tablename__ = "pairs"
    id: UUID = uuid_key()
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")

plugin = Plugin(name="buddy", summary="Pairs", models=(Pair,))
"""


async def run_sql(url: str, *statements: str) -> None:
    database = await open_database(async_url(url))
    async with database.unit_of_work() as uow:
        for statement in statements:
            await uow.execute(text(statement))
    await database.close()


async def test_upgrade_and_status(nrg: Nrg) -> None:
    before = await nrg("db", "status", "--json")
    assert (before.code, before.json[0]["name"], before.json[0]["state"]) == (0, "core", "empty")
    assert not (nrg.folder / "data").exists()
    said = await nrg("db", "upgrade")
    assert said.code == 0
    assert "core: core_0001 " in said.out
    assert said.out.splitlines()[-1].startswith("Up to date; ")
    after = await nrg("db", "status", "--json")
    assert {each["state"] for each in after.json} == {"current"}
    again = await nrg("db", "upgrade")
    assert (again.code, again.out) == (0, "Up to date already.\n")
    shown = await nrg("db", "status")
    assert after.json[0]["current"] in shown.out


async def test_a_database_that_is_away_is_one_line(nrg: Nrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nrg:hush-hush@127.0.0.1:1/nrg")
    for command in (["db", "upgrade"], ["db", "status"], ["plugins", "enable", "checkin"]):
        said = await nrg(*command)
        assert said.code == 1
        assert said.err.startswith("nrg: The database postgresql+asyncpg://nrg:***@127.0.0.1:1/nrg cannot")
        assert said.err.count("\n") == 1
        assert "hush" not in said.err


async def test_a_newer_database_is_left_alone(
    nrg: Nrg, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    await run_sql(database_url, "UPDATE alembic_version_core SET version_num = 'core_9999'")
    said = await nrg("db", "upgrade")
    assert said.code == 1
    assert "newer core (revision core_9999)" in said.err


async def test_a_revision_holds_the_plugins_tables_alone(tmp_path: Path) -> None:
    site = add_plugin(tmp_path, "buddy", BUDDY)
    async with running(tmp_path, "db", "revision", "buddy", "-m", "The pairs", PYTHONPATH=site) as writing:
        code, said = await writing.end()
    assert code == 0, said
    file = Path(said.strip())
    assert file == Path(site) / "nrg_buddy" / "migrations" / "versions" / "buddy_0001_the_pairs.py"
    written = await asyncio.to_thread(file.read_text)
    assert "create_table('pairs'" in written.replace('"', "'")
    assert written.count("create_table(") == 1
    assert "drop" not in written.partition("def downgrade")[0]
    assert not (tmp_path / "data").exists(), "it asks no database of the community's"


async def test_a_revision_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    changed = BUDDY.replace("    user_id", "    room: str | None = None\n    user_id")
    for code, ending in ((BUDDY, "buddy_0001_the_pairs.py"), (changed, "buddy_0002_the_pairs.py")):
        site = add_plugin(tmp_path, "buddy", code)
        async with running(
            tmp_path, "db", "revision", "buddy", "-m", "The pairs", PYTHONPATH=site
        ) as writing:
            ended, said = await writing.end()
        assert ended == 0, said
        assert said.strip().endswith(ending)
    written = await asyncio.to_thread(Path(said.strip()).read_text)
    assert "add_column" in written
    assert "create_table" not in written
    async with running(tmp_path, "db", "revision", "buddy", "-m", "Again", PYTHONPATH=site) as writing:
        ended, said = await writing.end()
    assert ended == 1
    assert "there is nothing to write" in said


async def test_a_revision_for_nobody(nrg: Nrg) -> None:
    said = await nrg("db", "revision", "chekin", "-m", "x")
    assert (said.code, said.err) == (2, 'nrg: There is no plugin “chekin” (did you mean "checkin"?).\n')
