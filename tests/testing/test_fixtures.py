"""The pytest plugins as a stranger meets them: in a project of their own, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
import arc
import hikari

from nrg_core.domain.events import SessionRecorded
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import hookimpl
from nrg_core.host.plugin import Plugin

commands = arc.GatewayPlugin("counter")


@commands.include
@arc.slash_command("count", "Counts")
async def count(ctx: arc.GatewayContext, to: arc.Option[int, arc.IntParams("How far", min=1)]) -> None:
    await ctx.respond(" ".join(str(number + 1) for number in range(to)))


plugin = Plugin(name="counter", summary="Counts", commands=commands)
"""

PLUGIN_WITH_A_TABLE = """
from uuid import UUID

from nrg_core.host.plugin import Plugin
from nrg_core.storage.types import TableModel, uuid_key


class Count(TableModel, table=True):
    __tablename__ = "counts"

    id: UUID = uuid_key()


plugin = Plugin(name="counter", summary="Counts", models=(Count,))
"""

GOOD_TESTS = """
import pytest

from nrg_sandbox import InvalidOption

databases = set()


async def test_it_counts(discord, nrg_bot):
    ana = await discord.member("ana")
    answer = await ana.slash("count", to=3)
    assert answer.text == "1 2 3"
    offered = {command["name"] for command in discord.commands}
    assert {"count", "help"} <= offered, "just this plugin, and the core"
    assert "checkin" not in offered
    databases.add(nrg_bot.settings.database_url.get_secret_value())


async def test_it_refuses_a_word(discord, nrg_bot):
    ana = await discord.member("ana")
    with pytest.raises(InvalidOption):
        await ana.slash("count", to="three")
    assert discord.messages("practice") == [], "another test has been here"
    databases.add(nrg_bot.settings.database_url.get_secret_value())
    assert len(databases) == 2
"""

TESTS_OF_A_HURRY = """
import pytest

from nrg_sandbox import NoAnswer


async def test_nobody_is_that_fast(discord, nrg_bot):
    ana = await discord.member("ana")
    with pytest.raises(NoAnswer):
        await ana.slash("count", to=3)


@pytest.mark.parametrize("discord", [{"interaction_deadline": 10}], indirect=True)
async def test_with_more_time(discord, nrg_bot):
    ana = await discord.member("ana")
    assert (await ana.slash("count", to=3)).text == "1 2 3"
"""

INDIFFERENT_TESTS = """
import sys


def test_nobody_notices():
    assert not {"nrg_sandbox", "hikari", "aiohttp", "sqlalchemy"} & sys.modules.keys()
"""


class Project:
    """A stranger's project with one plugin, which counts as installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        information = folder / "counter-1.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: counter\nVersion: 1\n")
        (information / "entry_points.txt").write_text("[nrg.plugins]\ncounter = nrg_counter:plugin\n")
        (folder / "nrg_counter").mkdir()
        self.write(PLUGIN)
        self.declare('[project.entry-points."nrg.plugins"]\ncounter = "nrg_counter:plugin"\n')

    def write(self, code: str) -> None:
        (self.folder / "nrg_counter" / "__init__.py").write_text(code)

    def declare(self, text: str, options: str = 'asyncio_mode = "auto"') -> None:
        """Write the project's declaration."""
        project = '[project]\nname = "counter"\nversion = "1"\n'
        (self.folder / "pyproject.toml").write_text(f"{project}{text}[tool.pytest.ini_options]\n{options}\n")

    def test(self, text: str) -> tuple[int, str]:
        """Run tests and return how pytest ended, and what it said."""
        (self.folder / "test_counter.py").write_text(text)
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_an_author_gets_a_bot_with_just_their_plugin(project: Project) -> None:
    code, said = project.test(GOOD_TESTS)
    assert code == 0, said
    assert "2 passed" in said


def test_the_settings_may_name_the_plugins(project: Project) -> None:
    project.declare("", 'asyncio_mode = "auto"\nnrg_plugins = ["counter"]')
    code, said = project.test(GOOD_TESTS)
    assert code == 0, said


def test_the_settings_may_say_how_fast_a_bot_must_be(project: Project) -> None:
    project.declare("", 'asyncio_mode = "auto"\nnrg_plugins = ["counter"]\nnrg_sandbox_deadline = "0.001"')
    code, said = project.test(TESTS_OF_A_HURRY)
    assert code == 0, said
    assert "2 passed" in said


def test_a_deadline_that_is_no_number_is_named(project: Project) -> None:
    project.declare("", 'asyncio_mode = "auto"\nnrg_plugins = ["counter"]\nnrg_sandbox_deadline = "soon"')
    code, said = project.test(GOOD_TESTS)
    assert code != 0
    assert "nrg_sandbox_deadline is a number of seconds, not 'soon'" in said


def test_a_plugin_that_is_not_installed_is_named(project: Project) -> None:
    project.declare("", 'asyncio_mode = "auto"\nnrg_plugins = ["abacus"]')
    code, said = project.test(GOOD_TESTS)
    assert code != 0
    assert "not installed: abacus (installed: " in said


def test_a_plugin_that_is_not_in_order_is_named(project: Project) -> None:
    project.write(PLUGIN.replace('name="counter"', 'name="abacus"'))
    code, said = project.test(GOOD_TESTS)
    assert code != 0
    assert "counter is left out: calls itself “abacus”, but its entry point says “counter”" in said


def test_a_table_without_a_revision_is_told_what_to_run(project: Project) -> None:
    project.write(PLUGIN_WITH_A_TABLE)
    code, said = project.test(GOOD_TESTS)
    assert code != 0
    assert "the models of counter and its migrations differ; try: nrg db revision counter -m" in said


def test_a_project_that_declares_no_plugin_is_told_what_to_write(project: Project) -> None:
    project.declare("")
    code, said = project.test(GOOD_TESTS)
    assert code != 0
    assert "name it under nrg_plugins in pytest's settings" in said


def test_other_test_runs_do_not_notice(project: Project) -> None:
    code, said = project.test(INDIFFERENT_TESTS)
    assert code == 0, said
