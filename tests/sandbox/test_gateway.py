"""The gateway as hikari meets it: reconnecting, starting anew, and what it hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hikari
import pytest

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.conftest import Bot, StartBot


async def test_hikari_resumes_after_being_asked_to_reconnect(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    discord.ask_to_reconnect()
    await discord.wait_for(lambda: not discord.bot_online)
    await ana.say("while you were away", channel="general")
    await bot.hears(lambda: bot.of(hikari.ShardResumedEvent))
    await bot.hears(lambda: bot.said() == ["while you were away"])
    assert (await ana.slash("ping")).content == "pong"
    assert len(bot.of(hikari.ShardReadyEvent)) == 1


@pytest.mark.parametrize("code", [None, 4000])
async def test_hikari_loses_nothing_when_the_socket_drops(
    discord: Sandbox, bot: Bot, code: int | None
) -> None:
    ana = await discord.member("ana")
    await discord.drop_gateway(code)
    for number in range(3):
        await ana.say(str(number), channel="general")
    await bot.hears(lambda: bot.of(hikari.ShardResumedEvent))
    await bot.hears(lambda: bot.said() == ["0", "1", "2"])


async def test_hikari_starts_anew_when_its_session_is_invalid(discord: Sandbox, bot: Bot) -> None:
    discord.invalidate_sessions()
    await bot.hears(lambda: len(bot.of(hikari.ShardReadyEvent)) == 2)
    assert (await (await discord.member("ana")).slash("ping")).content == "pong"


async def test_a_wrong_token(discord: Sandbox, start_bot: StartBot) -> None:
    with pytest.raises(hikari.UnauthorizedError):
        await start_bot(discord, token="MTIz.wrong.token")


async def test_a_bot_started_again_hears_only_what_is_new(discord: Sandbox, start_bot: StartBot) -> None:
    ana = await discord.member("ana")
    first = await start_bot(discord)
    await first.app.close()
    await discord.wait_for(lambda: not discord.bot_online)
    await ana.say("nobody hears", channel="general")
    second = await start_bot(discord)
    await ana.say("hello again", channel="general")
    await second.hears(lambda: second.said() == ["hello again"])
    assert discord.bot_online


async def test_newcomers_and_voice(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    await ana.enter_voice()
    await ana.leave_voice()
    await bot.hears(lambda: len(bot.of(hikari.VoiceStateUpdateEvent)) == 2)
    assert [event.user.username for event in bot.of(hikari.MemberCreateEvent)] == ["ana"]
    states = [event.state.channel_id for event in bot.of(hikari.VoiceStateUpdateEvent)]
    assert states == [int(discord.channel("practice-room")["id"]), None]


async def test_hikari_understands_what_it_asks_for(discord: Sandbox, bot: Bot) -> None:
    kinds = (hikari.PresenceUpdateEvent, hikari.MemberChunkEvent, hikari.VoiceServerUpdateEvent)
    kinds += (hikari.VoiceStateUpdateEvent,)

    async def hear(event: hikari.Event) -> None:
        bot.hear(event)

    for kind in kinds[:3]:
        bot.app.event_manager.subscribe(kind, hear)
    playing = hikari.Activity(name="Scales", type=hikari.ActivityType.LISTENING)
    await bot.app.update_presence(status=hikari.Status.IDLE, activity=playing)
    home, room = int(discord.guild_id), int(discord.channel("practice-room")["id"])
    await bot.app.request_guild_members(home, include_presences=True, nonce="n")
    await bot.app.update_voice_state(home, room, self_deaf=True)
    await bot.hears(lambda: all(bot.of(kind) for kind in kinds))
    (seen,) = bot.of(hikari.PresenceUpdateEvent)
    assert (seen.presence.visible_status, seen.presence.activities[0].name) == ("idle", "Scales")
    (chunk,) = bot.of(hikari.MemberChunkEvent)
    assert (chunk.nonce, len(chunk.members), list(chunk.presences)) == ("n", 2, [seen.user_id])
    assert bot.of(hikari.VoiceStateUpdateEvent)[-1].state.is_self_deafened
    assert bot.of(hikari.VoiceServerUpdateEvent)[0].raw_endpoint is None
