"""Voice: regions, and who speaks on a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.world.channel import STAGE
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]


def path(discord: Sandbox, user_id: str) -> str:
    return f"/guilds/{discord.guild_id}/voice-states/{user_id}"


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_regions(discord: Sandbox, rest: Rest) -> None:
    status, regions = await rest.get("/voice/regions")
    assert (status, sum(region["optimal"] for region in regions)) == (200, 1)
    assert await rest.get(f"/guilds/{discord.guild_id}/regions") == (200, regions)
    assert code(await rest.get("/guilds/1/regions")) == (404, 10004)


async def test_a_state_is_read(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    for user_id in (ana.id, "@me"):
        assert code(await rest.get(path(discord, user_id))) == (404, 10065)
    await ana.enter_voice()
    status, state = await rest.get(path(discord, ana.id))
    assert (status, state["channel_id"]) == (200, discord.channel("practice-room")["id"])
    assert state["self_stream"] is False


async def test_a_member_speaks_on_a_stage(
    discord: Sandbox, rest: Rest, ear: Ear, bot_lacks: BotLacks
) -> None:
    ana, guild = await discord.member("ana"), discord.world.home
    stage = guild.create_channel("stage", kind=STAGE).id
    guild.move_voice(ana.id, stage)
    await ear.hears("VOICE_STATE_UPDATE")
    body = {"suppress": True, "channel_id": stage}
    assert await rest.patch(path(discord, ana.id), json=body) == (204, None)
    assert (await ear.hears("VOICE_STATE_UPDATE"))["suppress"] is True
    assert (await rest.get(path(discord, ana.id)))[1]["suppress"] is True
    elsewhere = {"suppress": False, "channel_id": discord.channel("practice-room")["id"]}
    assert code(await rest.patch(path(discord, ana.id), json=elsewhere)) == (400, 40032)
    assert code(await rest.patch(path(discord, ana.id), json={"suppress": "x"})) == (400, 50035)
    bot_lacks(Permission.MUTE_MEMBERS)
    assert code(await rest.patch(path(discord, ana.id), json=body)) == (403, 50013)


async def test_only_a_stage_has_speakers(discord: Sandbox, rest: Rest) -> None:
    ana = await discord.member("ana")
    assert code(await rest.patch(path(discord, ana.id), json={"suppress": True})) == (404, 10065)
    await ana.enter_voice()
    assert code(await rest.patch(path(discord, ana.id), json={"suppress": True})) == (400, 50024)


async def test_the_bot_asks_to_speak(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    guild = discord.world.home
    guild.move_voice(discord.application_id, guild.create_channel("stage", kind=STAGE).id)
    me, asked = path(discord, "@me"), discord.clock.stamp()
    assert await rest.patch(me, json={"request_to_speak_timestamp": asked}) == (204, None)
    assert (await rest.get(me))[1]["request_to_speak_timestamp"] == asked
    await rest.patch(me, json={"suppress": False})
    assert (await rest.get(me))[1]["request_to_speak_timestamp"] is None
    bot_lacks(Permission.MUTE_MEMBERS, Permission.REQUEST_TO_SPEAK)
    for body in ({"suppress": False}, {"request_to_speak_timestamp": asked}):
        assert code(await rest.patch(me, json=body)) == (403, 50013)
    assert await rest.patch(me, json={"suppress": True}) == (204, None)
