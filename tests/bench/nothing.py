"""A client that does nothing but answer, in a process of its own, so that the rate is the sandbox's."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import deque
from typing import cast
from urllib.parse import urlsplit

import aiohttp
import uvloop

CONNECTIONS = 16
ANSWER = b'{"type":4,"data":{"content":"pong"}}'
IDENTIFY = {"properties": {"os": "linux", "browser": "none", "device": "none"}, "intents": 1}
# Reading the whole event would measure the client.
EVENT = re.compile(rb'"t":"INTERACTION_CREATE".*?"id":"(\d+)".*?"token":"([^"]+)"', re.DOTALL)


class Lines:
    """Connections that post answers, each one at a time, and the answers that wait for one."""

    def __init__(self) -> None:
        self._idle: deque[asyncio.WriteTransport] = deque()
        self._waiting: deque[bytes] = deque()

    def post(self, request: bytes) -> None:
        """Send a request as soon as a connection is free."""
        self._waiting.append(request)
        self._send()

    def free(self, transport: asyncio.WriteTransport) -> None:
        """Take a connection that has nothing to do."""
        self._idle.append(transport)
        self._send()

    def _send(self) -> None:
        while self._waiting and self._idle:
            self._idle.popleft().write(self._waiting.popleft())


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._lines.free(self._transport)

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 204"):
            raise SystemExit(f"refused: {data[:200]!r}")
        assert self._transport is not None
        self._lines.free(self._transport)


async def main(token: str, api_url: str) -> None:
    """Answer until the gateway closes."""
    where = urlsplit(api_url)
    lines = Lines()
    loop = asyncio.get_running_loop()
    assert where.hostname is not None
    assert where.port is not None
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Line(lines), where.hostname, where.port)
    head = f"Host: {where.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n\r\n"
    tail = b" HTTP/1.1\r\n" + head.encode() + ANSWER
    gateway = f"ws://{where.netloc}/gateway?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(gateway) as socket:
        await socket.send_json({"op": 2, "d": IDENTIFY | {"token": token}})
        async for message in socket:
            found = EVENT.search(message.data.encode())
            if found is not None:
                path = b"POST %b/interactions/%b/%b/callback" % (where.path.encode(), found[1], found[2])
                lines.post(path + tail)
            elif '"t":"READY"' in message.data:
                print("ready", flush=True)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:3]))
