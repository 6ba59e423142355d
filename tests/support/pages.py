"""The pages of the manual as tests read them: their blocks of code, and where their links lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["PLUGINS", "ROOT", "Block", "blocks", "dead_links", "examples"]

ROOT = Path(__file__).parents[2]

PLUGINS = sorted(project.parent for project in ROOT.glob("plugins/*/pyproject.toml"))
"""The folders of the plugins."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")


@dataclass(frozen=True)
class Block:
    """A block of code in the manual, and the heading it stands under."""

    page: Path
    heading: str
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.heading}"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, from top to bottom."""
    text = page.read_text("utf-8")
    found: list[Block] = []
    for fence in FENCE.finditer(text):
        heading = HEADING.findall(FENCE.sub("", text[: fence.start()]))[-1]
        found.append(Block(page, heading, fence[1], fence[2]))
    return found


def examples(language: str) -> pytest.MarkDecorator:
    """Give a test each block of a language in the plugins' guides, named by plugin and heading."""
    guides = [guide for plugin in PLUGINS if (guide := plugin / "docs/guide.md").exists()]
    found = [block for guide in guides for block in blocks(guide) if block.language == language]
    ids = [f"{block.page.parts[-3]}-{block.heading}" for block in found]
    return pytest.mark.parametrize("block", found, ids=ids)


def dead_links(page: Path) -> list[str]:
    """Return the links of a page that lead to no file, or to no heading of it; the web is left alone."""
    dead: list[str] = []
    for file, heading in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        target = page.parent / file if file else page
        if not target.exists() or (heading and heading not in _anchors(target)):
            dead.append(f"{file}#{heading}" if heading else file)
    return dead


def _anchors(page: Path) -> set[str]:
    """Return what headings are called in links: small letters and hyphens."""
    headings = HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
