"""A pytest plugin: fixtures that give a plugin's author a running bot with just their plugin.

```python
async def test_it_counts(discord, nrg_bot):
    ana = await discord.member("ana")
    answer = await ana.slash("count")
    assert "1" in answer.text
```

``discord`` comes from the sandbox's own pytest plugin. Nothing of the core is imported before a test asks for
one of these fixtures, so that other test runs do not notice it is installed.
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nrg_core.app import App
    from nrg_core.host.installed import Installed
    from nrg_core.testing.databases import Databases
    from nrg_sandbox import Sandbox

if TYPE_CHECKING or find_spec("pytest_asyncio") is not None:
    from pytest_asyncio import fixture
else:
    fixture = pytest.fixture

__all__ = ["nrg_bot", "nrg_databases", "nrg_plugins", "nrg_settings", "pytest_addoption"]

_INI = "nrg_plugins"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that names the plugins under test."""
    help_text = "plugins that nrg_bot runs (default: those that the project's own pyproject.toml declares)"
    parser.addini(_INI, help_text, type="args", default=None)


@pytest.fixture(scope="session")
def nrg_plugins(pytestconfig: pytest.Config) -> list[Installed]:
    """The plugins that ``nrg_bot`` runs: those of the project under test.

    They are those named by ``nrg_plugins`` in pytest's settings, else those that the ``pyproject.toml`` at
    the root declares. A plugin that requires others needs them named too.

    Raises
    ------
    pytest.UsageError
        None is named, or one that is not installed, or not in order.
    """
    from nrg_core.host.discovery import discover
    from nrg_core.host.installed import GROUP, installed

    names: list[str] = pytestconfig.getini(_INI) or _declared(pytestconfig, GROUP)
    known = {one.name: one for one in installed()}
    if not names:
        raise pytest.UsageError(
            f"nrg_bot does not know which plugin to run: name it under {_INI} in pytest's settings, "
            f'or declare it in pyproject.toml under [project.entry-points."{GROUP}"]'
        )
    if missing := [name for name in names if name not in known]:
        raise pytest.UsageError(
            f"not installed: {', '.join(missing)} (installed: {', '.join(known) or 'no plugins'}); "
            "try: pip install -e ."
        )
    candidates = [known[name] for name in names]
    for broken in discover(candidates).broken:
        raise pytest.UsageError(f"{broken.name} is left out: {broken.reason}") from broken.error
    return candidates


@pytest.fixture(scope="session")
def nrg_databases(tmp_path_factory: pytest.TempPathFactory, nrg_plugins: list[Installed]) -> Databases:
    """Databases with the tables of the core and of the plugins: migrated once, then copied."""
    from nrg_core.app import migration_sources
    from nrg_core.testing.databases import Databases

    return Databases(tmp_path_factory.mktemp("nrg"), migration_sources(nrg_plugins))


@pytest.fixture
def nrg_settings() -> dict[str, Any]:
    """What ``nrg.toml`` would say; override it to run the bot with other settings."""
    return {}


@fixture
async def nrg_bot(
    discord: Sandbox,
    nrg_plugins: list[Installed],
    nrg_databases: Databases,
    nrg_settings: dict[str, Any],
) -> AsyncGenerator[App]:
    """A bot on the test's ``discord``, with a database of its own and just the plugins under test."""
    from nrg_core.testing.bots import running_bot

    async with running_bot(
        token=discord.token,
        api_url=discord.api_url,
        database_url=await nrg_databases.sqlite(),
        clock=discord.clock,
        candidates=nrg_plugins,
        **nrg_settings,
    ) as app:
        await _require_revisions(app)
        yield app


async def _require_revisions(app: App) -> None:
    """Fail if the migrations do not make the tables that a plugin's models describe."""
    from sqlmodel import SQLModel

    from nrg_core.storage.revisions import differences

    for loaded in app.discovered.plugins:
        if await app.database.read(differences, SQLModel.metadata, loaded.plugin.tables):
            pytest.fail(
                f"the models of {loaded.name} and its migrations differ; try: "
                f'nrg db revision {loaded.name} -m "what changed"'
            )


def _declared(config: pytest.Config, group: str) -> list[str]:
    file = config.rootpath / "pyproject.toml"
    if not file.is_file():
        return []
    project: dict[str, Any] = tomllib.loads(file.read_text("utf-8")).get("project", {})
    points: dict[str, Any] = project.get("entry-points", {})
    return sorted(points.get(group, {}))
