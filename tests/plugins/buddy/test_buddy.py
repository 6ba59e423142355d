"""/buddy end to end: asking, being matched, the room, the days together, and the end of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import hikari
import pytest

from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member

WITHOUT_CHANNELS = {
    "bot_permissions": int(~Permission.MANAGE_CHANNELS & ((1 << 53) - 1) & ~Permission.ADMINISTRATOR)
}
SEEING = hikari.Permissions.VIEW_CHANNEL


# Asking


async def test_the_first_waits_and_the_second_is_matched(ana: Member, ben: Member, world: World) -> None:
    waiting = await ana.slash("buddy request", zone="Europe/Berlin", experience="some")
    assert waiting.ephemeral
    assert "in the queue" in waiting.content
    assert "You are waiting" in (await ana.slash("buddy status")).content
    matched = await ben.slash("buddy request", zone="Europe/Paris", experience="some")
    assert matched.ephemeral
    assert f"You and {ana.mention} are practice partners now." in matched.content
    assert "You practise at nearly the same hours and are about equally experienced." in matched.content
    (room,) = world.rooms()
    assert f"<#{room['id']}>" in matched.content


async def test_shared_techniques_are_said(ana: Member, ben: Member, world: World) -> None:
    for member in (ana, ben):
        for hack in ("energy-ball", "warm-liquid"):
            await member.slash("checkin", hack=hack)
    assert "share 2 techniques" in (await world.pair(ana, ben)).content


async def test_zones_autocomplete(ana: Member) -> None:
    offered = await ana.autocomplete("buddy request", "zone", "berl")
    assert offered[0].value == "Europe/Berlin"
    assert await ana.autocomplete("buddy request", "zone", "qqqq") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [({"zone": "Mars/Olympus"}, "no time zone called"), ({"zone": "@everyone"}, "no time zone called")],
)
async def test_an_unknown_zone(ana: Member, world: World, options: dict[str, Any], said: str) -> None:
    answer = await ana.slash("buddy request", **options)
    assert answer.ephemeral
    assert said in answer.content
    assert answer.message["mention_everyone"] is False
    assert await world.rows("SELECT id FROM buddy_requests") == []


async def test_a_request_twice(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("buddy request")
    again = await ana.slash("buddy request", zone="Asia/Tokyo")
    assert again.ephemeral
    assert "You are waiting for a partner already" in again.content
    await ben.slash("buddy request")
    refused = await ana.slash("buddy request")
    assert refused.ephemeral
    assert f"You practise with {ben.mention} already" in refused.content
    assert len(await world.rows("SELECT id FROM practice_buddies")) == 1


async def test_two_requests_at_the_same_instant(ana: Member, ben: Member, world: World) -> None:
    answers = await asyncio.gather(*(member.slash("buddy request") for member in (ana, ana, ben, ben)))
    assert all(answer.ephemeral for answer in answers)
    assert len(await world.rows("SELECT id FROM practice_buddies")) == 1
    assert await world.rows("SELECT id FROM buddy_requests") == []
    await world.settle()
    assert len(world.rooms()) == 1


async def test_by_direct_message_there_is_no_partner(ana: Member) -> None:
    answer = await ana.dm().slash("buddy request")
    assert answer.ephemeral
    assert "on a server" in answer.content


async def test_far_ones_are_matched_once_they_have_waited(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("buddy request", zone="Etc/GMT-11", experience="beginner")
    waiting = await ben.slash("buddy request", zone="Etc/GMT", experience="experienced")
    assert "in the queue" in waiting.content
    await world.pass_time(timedelta(hours=5))
    assert world.rooms() == []
    await world.pass_time(timedelta(hours=14))
    (room,) = world.rooms()
    greeting = await ana.at(room["id"]).sees("this room is yours")
    assert "You live 11 hours apart." in greeting["content"]
    assert {each["id"] for each in greeting["mentions"]} == {ana.id, ben.id}


# The room


async def test_the_room_is_for_the_two_alone(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    (room,) = world.rooms()
    cat = await discord.member("cat")
    for member in (ana, ben):
        assert world.may(member, room, Permission.SEND_MESSAGES)
    assert not world.may(cat, room, Permission.VIEW_CHANNEL)
    await ben.at(room["id"]).sees("this room is yours")


async def test_a_room_whose_answer_was_lost_is_there_once(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    discord.fail("POST", "/guilds/.*/channels$", lost=True)
    await world.pair(ana, ben)
    await world.pass_time(timedelta(minutes=5))
    (room,) = world.rooms()
    assert (await world.rows("SELECT discord_channel_id FROM practice_buddies"))[0][0] == room["id"]
    await ana.at(room["id"]).sees("this room is yours")
    assert (
        sum("this room is yours" in each["content"] for each in discord.messages(room["id"], seen_by=ana))
        == 1
    )


async def test_a_room_that_was_deleted_is_made_anew(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    (room,) = world.rooms()
    await world.app.gateway.bot.rest.delete_channel(int(room["id"]))
    assert world.rooms() == []
    await world.pass_time(timedelta(days=1, minutes=2))
    (again,) = world.rooms()
    assert (await world.rows("SELECT discord_channel_id FROM practice_buddies"))[0][0] == again["id"]


@pytest.mark.parametrize("discord", [WITHOUT_CHANNELS], indirect=True)
async def test_without_the_permission_to_make_channels(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    said = (
        "I may not manage channels here. "
        "Someone who manages this server can grant “Manage Channels” to my role."
    )
    matched = await world.pair(ana, ben)
    assert matched.ephemeral
    assert "are practice partners now" in matched.content
    assert said in matched.content
    status = await ana.slash("buddy status")
    assert status.ephemeral
    assert status.content == said
    assert "not there yet" in status.text
    (error,) = await world.rows("SELECT last_error FROM outbox")
    assert "Manage Channels" in error[0]
    guild = discord.world.home
    role = next(each for each in guild.roles.values() if each.get("managed"))
    guild.roles[role["id"]] = role | {
        "permissions": str(int(role["permissions"]) | Permission.MANAGE_CHANNELS)
    }
    guild.forget_permissions()
    status = await ana.slash("buddy status")
    (room,) = world.rooms()
    assert status.content == ""
    assert f"<#{room['id']}>" in status.text
    assert await world.rows("SELECT id FROM outbox WHERE kind = 'errand'") == []


async def test_a_channel_with_the_same_topic_is_not_the_room(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    (room,) = world.rooms()
    cat, general = await discord.member("cat"), discord.world.find_channel("general")
    await world.app.gateway.bot.rest.edit_channel(int(general.id), topic=room["topic"])
    assert f"<#{room['id']}>" in (await ana.slash("buddy status")).text
    assert world.may(cat, general.payload, Permission.VIEW_CHANNEL)


async def test_what_moderators_change_in_a_room_stays_but_for_a_third_who_sees_it(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    (room,) = world.rooms()
    cat, rest, number = await discord.member("cat"), world.app.gateway.bot.rest, int(room["id"])
    await rest.edit_permission_overwrite(
        number,
        int(cat.id),
        target_type=hikari.PermissionOverwriteType.MEMBER,
        allow=SEEING | hikari.Permissions.SPEAK,
    )
    await rest.edit_permission_overwrite(
        number,
        int(discord.guild_id),
        target_type=hikari.PermissionOverwriteType.ROLE,
        allow=SEEING,
        deny=hikari.Permissions.SEND_MESSAGES_IN_THREADS,
    )
    await rest.edit_channel(
        number, name="the-early-birds", topic="Every morning at seven", rate_limit_per_user=5
    )
    assert world.may(cat, room, Permission.VIEW_CHANNEL)
    await ana.slash("buddy status")
    await ana.slash("buddy end")
    await world.settle()
    room = discord.world.channels[room["id"]].payload
    kept = {each["id"]: (int(each["allow"]), int(each["deny"])) for each in room["permission_overwrites"]}
    assert not world.may(cat, room, Permission.VIEW_CHANNEL)
    assert kept[cat.id] == (Permission.SPEAK, 0)
    assert kept[discord.guild_id] == (0, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES_IN_THREADS)
    assert (room["name"], room["topic"]) == ("the-early-birds", "Every morning at seven")
    assert room["rate_limit_per_user"] == 5
    assert world.may(ben, room, Permission.VIEW_CHANNEL)
    assert not world.may(ben, room, Permission.SEND_MESSAGES)


async def test_a_server_that_is_full(discord: Sandbox, ana: Member, ben: Member, world: World) -> None:
    guild = discord.world.home
    while len(guild.channels) < 500:
        guild.create_channel("one of many")
    matched = await world.pair(ana, ben)
    assert matched.ephemeral
    assert "are practice partners now" in matched.content
    assert "as many channels as Discord allows" in matched.content
    assert "on its way" not in matched.content
    status = await ana.slash("buddy status")
    assert "Someone who manages this server can delete one" in status.content
    await world.app.gateway.bot.rest.delete_channel(int(next(iter(reversed(guild.channels)))))
    status = await ana.slash("buddy status")
    assert status.content == ""
    (room,) = world.rooms()
    assert f"<#{room['id']}>" in status.text


async def test_a_room_that_cannot_be_made_is_not_said_to_come(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    discord.fail("POST", "/guilds/.*/channels$", status=400)
    assert "could not be made" in (await world.pair(ana, ben)).content
    await ana.slash("buddy status")
    assert len(world.rooms()) == 1


async def test_a_room_that_takes_longer_is_on_its_way(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    discord.fail("POST", "/guilds/.*/channels$", status=500)
    assert "Your room is on its way." in (await world.pair(ana, ben)).content
    await world.pass_time(timedelta(minutes=1))
    assert len(world.rooms()) == 1


# Days together


async def test_a_day_on_which_both_practised_counts_once(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    alone = await ana.slash("checkin", hack="energy-ball")
    assert "buddy" not in alone.text
    both = await ben.slash("checkin", hack="warm-liquid")
    assert "Your buddy practised too: 1 day together." in both.text
    assert "together" not in (await ana.slash("checkin", hack="warm-liquid")).text
    await world.settle()
    assert [tuple(row) for row in await world.rows("SELECT practice_count FROM practice_buddies")] == [(1,)]
    status = await ana.slash("buddy status")
    assert "1 · the next milestone is 3" in status.text
    assert ben.mention in status.text


async def test_milestones_are_said_once_in_the_room(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    for _ in range(4):
        for member in (ana, ben):
            await member.slash("checkin", hack="energy-ball")
        await world.settle()
        discord.clock.advance(timedelta(days=1))
    (room,) = world.rooms()
    said = [each["content"] for each in discord.messages(room["id"], seen_by=ana)]
    assert [each for each in said if "days of practice together" in each] == [
        "🫶 3 days of practice together. How good that you have each other."
    ]


async def test_a_week_together_earns_an_achievement_for_both(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    for day in range(7):
        for member in (ana, ben):
            await member.slash("checkin", hack="energy-ball")
        await world.settle()
        if day < 6:
            discord.clock.advance(timedelta(days=1))
    earned = await world.rows(
        "SELECT users.discord_id FROM user_achievements JOIN users ON users.id = user_id "
        "JOIN achievements ON achievements.id = achievement_id WHERE slug = 'energy-friends'"
    )
    assert {row[0] for row in earned} == {ana.id, ben.id}


async def practise_together(world: World, one: Member, other: Member) -> list[str]:
    """Let two practise for a week, the second answering the first; return what the second was told."""
    told: list[str] = []
    for day in range(7):
        await one.slash("checkin", hack="energy-ball")
        await world.settle()
        told.append((await other.slash("checkin", hack="energy-ball")).text)
        await world.settle()
        if day < 6:
            world.discord.clock.advance(timedelta(days=1))
    return told


async def test_what_two_earn_is_told_on_their_server_alone(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    await world.settle()
    (room,) = world.rooms()
    other = discord.world.create_guild("Other", ["ana"])
    channel = next(each for each in other.channels.values() if each.kind == 0)
    told = await practise_together(world, ben, ana.at(channel.id))
    assert not any("buddy" in text for text in told)
    elsewhere = [message.payload["content"] for message in channel.messages.values()]
    assert not any("Energy Friends" in content for content in elsewhere)
    said = [each["content"] for each in discord.messages(room["id"], seen_by=ana)]
    assert sum("Energy Friends" in content for content in said) == 2


async def test_a_day_practised_by_direct_message_is_told_on_their_server(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    await world.settle()
    (room,) = world.rooms()
    told = await practise_together(world, ben, ana.dm())
    assert "Your buddy practised too: 7 days together." in told[-1]
    said = [each["content"] for each in discord.messages(room["id"], seen_by=ana)]
    assert sum("Energy Friends" in content for content in said) == 2


async def test_nobody_is_matched_where_the_plugin_is_off(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("buddy request", zone="Etc/GMT-11", experience="beginner")
    await ben.slash("buddy request", zone="Etc/GMT", experience="experienced")
    await world.switch("buddy", enabled=False)
    await world.pass_time(timedelta(hours=19))
    assert len(await world.rows("SELECT id FROM buddy_requests")) == 2
    await world.switch("buddy", enabled=True)
    await world.pass_time(timedelta(minutes=2))
    assert len(await world.rows("SELECT id FROM practice_buddies WHERE is_active")) == 1


# The end


async def test_ending_frees_both_and_keeps_the_room_to_read(
    discord: Sandbox, ana: Member, ben: Member, world: World
) -> None:
    await world.pair(ana, ben)
    (room,) = world.rooms()
    ended = await ana.slash("buddy end")
    assert ended.ephemeral
    assert f"You and {ben.mention} are free again" in ended.content
    await world.settle()
    (room,) = world.rooms()
    assert room["name"] == "past-buddies"
    for member in (ana, ben):
        assert world.may(member, room, Permission.VIEW_CHANNEL)
        assert not world.may(member, room, Permission.SEND_MESSAGES)
    farewell = await ben.at(room["id"]).sees("ends here for now")
    assert farewell["mentions"] == []
    assert "no practice partner" in (await ben.slash("buddy status")).content
    assert "in the queue" in (await ben.slash("buddy request")).content


async def test_the_same_two_meet_again_in_their_room(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    await ana.slash("buddy end")
    await world.settle()
    assert "in the queue" in (await world.pair(ana, ben)).content
    await world.pass_time(timedelta(days=6))
    assert "You are waiting" in (await ana.slash("buddy status")).content
    await world.pass_time(timedelta(days=1))
    (room,) = world.rooms()
    assert room["name"] == "practice-buddies"
    assert world.may(ana, room, Permission.SEND_MESSAGES)
    assert (
        "have practised together before" in (await ana.at(room["id"]).sees("this room is yours"))["content"]
    )
    assert len(await world.rows("SELECT id FROM practice_buddies WHERE is_active")) == 1


async def test_leaving_the_queue(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("buddy request")
    left = await ana.slash("buddy end")
    assert left.ephemeral
    assert "out of the queue" in left.content
    assert "in the queue" in (await ben.slash("buddy request")).content


async def test_ending_without_a_pair(ana: Member) -> None:
    answer = await ana.slash("buddy end")
    assert answer.ephemeral
    assert "no practice partner, and you are not waiting" in answer.content


async def test_status_of_nobody(ana: Member) -> None:
    answer = await ana.slash("buddy status")
    assert answer.ephemeral
    assert "no practice partner" in answer.content


async def test_a_partner_who_left_is_noticed_by_asking(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    await ben.leave_server()
    told = await ana.slash("buddy status")
    assert told.ephemeral
    assert "no longer on one server" in told.content
    await world.settle()
    (room,) = world.rooms()
    await ana.at(room["id"]).sees("Your partner has left the server")
    assert "in the queue" in (await ana.slash("buddy request")).content


async def test_a_partner_who_left_is_noticed_within_a_day(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    await ben.leave_server()
    await world.pass_time(timedelta(days=1, minutes=2))
    assert await world.rows("SELECT id FROM practice_buddies WHERE is_active") == []


async def test_pairs_end_on_a_server_without_the_bot(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    await world.settle()
    await world.app.gateway.bot.rest.leave_guild(int(world.discord.guild_id))
    await world.pass_time(timedelta(days=1, minutes=2))
    assert await world.rows("SELECT id FROM practice_buddies WHERE is_active") == []
    assert await world.rows("SELECT key FROM outbox") == []
    assert "no practice partner" in (await ana.dm().slash("buddy status")).content


async def test_one_who_left_while_waiting_costs_nobody_their_place(
    ana: Member, ben: Member, world: World
) -> None:
    await ben.slash("buddy request")
    await ben.leave_server()
    answer = await ana.slash("buddy request")
    assert "You keep your place in the queue" in answer.content
    assert world.rooms() == []
    assert "You are waiting" in (await ana.slash("buddy status")).content


async def test_a_partner_who_was_erased(ana: Member, ben: Member, world: World) -> None:
    await world.pair(ana, ben)
    for member in (ana, ben):
        await member.slash("checkin", hack="energy-ball")
    await world.settle()
    await world.execute("DELETE FROM users WHERE discord_id = :id", id=ben.id)
    await world.pass_time(timedelta(minutes=2))
    (room,) = world.rooms()
    await ana.at(room["id"]).sees("Your partner is no longer here")
    assert not world.may(ana, room, Permission.SEND_MESSAGES)
    assert "no practice partner" in (await ana.slash("buddy status")).content
    assert [row[0] for row in await world.rows("SELECT practice_count FROM practice_buddies")] == [1]
    await world.execute("DELETE FROM users WHERE discord_id = :id", id=ana.id)
    await world.pass_time(timedelta(days=1, minutes=2))
    for table in ("practice_buddies", "buddy_days", "buddy_partners", "buddy_requests"):
        assert await world.rows(f"SELECT * FROM {table}") == []


async def test_a_queue_survives_a_restart(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("buddy request")
    await world.app.stop()
    await world.app.start()
    assert "are practice partners now" in (await ben.slash("buddy request")).content
