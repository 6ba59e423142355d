"""Who may use which command: set by a server's managers, read by bots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world.commands import Commands

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import Ear, Rest

Json = dict[str, Any]

UNKNOWN = "1234567890"


@pytest.fixture
def commands(discord: Sandbox) -> Commands:
    return discord._rest.commands  # pyright: ignore[reportPrivateUsage]


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_what_managers_set_is_read(discord: Sandbox, rest: Rest, ear: Ear, commands: Commands) -> None:
    application, guild_id = discord.application_id, discord.guild_id
    base = f"/applications/{application}/guilds/{guild_id}/commands"
    command, _ = commands.upsert({"name": "ping", "description": "Answers"}, None)
    where = f"{base}/{command['id']}/permissions"
    assert await rest.get(f"{base}/permissions") == (200, [])
    assert code(await rest.get(where)) == (404, 10066)
    for target_id in (command["id"], application):
        nobody = {"id": guild_id, "type": 1, "permission": False}
        commands.set_permissions(guild_id, target_id, [nobody])
        heard = await ear.hears("APPLICATION_COMMAND_PERMISSIONS_UPDATE")
        assert heard == {
            "id": target_id, "application_id": application, "guild_id": guild_id, "permissions": [nobody],
        }  # fmt: skip
        assert await rest.get(f"{base}/{target_id}/permissions") == (200, heard)
    _, listed = await rest.get(f"{base}/permissions")
    assert {entry["id"] for entry in listed} == {command["id"], application}
    commands.set_permissions(guild_id, command["id"], [])
    assert code(await rest.get(where)) == (404, 10066)
    commands.set_permissions(guild_id, command["id"], [{"id": guild_id, "type": 1, "permission": True}])
    commands.delete(command["id"], None)
    assert [entry["id"] for entry in (await rest.get(f"{base}/permissions"))[1]] == [application]


async def test_bots_cannot_set_them(discord: Sandbox, rest: Rest, commands: Commands) -> None:
    command, _ = commands.upsert({"name": "ping", "description": "Answers"}, None)
    base = f"/applications/{discord.application_id}/guilds/{discord.guild_id}/commands"
    answer = await rest.put(f"{base}/{command['id']}/permissions", json={"permissions": []})
    assert code(answer) == (403, 20001)
    assert code(await rest.get(f"{base}/{UNKNOWN}/permissions")) == (404, 10063)


async def test_they_have_a_shape(discord: Sandbox, commands: Commands) -> None:
    command, _ = commands.upsert({"name": "ping", "description": "Answers"}, None)
    entry = {"id": discord.guild_id, "type": 1, "permission": True}
    wrong: list[tuple[str, list[Json], int]] = [
        (UNKNOWN, [entry], 10063),
        (command["id"], [entry | {"type": 4}], 50035),
        (command["id"], [entry] * 101, 50035),
    ]
    for target_id, permissions, refused in wrong:
        with pytest.raises(ApiError) as error:
            commands.set_permissions(discord.guild_id, target_id, permissions)
        assert error.value.code == refused
