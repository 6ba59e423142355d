"""``nrg catalogue``."""

from __future__ import annotations

import pytest

from nrg_core.host.revisions import CATALOGUE, read_revisions
from nrg_core.storage.database import Database
from tests.cli.conftest import Nrg

SMALL = """
[community]
name = "Ours"

[[hacks]]
slug = "breath"
name = "Breath"
description = "In and out."
"""

WRONG = """
[community]
name = "Ours"

[[hacks]]
slug = "breath"
name = "Breath"
description = "In and out."
level = 0

[[achievements]]
slug = "first"
name = "First"
description = "One."
criteria = { metric = "sesions", gte = 1 }
"""


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch, nrg: Nrg) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("DATABASE_URL", database_url)


async def revision(database: Database) -> int:
    async with database.reading() as uow:
        return (await uow.run(read_revisions)).get(CATALOGUE, 0)


async def test_the_shipped_one_is_in_order(nrg: Nrg, database: Database) -> None:
    said = await nrg("catalogue", "check")
    assert said.code == 0
    assert said.out.startswith("In order: 7 techniques, ")
    assert await revision(database) == 0


async def test_loading_tells_running_bots(nrg: Nrg, database: Database) -> None:
    (nrg.folder / "small.toml").write_text(SMALL)
    first = await nrg("catalogue", "load")
    assert first.out.startswith("In use: 7 techniques, ")
    assert await revision(database) == 1
    second = await nrg("catalogue", "load", "small.toml")
    assert second.code == 0
    assert second.out.startswith("In use: 1 technique, 0 achievements. Put out of use: ")
    assert await revision(database) == 2


async def test_the_settings_name_the_catalogue(nrg: Nrg) -> None:
    (nrg.folder / "small.toml").write_text(SMALL)
    (nrg.folder / "nrg.toml").write_text('catalogue = "small.toml"\n')
    assert (await nrg("catalogue", "check")).out.startswith("In order: 1 technique, ")


@pytest.mark.parametrize("verb", ["check", "load"])
async def test_every_problem_is_listed(nrg: Nrg, database: Database, verb: str) -> None:
    (nrg.folder / "wrong.toml").write_text(WRONG)
    said = await nrg("catalogue", verb, "wrong.toml")
    assert said.code == 1
    first, second, last = said.err.splitlines()
    assert first.startswith('wrong.toml:9: hack "breath": level ')
    assert second.startswith('wrong.toml:15: achievement "first": ')
    assert "sesions" in second
    assert last == "2 problems; nothing was stored."
    assert await revision(database) == 0


async def test_a_file_that_is_not_there(nrg: Nrg) -> None:
    said = await nrg("catalogue", "check", "missing.toml")
    assert said.code == 1
    assert said.err.startswith("missing.toml: cannot be read: ")
