"""Finding plugins: real distributions on the import path, most of them broken in one way or another."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest
from sqlmodel import SQLModel

from nrg_core.host.discovery import Discovered, discover
from nrg_core.host.installed import installed

MODEL = """
from uuid import UUID
from sqlmodel import Field
from nrg_core.storage.types import TableModel

class {model}(TableModel, table=True):
    __tablename__ = "{table}"
    id: int = Field(primary_key=True)
    {column}
"""

HOOKS = """
from nrg_core.hooks.specs import hookimpl

class Hooks:
    @hookimpl
    {hook}
"""

METRIC = """
from nrg_core.domain.criteria import MetricSpec
from nrg_core.domain.metrics import Metric
from nrg_core.hooks.specs import hookimpl

async def compute(uow, user_id, key):
    return 0

class Hooks:
    @hookimpl
    def metrics(self):
        return [Metric(MetricSpec("{name}", "For tests", "one"), compute)]
"""

NOTICE = "from nrg_core.domain.notices import Notice"

COMMAND = """
import arc
commands = arc.GatewayPlugin("{plugin}")

@commands.include
@arc.slash_command("{command}", "For tests")
async def command(ctx: arc.GatewayContext) -> None:
    pass
"""


class Shelf:
    """A folder on the import path, to put distributions on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"shelf{uuid4().hex[:8]}"

    def put(
        self, name: str, code: str = "", arguments: str = "", *, entry: str | None = None, tail: str = ""
    ) -> None:
        """Add a distribution with one plugin."""
        package = f"{self.mark}_{name}"
        (self.folder / package).mkdir()
        (self.folder / package / "__init__.py").write_text(
            f"from nrg_core.host.plugin import Plugin\n{dedent(code)}\n"
            f'plugin = Plugin(name="{name}", summary="For tests", {arguments})\n{tail}\n'
        )
        metadata = self.folder / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\nSummary: The plugin {name}\n"
        )
        (metadata / "entry_points.txt").write_text(f"[nrg.plugins]\n{entry or name} = {package}:plugin\n")

    def find(self) -> Found:
        """Discover what is here."""
        return Found(discover([one for one in installed() if one.package.startswith(self.mark)]))


class Found:
    """What was discovered, by name."""

    def __init__(self, discovered: Discovered) -> None:
        self.discovered = discovered
        self.order = [loaded.name for loaded in discovered.plugins]
        self.reasons = {broken.name: broken.reason for broken in discovered.broken}
        hooked = {name for name, plugin in discovered.manager.list_name_plugin() if plugin is not None}
        assert hooked <= set(self.order), "nothing of a plugin that is left out stays registered"
        discovered.manager.check_pending()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Shelf]:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()
    before = set(SQLModel.metadata.tables)
    shelf = Shelf(tmp_path)
    shelf.put("zz_good", MODEL.format(model="Good", table=f"{shelf.mark}_good", column=""), "models=(Good,)")
    yield shelf
    for table in set(SQLModel.metadata.tables) - before:
        SQLModel.metadata.remove(SQLModel.metadata.tables[table])
    for module in [name for name in sys.modules if name.startswith(shelf.mark)]:
        del sys.modules[module]


def test_what_is_installed_is_told_without_importing_it(shelf: Shelf) -> None:
    shelf.put("bomb", "raise RuntimeError('imported')")
    [bomb] = [one for one in installed() if one.name == "bomb"]
    assert bomb.package == f"{shelf.mark}_bomb"
    assert (bomb.distribution, bomb.version, bomb.summary) == (bomb.package, "1.0", "The plugin bomb")
    assert not any(name.startswith(shelf.mark) for name in sys.modules)


def test_the_plugins_of_this_project_are_in_order() -> None:
    found = discover()
    assert found.broken == []
    assert "checkin" in [loaded.name for loaded in found.plugins]


def test_a_good_one_is_found(shelf: Shelf) -> None:
    found = shelf.find()
    assert found.order == ["zz_good"]
    assert found.reasons == {}
    assert found.discovered.tables == {f"{shelf.mark}_good"}


@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        ("raise ValueError('broken')", "", "ValueError: broken"),
        ("import nowhere", "", "nowhere"),
        ("import sys; sys.exit(3)", "", "SystemExit"),
        ("1 +", "", "SyntaxError"),
        ("", "unheard_of=1", "unheard_of"),
        ("", 'needs_core=">=99"', "needs nrg-core >=99"),
        ("", 'needs_core="recent"', "not a version specifier"),
        ("", 'requires=("absent",)', "requires absent"),
        (HOOKS.format(hook="async def on_sesion_recorded(self, event): pass"), "hooks=Hooks", "on_sesion"),
        (HOOKS.format(hook="async def on_achievement(self, evnt): pass"), "hooks=Hooks", "evnt"),
        (HOOKS.format(hook="def metrics(self): raise ValueError('no metrics')"), "hooks=Hooks", "no metrics"),
        (METRIC.format(name="sessions"), "hooks=Hooks", "metric “sessions”, which belongs to core"),
        (COMMAND.format(plugin="bad", command="help"), "commands=commands", "command “help”"),
        (NOTICE, 'notices=(Notice("New!", "Something is new"),)', "badly names the notice “New!”"),
        (NOTICE, 'notices=(Notice("new", "New"), Notice("new", "Newer"))', "two notices the same name"),
        (NOTICE, 'notices=(Notice("new", ""),)', "say what the notice “new” tells"),
        (NOTICE, 'notices=(Notice("new", "x" * 101),)', "say what the notice “new” tells"),
        ("class Hooks:\n    def __init__(self): raise ValueError('no hooks')", "hooks=Hooks", "no hooks"),
    ],
)
def test_a_broken_one_is_named_and_left_out(shelf: Shelf, code: str, arguments: str, said: str) -> None:
    shelf.put("bad", code, arguments)
    found = shelf.find()
    assert found.order == ["zz_good"]
    assert said in found.reasons.pop("bad")
    assert found.reasons == {}


def test_both_a_hook_and_an_argument_misspelt_harm_nobody_else(shelf: Shelf) -> None:
    hook = "async def on_aaa(self): pass\n    @hookimpl\n    async def on_achievement(self, evnt): pass"
    shelf.put("bad", HOOKS.format(hook=hook), "hooks=Hooks")
    shelf.put("other", HOOKS.format(hook="async def on_achievement(self, event): pass"), "hooks=Hooks")
    found = shelf.find()
    assert found.order == ["other", "zz_good"]
    assert found.reasons.keys() == {"bad"}


def test_what_is_no_plugin_is_left_out(shelf: Shelf) -> None:
    shelf.put("bad", tail="plugin = 7")
    assert shelf.find().reasons == {"bad": "its entry point is a int, not a nrg_core.Plugin"}


def test_names_must_be_right_and_agree(shelf: Shelf) -> None:
    shelf.put("one", entry="other")
    shelf.put("two", entry="Too-Long")
    shelf.put("core")
    found = shelf.find()
    assert "calls itself “one”" in found.reasons["other"]
    assert "badly named" in found.reasons["Too-Long"]
    assert "as the core itself" in found.reasons["core"]
    assert found.order == ["zz_good"]


def test_one_that_comes_twice_runs_once(shelf: Shelf) -> None:
    shelf.put("twin", HOOKS.format(hook="async def on_achievement(self, event): pass"), "hooks=Hooks")
    [twin] = [one for one in installed() if one.package == f"{shelf.mark}_twin"]
    found = Found(discover([twin, twin]))
    assert found.order == ["twin"]
    assert "second time" in found.reasons["twin"]
    assert found.discovered.manager.has_plugin("twin")


def test_a_table_of_the_core_cannot_be_claimed(shelf: Shelf) -> None:
    shelf.put("bad", "from nrg_core.domain.models import User", "models=(User,)")
    assert "table “users”, which belongs to core" in shelf.find().reasons["bad"]


def test_names_belong_to_whoever_comes_first(shelf: Shelf) -> None:
    model = MODEL.format(model="Mine", table=f"{shelf.mark}_mine", column="")
    shelf.put(
        "first", model + COMMAND.format(plugin="first", command="mine"), "models=(Mine,), commands=commands"
    )
    shelf.put("second", f"from {shelf.mark}_first import Mine", "models=(Mine,)")
    shelf.put("third", COMMAND.format(plugin="third", command="mine"), "commands=commands")
    found = shelf.find()
    assert found.order == ["first", "zz_good"]
    assert "belongs to first" in found.reasons["second"]
    assert "belongs to first" in found.reasons["third"]


def test_one_that_is_left_out_takes_no_name_with_it(shelf: Shelf) -> None:
    shelf.put("aaa", METRIC.format(name="waves"), 'hooks=Hooks, requires=("absent",)')
    shelf.put("aab", METRIC.format(name="waves"), "hooks=Hooks", tail="raise ValueError")
    shelf.put("waves", METRIC.format(name="waves"), "hooks=Hooks")
    found = shelf.find()
    assert found.order == ["waves", "zz_good"]
    assert found.reasons.keys() == {"aaa", "aab"}


@pytest.mark.parametrize(
    ("column", "fits"),
    [
        ('user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")', True),
        ('user_id: UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")', True),
        ('user_id: UUID = Field(foreign_key="users.id")', False),
        ('user_id: UUID = Field(foreign_key="users.id", ondelete="RESTRICT")', False),
        ('who: str = Field(foreign_key="users.discord_id")', False),
        ('session_id: UUID = Field(foreign_key="practice_sessions.id", ondelete="CASCADE")', True),
        ('session_id: UUID = Field(foreign_key="practice_sessions.id")', False),
        ('hack_id: UUID = Field(foreign_key="hacks.id")', True),
    ],
)
def test_whatever_refers_to_a_member_goes_with_the_member(shelf: Shelf, column: str, fits: bool) -> None:
    model = MODEL.format(model="Theirs", table=f"{shelf.mark}_theirs", column=column)
    shelf.put("theirs", model, "models=(Theirs,)")
    found = shelf.find()
    assert found.order == (["theirs", "zz_good"] if fits else ["zz_good"])
    if not fits:
        assert f"{shelf.mark}_theirs." in found.reasons["theirs"]


def test_load_order_is_by_what_is_required_then_by_name(shelf: Shelf) -> None:
    shelf.put("a", arguments='requires=("m", "z")')
    shelf.put("m", arguments='requires=("z",)')
    shelf.put("z")
    shelf.put("b")
    assert shelf.find().order == ["b", "z", "zz_good", "m", "a"]


def test_who_requires_one_that_is_broken_is_left_out_too(shelf: Shelf) -> None:
    shelf.put("bad", "raise ValueError")
    shelf.put("needs_bad", arguments='requires=("bad",)')
    shelf.put("needs_that", arguments='requires=("needs_bad",)')
    found = shelf.find()
    assert found.order == ["zz_good"]
    assert found.reasons["needs_bad"] == "requires bad, which is not there"
    assert found.reasons["needs_that"] == "requires needs_bad, which is not there"


def test_who_requires_one_that_loses_its_name_is_left_out_too(shelf: Shelf) -> None:
    shelf.put("a", METRIC.format(name="waves"), "hooks=Hooks")
    shelf.put("b", METRIC.format(name="waves"), "hooks=Hooks")
    shelf.put("c", METRIC.format(name="tides"), 'hooks=Hooks, requires=("b",)')
    shelf.put("d", METRIC.format(name="tides"), "hooks=Hooks")
    found = shelf.find()
    assert "belongs to a" in found.reasons["b"]
    assert "requires b" in found.reasons["c"]
    assert found.order == ["a", "d", "zz_good"]


def test_a_circle_is_named_and_left_out_with_those_behind_it(shelf: Shelf) -> None:
    shelf.put("a", arguments='requires=("b",)')
    shelf.put("b", arguments='requires=("a",)')
    shelf.put("c", arguments='requires=("a",)')
    shelf.put("d", arguments='requires=("d",)')
    found = shelf.find()
    assert found.order == ["zz_good"]
    assert "circle" in found.reasons["a"]
    assert "circle" in found.reasons["b"]
    assert "circle" in found.reasons["d"]
    assert "requires a" in found.reasons["c"]
