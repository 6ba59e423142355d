"""One connection: what a bot says, the rules it is held to, and what follows."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, cast

import orjson
from aiohttp import WSMsgType

from nrg_sandbox.gateway import forms
from nrg_sandbox.gateway.announcements import guild_create, ready
from nrg_sandbox.gateway.members import member_chunks
from nrg_sandbox.gateway.opcodes import CloseCode, Closing, Opcode
from nrg_sandbox.gateway.sessions import Session
from nrg_sandbox.gateway.voice import update_voice
from nrg_sandbox.world.application import INTENT_FLAGS
from nrg_sandbox.world.events import Intent

if TYPE_CHECKING:
    from nrg_sandbox.gateway.hub import Hub
    from nrg_sandbox.gateway.sockets import Socket
    from nrg_sandbox.world.application import Application
    from nrg_sandbox.world.payloads import Json

__all__ = ["Connection"]

_SENDS, _WINDOW = 120, 60.0
_MOST_GUILDS = 2500
_ENDING = (1000, 1001)
_REQUESTS = (
    Opcode.PRESENCE_UPDATE,
    Opcode.VOICE_STATE_UPDATE,
    Opcode.REQUEST_GUILD_MEMBERS,
    Opcode.REQUEST_SOUNDBOARD_SOUNDS,
    Opcode.REQUEST_CHANNEL_INFO,
)


class Connection:
    """Talks with one bot over one socket.

    Parameters
    ----------
    version
        The version of the gateway that the bot asked for.
    interval
        Real seconds between heartbeats; a bot may be late by as long again.
    """

    def __init__(self, hub: Hub, socket: Socket, *, version: int, interval: float) -> None:
        self._hub = hub
        self._socket = socket
        self._version = version
        self._interval = interval
        self._deadline = asyncio.timeout(2 * interval)
        self._sends: deque[float] = deque(maxlen=_SENDS)

    async def converse(self) -> None:
        """Greet the bot and obey it until it is gone.

        Raises
        ------
        Closing
            When it breaks a rule.
        """
        self._socket.send(Opcode.HELLO, {"heartbeat_interval": int(self._interval * 1000), "_trace": []})
        try:
            async with self._deadline:
                await self._listen()
        except TimeoutError:
            if self._socket.session is not None:
                self._hub.end(self._socket.session)
            raise Closing(CloseCode.SESSION_TIMED_OUT) from None

    async def _listen(self) -> None:
        while True:
            message = await self._socket.ws.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                self._socket.left = message.type is WSMsgType.CLOSE and message.data in _ENDING
                return
            self._count()
            self._obey(*self._read(message.data))

    def _count(self) -> None:
        now = time.monotonic()
        if len(self._sends) == _SENDS and now - self._sends[0] < _WINDOW:
            raise Closing(CloseCode.RATE_LIMITED)
        self._sends.append(now)

    def _read(self, raw: bytes) -> tuple[int, object]:
        op, data = forms.decode(raw)
        if op in (Opcode.IDENTIFY, Opcode.RESUME) and isinstance(data, dict):
            # Nobody who looks at the traffic needs the token.
            raw = orjson.dumps({"op": op, "d": cast("Json", data) | {"token": "…"}})
        self._socket.heard(op, raw)
        return op, cast("object", data)

    def _obey(self, op: int, data: object) -> None:
        session = self._socket.session
        if op == Opcode.HEARTBEAT:
            self._heartbeat(forms.HEARTBEAT.read(data))
        elif op in (Opcode.IDENTIFY, Opcode.RESUME):
            if session is not None:
                raise Closing(CloseCode.ALREADY_AUTHENTICATED)
            if op == Opcode.IDENTIFY:
                self._identify(forms.IDENTIFY.read(data))
            else:
                self._resume(forms.RESUME.read(data))
        elif op not in _REQUESTS:
            raise Closing(CloseCode.UNKNOWN_OPCODE)
        elif session is None:
            raise Closing(CloseCode.NOT_AUTHENTICATED)
        else:
            self._answer(Opcode(op), data, session)

    def _heartbeat(self, sequence: int | None) -> None:
        self._deadline.reschedule(asyncio.get_running_loop().time() + 2 * self._interval)
        session = self._socket.session
        if session is not None and sequence is not None and sequence <= session.sequence:
            session.acknowledge(sequence)
        if not self._hub.silent:
            self._socket.send(Opcode.HEARTBEAT_ACK, None)

    def _identify(self, asked: forms.Identify) -> None:
        hub = self._hub
        self._authenticate(asked["token"])
        intents = _intents(asked.get("intents"), hub.application)
        named = asked.get("shard")
        shard = _shard(named)
        guilds = hub.guilds(shard)
        if len(guilds) > _MOST_GUILDS:
            raise Closing(CloseCode.SHARDING_REQUIRED)
        if not hub.starts.remaining:
            # Discord resets the token of a bot that begins too many sessions.
            hub.end_all()
            raise Closing(CloseCode.AUTHENTICATION_FAILED)
        if not hub.starts.take(shard[0]):
            self._socket.send(Opcode.INVALID_SESSION, False)
            return
        threshold, compress = asked.get("large_threshold") or 50, bool(asked.get("compress"))
        session = Session(intents, shard, threshold, compress=compress)
        hub.presences.show(session.id, asked.get("presence") or {})
        hub.attach(session, self._socket)
        told = ready(hub, session, guilds, version=self._version, sharded=named is not None)
        session.push("READY", told)
        if intents & Intent.GUILDS:
            for guild in guilds:
                if guild.id not in hub.unavailable:
                    session.push("GUILD_CREATE", guild_create(hub, guild, session.view))

    def _resume(self, asked: forms.Resume) -> None:
        self._authenticate(asked["token"])
        session = self._hub.sessions.get(asked["session_id"])
        if session is None:
            self._socket.send(Opcode.INVALID_SESSION, False)
            return
        if not 0 <= asked["seq"] <= session.sequence:
            self._hub.end(session)
            raise Closing(CloseCode.INVALID_SEQ)
        missed = session.missed(asked["seq"])
        if missed is None:
            self._hub.end(session)
            self._socket.send(Opcode.INVALID_SESSION, False)
            return
        if session.socket is not None:
            session.socket.session = None
            session.socket.close(CloseCode.UNKNOWN_ERROR, "Resumed elsewhere.")
        self._hub.attach(session, self._socket)
        for owed in missed:
            self._socket.dispatch(owed)
        session.push("RESUMED", b'{"_trace":[]}')

    def _authenticate(self, token: str) -> None:
        if token.removeprefix("Bot ") != self._hub.world.token:
            raise Closing(CloseCode.AUTHENTICATION_FAILED)

    def _answer(self, op: Opcode, data: object, session: Session) -> None:
        hub = self._hub
        if op is Opcode.PRESENCE_UPDATE:
            hub.presences.show(session.id, forms.PRESENCE_UPDATE.read(data))
        elif op is Opcode.VOICE_STATE_UPDATE:
            move = forms.VOICE_STATE_UPDATE.read(data)
            if (guild := hub.guild(session, move["guild_id"])) is not None:
                update_voice(guild, session, move)
        elif op is Opcode.REQUEST_GUILD_MEMBERS:
            asked = forms.REQUEST_GUILD_MEMBERS.read(data)
            if (guild := hub.guild(session, asked["guild_id"])) is not None:
                for chunk in member_chunks(guild, asked, session.intents, hub.presences.of(guild)):
                    session.push("GUILD_MEMBERS_CHUNK", orjson.dumps(chunk))
        elif op is Opcode.REQUEST_SOUNDBOARD_SOUNDS:
            for guild_id in forms.REQUEST_SOUNDBOARD_SOUNDS.read(data)["guild_ids"]:
                self._nothing("SOUNDBOARD_SOUNDS", "soundboard_sounds", guild_id, session)
        else:
            guild_id = forms.REQUEST_CHANNEL_INFO.read(data)["guild_id"]
            self._nothing("CHANNEL_INFO", "channels", guild_id, session)

    def _nothing(self, name: str, key: str, guild_id: str, session: Session) -> None:
        """Answer that a server has none of what was asked for."""
        if self._hub.guild(session, guild_id) is not None:
            session.push(name, orjson.dumps({"guild_id": guild_id, key: []}))


def _intents(asked: int | None, application: Application) -> int:
    if asked is None or asked & ~Intent.KNOWN:
        raise Closing(CloseCode.INVALID_INTENTS)
    if any(asked & intent and not application.granted(intent) for intent in INTENT_FLAGS):
        raise Closing(CloseCode.DISALLOWED_INTENTS)
    return asked


def _shard(asked: list[int] | None) -> tuple[int, int]:
    if asked is None:
        return 0, 1
    if len(asked) != 2 or not 0 <= asked[0] < asked[1]:
        raise Closing(CloseCode.INVALID_SHARD)
    return asked[0], asked[1]
