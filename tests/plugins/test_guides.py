"""Each plugin's page of the manual: it is there, goes as it tells, and leaves nothing out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import hikari
import pytest

from nrg_core.host.discovery import Loaded, discover
from nrg_core.host.needs import permission_names
from tests.support.conversation import hold
from tests.support.pages import PLUGINS, Block, blocks, examples
from tests.support.scene import Scene

LANGUAGES = {"discord", "sh", "toml"}
"""Of blocks; what is for a shell or a catalogue is tried in ``tests/cli``."""

of_each_plugin = pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)


# The conversations


@examples("discord")
async def test_conversations_go_as_they_are_told(block: Block, scene: Scene) -> None:
    await hold(block.code, scene)


@of_each_plugin
def test_every_example_is_run_by_some_test(folder: Path) -> None:
    assert {block.language for block in blocks(folder / "docs/guide.md")} <= LANGUAGES


# Nothing is left out


@of_each_plugin
def test_the_guide_is_for_members_first_and_then_for_organisers(folder: Path) -> None:
    text = (folder / "docs/guide.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["For members", "For organisers"]
    members, _ = text.split("## For organisers")
    assert "```discord" in members


@of_each_plugin
def test_the_guide_names_all_that_the_plugin_brings(folder: Path) -> None:
    (loaded,) = [one for one in discover().plugins if one.name == folder.name]
    text = " ".join((folder / "docs/guide.md").read_text("utf-8").split())
    missing: list[str] = []
    for name in sorted(brought(loaded), key=len, reverse=True):
        if name not in text:
            missing.append(name)
        text = text.replace(name, "")  # "Send Messages in Threads" does not name "Send Messages"
    assert missing == []


def brought(loaded: Loaded) -> Iterator[str]:
    """Yield what people have to know by name: commands, menus, notices, settings, permissions, metrics."""
    plugin = loaded.plugin
    if plugin.commands is not None:
        for kind in hikari.CommandType:
            for command in plugin.commands.walk_commands(kind, callable_only=True):
                yield command.display_name
    yield from (notice.summary for notice in plugin.notices)
    if plugin.settings is not None:
        yield from (setting.alias or key for key, setting in plugin.settings.model_fields.items())
    yield from permission_names(plugin.permissions)
    yield from (metric.spec.name for metric in loaded.metrics)


@of_each_plugin
def test_the_readme_shows_the_plugin_and_leads_to_the_guide(folder: Path) -> None:
    text = (folder / "README.md").read_text("utf-8")
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", text)
    assert pictures
    assert all((folder / picture).is_file() for picture in pictures)
    assert "](docs/guide.md)" in text
