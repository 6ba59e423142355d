"""What bots say: files, limits, mentions, nonces, reactions, direct messages, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import hikari
import pytest

from nrg_sandbox import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot


async def test_an_embed_shows_an_uploaded_file(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("picture")
    image = answer.embeds[0]["image"]
    assert (image["width"], image["height"]) == (3, 2)
    # A file that an embed shows is not listed a second time.
    assert answer.message["attachments"] == []
    async with aiohttp.ClientSession() as session, session.get(image["url"]) as response:
        assert response.content_type == "image/png"
        assert await response.read() == answer.files["card.png"]
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_an_edit_keeps_only_the_files_it_names(discord: Sandbox, bot: Bot) -> None:
    channel = int(discord.channel("general")["id"])
    files = [hikari.Bytes(b"one", "one.txt"), hikari.Bytes(b"two", "two.txt")]
    message = await bot.app.rest.create_message(channel, "files", attachments=files)
    assert [item.filename for item in message.attachments] == ["one.txt", "two.txt"]
    edited = await bot.app.rest.edit_message(
        channel, message, attachments=[message.attachments[1], hikari.Bytes(b"three", "three.txt")]
    )
    assert [item.filename for item in edited.attachments] == ["two.txt", "three.txt"]
    untouched = await bot.app.rest.edit_message(channel, message, "same files")
    assert [item.filename for item in untouched.attachments] == ["two.txt", "three.txt"]


async def test_a_text_file_is_never_shown_as_a_page(discord: Sandbox, bot: Bot) -> None:
    channel = int(discord.channel("general")["id"])
    page = hikari.Bytes(b"<script>alert(1)</script>", "page.html")
    message = await bot.app.rest.create_message(channel, attachment=page)
    async with aiohttp.ClientSession() as session, session.get(message.attachments[0].url) as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")


async def test_direct_messages_both_ways(discord: Sandbox, bot: Bot) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    channel = await bot.app.rest.create_dm_channel(int(ana.id))
    await bot.app.rest.create_message(channel, "a word with you")
    await ana.dm().say("yes?")
    assert [message["content"] for message in discord.dms(ana)] == ["a word with you", "yes?"]
    assert discord.dms(ben) == []
    await bot.hears(lambda: len(bot.said()) == 2)
    assert all(isinstance(event, hikari.DMMessageCreateEvent) for event in bot.of(hikari.MessageCreateEvent))


async def test_a_member_may_refuse_direct_messages(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    ana.close_dms()
    channel = await bot.app.rest.create_dm_channel(int(ana.id))
    with pytest.raises(hikari.ForbiddenError) as refusal:
        await bot.app.rest.create_message(channel, "hello?")
    assert refusal.value.code == 50007
    assert discord.dms(ana) == []


async def test_reactions_of_members_and_of_the_bot(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    said = await ana.say("done", channel="general")
    await ana.react(said, "✅")
    await ana.react(said, "✅")
    await bot.hears(lambda: bot.of(hikari.GuildReactionAddEvent))
    event = bot.of(hikari.GuildReactionAddEvent)[0]
    assert (event.emoji_name, str(event.user_id), event.member.username) == ("✅", ana.id, "ana")
    await bot.app.rest.add_reaction(int(said["channel_id"]), int(said["id"]), "✅")
    reaction = discord.messages("general")[0]["reactions"][0]
    assert (reaction["count"], reaction["me"]) == (2, True)
    people = await bot.app.rest.fetch_reactions_for_emoji(int(said["channel_id"]), int(said["id"]), "✅")
    assert {user.username for user in people} == {"nrg", "ana"}
    await ana.react(said, "✅", remove=True)
    assert discord.messages("general")[0]["reactions"][0]["count"] == 1


async def test_roles(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    role = await bot.app.rest.create_role(int(discord.guild_id), name="Teacher")
    await bot.app.rest.add_role_to_member(int(discord.guild_id), int(ana.id), role)
    assert ana.roles == ["Teacher"]
    member = await bot.app.rest.fetch_member(int(discord.guild_id), int(ana.id))
    assert role.id in member.role_ids
    await bot.app.rest.remove_role_from_member(int(discord.guild_id), int(ana.id), role)
    assert ana.roles == []
    with pytest.raises(hikari.NotFoundError) as refusal:
        await bot.app.rest.add_role_to_member(int(discord.guild_id), int(ana.id), 5)
    assert refusal.value.code == 10011


async def test_the_same_nonce_says_it_once(discord: Sandbox, bot: Bot) -> None:
    channel = int(discord.channel("general")["id"])
    first = await bot.app.rest.create_message(channel, "once", nonce="n1")
    again = await bot.app.rest.create_message(channel, "once", nonce="n1")
    other = await bot.app.rest.create_message(channel, "once", nonce="n2")
    assert first.id == again.id != other.id
    assert len(discord.messages("general")) == 2


async def test_listing_goes_backwards_and_can_be_paged(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    said = [await ana.say(str(number), channel="general") for number in range(5)]
    channel = int(said[0]["channel_id"])
    listed = await bot.app.rest.fetch_messages(channel)
    assert [message.content for message in listed] == ["4", "3", "2", "1", "0"]
    newer = await bot.app.rest.fetch_messages(channel, after=int(said[2]["id"]))
    assert [message.content for message in newer] == ["3", "4"]


@pytest.mark.parametrize("content", ["", "   ", None])
async def test_an_empty_message_is_refused(discord: Sandbox, bot: Bot, content: str | None) -> None:
    with pytest.raises(hikari.BadRequestError) as refusal:
        await bot.app.rest.create_message(int(discord.channel("general")["id"]), content or "")
    assert refusal.value.code == 50006
    assert discord.messages("general") == []


async def test_a_message_cannot_be_edited_to_nothing(discord: Sandbox, bot: Bot) -> None:
    channel = int(discord.channel("general")["id"])
    message = await bot.app.rest.create_message(channel, "something")
    with pytest.raises(hikari.BadRequestError):
        await bot.app.rest.edit_message(channel, message, None)
    assert discord.messages("general")[0]["content"] == "something"


async def test_others_messages_cannot_be_edited(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    said = await ana.say("mine", channel="general")
    with pytest.raises(hikari.ForbiddenError) as refusal:
        await bot.app.rest.edit_message(int(said["channel_id"]), int(said["id"]), "ours")
    assert refusal.value.code == 50005


async def test_mentions_count_as_far_as_they_are_allowed(discord: Sandbox, bot: Bot) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    channel = int(discord.channel("general")["id"])
    text = f"{ana.mention} {ben.mention} @everyone"
    await bot.app.rest.create_message(channel, text, user_mentions=[int(ana.id)])
    message = discord.messages("general")[-1]
    assert [user["id"] for user in message["mentions"]] == [ana.id]
    assert message["mention_everyone"] is False
    assert message["content"] == text
    await bot.app.rest.create_message(channel, text, user_mentions=True, mentions_everyone=True)
    message = discord.messages("general")[-1]
    assert [user["id"] for user in message["mentions"]] == [ana.id, ben.id]
    assert message["mention_everyone"] is True


async def test_an_unknown_channel_or_message(bot: Bot, discord: Sandbox) -> None:
    with pytest.raises(hikari.NotFoundError) as refusal:
        await bot.app.rest.create_message(5, "x")
    assert refusal.value.code == 10003
    with pytest.raises(hikari.NotFoundError) as refusal:
        await bot.app.rest.fetch_message(int(discord.channel("general")["id"]), 5)
    assert refusal.value.code == 10008
