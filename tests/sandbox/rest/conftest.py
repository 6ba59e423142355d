"""A raw REST client, an ear on the gateway, and a bot that may do less."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from io import BytesIO
from typing import Any

import aiohttp
import orjson
import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.world.guild import Guild
from nrg_sandbox.world.permissions import Permission

Json = dict[str, Any]
Answer = tuple[int, Any]

EVERY_INTENT = (1 << 26) - 1


class Rest:
    """Calls the API as the bot; each call returns the status and the decoded body, if there is one."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: str) -> None:
        self._session = session
        self._api_url = api_url
        self._token = token

    async def get(self, path: str, **how: Any) -> Answer:
        return await self.call("GET", path, **how)

    async def post(self, path: str, **how: Any) -> Answer:
        return await self.call("POST", path, **how)

    async def patch(self, path: str, **how: Any) -> Answer:
        return await self.call("PATCH", path, **how)

    async def put(self, path: str, **how: Any) -> Answer:
        return await self.call("PUT", path, **how)

    async def delete(self, path: str, **how: Any) -> Answer:
        return await self.call("DELETE", path, **how)

    async def refused(self, method: str, path: str, **how: Any) -> tuple[int, int]:
        """Return the status and Discord's error code of a call that is to fail."""
        status, body = await self.call(method, path, **how)
        return status, body["code"]

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        files: Mapping[str, bytes] | None = None,
        reason: str | None = None,
        token: bool = True,
    ) -> Answer:
        """Call the API.

        Parameters
        ----------
        files
            Contents by file name; the body then travels as ``payload_json``.
        reason
            What the bot wants written into the audit log.
        token
            Whether the bot's token is sent.
        """
        headers = {"Authorization": f"Bot {self._token}"} if token else {}
        if reason is not None:
            headers["X-Audit-Log-Reason"] = reason
        body: Any = None
        if files is not None:
            body = aiohttp.FormData()
            body.add_field("payload_json", orjson.dumps(json or {}).decode())
            for number, (name, data) in enumerate(files.items()):
                body.add_field(f"files[{number}]", BytesIO(data), filename=name)
        elif json is not None:
            headers["Content-Type"] = "application/json"
            body = orjson.dumps(json)
        async with self._session.request(
            method, self._api_url + path, data=body, headers=headers
        ) as response:
            raw = await response.read()
            return response.status, orjson.loads(raw) if raw else None


class Ear:
    """A bare websocket that listens to the gateway with every intent."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def identify(self, token: str) -> None:
        await self._ws.receive()
        await self._ws.send_json({"op": 2, "d": {"token": token, "intents": EVERY_INTENT, "properties": {}}})
        await self.hears("GUILD_CREATE")

    async def hears(self, name: str) -> Json:
        """Return the data of the next event of that name, passing over others."""
        return (await self.hears_until(name))[-1][1]

    async def hears_until(self, name: str) -> list[tuple[str, Json]]:
        """Return every event up to the next of that name."""
        heard: list[tuple[str, Json]] = []
        async with asyncio.timeout(5):
            while not heard or heard[-1][0] != name:
                frame = await self._ws.receive_json()
                heard.append((frame["t"], frame["d"]))
        return heard


@pytest.fixture
async def rest(discord: Sandbox) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(session, discord.api_url, discord.token)


@pytest.fixture
async def ear(discord: Sandbox) -> AsyncIterator[Ear]:
    async with aiohttp.ClientSession() as session:
        async with session.get(discord.api_url + "/gateway") as response:
            url = (await response.json())["url"]
        async with session.ws_connect(url, params={"v": "10", "encoding": "json"}) as ws:
            listening = Ear(ws)
            await listening.identify(discord.token)
            yield listening


BotLacks = Callable[..., None]


@pytest.fixture
def bot_lacks(discord: Sandbox) -> BotLacks:
    """Take permissions from the bot on a server (the first one): from its own role and from everyone's."""

    def lacks(*permissions: Permission, guild: Guild | None = None) -> None:
        place = guild or discord.world.home
        taken = sum(permissions)
        for role_id in [place.id, *place.members[discord.application_id]["roles"]]:
            allowed = int(place.roles[role_id]["permissions"]) & ~taken
            place.change_role(role_id, {"permissions": str(allowed)})

    return lacks
