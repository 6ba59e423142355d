"""The rules of answering: in time, once, and with the right kind of answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp
import hikari
import pytest

from nrg_sandbox import NoAnswer, Sandbox

if TYPE_CHECKING:
    from nrg_sandbox.interactions.interaction import Interaction
    from tests.sandbox.conftest import Bot, StartBot

Json = dict[str, Any]


class Raw:
    """Calls interaction endpoints as any program could, with nothing checked before."""

    def __init__(self, discord: Sandbox, session: aiohttp.ClientSession) -> None:
        self.discord = discord
        self.session = session

    async def command(self) -> Interaction:
        """Let a member run a command that no bot is there to answer."""
        world = self.discord.world
        ana = world.home.join(world.person("ana"))["user"]
        channel = world.find_channel("practice")
        data = {"id": "1", "name": "ping", "type": 1}
        return self.discord.interactions.send(2, ana, channel, data)

    async def respond(self, interaction: Interaction, body: Json) -> tuple[int, Json]:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        return await self.call("POST", path, body)

    async def call(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        async with self.session.request(method, self.discord.api_url + path, json=body) as response:
            return response.status, {} if response.status == 204 else await response.json()


@pytest.fixture
async def raw(discord: Sandbox) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(discord, session)


async def test_an_answer_without_a_wish_for_its_body(raw: Raw) -> None:
    interaction = await raw.command()
    assert await raw.respond(interaction, {"type": 4, "data": {"content": "x"}}) == (204, {})


async def test_a_second_answer_is_refused(raw: Raw) -> None:
    interaction = await raw.command()
    await raw.respond(interaction, {"type": 5})
    status, body = await raw.respond(interaction, {"type": 4, "data": {"content": "x"}})
    assert (status, body["code"]) == (400, 40060)


async def test_a_wrong_token_is_an_unknown_interaction(raw: Raw) -> None:
    interaction = await raw.command()
    path = f"/interactions/{interaction.id}/{'x' * 64}/callback"
    status, body = await raw.call("POST", path, {"type": 5})
    assert (status, body) == (404, {"message": "Unknown interaction", "code": 10062})


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 3])
async def test_answers_that_do_not_fit_a_command(raw: Raw, kind: int) -> None:
    interaction = await raw.command()
    status, body = await raw.respond(interaction, {"type": kind})
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]["type"]["_errors"][0]["code"] == "BASE_TYPE_CHOICES"
    assert (await raw.respond(interaction, {"type": 5}))[0] == 204


async def test_a_refused_answer_leaves_the_interaction_open(raw: Raw) -> None:
    interaction = await raw.command()
    status, body = await raw.respond(interaction, {"type": 4, "data": {"content": "x" * 2001}})
    assert (status, body["code"]) == (400, 50035)
    assert "content" in body["errors"]["data"]
    assert (await raw.respond(interaction, {"type": 4, "data": {"content": "x"}}))[0] == 204


async def test_an_empty_answer_is_refused(raw: Raw) -> None:
    interaction = await raw.command()
    status, body = await raw.respond(interaction, {"type": 4, "data": {"flags": 64}})
    assert (status, body["code"]) == (400, 50006)


async def test_follow_ups_need_an_answer_first(raw: Raw) -> None:
    interaction = await raw.command()
    path = f"/webhooks/{raw.discord.application_id}/{interaction.token}"
    status, body = await raw.call("POST", path, {"content": "x"})
    assert (status, body["code"]) == (404, 10015)
    await raw.respond(interaction, {"type": 5})
    assert (await raw.call("POST", path, {"content": "x"}))[0] == 200
    status, body = await raw.call("GET", path + "/messages/@original")
    assert (status, body["content"]) == (200, "x")
    assert (await raw.call("DELETE", path + "/messages/@original"))[0] == 204
    status, body = await raw.call("PATCH", path + "/messages/@original", {"content": "y"})
    assert (status, body["code"]) == (404, 10008)


async def test_the_token_expires(raw: Raw) -> None:
    async with Sandbox(token_lifetime=0.0) as discord:
        other = Raw(discord, raw.session)
        interaction = await other.command()
        await other.respond(interaction, {"type": 5})
        path = f"/webhooks/{discord.application_id}/{interaction.token}"
        status, body = await other.call("POST", path, {"content": "x"})
        assert (status, body["code"]) == (401, 50027)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"title": "t" * 46, "custom_id": "c", "components": []}, "title"),
        ({"title": "t", "custom_id": "", "components": []}, "custom_id"),
        ({"title": "t", "custom_id": "c", "components": []}, "components"),
    ],
)
async def test_forms_have_limits(raw: Raw, data: Json, where: str) -> None:
    interaction = await raw.command()
    status, body = await raw.respond(interaction, {"type": 9, "data": data})
    assert (status, body["code"]) == (400, 50035)
    assert where in body["errors"]["data"]


async def test_a_command_that_nobody_answers(start_bot: StartBot) -> None:
    async with Sandbox(interaction_deadline=0.2) as discord:
        await start_bot(discord)
        ana = await discord.member("ana")
        with pytest.raises(NoAnswer, match="'silent' of ana"):
            await ana.slash("silent")
        # Only the page shows that nothing came.
        assert discord.messages("practice", seen_by=ana) == []


async def test_an_answer_after_the_deadline_is_too_late(raw: Raw) -> None:
    async with Sandbox(interaction_deadline=0.01) as discord:
        late = Raw(discord, raw.session)
        interaction = await late.command()
        await interaction.answered
        assert interaction.state == "failed"
        status, body = await late.respond(interaction, {"type": 4, "data": {"content": "x"}})
        assert (status, body["code"]) == (404, 10062)


async def test_old_interactions_are_forgotten(raw: Raw) -> None:
    async with Sandbox(interaction_deadline=0.01, token_lifetime=0.0) as discord:
        other = Raw(discord, raw.session)
        first = await other.command()
        await first.answered
        second = await other.command()
        assert discord.interactions.get(first.id) is None
        assert discord.interactions.get(second.id) is second


async def test_a_promise_that_is_never_kept(raw: Raw) -> None:
    async with Sandbox(patience=0.05) as discord:
        other = Raw(discord, raw.session)
        ana = await discord.member("ana")
        token = {"Authorization": f"Bot {discord.token}"}
        path = f"{discord.api_url}/applications/{discord.application_id}/commands"
        definition = {"name": "slow", "description": "x"}
        async with raw.session.post(path, json=definition, headers=token) as response:
            assert response.status == 201
        task = asyncio.create_task(ana.slash("slow"))
        interaction = await discord.wait_for(lambda: discord.interactions.latest())
        await other.respond(interaction, {"type": 5})
        with pytest.raises(NoAnswer, match="never answered"):
            await task


async def test_the_same_event_may_come_twice(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("ping")
    await ana.deliver_again(answer)
    await bot.hears(lambda: len(bot.of(hikari.InteractionCreateEvent)) == 2)
    first, second = bot.of(hikari.InteractionCreateEvent)
    assert first.interaction.id == second.interaction.id
    await discord.wait_for(lambda: [call.status for call in discord.requests][-1] == 400)
    assert len(discord.messages("practice")) == 1
