"""Scheduled events: planned, changed, ended, and who wants to come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world.channel import STAGE, VOICE
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.scheduled_events import create_event, set_interest

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

UNKNOWN = "1234567890"


def moment(discord: Sandbox, *, hours: int) -> str:
    return (discord.clock.now() + timedelta(hours=hours)).isoformat()


def outside(discord: Sandbox, **changes: Any) -> Json:
    """Return the body of an event somewhere else."""
    return {
        "name": "Retreat",
        "privacy_level": 2,
        "entity_type": 3,
        "entity_metadata": {"location": "The lake"},
        "scheduled_start_time": moment(discord, hours=1),
        "scheduled_end_time": moment(discord, hours=3),
        **changes,
    }


def in_voice(discord: Sandbox, channel: str = "practice-room", **changes: Any) -> Json:
    """Return the body of an event in a voice channel."""
    return {
        "name": "Sitting",
        "privacy_level": 2,
        "entity_type": 2,
        "channel_id": discord.channel(channel)["id"],
        "scheduled_start_time": moment(discord, hours=1),
        **changes,
    }


def path(discord: Sandbox, *parts: str) -> str:
    return "/".join(("", "guilds", discord.guild_id, "scheduled-events", *parts))


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_an_event_is_planned_read_and_removed(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    image = "data:image/png;base64,aGk="
    status, event = await rest.post(path(discord), json=outside(discord, image=image), reason="yearly")
    assert (status, event["name"], event["status"], event["creator_id"]) == (
        200, "Retreat", 1, discord.application_id,
    )  # fmt: skip
    assert (event["entity_metadata"], event["channel_id"]) == ({"location": "The lake"}, None)
    assert len(event["image"]) == 32
    assert "user_count" not in event
    heard = await ear.hears("GUILD_SCHEDULED_EVENT_CREATE")
    assert {key: heard[key] for key in event} == event
    entry = await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["target_id"], entry["reason"]) == (100, event["id"], "yearly")
    assert await rest.get(path(discord, event["id"])) == (200, event)
    assert await rest.get(path(discord) + "?with_user_count=true") == (200, [event | {"user_count": 0}])
    assert await rest.delete(path(discord, event["id"])) == (204, None)
    assert (await ear.hears("GUILD_SCHEDULED_EVENT_DELETE"))["id"] == event["id"]
    for method in ("GET", "PATCH", "DELETE"):
        assert code(await rest.call(method, path(discord, event["id"]), json={})) == (404, 10070)
    assert await rest.get(path(discord)) == (200, [])


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"entity_metadata": None}, ["entity_metadata", "location"]),
        ({"entity_metadata": {"location": "x" * 101}}, ["entity_metadata", "location"]),
        ({"scheduled_end_time": None}, ["scheduled_end_time"]),
        ({"privacy_level": 1}, ["privacy_level"]),
        ({"name": "x" * 101}, ["name"]),
        ({"scheduled_start_time": "2020-01-01T00:00:00Z"}, ["scheduled_start_time"]),
        ({"scheduled_end_time": "2020-01-01T00:00:00Z"}, ["scheduled_end_time"]),
        ({"entity_type": 2}, ["channel_id"]),
        ({"recurrence_rule": {"frequency": 9}}, ["recurrence_rule", "frequency"]),
    ],
)
async def test_an_event_is_not_planned_so(discord: Sandbox, rest: Rest, changes: Json, at: list[str]) -> None:
    status, body = await rest.post(path(discord), json=outside(discord, **changes))
    assert (status, body["code"]) == (400, 50035)
    node = body["errors"]
    for key in at:
        node = node[key]
    assert node["_errors"]
    assert not discord.world.home.scheduled_events


async def test_an_event_starts_in_the_virtual_future(discord: Sandbox, rest: Rest) -> None:
    body = outside(discord)
    discord.clock.advance(timedelta(hours=2))
    assert code(await rest.post(path(discord), json=body)) == (400, 50035)


async def test_an_event_may_come_again(discord: Sandbox, rest: Rest) -> None:
    start = moment(discord, hours=1)
    rule = {"start": start, "frequency": 2, "interval": 1, "by_weekday": [2]}
    _, event = await rest.post(path(discord), json=outside(discord, recurrence_rule=rule))
    told = event["recurrence_rule"]
    assert {key: told[key] for key in rule} == rule
    assert (told["end"], told["by_month"], told["count"]) == (None, None, None)
    _, event = await rest.patch(path(discord, event["id"]), json={"recurrence_rule": None})
    assert event["recurrence_rule"] is None


async def test_an_event_in_a_channel(discord: Sandbox, rest: Rest) -> None:
    status, event = await rest.post(path(discord), json=in_voice(discord))
    assert (status, event["channel_id"]) == (200, discord.channel("practice-room")["id"])
    assert (event["entity_metadata"], event["scheduled_end_time"]) == (None, None)
    assert code(await rest.post(path(discord), json=in_voice(discord, channel_id=UNKNOWN))) == (404, 10003)
    status, body = await rest.post(path(discord), json=in_voice(discord, "general"))
    assert (status, list(body["errors"])) == (400, ["channel_id"])
    discord.world.home.create_channel("stage", kind=STAGE)
    assert code(await rest.post(path(discord), json=in_voice(discord, "stage"))) == (400, 50035)
    assert (await rest.post(path(discord), json=in_voice(discord, "stage", entity_type=1)))[0] == 200


async def test_an_event_moves_to_another_channel(discord: Sandbox, rest: Rest) -> None:
    guild = discord.world.home
    hall = guild.create_channel("hall", kind=VOICE)
    _, event = await rest.post(path(discord), json=in_voice(discord))
    where = path(discord, event["id"])
    assert (await rest.patch(where, json={"channel_id": hall.id}))[1]["channel_id"] == hall.id
    assert code(await rest.patch(where, json={"channel_id": UNKNOWN})) == (404, 10003)
    text = {"channel_id": discord.channel("general")["id"]}
    assert code(await rest.patch(where, json=text)) == (400, 50035)
    hidden = guild.create_channel("hidden", kind=VOICE)
    deny = {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Permission.VIEW_CHANNEL))}
    guild.change_channel(hidden, {"permission_overwrites": [deny]})
    assert code(await rest.patch(where, json={"channel_id": hidden.id})) == (403, 50001)
    assert discord.world.home.scheduled_events[event["id"]]["channel_id"] == hall.id


async def test_an_event_moves_inside(discord: Sandbox, rest: Rest) -> None:
    _, event = await rest.post(path(discord), json=outside(discord))
    changes = {"entity_type": 2, "channel_id": discord.channel("practice-room")["id"]}
    _, event = await rest.patch(path(discord, event["id"]), json=changes)
    assert (event["channel_id"], event["entity_metadata"]) == (changes["channel_id"], None)


async def test_an_event_is_put_off_but_not_into_the_past(discord: Sandbox, rest: Rest) -> None:
    _, event = await rest.post(path(discord), json=outside(discord))
    where = path(discord, event["id"])
    later = {
        "scheduled_start_time": moment(discord, hours=24), "scheduled_end_time": moment(discord, hours=25),
    }  # fmt: skip
    status, moved = await rest.patch(where, json=later)
    assert (status, moved["scheduled_start_time"]) == (200, later["scheduled_start_time"])
    past = {"scheduled_start_time": moment(discord, hours=-1)}
    assert code(await rest.patch(where, json=past)) == (400, 50035)


async def test_an_event_moves_outside(discord: Sandbox, rest: Rest) -> None:
    _, event = await rest.post(path(discord), json=in_voice(discord))
    where = path(discord, event["id"])
    assert code(await rest.patch(where, json={"entity_type": 3})) == (400, 50035)
    changes = {
        "entity_type": 3,
        "channel_id": None,
        "entity_metadata": {"location": "The lake"},
        "scheduled_end_time": moment(discord, hours=2),
    }
    status, event = await rest.patch(where, json=changes)
    assert (status, event["channel_id"], event["entity_metadata"]) == (200, None, {"location": "The lake"})


async def test_an_event_takes_its_course(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    _, event = await rest.post(path(discord), json=outside(discord))
    where = path(discord, event["id"])
    status, body = await rest.patch(where, json={"status": 3})
    assert (status, list(body["errors"])) == (400, ["status"])
    assert (await rest.patch(where, json={"name": "Walk", "description": None}))[1]["name"] == "Walk"
    assert (await ear.hears("GUILD_SCHEDULED_EVENT_UPDATE"))["name"] == "Walk"
    assert (await rest.patch(where, json={"status": 2}))[1]["status"] == 2
    for status in (1, 4):
        assert code(await rest.patch(where, json={"status": status})) == (400, 50035)
    # An event that runs may be made longer, though its start is past.
    discord.clock.advance(timedelta(hours=2))
    longer = moment(discord, hours=5)
    assert (await rest.patch(where, json={"scheduled_end_time": longer}))[0] == 200
    early = {"scheduled_end_time": event["scheduled_start_time"]}
    assert code(await rest.patch(where, json=early)) == (400, 50035)
    assert (await rest.patch(where, json={"status": 3}))[1]["status"] == 3
    for body in ({"name": "x"}, {"status": 2}, {}):
        assert code(await rest.patch(where, json=body)) == (400, 180000)
    _, other = await rest.post(path(discord), json=outside(discord))
    assert (await rest.patch(path(discord, other["id"]), json={"status": 4}))[1]["status"] == 4


async def test_at_most_a_hundred_are_open(discord: Sandbox, rest: Rest) -> None:
    _, first = await rest.post(path(discord), json=outside(discord))
    for _ in range(99):
        create_event(discord.world.home, discord.world.owner, outside(discord))
    assert code(await rest.post(path(discord), json=outside(discord))) == (400, 30038)
    await rest.patch(path(discord, first["id"]), json={"status": 4})
    assert (await rest.post(path(discord), json=outside(discord)))[0] == 200


async def test_events_need_permissions(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    theirs = create_event(discord.world.home, discord.world.owner, outside(discord))["id"]
    bot_lacks(Permission.MANAGE_EVENTS)
    status, own = await rest.post(path(discord), json=outside(discord))
    assert status == 200
    assert (await rest.patch(path(discord, own["id"]), json={"name": "Walk"}))[0] == 200
    assert code(await rest.patch(path(discord, theirs), json={"name": "Walk"})) == (403, 50013)
    assert code(await rest.delete(path(discord, theirs))) == (403, 50013)
    bot_lacks(Permission.CREATE_EVENTS)
    assert code(await rest.post(path(discord), json=outside(discord))) == (403, 50013)
    assert code(await rest.delete(path(discord, own["id"]))) == (403, 50013)


async def test_an_event_in_a_channel_needs_more(
    discord: Sandbox, rest: Rest, ear: Ear, bot_lacks: BotLacks
) -> None:
    guild = discord.world.home
    stage = guild.create_channel("stage", kind=STAGE)
    bot_lacks(Permission.MUTE_MEMBERS)
    assert code(await rest.post(path(discord), json=in_voice(discord, "stage", entity_type=1))) == (
        403,
        50013,
    )
    room = discord.world.find_channel("practice-room")
    _, event = await rest.post(path(discord), json=in_voice(discord))
    deny = {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Permission.VIEW_CHANNEL))}
    guild.change_channel(room, {"permission_overwrites": [deny]})
    for method in ("GET", "PATCH", "DELETE"):
        assert code(await rest.call(method, path(discord, event["id"]), json={})) == (403, 50001)
    assert await rest.get(path(discord)) == (200, [])
    assert code(await rest.post(path(discord), json=in_voice(discord))) == (403, 50001)
    # What happens in a hidden channel is not heard of either.
    create_event(guild, discord.world.owner, in_voice(discord))
    create_event(guild, discord.world.owner, outside(discord))
    heard = await ear.hears_until("GUILD_SCHEDULED_EVENT_CREATE")
    assert heard[-1][1]["id"] == event["id"]
    assert (await ear.hears("GUILD_SCHEDULED_EVENT_CREATE"))["entity_type"] == 3
    guild.change_channel(stage, {"permission_overwrites": []})


async def test_members_are_interested(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    guild = discord.world.home
    people = sorted([(await discord.member(name)).id for name in ("ana", "ben", "cleo")], key=int)
    _, event = await rest.post(path(discord), json=outside(discord))
    for user_id in reversed(people):
        set_interest(guild, event["id"], user_id)
        set_interest(guild, event["id"], user_id)
        heard = await ear.hears("GUILD_SCHEDULED_EVENT_USER_ADD")
        assert heard == {
            "guild_scheduled_event_id": event["id"], "user_id": user_id, "guild_id": guild.id,
        }  # fmt: skip
    users = path(discord, event["id"], "users")
    for query, found in (
        ("", people),
        ("?limit=1", people[:1]),
        (f"?after={people[0]}", people[1:]),
        (f"?before={people[2]}&limit=1", people[1:2]),
    ):
        _, listed = await rest.get(users + query)
        assert [entry["user_id"] for entry in listed] == found
        assert all("member" not in entry for entry in listed)
    _, listed = await rest.get(users + "?with_member=true")
    assert [entry["member"]["user"]["id"] for entry in listed] == people
    _, told = await rest.get(path(discord, event["id"]) + "?with_user_count=true")
    assert told["user_count"] == 3
    _, counts = await rest.get(users + "/counts")
    assert counts["guild_scheduled_event_count"] == 3
    set_interest(guild, event["id"], people[0], interested=False)
    assert (await ear.hears("GUILD_SCHEDULED_EVENT_USER_REMOVE"))["user_id"] == people[0]
    assert len((await rest.get(users))[1]) == 2
    assert code(await rest.get(users + "?limit=101")) == (400, 50035)
    assert code(await rest.get(path(discord, UNKNOWN, "users"))) == (404, 10070)


async def test_nobody_is_interested_in_what_is_over(discord: Sandbox, rest: Rest) -> None:
    guild, ana = discord.world.home, await discord.member("ana")
    _, event = await rest.post(path(discord), json=outside(discord))
    stranger = discord.world.person("stranger")["id"]
    await rest.patch(path(discord, event["id"]), json={"status": 4})
    for event_id, user_id, refused in (
        (event["id"], ana.id, 180000), (event["id"], stranger, 10007), (UNKNOWN, ana.id, 10070),
    ):  # fmt: skip
        with pytest.raises(ApiError) as error:
            set_interest(guild, event_id, user_id)
        assert error.value.code == refused
