"""The page's door: who is answered, what they may read, and the socket over which they are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from nrg_sandbox.errors import ApiError, InvalidOption
from nrg_sandbox.page.clock import ClockRoom
from nrg_sandbox.page.deeds import Deeds
from nrg_sandbox.page.faults import FaultPanel
from nrg_sandbox.page.files import Files
from nrg_sandbox.page.inspector import Inspector
from nrg_sandbox.page.pages import OpenPage, Pages
from nrg_sandbox.page.requests import Handler, Room, answer, number
from nrg_sandbox.page.views import Views

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions
    from nrg_sandbox.gateway.gateway import Gateway
    from nrg_sandbox.rest.faults import Faults
    from nrg_sandbox.traffic import Traffic
    from nrg_sandbox.world.channel import Channel

__all__ = ["Control"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_FOUND = 100


class Control:
    """Serves ``/sandbox``: JSON for the page, its event socket, pictures and files.

    Parameters
    ----------
    loopback
        Whether only this machine can reach it: then no other host name is answered to, so that a
        foreign page cannot reach it under a name of its own.
    """

    def __init__(
        self, actions: Actions, gateway: Gateway, faults: Faults, traffic: Traffic, *, loopback: bool
    ) -> None:
        self._actions = actions
        self._loopback = loopback
        self._views = Views(actions, gateway)
        self._pages = Pages(actions.world, self._views)
        self._clock = ClockRoom(actions.world.clock, self._views, self._pages)
        self._deeds = Deeds(actions, self._views, self._pages)
        self._files = Files(actions)
        self._faults = FaultPanel(faults, gateway, actions.interactions)
        self._inspector = Inspector(traffic, self._faults, self._pages)

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        rooms = (self._clock, self._deeds, self._files, self._faults, self._inspector)
        for method, path, handler in (*self._routes(), *(one for room in rooms for one in room.routes())):
            app.router.add_route(method, path, self._guarded(handler))

    def close(self) -> None:
        """End every stream."""
        self._inspector.close()
        self._pages.close()
        self._clock.close()

    def _routes(self) -> Room:
        return [
            ("GET", "/sandbox/state", self._state),
            ("GET", "/sandbox/members", self._members),
            ("GET", "/sandbox/channels/{channel}/messages", self._messages),
            ("GET", "/sandbox/channels/{channel}/commands", self._commands),
            ("GET", "/sandbox/channels/{channel}/threads", self._threads),
            ("GET", "/sandbox/channels/{channel}/pins", self._pins),
            ("GET", "/sandbox/events", self._events),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            foreign = origin is not None and origin.partition("://")[2] != request.host
            if foreign or (self._loopback and request.url.host not in _LOOPBACK):
                return answer({"message": "the sandbox answers only its own page"}, 403)
            try:
                return await handler(request)
            except InvalidOption as error:
                return answer({"message": str(error)}, 400)
            except ApiError as error:
                return answer(error.body(), error.status)

        return guarded

    async def _state(self, request: web.Request) -> web.Response:
        user = self._actions.user(request.query.get("as"))
        return answer(self._views.state(user, request.query.get("guild")))

    async def _members(self, request: web.Request) -> web.Response:
        """Find members by id, or by a part of their names."""
        user_id: str = self._actions.user(request.query.get("as"))["id"]
        guild = self._views.guild_of(user_id, request.query.get("guild"))
        if "ids" in request.query:
            return answer(self._views.people(guild, request.query["ids"].split(",")[:_MOST_FOUND]))
        limit = number(request, "limit", 25, _MOST_FOUND)
        return answer(self._views.search_members(guild, request.query.get("query", ""), limit))

    async def _messages(self, request: web.Request) -> web.Response:
        user_id, room = self._place(request)
        stretch = self._views.messages(
            user_id,
            room,
            number(request, "limit", 50, 500),
            before=number(request, "before", 0),
            after=number(request, "after", 0),
            around=number(request, "around", 0),
        )
        return answer(stretch)

    async def _commands(self, request: web.Request) -> web.Response:
        return answer(self._views.commands(*self._place(request)))

    async def _threads(self, request: web.Request) -> web.Response:
        return answer(self._views.threads(*self._place(request)))

    async def _pins(self, request: web.Request) -> web.Response:
        return answer(self._views.pins(*self._place(request)))

    def _place(self, request: web.Request) -> tuple[str, Channel]:
        user_id: str = self._actions.user(request.query.get("as"))["id"]
        return user_id, self._actions.visible_channel(user_id, request.match_info["channel"])

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        user = self._actions.user(request.query.get("as"))
        guild = self._views.guild_of(user["id"], request.query.get("guild"))
        # Listening begins before the page is answered: nothing that happens in between is missed. How things
        # stand goes the same way, first: over another it might arrive after what has changed them since.
        page = self._pages.open(user["id"], guild.id)
        page.tell("STATE", self._views.state(user, guild.id))
        ws = web.WebSocketResponse(compress=False, heartbeat=30)
        try:
            await ws.prepare(request)
            writer = asyncio.create_task(_pump(page, ws))
            try:
                await self._listen(page, ws)
            finally:
                writer.cancel()
        finally:
            self._inspector.forget(page)
            self._pages.forget(page)
        return ws

    async def _listen(self, page: OpenPage, ws: web.WebSocketResponse) -> None:
        """Heed the two words that a page says: that it watches the traffic, and that it ceases to."""
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                return
            if message.data == "watch":
                self._inspector.watch(page)
            elif message.data == "unwatch":
                self._inspector.forget(page)


async def _pump(page: OpenPage, ws: web.WebSocketResponse) -> None:
    try:
        while (frame := await page.queue.get()) is not None:
            await ws.send_str(frame.decode())
        await ws.close(code=1001)
    except (ConnectionError, RuntimeError):
        return
