"""Which plugins run: the database says so, and a running bot follows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pluggy
import pytest
from pydantic import BaseModel

from nrg_core.domain.policy import Policy
from nrg_core.hooks.specs import NAMESPACE
from nrg_core.host.community import Community
from nrg_core.host.discovery import Discovered, Loaded
from nrg_core.host.enablement import Enablement, read_enablement, set_enabled
from nrg_core.host.host import PluginHost, Undo
from nrg_core.host.plugin import Plugin
from nrg_core.host.revisions import CATALOGUE, bump
from nrg_core.storage.database import Database
from tests.support.community import BEGINNING, stock
from tests.support.community import CATALOGUE as TOML


def plugin(name: str, *requires: str) -> Plugin:
    return Plugin(name=name, summary="For tests", requires=requires)


async def switch(database: Database, enabled: bool, *plugins: str, guild: int | None = None) -> None:
    await database.write(set_enabled, plugins, enabled, BEGINNING, guild)


class Soil(BaseModel):
    beds: int = 4


class Weather(BaseModel):
    rain: bool = False


def test_settings_are_found_by_their_model(database: Database) -> None:
    nothing = Discovered([], [], pluggy.PluginManager(NAMESPACE))
    settings = {"garden": Soil(beds=7), "weather": Weather()}
    host = PluginHost(database, nothing, Community(database, Policy()), settings, [])
    assert host.settings(Soil).beds == 7
    assert host.settings(Weather) is settings["weather"]
    with pytest.raises(LookupError, match="BaseModel is the settings model of no plugin"):
        host.settings(BaseModel)


async def test_without_a_word_everything_is_enabled(database: Database) -> None:
    enablement = await database.read(read_enablement)
    assert enablement == Enablement()
    assert enablement.is_enabled("buddy")
    assert enablement.is_enabled("buddy", 1)
    assert enablement.is_used("buddy")


async def test_a_servers_word_goes_before_what_holds_everywhere(database: Database) -> None:
    await switch(database, False, "buddy", "shield")
    await switch(database, True, "buddy", guild=2**62)
    await switch(database, False, "checkin", guild=2)
    said = await database.read(read_enablement)
    assert not said.is_enabled("buddy")
    assert not said.is_enabled("buddy", 2)
    assert said.is_enabled("buddy", 2**62)
    assert said.is_enabled("checkin")
    assert said.is_enabled("checkin", 1)
    assert not said.is_enabled("checkin", 2)
    assert [name for name in ("buddy", "shield", "checkin") if said.is_used(name)] == ["buddy", "checkin"]


async def test_the_last_word_holds(database: Database) -> None:
    for enabled in (False, True, True, False):
        await switch(database, enabled, "buddy")
        await switch(database, not enabled, "buddy", guild=1)
        said = await database.read(read_enablement)
        assert said.is_enabled("buddy") is enabled
        assert said.is_enabled("buddy", 1) is not enabled


def test_who_requires_one_that_is_off_does_not_run() -> None:
    plugins = [plugin("a"), plugin("b", "a"), plugin("c", "b"), plugin("d")]
    assert Enablement().running(plugins) == ["a", "b", "c", "d"]
    assert Enablement(off=frozenset({"a"})).running(plugins) == ["d"]
    assert Enablement(off=frozenset({"b"})).running(plugins) == ["a", "d"]
    somewhere = Enablement(off=frozenset({"a"}), guilds=frozenset({(1, "a", True)}))
    assert somewhere.running(plugins) == ["a", "b", "c", "d"]


class Place:
    """A place where plugins register, which can be made to fail."""

    def __init__(self, name: str, diary: list[str]) -> None:
        self.name, self.diary = name, diary
        self.fails: set[str] = set()

    async def add(self, loaded: Loaded, settings: Any) -> Undo:
        if f"add {loaded.name}" in self.fails:
            raise ValueError(f"{loaded.name} cannot be added")
        self.diary.append(f"+{self.name}.{loaded.name}")

        async def undo() -> None:
            self.diary.append(f"-{self.name}.{loaded.name}")
            if f"undo {loaded.name}" in self.fails:
                raise ValueError(f"{loaded.name} cannot be taken back")

        return undo

    async def settle(self) -> None:
        if "settle" in self.fails:
            raise ConnectionError("cannot settle")
        self.diary.append(f"settled {self.name}")


class House:
    """A plugin host over two places, with the plugins that a test names."""

    def __init__(self, database: Database, *plugins: Plugin) -> None:
        self.database = database
        self.diary: list[str] = []
        self.first, self.second = Place("1", self.diary), Place("2", self.diary)
        loaded = [Loaded(one, "nowhere") for one in plugins]
        self.community = Community(database, Policy())
        discovered = Discovered(loaded, [], pluggy.PluginManager(NAMESPACE))
        self.host = PluginHost(database, discovered, self.community, {}, [self.first, self.second])

    @property
    def running(self) -> list[str]:
        return [loaded.name for loaded in self.host.running]

    def read(self) -> list[str]:
        """Return what happened since the last time."""
        happened = list(self.diary)
        self.diary.clear()
        return happened


@pytest.fixture
async def make(database: Database) -> AsyncGenerator[Callable[..., House]]:
    houses: list[House] = []

    def build(*plugins: Plugin) -> House:
        houses.append(House(database, *plugins))
        return houses[-1]

    yield build
    for house in houses:
        await house.host.stop()


async def test_plugins_start_in_order_and_stop_in_reverse(make: Callable[..., House]) -> None:
    house = make(plugin("a"), plugin("b"))
    await house.host.start()
    assert house.read() == ["+1.a", "+2.a", "+1.b", "+2.b", "settled 1", "settled 2"]
    assert house.running == ["a", "b"]
    await house.host.refresh()
    assert house.read() == [], "nothing changed, nothing happens"
    await house.host.stop()
    assert house.read() == ["-2.b", "-1.b", "-2.a", "-1.a"]


async def test_a_running_host_follows_what_is_switched(
    database: Database, make: Callable[..., House]
) -> None:
    house = make(plugin("a"), plugin("b", "a"), plugin("c"))
    await house.host.refresh()
    house.read()
    await switch(database, False, "a")
    await house.host.refresh()
    assert house.read() == ["-2.b", "-1.b", "-2.a", "-1.a", "settled 1", "settled 2"]
    assert house.running == ["c"]
    assert not house.host.is_enabled("b")
    await switch(database, True, "a")
    await house.host.refresh()
    assert house.running == ["a", "b", "c"]
    assert house.read() == ["+1.a", "+2.a", "+1.b", "+2.b", "settled 1", "settled 2"]


async def test_one_server_alone(database: Database, make: Callable[..., House]) -> None:
    house = make(plugin("a"))
    await switch(database, False, "a")
    await house.host.refresh()
    assert house.running == []
    assert not house.host.is_enabled("a", 1)
    await switch(database, True, "a", guild=1)
    await house.host.refresh()
    assert house.running == ["a"]
    assert house.host.is_enabled("a", 1)
    assert not house.host.is_enabled("a", 2)
    assert not house.host.is_enabled("a")


async def test_one_that_cannot_start_is_undone_and_left_out_with_those_behind_it(
    make: Callable[..., House],
) -> None:
    house = make(plugin("a"), plugin("bad"), plugin("behind", "bad"), plugin("z"))
    house.second.fails.add("add bad")
    house.first.fails.add("undo bad")
    await house.host.refresh()
    assert house.running == ["a", "z"]
    assert not house.host.is_enabled("bad")
    assert house.read() == ["+1.a", "+2.a", "+1.bad", "-1.bad", "+1.z", "+2.z", "settled 1", "settled 2"]


async def test_one_that_cannot_be_taken_back_harms_nobody(
    database: Database, make: Callable[..., House]
) -> None:
    house = make(plugin("a"), plugin("b"))
    await house.host.refresh()
    house.read()
    house.second.fails.add("undo a")
    await switch(database, False, "a", "b")
    await house.host.refresh()
    assert house.running == []
    assert house.read() == ["-2.b", "-1.b", "-2.a", "-1.a", "settled 1", "settled 2"]


async def test_what_failed_half_way_is_finished_the_next_time(
    database: Database, make: Callable[..., House]
) -> None:
    house = make(plugin("a"))
    house.first.fails.add("settle")
    with pytest.raises(ConnectionError):
        await house.host.refresh()
    house.first.fails.clear()
    house.read()
    await house.host.refresh()
    assert house.read() == ["settled 1", "settled 2"]
    await house.host.refresh()
    assert house.read() == []


async def test_a_changed_catalogue_is_read_anew(
    database: Database, make: Callable[..., House], tmp_path: Path
) -> None:
    house = make(plugin("a"))
    await house.host.refresh()
    assert house.community.library().hacks == {}
    await stock(database, tmp_path)
    await house.host.refresh()
    assert house.community.library().hacks == {}, "nobody said that it changed"
    await database.write(bump, CATALOGUE)
    await house.host.refresh()
    assert "breath" in house.community.library().hacks
    await stock(
        database,
        tmp_path,
        TOML.replace('slug = "breath"', 'slug = "breathing"').replace('"breath"', '"breathing"'),
    )
    await database.write(bump, CATALOGUE)
    await switch(database, False, "a")
    await house.host.refresh()
    assert {"breathing"} == {slug for slug in house.community.library().hacks if slug.startswith("breath")}
