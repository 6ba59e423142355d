"""The gateway as the rest of the sandbox holds it: a door for websockets, and what can go wrong there."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from aiohttp import web

from nrg_sandbox.gateway.connection import Connection
from nrg_sandbox.gateway.dispatcher import Dispatcher
from nrg_sandbox.gateway.hub import Hub
from nrg_sandbox.gateway.opcodes import CloseCode, Closing, Opcode
from nrg_sandbox.gateway.sockets import STREAMS, Socket
from nrg_sandbox.gateway.starts import SessionStarts
from nrg_sandbox.world.events import Event, Intent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nrg_sandbox.gateway.sessions import Session
    from nrg_sandbox.traffic import Traffic
    from nrg_sandbox.world.application import Application
    from nrg_sandbox.world.payloads import Json
    from nrg_sandbox.world.world import World

__all__ = ["Gateway"]

_VERSIONS = ("9", "10")
_GUILDS_PER_SHARD = 1000
# Beyond this a payload is not even read to its end.
_MESSAGE_BYTES = 1 << 20
_CLOSING_SECONDS = 5.0


class Gateway:
    """Serves bots' websockets and passes the world's events on to them.

    Parameters
    ----------
    application
        Whose flags say which privileged intents are granted.
    traffic
        Keeps what is sent and heard.
    heartbeat_interval
        Real seconds between a bot's heartbeats; one whose heartbeat is late by as long again is closed.
    resume_window
        Real seconds in which a dropped session can be resumed.
    session_starts, max_concurrency
        How many sessions a bot may begin in a day, and how many of them at once.
    identify_interval
        Real seconds that must lie between two sessions in one bucket; Discord asks for 5.
    backlog
        Bytes that may wait for a bot that reads slowly, before its connection is dropped.
    """

    def __init__(
        self,
        world: World,
        application: Application,
        traffic: Traffic,
        *,
        heartbeat_interval: float = 41.25,
        resume_window: float = 120.0,
        session_starts: int = 1000,
        max_concurrency: int = 16,
        identify_interval: float = 0.0,
        backlog: int = 32 << 20,
    ) -> None:
        self._world = world
        self._traffic = traffic
        self._interval = heartbeat_interval
        self._backlog = backlog
        starts = SessionStarts(session_starts, max_concurrency=max_concurrency, interval=identify_interval)
        self._hub = Hub(world, application, starts, resume_window=resume_window)
        self._sockets: set[Socket] = set()
        Dispatcher(self._hub)

    @property
    def url(self) -> str:
        """Where bots connect; known once the server listens."""
        return self._hub.url

    @url.setter
    def url(self, url: str) -> None:
        self._hub.url = url

    @property
    def online(self) -> bool:
        """Whether a bot is connected and identified."""
        return self._hub.online

    @property
    def presence(self) -> Json:
        """How the bot is seen: its status, and what it says it is doing."""
        return self._hub.presences.bot

    @property
    def sessions(self) -> Collection[Session]:
        """The sessions, connected or waiting for their bot."""
        return self._hub.sessions.values()

    @property
    def connections(self) -> int:
        """How many websockets are open, identified or not."""
        return len(self._sockets)

    def information(self) -> Json:
        """Return what ``/gateway/bot`` tells: where to connect, with how many shards, and how fast."""
        guilds = sum(self._world.bot["id"] in guild.members for guild in self._world.guilds.values())
        shards = max(1, math.ceil(guilds / _GUILDS_PER_SHARD))
        return {"url": self.url, "shards": shards, "session_start_limit": self._hub.starts.limit()}

    # What can go wrong

    def reconnect(self) -> None:
        """Ask every bot to reconnect and resume (op 7)."""
        for socket in self._sockets:
            socket.send(Opcode.RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every bot that its session is invalid (op 9)."""
        for session in list(self._hub.sessions.values()):
            if session.socket is not None:
                session.socket.send(Opcode.INVALID_SESSION, resumable)
                if not resumable:
                    self._hub.end(session)

    def outage(self, guild_id: str, *, over: bool = False) -> None:
        """Let a server become unavailable to bots, or available again when that is over."""
        if not over:
            self._hub.unavailable.add(guild_id)
            self._tell("GUILD_DELETE", {"id": guild_id, "unavailable": True})
        elif guild_id in self._hub.unavailable:
            self._hub.unavailable.remove(guild_id)
            self._tell("GUILD_CREATE", {"id": guild_id})

    def silence(self, *, over: bool = False) -> None:
        """Let heartbeats go unanswered, as on a connection that has died unnoticed, until that is over."""
        self._hub.silent = not over

    async def drop(self, close_code: int | None) -> None:
        """Close every bot's socket with a code, or break it off without one."""
        sockets = list(self._sockets)
        for socket in sockets:
            if close_code is None:
                socket.abort()
            else:
                socket.close(close_code, "dropped by the sandbox")
        await asyncio.gather(*(socket.writer for socket in sockets), return_exceptions=True)

    async def close(self) -> None:
        """End every session, as when the server stops."""
        await self.drop(1001)
        for session in list(self._hub.sessions.values()):
            self._hub.end(session)

    # The door

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket until it closes."""
        ws = web.WebSocketResponse(
            compress=False, max_msg_size=_MESSAGE_BYTES, timeout=_CLOSING_SECONDS, decode_text=False
        )
        await ws.prepare(request)
        stream = request.query.get("compress")
        socket = Socket(
            ws,
            request.transport,
            self._traffic,
            stream=stream if stream in STREAMS else None,
            backlog=self._backlog,
        )
        self._sockets.add(socket)
        try:
            version = _version(request.query)
            connection = Connection(self._hub, socket, version=version, interval=self._interval)
            await connection.converse()
        except Closing as closing:
            self._hub.detach(socket)
            socket.close(closing.code, closing.reason)
            await asyncio.wait([socket.writer])
        finally:
            self._sockets.discard(socket)
            socket.writer.cancel()
            self._hub.detach(socket)
            self._world.bus.touch()
        return ws

    def _tell(self, name: str, data: Json) -> None:
        self._world.bus.emit(Event(name, data, intent=Intent.GUILDS, guild_id=data["id"]))


def _version(query: Mapping[str, str]) -> int:
    """Return the version that a bot asks for, if what it asks for can be had."""
    if query.get("encoding", "json") != "json":
        raise Closing(CloseCode.DECODE_ERROR, "This gateway speaks JSON only: encoding=json.")
    if query.get("compress") not in (None, *STREAMS):
        raise Closing(CloseCode.DECODE_ERROR, f"Compression is one of: {', '.join(STREAMS)}.")
    if query.get("v") not in _VERSIONS:
        raise Closing(CloseCode.INVALID_API_VERSION)
    return int(query["v"])
