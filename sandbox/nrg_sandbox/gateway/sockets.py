"""One websocket: what waits to be written, and how it is compressed."""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson
from aiohttp import WSMsgType, web
from backports import zstd

from nrg_sandbox.gateway.opcodes import Opcode

if TYPE_CHECKING:
    from nrg_sandbox.gateway.sessions import Owed, Session
    from nrg_sandbox.traffic import Traffic

__all__ = ["STREAMS", "Socket"]

_CLOSING_SECONDS = 5.0
_LARGE = 1024
# A small window and a small state: a third of the memory that a connection takes otherwise.
_ZLIB_WINDOW, _ZLIB_MEMORY = 12, 5


class Socket:
    """One websocket; sending never waits, one task writes in order.

    Parameters
    ----------
    stream
        One of ``STREAMS``, to compress the whole connection; None for plain text.
    backlog
        Bytes that may wait for a bot that reads slowly. Beyond that the connection is dropped; the session
        stays, and can be resumed.

    Attributes
    ----------
    session
        The session that is written to it, once there is one.
    left
        Whether the bot closed it of its own accord, in the way that ends a session.
    """

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        traffic: Traffic,
        *,
        stream: str | None,
        backlog: int,
    ) -> None:
        self.ws = ws
        self.session: Session | None = None
        self.left = False
        self._transport = transport
        self._traffic = traffic
        self._stream = STREAMS[stream]() if stream else None
        self._backlog = backlog
        self._queue: deque[bytes] = deque()
        self._waiting = 0
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._gone = False
        self.writer = asyncio.create_task(self._write())

    def dispatch(self, owed: Owed) -> None:
        """Queue an event."""
        self._put(owed.frame(), Opcode.DISPATCH, owed.name)

    def send(self, op: Opcode, data: object) -> None:
        """Queue a payload that is not an event."""
        self._put(orjson.dumps({"op": op, "d": data, "s": None, "t": None}), op)

    def heard(self, op: int, body: bytes) -> None:
        """Note a payload that the bot sent."""
        self._traffic.framed(body, sent=False, shard=self._shard, op=op)

    def close(self, code: int, reason: str) -> None:
        """Close after everything queued is written; a bot that does not read it is cut off."""
        if self._closing is None:
            self._closing = code, reason
            self._wake.set()
            limit = asyncio.get_running_loop().call_later(_CLOSING_SECONDS, self.abort)
            self.writer.add_done_callback(lambda _: limit.cancel())

    def abort(self) -> None:
        """Drop the connection as a broken network does."""
        self._gone = True
        self._queue.clear()
        self.writer.cancel()
        if self._transport is not None:
            self._transport.abort()

    @property
    def _shard(self) -> int:
        return self.session.shard[0] if self.session is not None else 0

    def _put(self, frame: bytes, op: Opcode, name: str | None = None) -> None:
        if self._gone or self._closing is not None:
            return
        self._traffic.framed(frame, sent=True, shard=self._shard, op=op, name=name)
        self._waiting += len(frame)
        self._queue.append(frame)
        self._wake.set()
        if self._waiting > self._backlog:
            self.abort()

    async def _write(self) -> None:
        try:
            while True:
                while self._queue:
                    frame = self._queue.popleft()
                    await self.ws.send_frame(*self._encoded(frame))
                    self._waiting -= len(frame)
                if self._closing is not None:
                    code, reason = self._closing
                    await self.ws.close(code=code, message=reason.encode())
                    return
                self._wake.clear()
                await self._wake.wait()
        except (ConnectionError, RuntimeError):
            # The other side is gone; its session keeps what it missed.
            self._gone = True
            self._queue.clear()

    def _encoded(self, frame: bytes) -> tuple[bytes, WSMsgType]:
        if self._stream is not None:
            return self._stream(frame), WSMsgType.BINARY
        if self.session is not None and self.session.compress and len(frame) > _LARGE:
            return zlib.compress(frame, 1), WSMsgType.BINARY
        return frame, WSMsgType.TEXT


def _zlib_stream() -> Callable[[bytes], bytes]:
    deflate = zlib.compressobj(1, wbits=_ZLIB_WINDOW, memLevel=_ZLIB_MEMORY)
    return lambda frame: deflate.compress(frame) + deflate.flush(zlib.Z_SYNC_FLUSH)


def _zstd_stream() -> Callable[[bytes], bytes]:
    compressor = zstd.ZstdCompressor(level=1)
    return lambda frame: compressor.compress(frame, zstd.ZstdCompressor.FLUSH_BLOCK)


STREAMS = {"zlib-stream": _zlib_stream, "zstd-stream": _zstd_stream}
"""How a whole connection may be compressed, by the name that the bot asks for it with."""
