"""Forms with every kind of field that Discord knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from nrg_sandbox import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import OpenPage, Run

Json = dict[str, Any]

CHOICES: list[Json] = [{"label": "Calm", "value": "calm"}, {"label": "Awake", "value": "awake"}]

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord() -> AsyncIterator[Sandbox]:
    """A sandbox whose bot is this module: it has registered one command."""
    async with Sandbox(interaction_deadline=5, members=["ana"]) as sandbox:
        command = {"name": "tell", "description": "Opens a form"}
        sandbox._commands.upsert(command, None)  # pyright: ignore[reportPrivateUsage]
        yield sandbox


def label(caption: str, component: Json, description: str | None = None) -> Json:
    made: Json = {"type": 18, "label": caption, "component": component}
    return made | {"description": description} if description else made


async def open_form(discord: Sandbox, page: Page, run: Run, *components: Json) -> None:
    """Let a command be answered by a form, as a bot does whose library knows the newest fields."""
    before = discord.interactions.latest()
    await run(page, "tell")
    await discord.wait_for(lambda: discord.interactions.latest() is not before)
    latest = discord.interactions.latest()
    assert latest is not None
    data: Json = {"title": "Tell us", "custom_id": "tell", "components": list(components)}
    discord.interactions.respond(latest.id, latest.token, {"type": 9, "data": data}, {})
    await expect(page.get_by_role("dialog", name="Tell us")).to_be_visible()


async def submitted(discord: Sandbox, page: Page) -> Json:
    """Send the form in and return what the bot was told, by custom id."""
    before = discord.interactions.latest()
    await page.get_by_role("button", name="Submit").click()
    await discord.wait_for(lambda: discord.interactions.latest() is not before)
    latest = discord.interactions.latest()
    assert latest is not None
    assert latest.event is not None
    discord.interactions.respond(latest.id, latest.token, {"type": 4, "data": {"content": "Thanks"}}, {})
    await expect(page.get_by_role("dialog", name="Tell us")).to_have_count(0)
    parts: list[Json] = latest.event.data["data"]["components"]
    fields = [part.get("component") or part["components"][0] for part in parts]
    return {field["custom_id"]: field.get("values", field.get("value")) for field in fields}


async def test_texts_in_rows_and_labels(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana")
    row = {"type": 1, "components": [{"type": 4, "custom_id": "a", "style": 1, "label": "Short"}]}
    long = label("Long", {"type": 4, "custom_id": "b", "style": 2, "required": False}, "As much as you like")
    await open_form(discord, page, run, row, long)
    form = page.get_by_role("dialog", name="Tell us")
    await expect(form).to_contain_text("As much as you like")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_text("Please fill this in.")).to_be_visible()
    await form.get_by_label("Short").fill("yes")
    assert await submitted(discord, page) == {"a": "yes", "b": ""}


async def test_selects(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana")
    text = label("Mood", {"type": 3, "custom_id": "mood", "options": CHOICES})
    people = label("People", {"type": 5, "custom_id": "people", "max_values": 2, "required": False})
    await open_form(discord, page, run, text, people)
    form = page.get_by_role("dialog", name="Tell us")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_text("Please choose.")).to_have_count(1)
    await form.get_by_label("Mood").click()
    await page.get_by_role("option", name="Awake").click()
    assert await submitted(discord, page) == {"mood": ["awake"], "people": []}


async def test_radio_buttons_and_checkboxes(
    discord: Sandbox, open_page: OpenPage, run: Run, tmp_path: Path
) -> None:
    page = await open_page("ana")
    radio = label("Mood", {"type": 21, "custom_id": "mood", "options": CHOICES})
    several = label(
        "Times", {"type": 22, "custom_id": "times", "options": CHOICES, "min_values": 2, "max_values": 2}
    )
    single = label("Agreed", {"type": 23, "custom_id": "agreed"})
    await open_form(discord, page, run, radio, several, single)
    form = page.get_by_role("dialog", name="Tell us")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_text("Please choose.")).to_be_visible()
    await expect(form.get_by_text("Choose 2.")).to_be_visible()
    await form.get_by_role("radio", name="Awake").check()
    for name in ("Calm", "Awake"):
        await form.get_by_role("checkbox", name=name).check()
    await form.get_by_role("checkbox", name="Agreed").check()
    await page.screenshot(path=tmp_path / "choices.png")
    assert await submitted(discord, page) == {"mood": "awake", "times": ["calm", "awake"], "agreed": True}


async def test_a_file(discord: Sandbox, open_page: OpenPage, run: Run, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_bytes(b"hello")
    page = await open_page("ana")
    await open_form(discord, page, run, label("Proof", {"type": 19, "custom_id": "proof"}))
    form = page.get_by_role("dialog", name="Tell us")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_text("Choose 1.")).to_be_visible()
    await form.get_by_label("Proof").set_input_files(note)
    (kept,) = (await submitted(discord, page))["proof"]
    file = discord.world.files.get(kept)
    assert file is not None
    assert (file.filename, file.data) == ("note.txt", b"hello")


async def test_escape_leaves_a_form_unsent(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana")
    row = {"type": 1, "components": [{"type": 4, "custom_id": "a", "style": 1, "label": "Short"}]}
    await open_form(discord, page, run, row)
    before = discord.interactions.latest()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Tell us")).to_have_count(0)
    assert discord.interactions.latest() is before
