"""What the plugins' guides tell organisers to type, and to write into their catalogue."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from tests.cli.conftest import Nrg
from tests.support.pages import ROOT, Block, examples


@examples("sh")
async def test_commands_work(
    block: Block, nrg: Nrg, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    for line in block.code.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == "nrg"
        assert (await nrg(*arguments)).code == 0


@examples("toml")
async def test_a_catalogue_takes_what_is_shown(block: Block, nrg: Nrg) -> None:
    """As somebody uses it who adds it to a copy of the catalogue that ships."""
    shutil.copy(ROOT / "nrg_core/community/default.toml", nrg.folder)
    before = await nrg("catalogue", "check", nrg.folder)
    (nrg.folder / "example.toml").write_text(block.code, "utf-8")
    after = await nrg("catalogue", "check", nrg.folder)
    assert after.code == 0, after.err
    assert asleep(after.out) == asleep(before.out), "it names a plugin that is not there"


def asleep(said: str) -> list[str]:
    return re.findall("Asleep .+", said)
