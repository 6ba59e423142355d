"""Faults that tests ask for, met by the real client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import hikari
import pytest

from nrg_sandbox import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot


def _statuses(discord: Sandbox) -> list[int]:
    return [call.status for call in discord.requests if call.path.endswith("/messages")]


async def test_a_server_error_takes_no_effect_and_is_tried_again(discord: Sandbox, bot: Bot) -> None:
    discord.fail("POST", r"/messages$", status=502)
    await bot.app.rest.create_message(int(discord.channel("general")["id"]), "x")
    assert _statuses(discord) == [502, 200]
    assert len(discord.messages("general")) == 1


async def test_a_rate_limit_is_waited_for(discord: Sandbox, bot: Bot) -> None:
    discord.fail("POST", r"/messages$", status=429, retry_after=0.05, times=2)
    await bot.app.rest.create_message(int(discord.channel("general")["id"]), "x")
    assert _statuses(discord) == [429, 429, 200]


async def test_a_lost_answer_and_a_nonce_make_one_message(discord: Sandbox, bot: Bot) -> None:
    discord.fail("POST", r"/messages$", lost=True)
    message = await bot.app.rest.create_message(int(discord.channel("general")["id"]), "once", nonce="n")
    assert _statuses(discord) == [200, 200]
    assert [item["id"] for item in discord.messages("general")] == [str(message.id)]


async def test_a_call_that_hangs(discord: Sandbox, bot: Bot) -> None:
    discord.fail("GET", r"/users/@me$", hang=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await bot.app.rest.fetch_my_user()
    assert (await bot.app.rest.fetch_my_user()).username == "nrg"


async def test_only_matching_calls_fail(discord: Sandbox, bot: Bot) -> None:
    discord.fail("DELETE", r".")
    assert await bot.app.rest.fetch_my_user()
    discord.fail("*", r"/users/", status=403)
    with pytest.raises(hikari.ForbiddenError):
        await bot.app.rest.fetch_my_user()


async def test_what_is_not_served_says_so(
    discord: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(hikari.NotFoundError):
        await bot.app.rest.fetch_stage_instance(5)
    assert "NOT SERVED by the sandbox: GET /api/v10/stage-instances/5" in caplog.text
    assert discord.requests[-1].status == 404


@pytest.mark.parametrize("token", [None, "Bot wrong", "Bearer x"])
async def test_without_the_right_token(discord: Sandbox, token: str | None) -> None:
    headers = {"Authorization": token} if token else {}
    url = discord.api_url + "/users/@me"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        assert response.status == 401
        assert response.headers["Content-Type"] == "application/json"
        assert await response.json() == {"message": "401: Unauthorized", "code": 0}


async def test_a_body_that_is_no_json(discord: Sandbox) -> None:
    headers = {"Authorization": f"Bot {discord.token}", "Content-Type": "application/json"}
    url = f"{discord.api_url}/channels/{discord.channel('general')['id']}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        for body, code in ((b"{", 50109), (b"[]", 50035)):
            async with session.post(url, data=body) as response:
                assert (response.status, (await response.json())["code"]) == (400, code)


async def test_a_form_with_an_urlencoded_body(discord: Sandbox) -> None:
    headers = {"Authorization": f"Bot {discord.token}"}
    url = f"{discord.api_url}/channels/{discord.channel('general')['id']}/messages"
    form = {"payload_json": '{"content": "x"}'}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=form) as response:
        assert response.status == 200
    assert discord.messages("general")[0]["content"] == "x"


async def test_a_wait_in_vain_tells_what_was_seen(discord: Sandbox) -> None:
    await (await discord.member("ana")).say("hello", channel="general")
    with pytest.raises(AssertionError, match=r"the bot is offline\n  general: ana: 'hello'"):
        await discord.wait_for(lambda: False, timeout=0.02)


async def test_a_wait_is_woken_by_the_world(discord: Sandbox) -> None:
    ana = await discord.member("ana")
    asked = 0

    def someone_spoke() -> bool:
        nonlocal asked
        asked += 1
        return bool(discord.messages("general"))

    waiting = asyncio.create_task(discord.wait_for(someone_spoke))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await ana.say("hello", channel="general")
    assert await waiting is True
    assert asked == 2
