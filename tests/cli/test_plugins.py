"""``nrg plugins``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nrg_core.host.enablement import Enablement, read_enablement
from nrg_core.storage.database import open_database
from nrg_core.urls import async_url
from tests.cli.conftest import Nrg, add_plugin, running


async def enablement(url: str) -> Enablement:
    database = await open_database(async_url(url))
    try:
        async with database.reading() as uow:
            return await uow.run(read_enablement)
    finally:
        await database.close()


async def test_a_list_without_a_database(nrg: Nrg) -> None:
    said = await nrg("plugins", "list")
    assert said.code == 0
    assert "checkin" in said.out
    assert "unknown" in said.out
    assert "The database has no tables yet. Run `nrg db upgrade`." in said.err
    assert not (nrg.folder / "data").exists()
    assert (await nrg("plugins", "list", "--json")).json[0]["enabled"] is None


async def test_switching(nrg: Nrg, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    said = await nrg("plugins", "disable", "checkin")
    assert (said.code, said.out) == (0, "checkin: disabled. A running bot follows within seconds.\n")
    assert not (await enablement(database_url)).is_enabled("checkin")

    said = await nrg("plugins", "enable", "checkin", "--guild", 42)
    assert said.out == "checkin: enabled in server 42. A running bot follows within seconds.\n"
    now = await enablement(database_url)
    assert (now.is_enabled("checkin"), now.is_enabled("checkin", 42)) == (False, True)
    listed = await nrg("plugins", "list")
    assert "disabled (on in 1 server)" in listed.out
    (row,) = (each for each in (await nrg("plugins", "list", "--json")).json if each["name"] == "checkin")
    assert (row["enabled"], row["servers"], row["problem"]) == (False, {"42": True}, None)

    assert (await nrg("plugins", "enable", "checkin")).code == 0
    assert (await enablement(database_url)).is_enabled("checkin")


@pytest.mark.parametrize("verb", ["enable", "disable", "info"])
async def test_an_unknown_name(nrg: Nrg, verb: str) -> None:
    near = await nrg("plugins", verb, "chekin")
    assert (near.code, near.err) == (2, 'nrg: There is no plugin “chekin” (did you mean "checkin"?).\n')
    far = await nrg("plugins", verb, "quux")
    assert far.code == 2
    beginning = "nrg: There is no plugin “quux”. There are: "
    assert far.err.startswith(beginning)
    assert "checkin" in far.err.removeprefix(beginning)


async def test_what_a_plugin_brings(nrg: Nrg) -> None:
    told = (await nrg("plugins", "info", "checkin", "--json")).json
    assert "/checkin" in [each["command"] for each in told["commands"]]
    assert list(told)[:3] == ["name", "summary", "state"]
    shown = await nrg("plugins", "info", "checkin")
    assert (shown.code, told["state"]) == (0, "unknown")
    assert shown.out.startswith("name:        checkin\n")
    assert "Whether it is enabled is unknown: The database has no tables yet." in shown.err


async def test_whether_a_plugin_is_on(nrg: Nrg, sqlite_url: str) -> None:
    (nrg.folder / "ours.toml").write_text(f'database_url = "{sqlite_url}"\n')
    config = ("--config", "ours.toml")
    assert "\nstate:       enabled\n" in (await nrg("plugins", "info", "checkin", *config)).out
    await nrg("plugins", "disable", "checkin", *config)
    await nrg("plugins", "enable", "checkin", "--guild", 42, *config)
    told = (await nrg("plugins", "info", "checkin", "--json", *config)).json
    assert told["state"] == "disabled (on in 1 server)"


RAISES = "open('imported', 'w').close()\nraise RuntimeError('no')\n"


async def test_listing_and_switching_run_no_plugins_code(tmp_path: Path, sqlite_url: str) -> None:
    site = add_plugin(tmp_path, "angry", RAISES)
    for arguments in (["plugins", "list"], ["plugins", "disable", "angry"]):
        async with running(tmp_path, *arguments, PYTHONPATH=site, DATABASE_URL=sqlite_url) as command:
            code, said = await command.end()
            assert code == 0, said
    assert "angry" in said
    assert not (tmp_path / "imported").exists()
    async with running(tmp_path, "plugins", "info", "angry", PYTHONPATH=site) as command:
        code, said = await command.end()
    assert (code, said.strip()) == (1, "nrg: angry is left out: RuntimeError: no")
    assert (tmp_path / "imported").exists()


async def test_enabling_what_does_nothing_is_said(tmp_path: Path, sqlite_url: str) -> None:
    site = add_plugin(tmp_path, "angry", RAISES)
    manifest = (
        "from nrg_core.host.plugin import Plugin\nplugin = Plugin(name='{}', summary='s', requires={})\n"
    )
    add_plugin(tmp_path, "soil", manifest.format("soil", ()))
    add_plugin(tmp_path, "garden", manifest.format("garden", ("soil",)))

    async def run(*arguments: str) -> tuple[int, list[str]]:
        async with running(tmp_path, "plugins", *arguments, PYTHONPATH=site, DATABASE_URL=sqlite_url) as nrg:
            code, said = await nrg.end()
        return code, said.strip().splitlines()

    follows = "A running bot follows within seconds."
    assert await run("enable", "garden") == (0, [f"garden: enabled. {follows}"])
    assert await run("disable", "soil") == (0, [f"soil: disabled. {follows}"])
    code, said = await run("enable", "angry", "garden", "checkin")
    assert (code, said) == (
        1,
        [
            f"angry, garden, checkin: enabled. {follows}",
            "angry is left out until this is mended: RuntimeError: no",
            "garden waits for soil. Try: nrg plugins enable soil",
        ],
    )
    assert await run("enable", "soil", "garden") == (0, [f"soil, garden: enabled. {follows}"])


async def test_broken_plugins_are_named(tmp_path: Path) -> None:
    site = add_plugin(tmp_path, "gone", None)
    add_plugin(tmp_path, "garbled", "x = 1\ndef (")
    add_plugin(tmp_path, "early", "", requires="nrg-core>=7")
    async with running(tmp_path, "plugins", "list", "--json", PYTHONPATH=site) as command:
        code, said = await command.end()
    assert code == 0
    rows = {row["name"]: row for row in json.loads(said)}
    assert {name: row["problem"] for name, row in rows.items() if row["problem"]} == {
        "gone": "its package nrg_gone is not there",
        "garbled": "__init__.py:2: invalid syntax",
        "early": "needs nrg-core >=7, and this is 0.1.0",
    }
    assert (rows["gone"]["version"], rows["gone"]["summary"]) == ("0.3", "The gone")
    assert "checkin" in rows
