"""Emojis of servers and of the application; stickers and sounds, of which there are none."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox.world import payloads
from nrg_sandbox.world.emojis import add_emoji
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox
    from tests.sandbox.rest.conftest import BotLacks, Ear, Rest

Json = dict[str, Any]

PNG, GIF = (f"data:image/{kind};base64,aGk=" for kind in ("png", "gif"))
LARGE = "data:image/png;base64," + base64.b64encode(bytes(256 * 1024 + 1)).decode()
UNKNOWN = "1234567890"


def path(discord: Sandbox, *parts: str) -> str:
    return "/".join(("", "guilds", discord.guild_id, "emojis", *parts))


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_an_emoji_is_made_renamed_and_removed(discord: Sandbox, rest: Rest, ear: Ear) -> None:
    role_id = discord.role("Teacher")["id"]
    body = {"name": "lotus", "image": GIF, "roles": [role_id]}
    status, emoji = await rest.post(path(discord), json=body, reason="pretty")
    assert (status, emoji["name"], emoji["animated"], emoji["roles"]) == (201, "lotus", True, [role_id])
    assert emoji["user"]["id"] == discord.application_id
    assert (await ear.hears("GUILD_EMOJIS_UPDATE")) == {"guild_id": discord.guild_id, "emojis": [emoji]}
    assert (await ear.hears("GUILD_AUDIT_LOG_ENTRY_CREATE"))["reason"] == "pretty"
    assert await rest.get(path(discord)) == (200, [emoji])
    assert (await rest.get(f"/guilds/{discord.guild_id}"))[1]["emojis"] == [emoji]
    status, renamed = await rest.patch(path(discord, emoji["id"]), json={"name": "rose", "roles": None})
    assert (status, renamed["name"], renamed["roles"]) == (200, "rose", [])
    assert (await ear.hears("GUILD_EMOJIS_UPDATE"))["emojis"] == [renamed]
    assert await rest.get(path(discord, emoji["id"])) == (200, renamed)
    assert await rest.delete(path(discord, emoji["id"])) == (204, None)
    assert (await ear.hears("GUILD_EMOJIS_UPDATE"))["emojis"] == []
    for method in ("GET", "PATCH", "DELETE"):
        assert code(await rest.call(method, path(discord, emoji["id"]), json={})) == (404, 10014)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"name": "x"}, "name"),
        ({"name": "a b"}, "name"),
        ({"image": "lotus.png"}, "image"),
        ({"image": LARGE}, "image"),
        ({"roles": ["x"]}, "roles"),
    ],
)
async def test_an_emoji_is_not_made_so(discord: Sandbox, rest: Rest, changes: Json, at: str) -> None:
    for where in (path(discord), f"/applications/{discord.application_id}/emojis"):
        status, body = await rest.post(where, json={"name": "lotus", "image": PNG} | changes)
        assert (status, body["code"], list(body["errors"])) == (400, 50035, [at])


async def test_an_emoji_for_an_unknown_role(discord: Sandbox, rest: Rest) -> None:
    body = {"name": "lotus", "image": PNG, "roles": [UNKNOWN]}
    assert code(await rest.post(path(discord), json=body)) == (404, 10011)
    _, emoji = await rest.post(path(discord), json=body | {"roles": []})
    assert code(await rest.patch(path(discord, emoji["id"]), json={"roles": [UNKNOWN]})) == (404, 10011)


async def test_fifty_of_a_kind_fit(discord: Sandbox, rest: Rest) -> None:
    for number in range(50):
        add_emoji(
            discord.world.home,
            payloads.emoji(str(number), "lotus", discord.world.owner, animated=False, roles=[]),
        )
    assert code(await rest.post(path(discord), json={"name": "lotus", "image": PNG})) == (400, 30008)
    assert (await rest.post(path(discord), json={"name": "lotus", "image": GIF}))[0] == 201


async def test_emojis_need_permissions(discord: Sandbox, rest: Rest, bot_lacks: BotLacks) -> None:
    theirs = payloads.emoji("77", "lotus", discord.world.owner, animated=False, roles=[])
    add_emoji(discord.world.home, theirs)
    bot_lacks(Permission.MANAGE_GUILD_EXPRESSIONS)
    _, own = await rest.post(path(discord), json={"name": "rose", "image": PNG})
    assert (await rest.patch(path(discord, own["id"]), json={"name": "tulip"}))[0] == 200
    assert code(await rest.patch(path(discord, "77"), json={"name": "tulip"})) == (403, 50013)
    assert code(await rest.delete(path(discord, "77"))) == (403, 50013)
    assert (await rest.get(path(discord, "77")))[1]["user"]["id"] == discord.world.owner["id"]
    bot_lacks(Permission.CREATE_GUILD_EXPRESSIONS)
    assert code(await rest.post(path(discord), json={"name": "rose", "image": PNG})) == (403, 50013)
    assert code(await rest.delete(path(discord, own["id"]))) == (403, 50013)
    _, listed = await rest.get(path(discord))
    assert [emoji["name"] for emoji in listed] == ["lotus", "tulip"]
    assert all("user" not in emoji for emoji in listed)


async def test_emojis_of_the_application(discord: Sandbox, rest: Rest) -> None:
    base = f"/applications/{discord.application_id}/emojis"
    status, emoji = await rest.post(base, json={"name": "lotus", "image": PNG})
    assert (status, emoji["animated"], emoji["roles"]) == (201, False, [])
    assert await rest.get(base) == (200, {"items": [emoji]})
    status, body = await rest.post(base, json={"name": "lotus", "image": PNG})
    assert (status, list(body["errors"])) == (400, ["name"])
    _, other = await rest.post(base, json={"name": "rose", "image": PNG})
    assert code(await rest.patch(f"{base}/{other['id']}", json={"name": "lotus"})) == (400, 50035)
    assert (await rest.patch(f"{base}/{emoji['id']}", json={"name": "lotus"}))[0] == 200
    _, renamed = await rest.patch(f"{base}/{emoji['id']}", json={"name": "tulip"})
    assert await rest.get(f"{base}/{emoji['id']}") == (200, renamed)
    assert renamed == emoji | {"name": "tulip"}
    assert await rest.delete(f"{base}/{emoji['id']}") == (204, None)
    assert code(await rest.get(f"{base}/{emoji['id']}")) == (404, 10014)
    assert code(await rest.get(f"/applications/{UNKNOWN}/emojis")) == (403, 20012)


async def test_there_are_no_stickers_and_no_sounds(discord: Sandbox, rest: Rest) -> None:
    guild = f"/guilds/{discord.guild_id}"
    assert await rest.get(f"{guild}/stickers") == (200, [])
    assert await rest.get("/sticker-packs", token=False) == (200, {"sticker_packs": []})
    assert await rest.get(f"{guild}/soundboard-sounds") == (200, {"items": []})
    assert await rest.get("/soundboard-default-sounds") == (200, [])
    for where in (f"{guild}/stickers/1", "/stickers/1"):
        assert code(await rest.get(where)) == (404, 10060)
