"""Sessions and sockets of the gateway: what a bot is owed, and the wire it is written to."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from backports import zstd

from nrg_sandbox.world.events import Intent

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["Session", "Socket"]

_KEPT_FRAMES = 20_000


class Session:
    """What one bot is owed: events with numbers, kept until acknowledged."""

    def __init__(self, intents: int, shard: tuple[int, int], threshold: int = 50) -> None:
        self.id = secrets.token_hex(16)
        self._threshold = threshold
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.kept: deque[tuple[int, bytes]] = deque(maxlen=_KEPT_FRAMES)
        self.socket: Socket | None = None
        self.expiry: asyncio.TimerHandle | None = None

    def push(self, name: str, body: bytes) -> None:
        """Send an event, or keep it for the next socket."""
        self.sequence += 1
        frame = b'{"op":0,"t":"%b","s":%d,"d":%b}' % (name.encode(), self.sequence, body)
        self.kept.append((self.sequence, frame))
        if self.socket is not None:
            self.socket.send(frame)

    def announcement(self, guild: Guild) -> bytes:
        """Return the announcement of a server, with as many members as this bot may see at once."""
        listed = bool(self.intents & Intent.GUILD_MEMBERS)
        return orjson.dumps(guild.announcement(everyone=listed, threshold=self._threshold))

    def acknowledge(self, sequence: int) -> None:
        """Forget the frames that have arrived."""
        while self.kept and self.kept[0][0] <= sequence:
            self.kept.popleft()

    def missed(self, sequence: int) -> list[bytes] | None:
        """Return the frames after ``sequence``, or None when some are gone."""
        owed = self.sequence - sequence
        frames = [frame for number, frame in self.kept if number > sequence]
        return frames if len(frames) == owed else None


class Socket:
    """One websocket with its compression; sending never waits, one task writes in order."""

    def __init__(
        self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, compress: str | None
    ) -> None:
        self.ws = ws
        self._transport = transport
        self.session: Session | None = None
        self._queue: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._encode = _encoder(compress)
        self._closing: tuple[int, str] | None = None
        self.writer = asyncio.create_task(self._write())

    def send(self, frame: bytes) -> None:
        """Queue a payload."""
        self._queue.append(frame)
        self._wake.set()

    def send_op(self, op: int, data: object) -> None:
        """Queue a payload that is not an event."""
        self.send(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))

    def close(self, code: int, reason: str) -> None:
        """Close after everything queued is written."""
        self._closing = code, reason
        self._wake.set()

    @property
    def left(self) -> bool:
        """Whether the bot closed it of its own accord, in the way that ends a session."""
        return self._closing is None and self.ws.close_code in (1000, 1001)

    def abort(self) -> None:
        """Drop the connection as a broken network does."""
        self.writer.cancel()
        if self._transport is not None:
            self._transport.abort()

    async def _write(self) -> None:
        try:
            while True:
                while self._queue:
                    frame = self._queue.popleft()
                    if self._encode is None:
                        await self.ws.send_str(frame.decode())
                    else:
                        await self.ws.send_bytes(self._encode(frame))
                if self._closing is not None:
                    code, reason = self._closing
                    await self.ws.close(code=code, message=reason.encode())
                    return
                self._wake.clear()
                await self._wake.wait()
        except (ConnectionError, RuntimeError):
            # The other side is gone; its session keeps what it missed.
            return


def _encoder(compress: str | None) -> Callable[[bytes], bytes] | None:
    """Return what turns a payload into a binary frame, or None for plain text frames."""
    if compress == "zlib-stream":
        deflate = zlib.compressobj(1)
        return lambda frame: deflate.compress(frame) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream":
        compressor = zstd.ZstdCompressor(level=1)
        return lambda frame: compressor.compress(frame, zstd.ZstdCompressor.FLUSH_BLOCK)
    return None
