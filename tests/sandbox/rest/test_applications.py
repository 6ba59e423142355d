"""The application and its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import Rest

Json = dict[str, Any]

UNKNOWN = "1234567890"
PING: Json = {"name": "ping", "description": "Answers", "description_localizations": {"de": "Antwortet"}}


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_the_application_is_read_and_changed(discord: Sandbox, rest: Rest) -> None:
    status, application = await rest.get("/applications/@me")
    assert (status, application["id"]) == (200, discord.application_id)
    for where in ("/oauth2/applications/@me", f"/applications/{discord.application_id}"):
        assert await rest.get(where) == (200, application)
    discord.world.create_guild("Two")
    flags = application["flags"] & ~(1 << 19)
    changes = {"description": "Practises with you.", "tags": ["practice"], "flags": flags}
    status, changed = await rest.patch("/applications/@me", json=changes)
    assert (status, changed["description"], changed["tags"]) == (200, "Practises with you.", ["practice"])
    assert (changed["flags"], changed["flags_new"]) == (flags, str(flags))
    assert changed["approximate_guild_count"] == application["approximate_guild_count"] + 1 == 2
    assert await rest.get("/applications/@me") == (200, changed)
    # The documentation wants text there, the description an object.
    discord.violations.clear()
    assert code(await rest.get(f"/applications/{UNKNOWN}")) == (403, 20012)


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "x" * 401},
        {"tags": ["x"] * 2},
        {"tags": [f"tag {number}" for number in range(6)]},
        {"tags": ["x" * 21]},
        {"flags": 1},
        {"interactions_endpoint_url": "https://example.com/interactions"},
        {"event_webhooks_url": "https://example.com/events"},
        {"custom_install_url": "install"},
        {"icon": "icon.png"},
    ],
)
async def test_the_application_is_not_changed_so(rest: Rest, changes: Json) -> None:
    _, before = await rest.get("/applications/@me")
    status, body = await rest.patch("/applications/@me", json=changes)
    assert (status, body["code"], list(body["errors"])) == (400, 50035, list(changes))
    assert await rest.get("/applications/@me") == (200, before)


@pytest.mark.parametrize("scope", ["", "/guilds/{guild}"])
async def test_a_command_is_registered_changed_and_removed(discord: Sandbox, rest: Rest, scope: str) -> None:
    base = f"/applications/{discord.application_id}{scope.format(guild=discord.guild_id)}/commands"
    status, command = await rest.post(base, json=PING)
    assert (status, command["name"], command.get("guild_id")) == (
        201, "ping", discord.guild_id if scope else None,
    )  # fmt: skip
    assert (await rest.post(base, json=PING | {"description": "Says"}))[0] == 200
    where = f"{base}/{command['id']}"
    status, changed = await rest.patch(where, json={"description": "Replies"})
    assert (status, changed["description"], changed["id"]) == (200, "Replies", command["id"])
    assert changed["version"] != command["version"]
    assert await rest.get(where) == (200, changed)
    await rest.post(base, json=PING | {"name": "pong"})
    status, body = await rest.patch(where, json={"name": "pong"})
    assert (status, list(body["errors"])) == (400, ["name"])
    assert code(await rest.patch(where, json={"name": "Not So"})) == (400, 50035)
    assert await rest.delete(where) == (204, None)
    for method in ("GET", "PATCH", "DELETE"):
        assert code(await rest.call(method, where, json={})) == (404, 10063)


async def test_translations_are_told_when_asked_for(discord: Sandbox, rest: Rest) -> None:
    base = f"/applications/{discord.application_id}/commands"
    choice = {"name": "Slow", "value": "slow", "name_localizations": {"de": "Langsam"}}
    option = {"type": 3, "name": "pace", "description": "How", "choices": [choice]}
    await rest.put(base, json=[PING | {"options": [option]}])
    _, (whole,) = await rest.get(base + "?with_localizations=true")
    assert whole["description_localizations"] == {"de": "Antwortet"}
    assert whole["options"][0]["choices"][0]["name_localizations"] == {"de": "Langsam"}
    _, (plain,) = await rest.get(base)
    assert "description_localizations" not in plain
    assert "name_localizations" not in plain["options"][0]["choices"][0]
    assert plain["options"][0]["choices"][0]["value"] == "slow"


async def test_commands_belong_to_a_scope(discord: Sandbox, rest: Rest) -> None:
    application = f"/applications/{discord.application_id}"
    other = discord.world.create_guild("Other")
    other.leave(discord.application_id)
    for method in ("GET", "PUT", "POST"):
        body: Any = [] if method == "PUT" else PING
        for guild_id, refused in ((other.id, (403, 50001)), (UNKNOWN, (404, 10004))):
            answer = await rest.call(method, f"{application}/guilds/{guild_id}/commands", json=body)
            assert code(answer) == refused
        answer = await rest.call(method, f"/applications/{UNKNOWN}/commands", json=body)
        assert code(answer) == (403, 20012)
    _, made = await rest.post(f"{application}/commands", json=PING)
    here = f"{application}/guilds/{discord.guild_id}/commands"
    assert await rest.get(here) == (200, [])
    assert code(await rest.get(f"{here}/{made['id']}")) == (404, 10063)


async def test_a_bulk_of_commands_replaces_the_others(discord: Sandbox, rest: Rest) -> None:
    base = f"/applications/{discord.application_id}/commands"
    _, (first, _) = await rest.put(base, json=[PING, PING | {"name": "pong"}])
    _, (kept,) = await rest.put(base, json=[PING])
    assert (kept["id"], kept["version"]) == (first["id"], first["version"])
    many = [PING | {"name": f"ping-{number}"} for number in range(101)]
    assert code(await rest.put(base, json=many)) == (400, 30032)
    assert code(await rest.put(base, json=[PING, PING])) == (400, 50035)
    assert (await rest.put(base, json=many[:100]))[0] == 200
    assert code(await rest.post(base, json=PING)) == (400, 30032)
