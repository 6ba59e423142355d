"""A gateway behind a bare server, and a bare websocket that understands each compression."""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from backports import zstd

from nrg_sandbox.gateway.gateway import Gateway
from nrg_sandbox.traffic import Traffic
from nrg_sandbox.world.application import Application
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.world import World

__all__ = ["EVERYTHING", "Door", "Json", "Wire", "serving", "wire"]

Json = dict[str, Any]

EVERYTHING = (1 << 26) - 1

_CLOSED = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED)


class Door:
    """A gateway that listens, and its world."""

    def __init__(self, world: World, application: Application, gateway: Gateway, traffic: Traffic) -> None:
        self.world = world
        self.application = application
        self.gateway = gateway
        self.traffic = traffic

    @property
    def bot_id(self) -> str:
        return self.world.bot["id"]

    def mark(self, name: str = "MARK") -> None:
        """Tell every session of something, so that a test knows what came before it."""
        self.world.bus.emit(Event(name, {}, intent=0, guild_id=self.world.home.id))

    async def until(self, predicate: Any) -> None:
        """Wait until the predicate holds; every change of the world asks again."""
        async with asyncio.timeout(10):
            while not predicate():
                await self.world.bus.changed()


class Wire:
    """One websocket, as a bot holds it."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, compress: str | None) -> None:
        self.ws = ws
        self.binary: list[bool] = []
        decoders: Json = {"zlib-stream": zlib.decompressobj, "zstd-stream": zstd.ZstdDecompressor}
        self._decoder: Any = decoders[compress]() if compress in decoders else None

    async def send(self, op: Any, data: Any) -> None:
        await self.ws.send_json({"op": op, "d": data})

    async def receive(self) -> Json:
        async with asyncio.timeout(10):
            message = await self.ws.receive()
        if message.type in _CLOSED:
            return {"closed": self.ws.close_code}
        self.binary.append(message.type is aiohttp.WSMsgType.BINARY)
        if self._decoder is not None:
            return orjson.loads(self._decoder.decompress(message.data))
        return orjson.loads(zlib.decompress(message.data) if self.binary[-1] else message.data)

    async def beat(self, sequence: int | None) -> None:
        """Send a heartbeat and wait for its answer, passing over what comes before."""
        await self.send(1, sequence)
        while (await self.receive())["op"] != 11:
            pass

    def cut(self) -> None:
        """End the connection without a word, as a process that is killed does."""
        self.ws.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async def closed(self) -> int:
        """Return the code that the gateway closes with, passing over what comes before."""
        while "closed" not in (frame := await self.receive()):
            pass
        return frame["closed"]

    async def heard(self, until: str = "MARK") -> list[Json]:
        """Return every event up to one of that name, which is left out."""
        frames: list[Json] = []
        while (frame := await self.receive())["t"] != until:
            frames.append(frame)
        return frames

    async def until(self, name: str) -> Json:
        """Return the next event of that name."""
        while (frame := await self.receive())["t"] != name:
            pass
        return frame

    async def identify(self, token: str, *, intents: int = EVERYTHING, **more: Any) -> Json:
        """Begin a session and return its READY."""
        assert (await self.receive())["op"] == 10
        await self.send(2, {"token": token, "intents": intents, "properties": {}, **more})
        return await self.receive()

    async def enter(self, door: Door, *, intents: int = EVERYTHING, **more: Any) -> Json:
        """Begin a session, pass over the servers, and return READY's data."""
        ready = await self.identify(door.world.token, intents=intents, **more)
        for _ in ready["d"]["guilds"] if intents & Intent.GUILDS else ():
            await self.until("GUILD_CREATE")
        return ready["d"]

    async def resume(self, door: Door, session_id: str, sequence: int) -> None:
        """Ask for a session's events after one of them."""
        assert (await self.receive())["op"] == 10
        await self.send(6, {"token": door.world.token, "session_id": session_id, "seq": sequence})


@asynccontextmanager
async def wire(url: str, compress: str | None = None, **query: str) -> AsyncGenerator[Wire]:
    """Connect to a gateway."""
    params = {"v": "10", "encoding": "json"} | ({"compress": compress} if compress else {}) | query
    async with aiohttp.ClientSession() as session, session.ws_connect(url, params=params) as ws:
        yield Wire(ws, compress)


@asynccontextmanager
async def serving(*, disallowed_intents: int = 0, **settings: Any) -> AsyncGenerator[Door]:
    """Serve a gateway with these settings, and nothing else."""
    world, traffic = World(), Traffic()
    application = Application(world, disallowed_intents=disallowed_intents)
    gateway = Gateway(world, application, traffic, **settings)
    app = web.Application()
    app.router.add_get("/gateway", gateway.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/gateway"
    try:
        yield Door(world, application, gateway, traffic)
    finally:
        await gateway.close()
        await runner.cleanup()
