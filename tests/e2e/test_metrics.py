"""A plugin's metric in the catalogue: judged when the plugin says it changed, announced and heard of once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nrg_core.app import App
from nrg_core.domain.catalogue import CatalogueError
from nrg_core.host.installed import Installed, installed
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member

CATALOGUE = """
[community]
name = "Note takers"

[[hacks]]
slug = "breath"
name = "Breath"
description = "Breathe in, breathe out."
duration_minutes = 5

[[achievements]]
slug = "twice-noted"
name = "Twice noted"
description = "Two sessions with a note."
criteria = { all = [{ metric = "noted_sessions", gte = 2 }, { metric = "sessions", gte = 3 }] }
"""

PACKAGE = "tests.e2e.plugins.tally"
TALLY = Installed(
    "tally", "tally", "1", "Counts", PACKAGE, EntryPoint("tally", f"{PACKAGE}:plugin", "nrg.plugins")
)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    file = tmp_path / "community.toml"
    file.write_text(CATALOGUE, "utf-8")
    return file


async def test_a_plugins_metric_earns_once(
    discord: Sandbox, start_bot: Callable[..., Awaitable[App]], catalogue: Path, ana: Member
) -> None:
    app = await start_bot(candidates=[*installed(), TALLY], catalogue=catalogue)
    await ana.slash("checkin", hack="breath", notes="one")
    await ana.slash("checkin")
    await ana.slash("checkin", notes="two")
    await app.dispatcher.drained()
    await discord.wait_for(lambda: discord.dms(ana))
    await ana.slash("checkin", notes="three")
    await app.dispatcher.drained()
    while await app.sender.look():
        pass
    announced = [each["content"] for each in discord.messages("practice") if "Twice noted" in each["content"]]
    assert announced == ["🏅 ana earned **Twice noted**. Two sessions with a note."]
    assert [each["content"] for each in discord.dms(ana)] == ["Well done: Twice noted."]


async def test_without_the_plugin_its_metric_is_refused_by_name(
    start_bot: Callable[..., Awaitable[App]], catalogue: Path
) -> None:
    with pytest.raises(CatalogueError, match=r'community.toml:\d+: .*unknown metric "noted_sessions"'):
        await start_bot(catalogue=catalogue)
