"""The manual as a whole: its links lead somewhere, and its contents name every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import ROOT, dead_links

CONTENTS = ROOT / "docs/index.md"
FOLDERS = ("", "cli/", "docs/**/", "plugins/*/", "plugins/*/docs/", "sandbox/")
PAGES = sorted(page for folder in FOLDERS for page in ROOT.glob(f"{folder}*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_the_contents_name_every_page() -> None:
    pages = {str(page.relative_to(CONTENTS.parent)) for page in CONTENTS.parent.rglob("*.md")}
    text = CONTENTS.read_text("utf-8")
    assert {page for page in pages if f"]({page})" not in text} == {CONTENTS.name}


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading, with words\n"
        "[one](page.md) [two](#a-heading-with-words) [three](https://example.org/#four)\n"
        "[gone](gone.md) [lost](page.md#lost)\n"
        "```\n[no](link.md)\n```\n"
    )
    assert dead_links(page) == ["gone.md", "page.md#lost"]
