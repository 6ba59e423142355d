"""Buttons, selects and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hikari
import pytest

from nrg_sandbox import InvalidOption, Sandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot


async def test_a_button_changes_the_message(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("buttons")
    pressed = await ana.press(answer, "Good")
    assert pressed.content == "chose good"
    assert pressed.components == []
    assert pressed.message["id"] == answer.message["id"]
    assert pressed.message["edited_timestamp"] is not None
    assert [message["content"] for message in discord.messages("practice")] == ["chose good"]


async def test_a_button_may_be_answered_later(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    pressed = await ana.press(await ana.slash("buttons"), "later")
    assert pressed.deferred
    await discord.wait_for(lambda: pressed.content == "later it is")


async def test_a_select(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("buttons")
    assert (await ana.select(answer, "pick", ["sun", "star"])).content == "chose sun,star"


@pytest.mark.parametrize("values", [[], ["sun", "moon", "star"], ["mars"]])
async def test_a_select_takes_only_what_it_offers(discord: Sandbox, bot: Bot, values: list[str]) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("buttons")
    with pytest.raises(InvalidOption):
        await ana.select(answer, "pick", values)


async def test_a_form(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    opened = await ana.press(await ana.slash("buttons"), "Form")
    assert opened.modal is not None
    assert opened.modal["title"] == "Journal"
    assert (await ana.submit(opened, {"entry": "calm"})).content == "written: calm"


@pytest.mark.parametrize(
    "values", [{}, {"entry": "no"}, {"entry": "x" * 21}, {"entry": "fine", "other": "x"}]
)
async def test_a_form_is_checked_as_the_client_does(
    discord: Sandbox, bot: Bot, values: dict[str, str]
) -> None:
    ana = await discord.member("ana")
    opened = await ana.press(await ana.slash("buttons"), "Form")
    with pytest.raises(InvalidOption):
        await ana.submit(opened, values)


async def test_only_who_opened_a_form_can_send_it(discord: Sandbox, bot: Bot) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    opened = await ana.press(await ana.slash("buttons"), "Form")
    with pytest.raises(InvalidOption):
        await ben.submit(opened, {"entry": "calm"})


async def test_a_button_that_is_not_there(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("buttons")
    with pytest.raises(InvalidOption, match="'Good', 'Later', 'Form', 'pick'"):
        await ana.press(answer, "Bad")


async def test_custom_ids_are_unique_in_a_message(discord: Sandbox, bot: Bot) -> None:
    row = hikari.impl.MessageActionRowBuilder()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "same", label="One")
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "same", label="Two")
    with pytest.raises(hikari.BadRequestError) as refusal:
        await bot.app.rest.create_message(int(discord.channel("general")["id"]), "x", component=row)
    assert "COMPONENT_CUSTOM_ID_DUPLICATED" in str(refusal.value.errors)


async def test_a_select_shares_its_row_with_nothing(discord: Sandbox, bot: Bot) -> None:
    menus = [hikari.impl.TextSelectMenuBuilder(custom_id=name) for name in "ab"]
    for menu in menus:
        menu.add_option("x", "x")
    row = hikari.impl.MessageActionRowBuilder(components=list(menus))
    with pytest.raises(hikari.BadRequestError) as refusal:
        await bot.app.rest.create_message(int(discord.channel("general")["id"]), "x", component=row)
    assert "COMPONENT_LAYOUT_WIDTH_EXCEEDED" in str(refusal.value.errors)
