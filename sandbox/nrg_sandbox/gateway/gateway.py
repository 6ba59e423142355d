"""The gateway: sessions that outlive their sockets, so that a dropped one loses no event."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import orjson
from aiohttp import WSMsgType, web

from nrg_sandbox.gateway.sessions import Session, Socket
from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.world import World

__all__ = ["Gateway"]

Json = dict[str, Any]

HEARTBEAT_MS = 41_250
_SESSION_SECONDS = 120.0
_SENDS, _WINDOW = 120, 60.0
_PAYLOAD_BYTES = 4096
_CHUNK = 1000
# Without the message-content intent these stay empty, except where the bot is meant.
_BLANK: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip


class _Closing(Exception):  # noqa: N818 - a signal within this room
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gateway:
    """Serves bots' websockets and passes the world's events on to them.

    Parameters
    ----------
    disallowed_intents
        Privileged intents that the application has not been granted.
    """

    def __init__(self, world: World, *, disallowed_intents: int = 0) -> None:
        self._world = world
        self._disallowed = disallowed_intents
        self._sessions: dict[str, Session] = {}
        self._sockets: set[Socket] = set()
        self.url = ""
        world.bus.subscribe(self._on_event)

    @property
    def online(self) -> bool:
        """Whether a bot is connected and identified."""
        return any(session.socket is not None for session in self._sessions.values())

    def reconnect(self) -> None:
        """Ask every bot to reconnect and resume (op 7)."""
        for socket in self._sockets:
            socket.send_op(RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every bot that its session is invalid (op 9)."""
        for session in [session for session in self._sessions.values() if session.socket is not None]:
            if session.socket is not None:
                session.socket.send_op(INVALID, resumable)
            if not resumable:
                self._end(session)

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
        for session in list(self._sessions.values()):
            self._end(session)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket until it closes."""
        ws = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
        await ws.prepare(request)
        socket = Socket(ws, request.transport, request.query.get("compress"))
        self._sockets.add(socket)
        socket.send_op(HELLO, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        try:
            await self._read(socket)
        except _Closing as closing:
            socket.close(closing.code, closing.reason)
            await asyncio.wait([socket.writer], timeout=5)
        finally:
            self._sockets.discard(socket)
            socket.writer.cancel()
            self._detach(socket)
        return ws

    async def _read(self, socket: Socket) -> None:
        times: deque[float] = deque(maxlen=_SENDS)
        handlers: dict[int, Callable[[Socket, Any], None]] = {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            MEMBERS: self._request_members,
        }
        async for message in socket.ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            now = time.monotonic()
            if len(times) == _SENDS and now - times[0] < _WINDOW:
                raise _Closing(4008, "Rate limited.")
            times.append(now)
            raw: str | bytes = message.data
            if len(raw) > _PAYLOAD_BYTES:
                raise _Closing(4002, "Error while decoding payload.")
            try:
                payload: Any = orjson.loads(raw)
                op, data = payload["op"], payload.get("d")
            except (ValueError, TypeError, KeyError, AttributeError):
                raise _Closing(4002, "Error while decoding payload.") from None
            if op in handlers:
                if socket.session is None and op == MEMBERS:
                    raise _Closing(4003, "Not authenticated.")
                handlers[op](socket, data)
            elif op in (PRESENCE, VOICE, 31, 43):
                if socket.session is None:
                    raise _Closing(4003, "Not authenticated.")
            else:
                raise _Closing(4001, "Unknown opcode.")

    def _heartbeat(self, socket: Socket, data: Any) -> None:
        if socket.session is not None and isinstance(data, int):
            socket.session.acknowledge(data)
        socket.send_op(ACK, None)

    def _identify(self, socket: Socket, data: Any) -> None:
        if socket.session is not None:
            raise _Closing(4005, "Already authenticated.")
        self._authenticate(data)
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~Intent.KNOWN:
            raise _Closing(4013, "Invalid intent(s).")
        if intents & self._disallowed:
            raise _Closing(4014, "Disallowed intent(s).")
        shard = tuple(cast("list[Any]", data.get("shard") or [0, 1]))
        if (
            len(shard) != 2
            or not all(isinstance(part, int) for part in shard)
            or not 0 <= shard[0] < shard[1]
        ):
            raise _Closing(4010, "Invalid shard.")
        session = Session(intents, (shard[0], shard[1]), int(data.get("large_threshold") or 50))
        self._sessions[session.id] = session
        self._attach(session, socket)
        world = self._world
        guilds = [guild for guild in world.guilds.values() if self._concerns(session, guild.id)]
        ready: Json = {
            "v": 10,
            "user": payloads.own_user(world.bot),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "application": {"id": world.application_id, "flags": 0},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
            "_trace": [],
        }
        session.push("READY", orjson.dumps(ready))
        if intents & Intent.GUILDS:
            for guild in guilds:
                session.push("GUILD_CREATE", session.announcement(guild))

    def _resume(self, socket: Socket, data: Any) -> None:
        if socket.session is not None:
            raise _Closing(4005, "Already authenticated.")
        self._authenticate(data)
        session = self._sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None:
            socket.send_op(INVALID, False)
            return
        if not isinstance(sequence, int) or sequence > session.sequence:
            raise _Closing(4007, "Invalid seq.")
        frames = session.missed(sequence)
        if frames is None:
            self._end(session)
            socket.send_op(INVALID, False)
            return
        if session.socket is not None:
            session.socket.session = None
            session.socket.close(4000, "Resumed elsewhere.")
        self._attach(session, socket)
        for frame in frames:
            socket.send(frame)
        session.push("RESUMED", b'{"_trace":[]}')

    def _authenticate(self, data: Any) -> None:
        if not isinstance(data, dict):
            raise _Closing(4002, "Error while decoding payload.")
        if str(cast("Json", data).get("token")).removeprefix("Bot ") != self._world.token:
            raise _Closing(4004, "Authentication failed.")

    def _request_members(self, socket: Socket, data: Any) -> None:
        session = socket.session
        assert session is not None
        guild = self._world.guilds.get(str(data.get("guild_id")))
        if guild is None or not self._concerns(session, guild.id):
            return
        wanted = [str(user) for user in _listed(data.get("user_ids"))]
        limit, query = int(data.get("limit") or 0), str(data.get("query") or "").lower()
        found = [guild.members[user] for user in wanted if user in guild.members]
        if not wanted:
            if not query and not limit and not session.intents & Intent.GUILD_MEMBERS:
                raise _Closing(4014, "Disallowed intent(s).")
            found = [item for item in guild.members.values() if item["user"]["username"].startswith(query)]
        if limit:
            found = found[:limit]
        chunks = [found[at : at + _CHUNK] for at in range(0, len(found), _CHUNK)] or [[]]
        for index, members in enumerate(chunks):
            chunk: Json = {
                "guild_id": guild.id,
                "members": members,
                "chunk_index": index,
                "chunk_count": len(chunks),
                "not_found": [user for user in wanted if user not in guild.members],
            }
            if data.get("presences"):
                chunk["presences"] = []
            if data.get("nonce") is not None:
                chunk["nonce"] = data["nonce"]
            session.push("GUILD_MEMBERS_CHUNK", orjson.dumps(chunk))

    def _attach(self, session: Session, socket: Socket) -> None:
        if session.expiry is not None:
            session.expiry.cancel()
            session.expiry = None
        session.socket = socket
        socket.session = session
        self._tell()

    def _detach(self, socket: Socket) -> None:
        session = socket.session
        if session is None or session.socket is not socket:
            return
        session.socket = None
        if socket.left or session.id not in self._sessions:
            self._end(session)
        else:
            loop = asyncio.get_running_loop()
            session.expiry = loop.call_later(_SESSION_SECONDS, self._end, session)
        self._tell()

    def _end(self, session: Session) -> None:
        if session.expiry is not None:
            session.expiry.cancel()
        self._sessions.pop(session.id, None)
        if session.socket is not None:
            session.socket.session = None
            session.socket = None
            self._tell()

    def _tell(self) -> None:
        self._world.bus.emit(Event("BOT", {"online": self.online}, intent=None))

    def _concerns(self, session: Session, guild_id: str | None) -> bool:
        """Return whether a session's shard hears of a server, or of direct messages for None."""
        index, count = session.shard
        if guild_id is None:
            return index == 0
        return index == (int(guild_id) >> 22) % count and self._world.bot["id"] in (
            self._world.guilds[guild_id].members
        )

    def _on_event(self, event: Event) -> None:
        intent = event.intent
        if intent is None:
            return
        if event.channel is not None and not self._sees(event.channel):
            return
        for session in self._sessions.values():
            if (intent == 0 or session.intents & intent) and self._concerns(session, event.guild_id):
                session.push(event.name, self._body(event, session))

    def _sees(self, channel: Channel) -> bool:
        return bool(self._world.permissions(self._world.bot["id"], channel) & Permission.VIEW_CHANNEL)

    def _body(self, event: Event, session: Session) -> bytes:
        if event.name == "GUILD_CREATE":
            return session.announcement(self._world.guilds[event.data["id"]])
        record = event.record
        if (
            record is None
            or session.intents & Intent.MESSAGE_CONTENT
            or "content" not in event.data
            or not record.in_guild
        ):
            return event.body()
        bot = self._world.bot
        if event.data["author"] is bot or bot in event.data["mentions"]:
            return event.body()
        return orjson.dumps(event.data | _BLANK)


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]
