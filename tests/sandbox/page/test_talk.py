"""Messages of every kind: what they show, and what a member does with them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from nrg_sandbox import Sandbox
from nrg_sandbox.world.files import File
from nrg_sandbox.world.messages import forward, write_message
from nrg_sandbox.world.pins import pin

if TYPE_CHECKING:
    from nrg_sandbox.world.messages import Message
    from tests.sandbox.page.conftest import OpenPage, Run

Json = dict[str, Any]

COMPONENTS_V2 = 1 << 15
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1M"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]


def said(discord: Sandbox, body: Json, *files: File, by: str = "", channel: str = "general") -> Message:
    """Let the bot, or a member, write a message with everything that Discord allows."""
    world = discord.world
    author = world.person(by) if by else world.bot
    return write_message(world, world.find_channel(channel), author, body, dict(enumerate(files)))


def shown(page: Page, message: Message) -> Locator:
    return page.locator(f'[data-id="{message.id}"]')


async def test_a_message_is_edited_by_its_author(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await page.keyboard.type("Helo")
    await page.keyboard.press("Enter")
    mine = page.locator(".message", has_text="Helo")
    await expect(mine).to_be_visible()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".reply-line")).to_contain_text("Editing your message")
    await expect(page.locator("#composer-text")).to_have_value("Helo")
    await page.locator("#composer-text").fill("Hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last.locator(".markdown")).to_have_text("Hello(edited)")
    assert discord.messages("general")[-1]["content"] == "Hello"


async def test_only_ones_own_messages_can_be_changed(discord: Sandbox, open_page: OpenPage) -> None:
    message = said(discord, {"content": "mine"}, by="ben")
    page = await open_page("ana")
    await shown(page, message).click(button="right")
    await expect(page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    for deed in ("Edit", "Delete", "Pin"):
        await expect(page.get_by_role("menuitem", name=deed)).to_have_count(0)
    ben = await open_page("ben")
    await shown(ben, message).click(button="right")
    await ben.get_by_role("menuitem", name="Delete").click()
    await expect(shown(page, message)).to_have_count(0)
    assert message.id not in discord.world.messages


async def test_replies_lead_to_what_they_answer(discord: Sandbox, open_page: OpenPage) -> None:
    first = said(discord, {"content": "How **are** you? ||secretly||"}, by="ben", channel="practice")
    page = await open_page("ana", "practice")
    await shown(page, first).hover()
    await shown(page, first).get_by_role("button", name="Reply").click()
    await page.keyboard.type("Well")
    await page.keyboard.press("Enter")
    answer = page.locator(".message", has_text="Well")
    # The line above an answer shows no markup, and tells no secret.
    await expect(answer.locator(".context")).to_have_text("benHow are you? ▒▒▒")
    await answer.locator(".context button").click()
    await expect(shown(page, first)).to_be_focused()


async def test_pinned_messages_are_listed_and_found(discord: Sandbox, open_page: OpenPage) -> None:
    message = said(discord, {"content": "Rules of the house"}, by="ben", channel="announcements")
    page = await open_page("ana", "announcements")
    await page.get_by_role("button", name="Pinned messages").click()
    panel = page.get_by_role("dialog", name="Pinned messages")
    await expect(panel).to_contain_text("Nothing is pinned here.")
    await page.keyboard.press("Escape")
    pin(discord.world, message, discord.world.owner)
    await expect(shown(page, message).locator(".pinned")).to_be_visible()
    await page.locator(".system", has_text="owner pinned").get_by_role("button").click()
    await expect(shown(page, message)).to_be_focused()
    await page.get_by_role("button", name="Pinned messages").click()
    await panel.get_by_role("button").click()
    await expect(shown(page, message)).to_be_focused()


async def test_who_may_pin_pins_and_unpins(discord: Sandbox, open_page: OpenPage) -> None:
    message = said(discord, {"content": "Keep this"}, by="ben")
    page = await open_page("owner")
    await shown(page, message).click(button="right")
    await page.get_by_role("menuitem", name="Pin", exact=True).click()
    await expect(shown(page, message).locator(".pinned")).to_be_visible()
    assert message.id in message.channel.pins
    await shown(page, message).click(button="right")
    await page.get_by_role("menuitem", name="Unpin").click()
    await expect(shown(page, message).locator(".pinned")).to_have_count(0)
    assert message.id not in message.channel.pins


async def test_a_forwarded_message_is_shown_as_one(discord: Sandbox, open_page: OpenPage) -> None:
    original = said(discord, {"content": "Pass **it** on"}, by="ben")
    world = discord.world
    write_message(world, world.find_channel("general"), world.person("ana"), {}, {}, extra=forward(original))
    page = await open_page("ana")
    passed = page.locator(".forwarded").last
    await expect(passed).to_contain_text("Forwarded")
    await expect(passed.locator("strong")).to_have_text("it")


async def test_joining_is_told(discord: Sandbox, open_page: OpenPage) -> None:
    world = discord.world
    body: Json = {"content": "x"}
    message = write_message(world, world.find_channel("general"), world.person("ben"), body, {}, kind=7)
    page = await open_page("ana")
    await expect(shown(page, message)).to_contain_text("ben joined the server.")
    await expect(shown(page, message).locator(".tools")).to_have_count(0)


async def test_the_grammar_of_markdown(discord: Sandbox, open_page: OpenPage) -> None:
    text = "\n".join(
        [
            "# Big ***both*** __under__ ~~gone~~",
            "-# small",
            "1. one",
            "2. two",
            "  - inner",
            ">>> quoted",
            "still",
        ]
    )
    message = said(discord, {"content": text}, by="ben")
    page = await open_page("ana")
    node = shown(page, message)
    await expect(node.locator("h4")).to_have_text("Big both under gone")
    await expect(node.locator("h4 em strong, h4 strong em")).to_have_text("both")
    await expect(node.locator("u")).to_have_text("under")
    await expect(node.locator("s")).to_have_text("gone")
    await expect(node.locator("small")).to_have_text("small")
    await expect(node.locator("ol > li")).to_have_count(2)
    await expect(node.locator("ol ul li")).to_have_text("inner")
    await expect(node.locator("blockquote")).to_have_text("quoted still")


async def test_what_is_no_markup_stays_as_it_was_written(discord: Sandbox, open_page: OpenPage) -> None:
    plain = r"snake_case_name 2 * 3 * 4 #tag \*no\* <notatag> <@abc> :smile: https://a.b/c_d_e."
    message = said(discord, {"content": plain}, by="ben")
    page = await open_page("ana")
    text = shown(page, message).locator(".markdown")
    await expect(text).to_have_text(plain.replace("\\", ""))
    await expect(text.locator("em, strong, code, .mention, .custom-emoji")).to_have_count(0)
    await expect(text.locator("a")).to_have_attribute("href", "https://a.b/c_d_e")


async def test_hostile_markup_costs_no_time(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    for text in ("*" * 2000, "_" * 2000, "||" * 1000, "[" * 2000, "`" * 1999, "> " * 1000, "<t:" * 600):
        message = said(discord, {"content": text}, by="ben")
        await expect(shown(page, message)).to_be_attached(timeout=1500)


async def test_code_mentions_links_and_custom_emoji(discord: Sandbox, open_page: OpenPage) -> None:
    role = discord.role("Walkers")
    practice = discord.channel("practice")["id"]
    text = (
        f"<@&{role['id']}> in <#{practice}> <:wave:123456789012345678> [here](https://example.org/a) "
        "</ping:123456789012345678>\n```py\nprint('*')\n```"
    )
    message = said(discord, {"content": text}, by="ben")
    page = await open_page("ana")
    node = shown(page, message)
    await expect(node.locator(".mention")).to_have_text(["@Walkers", "#practice", "/ping"])
    await expect(node.locator(".custom-emoji")).to_have_text(":wave:")
    await expect(node.get_by_role("link", name="here")).to_have_attribute("href", "https://example.org/a")
    await expect(node.locator("pre code")).to_have_text("print('*')")


async def test_the_newer_components(discord: Sandbox, open_page: OpenPage, tmp_path: Path) -> None:
    button = {"type": 2, "style": 5, "label": "Read", "url": "https://example.org"}
    inside: list[Json] = [
        {"type": 9, "components": [{"type": 10, "content": "## Title\ntext"}], "accessory": button},
        {"type": 14, "divider": True, "spacing": 2},
        {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "spoiler": True}]},
        {"type": 13, "file": {"url": "attachment://notes.txt"}},
        {"type": 1, "components": [{"type": 2, "style": 3, "label": "Write", "custom_id": "form"}]},
    ]
    body: Json = {
        "flags": COMPONENTS_V2,
        "components": [{"type": 17, "accent_color": 0xE08A3C, "components": inside}],
    }
    files = (File("a.png", "image/png", PICTURE), File("notes.txt", "text/plain", b"hello"))
    message = said(discord, body, *files, channel="practice")
    page = await open_page("ana", "practice")
    box = shown(page, message).locator(".container.accented")
    await expect(box.locator("h5")).to_have_text("Title")
    await expect(box.get_by_role("link", name="Read")).to_be_visible()
    await expect(box.locator("hr.spacious")).to_have_count(1)
    await expect(box.locator("img")).to_have_count(0)
    await box.get_by_role("button", name="Spoiler").click()
    await expect(box.locator("img")).to_have_js_property("naturalWidth", 3)
    await expect(box.locator(".file")).to_contain_text("notes.txt")
    await expect(shown(page, message).locator(".file, .picture")).to_have_count(2)
    await page.screenshot(path=tmp_path / "newer-components.png")
    await box.get_by_role("button", name="Write").click()
    await expect(page.get_by_role("dialog", name="What was it?")).to_be_visible()


async def test_a_user_select_names_everybody(discord: Sandbox, open_page: OpenPage) -> None:
    select = {"type": 5, "custom_id": "who", "placeholder": "With whom?", "max_values": 2}
    message = said(
        discord,
        {"content": "choose", "components": [{"type": 1, "components": [select]}]},
        channel="practice",
    )
    page = await open_page("ana", "practice")
    await shown(page, message).get_by_role("button", name="With whom?").click()
    await expect(page.get_by_role("option")).to_have_count(len(discord.world.home.members))
    await page.get_by_role("option", name="ben").click()
    await page.get_by_role("button", name="Done").click()
    chosen = (await discord.member("ben")).id
    await expect(shown(page, message)).to_contain_text(f"{chosen}!")


async def test_files_are_sent_with_a_message(discord: Sandbox, open_page: OpenPage, tmp_path: Path) -> None:
    picture = tmp_path / "walk.png"
    picture.write_bytes(PICTURE)
    note = tmp_path / "note.txt"
    note.write_text("x" * 2048)
    page = await open_page("ana")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Add files").click()
    await (await chooser.value).set_files([picture, note])
    tray = page.get_by_role("list", name="Files to send")
    await expect(tray.get_by_role("listitem")).to_have_text(["walk.png", "note.txt"])
    await tray.get_by_role("button", name="Remove note.txt").click()
    await page.locator("#composer-text").focus()
    await page.keyboard.type("Look")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last.locator("img[alt='walk.png']")).to_be_visible()
    last = discord.messages("general")[-1]
    assert [(one["filename"], one["size"]) for one in last["attachments"]] == [("walk.png", len(PICTURE))]
    await expect(tray).to_be_hidden()


async def test_a_command_takes_a_file(
    discord: Sandbox, open_page: OpenPage, run: Run, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_bytes(b"twelve bytes")
    page = await open_page("ana")
    await run(page, "weigh")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".hint.error")).to_have_text('"file" is a file: choose one.')
    await page.get_by_label("file", exact=True).and_(page.locator("input")).set_input_files(note)
    await expect(page.locator(".option-add")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("note.txt has 12 bytes")


async def test_a_message_menu_runs_the_bots_message_commands(discord: Sandbox, open_page: OpenPage) -> None:
    message = said(discord, {"content": "three short words"}, by="ben")
    page = await open_page("ana")
    await shown(page, message).hover()
    await shown(page, message).get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Count words").click()
    await expect(page.locator(".message").last).to_contain_text("3 words")


async def test_an_ephemeral_answer_offers_no_reply(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana", "announcements")
    await run(page, "secret")
    answer = page.locator(".message.ephemeral").last
    await expect(answer).to_contain_text("Between us")
    await expect(answer.locator(".tools")).to_have_count(0)
    await answer.get_by_role("button", name="Dismiss").click()
    await expect(page.locator("#messages").get_by_text("Between us")).to_have_count(0)


async def test_days_are_set_apart(discord: Sandbox, open_page: OpenPage) -> None:
    said(discord, {"content": "The day before"}, by="ben", channel="practice")
    page = await open_page("ana", "practice")
    await expect(page.locator(".message").last).to_contain_text("The day before")
    days = page.locator(".divider:not(.new)")
    before = await days.count()
    await page.get_by_role("button", name="+1 day").click()
    await expect(page.locator(".offset")).to_contain_text("+1 day")
    await page.locator("#composer-text").focus()
    await page.keyboard.type("A new day")
    await page.keyboard.press("Enter")
    await expect(days).to_have_count(before + 1)
    await expect(days.last).to_have_text(re.compile(r"^\w+day \d+ \w+ \d{4}$"))


async def test_who_is_typing_is_told_until_they_have_said_it(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    place = discord.channel("general")["id"]
    headers = {"Authorization": f"Bot {discord.token}"}
    url = f"{discord.api_url}/channels/{place}/typing"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url) as response:
        assert response.status == 204
    await expect(page.locator("#typing")).to_have_text("nrg is typing…")
    said(discord, {"content": "There"})
    await expect(page.locator("#typing")).to_have_text("")


async def test_a_poll_is_shown(discord: Sandbox, open_page: OpenPage) -> None:
    answers = [{"poll_media": {"text": "Morning"}}, {"poll_media": {"text": "Evening"}}]
    poll: Json = {"question": {"text": "When?"}, "answers": answers}
    world = discord.world
    extra = {"poll": poll}
    message = write_message(world, world.find_channel("general"), world.bot, {}, {}, extra=extra)
    page = await open_page("ana")
    await expect(shown(page, message).locator(".poll strong")).to_have_text("When?")
    await expect(shown(page, message).locator(".poll li")).to_have_text(["Morning", "Evening"])
