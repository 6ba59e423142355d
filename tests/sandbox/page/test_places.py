"""Servers, channels, threads, voice, direct messages and members: where things are and what is new there."""

from __future__ import annotations

import datetime
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from nrg_sandbox import Sandbox
from nrg_sandbox.world.channel import PRIVATE_THREAD, PUBLIC_THREAD
from nrg_sandbox.world.messages import write_message
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.threads import edit_thread, start_thread

if TYPE_CHECKING:
    from tests.sandbox.page.conftest import OpenPage, Run

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def lonely() -> AsyncIterator[Sandbox]:
    """A sandbox of one test's own, without a bot."""
    async with Sandbox(members=["ana", "ben"]) as sandbox:
        yield sandbox


async def test_what_is_new_is_marked_counted_and_read(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    ben = await discord.member("ben")
    await ben.say("nothing special", channel="practice")
    await expect(page.get_by_role("button", name="practice, unread", exact=True)).to_be_visible()
    await ben.say(f"<@{(await discord.member('ana')).id}> look", channel="practice")
    mark = page.get_by_role("button", name="practice, unread, 1 mention", exact=True)
    await expect(mark.locator(".badge")).to_have_text("1")
    await expect(page).to_have_title(re.compile(r"^\(1\)"))

    # The marks are the server's, not the tab's.
    again = await open_page("ana")
    await again.get_by_role("button", name="practice, unread, 1 mention").click()
    await expect(again.locator(".divider.new")).to_have_count(1)
    await expect(again.locator(".divider.new + .message")).to_contain_text("nothing special")
    # What one tab has read, no tab calls new.
    await expect(page.get_by_role("button", name="practice", exact=True)).to_be_visible()
    await expect(page).to_have_title(re.compile(r"^#general"))


async def test_ones_own_words_are_not_new(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ben", "practice")
    await (await discord.member("ben")).say("from elsewhere", channel="announcements")
    await (await discord.member("ana")).say("done", channel="practice")
    await expect(page.locator(".message").last).to_contain_text("done")
    await expect(page.get_by_role("button", name="announcements", exact=True)).to_be_visible()


async def test_direct_messages_are_there_before_the_first_letter(
    lonely: Sandbox, open_page: OpenPage
) -> None:
    page = await open_page("ana", on=lonely)
    await page.get_by_role("button", name="nrg", exact=True).and_(page.locator(".channel")).click()
    await expect(page.locator(".empty")).to_contain_text("Only you and the bot read this")
    await page.keyboard.type("Hello bot")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("Hello bot")
    assert [item["content"] for item in lonely.dms(await lonely.member("ana"))] == ["Hello bot"]
    assert lonely.dms(await lonely.member("ben")) == []


async def test_threads_are_listed_opened_and_answered(lonely: Sandbox, open_page: OpenPage) -> None:
    world = lonely.world
    general, ben = world.find_channel("general"), world.person("ben")
    thread = start_thread(general, ben, {"name": "Breakfast"}, kind=PUBLIC_THREAD)
    start_thread(general, ben, {"name": "Secret plans"}, kind=PRIVATE_THREAD)
    page = await open_page("ana", on=lonely)
    threads = page.get_by_role("list", name="Threads of general")
    await expect(threads.get_by_role("button")).to_have_text(["Breakfast"])
    await expect(page.locator(".system")).to_contain_text("ben started a thread: Breakfast")

    await threads.get_by_role("button").click()
    await expect(page.locator("#room-head")).to_contain_text("general")
    await page.keyboard.type("Porridge")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("Porridge")
    assert [item.payload["content"] for item in thread.messages.values()] == ["Porridge"]


async def test_archived_threads_leave_the_list_and_stay_in_reach(
    lonely: Sandbox, open_page: OpenPage, complaints: list[str]
) -> None:
    world = lonely.world
    general, ben = world.find_channel("general"), world.person("ben")
    thread = start_thread(general, ben, {"name": "Old talk"}, kind=PUBLIC_THREAD)
    page = await open_page("ana", on=lonely)
    listed = page.get_by_role("list", name="Threads of general")
    await expect(listed).to_be_visible()
    world.clock.advance(datetime.timedelta(days=8))
    await expect(listed).to_have_count(0)

    await page.get_by_role("button", name="Threads").click()
    panel = page.get_by_role("dialog", name="Threads of general")
    await expect(panel.locator(".menu-heading")).to_have_text(["Archived"])
    await panel.get_by_role("button", name="Old talk").click()
    await expect(page.locator("#room-head .tag")).to_have_text("archived")
    edit_thread(thread, ben, {"locked": True})
    await expect(page.locator("#room-head .tag")).to_have_text("archived, locked")
    await page.keyboard.type("Too late")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_be_visible()
    await expect(page.locator("#composer-text")).to_have_value("Too late")
    assert "Too late" not in [item.payload["content"] for item in thread.messages.values()]
    complaints.clear()  # the browser notes the refusal


async def test_a_thread_is_started_from_a_message(lonely: Sandbox, open_page: OpenPage) -> None:
    said = await (await lonely.member("ben")).say("Shall we?", channel="general")
    page = await open_page("ana", on=lonely)
    message = page.locator(f'[data-id="{said["id"]}"]')
    await message.click(button="right")
    await page.get_by_role("menuitem", name="Start a thread").click()
    form = page.get_by_role("dialog", name="Start a thread")
    await page.keyboard.press("Enter")  # without a name nothing happens
    await expect(form).to_be_visible()
    await page.keyboard.type("Yes we shall")
    await page.keyboard.press("Enter")
    await expect(page.locator("#room-head h1")).to_have_text("Yes we shall")
    # The thread begins with the message from which it was started.
    await expect(page.locator(".message").first).to_contain_text("Shall we?")
    await page.locator("#channel-list").get_by_role("button", name="general", exact=True).click()
    await message.get_by_role("button", name="Yes we shall").click()
    await expect(page.locator("#room-head h1")).to_have_text("Yes we shall")
    await page.locator("#channel-list").get_by_role("button", name="general", exact=True).click()
    await message.click(button="right")
    await expect(page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Start a thread")).to_have_count(0)


async def test_a_deleted_thread_gives_way_to_its_channel(lonely: Sandbox, open_page: OpenPage) -> None:
    world = lonely.world
    general = world.find_channel("general")
    thread = start_thread(general, world.person("ben"), {"name": "Brief"}, kind=PUBLIC_THREAD)
    page = await open_page("ana", on=lonely)
    await page.get_by_role("list", name="Threads of general").get_by_role("button").click()
    await expect(page.locator("#room-head h1")).to_have_text("Brief")
    world.home.delete_channel(thread)
    await expect(page.locator("#room-head h1")).to_have_text("general")
    await expect(page.get_by_role("list", name="Threads of general")).to_have_count(0)


async def test_a_deleted_channel_takes_its_marks_with_it(lonely: Sandbox, open_page: OpenPage) -> None:
    world = lonely.world
    place = world.find_channel("practice")
    write_message(world, place, world.owner, {"content": "@everyone"}, {})
    page = await open_page("ana", on=lonely)
    await expect(page).to_have_title(re.compile(r"^\(1\)"))
    world.home.delete_channel(place)
    await expect(page).to_have_title(re.compile(r"^#general"))
    await expect(page.locator("#channel-list .channel", has_text="practice")).to_have_count(1)  # the voice


async def test_who_leaves_the_server_sees_only_their_letters(
    lonely: Sandbox, open_page: OpenPage, complaints: list[str]
) -> None:
    ana = await lonely.member("ana")
    page = await open_page("ana", on=lonely)
    await ana.leave_server()
    await expect(page.locator("#guild")).to_have_text("Not a member")
    await expect(page.locator("#channel-list .channel")).to_have_text(["nrg"])
    await expect(page.locator("#room-head h1")).to_have_text("nrg")
    complaints.clear()  # what was still being asked for is refused


async def test_voice_is_joined_shown_and_left(lonely: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana", on=lonely)
    voice = lonely.world.home.voice
    await page.get_by_role("button", name="Join practice-room").click()
    inside = page.get_by_role("list", name="In practice-room")
    await expect(inside.get_by_role("listitem")).to_have_text(["ana"])
    assert list(voice) == [(await lonely.member("ana")).id]
    await (await lonely.member("ben")).enter_voice()
    await expect(inside.get_by_role("listitem")).to_have_text(["ana", "ben"])
    await page.get_by_role("button", name="Leave practice-room").click()
    await expect(inside.get_by_role("listitem")).to_have_text(["ben"])
    assert list(voice) == [(await lonely.member("ben")).id]


async def test_nobody_joins_where_they_may_not(lonely: Sandbox, open_page: OpenPage) -> None:
    room, everyone = lonely.world.find_channel("practice-room"), lonely.guild_id
    page = await open_page("ana", on=lonely)
    button = page.get_by_role("button", name="Join practice-room")
    await expect(button).to_be_visible()
    deny = {"id": everyone, "type": 0, "allow": "0", "deny": str(int(Permission.CONNECT))}
    lonely.world.home.change_channel(room, {"permission_overwrites": [deny]})
    await expect(button).to_have_count(0)


async def test_nobody_writes_where_they_may_not(lonely: Sandbox, open_page: OpenPage) -> None:
    channel = lonely.world.find_channel("announcements")
    deny = {"id": lonely.guild_id, "type": 0, "allow": "0", "deny": str(int(Permission.SEND_MESSAGES))}
    page = await open_page("ana", "announcements", on=lonely)
    lonely.world.home.change_channel(channel, {"permission_overwrites": [deny]})
    await expect(page.get_by_placeholder("ana may not write here")).to_be_disabled()
    await page.get_by_role("button", name="general").click()
    await expect(page.locator("#composer-text")).to_be_enabled()


async def test_a_second_server_has_a_place_in_the_rail(lonely: Sandbox, open_page: OpenPage) -> None:
    world = lonely.world
    page = await open_page("ana", on=lonely)
    rail = page.get_by_role("navigation", name="Servers")
    await expect(rail).to_be_hidden()
    second = world.create_guild("Night Owls")
    second.join(world.person("ana"))
    await expect(rail.get_by_role("button")).to_have_count(2)
    dusk = second.create_channel("dusk")
    write_message(world, dusk, world.owner, {"content": "Who is up?"}, {})
    await rail.get_by_role("button", name="Night Owls, unread").click()
    await expect(page.locator("#guild")).to_have_text("Night Owls")
    await page.get_by_role("button", name="dusk, unread").click()
    await expect(page.locator(".message")).to_contain_text("Who is up?")
    await page.reload()
    await expect(page.locator("#guild")).to_have_text("Night Owls")
    await expect(page.locator(".message")).to_contain_text("Who is up?")
    second.leave(world.person("ana")["id"])
    await expect(page.locator("#guild")).to_have_text("Practice")
    await expect(rail).to_be_hidden()


async def test_members_stand_under_their_roles(lonely: Sandbox, open_page: OpenPage) -> None:
    guild = lonely.world.home
    coach = guild.create_role("Coach", changes={"hoist": True, "color": 0xE08A3C})
    page = await open_page("ana", on=lonely)
    groups = page.locator("#member-list .side-heading")
    await expect(groups).to_have_text(["Members · 3", "Bot · 1"])
    guild.give_role((await lonely.member("ben")).id, coach["id"])
    await expect(groups).to_have_text(["Coach · 1", "Members · 2", "Bot · 1"])
    name = page.locator(".member-name", has_text="ben")
    assert await name.evaluate("node => node.style.getPropertyValue('--role')") == "#e08a3c"
    guild.change_role(coach["id"], {"hoist": False})
    await expect(groups).to_have_text(["Members · 3", "Bot · 1"])
    await expect(page.locator(".member", has_text="ben").locator(".role")).to_have_text("Coach")


async def test_a_crowd_is_searched_on_the_server(lonely: Sandbox, open_page: OpenPage) -> None:
    world = lonely.world
    for number in range(1000):
        world.home.admit(world.person(f"guest{number:04}"))
    page = await open_page("ana", on=lonely)
    await expect(page.locator("#member-list")).to_contain_text("more: search above")
    assert await page.locator(".member").count() <= 200
    await page.get_by_label("Search members").fill("guest0999")
    await expect(page.locator(".member-name")).to_have_text(["guest0999"])
    await page.get_by_label("Search members").fill("nobody at all")
    await expect(page.locator("#member-list")).to_have_text("Nobody has such a name.")
    # A name that was never sent is asked for when it has to be shown.
    stranger = world.person("guest0777")
    world.home.change_member(stranger["id"], {"nick": "Seven"})
    write_message(world, world.find_channel("general"), stranger, {"content": "hi"}, {})
    await expect(page.locator(".message .author").last).to_have_text("Seven")


async def test_a_command_is_offered_to_those_who_may(discord: Sandbox, open_page: OpenPage, run: Run) -> None:
    page = await open_page("ana", "practice")
    await page.keyboard.type("/man")
    await expect(page.get_by_role("listbox")).to_have_text(re.compile("No command fits"))
    guild = discord.world.home
    chief = guild.create_role("Chief", permissions=int(Permission.MANAGE_GUILD | Permission.VIEW_CHANNEL))
    guild.give_role((await discord.member("ana")).id, chief["id"])
    await expect(page.get_by_role("option", name="/manage")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("#composer-text").fill("")
    await run(page, "manage")
    await expect(page.locator(".message").last).to_contain_text("Managed")


async def test_the_quick_switcher_goes_anywhere(discord: Sandbox, open_page: OpenPage) -> None:
    page = await open_page("ana")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("annou")
    await page.keyboard.press("Enter")
    await expect(page.locator("#room-head h1")).to_have_text("announcements")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nowhere")
    await expect(page.locator("dialog.quick")).to_contain_text("No place has such a name.")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog.quick")).to_have_count(0)
    await expect(page.locator("#room-head h1")).to_have_text("announcements")
