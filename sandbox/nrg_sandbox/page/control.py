"""What the page asks of the server: the state as one member sees it, and what that member does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import orjson
from aiohttp import WSMsgType, web

from nrg_sandbox.client.actions import Actions
from nrg_sandbox.errors import ApiError, InvalidOption
from nrg_sandbox.page.pages import Pages
from nrg_sandbox.rest.api import json_response
from nrg_sandbox.world.messages import page_view, react

if TYPE_CHECKING:
    from nrg_sandbox.gateway.gateway import Gateway
    from nrg_sandbox.world.world import World

__all__ = ["Control"]

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"[\w.-]{1,32}")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_COLOURS = ("#5b8c85", "#8c6d5b", "#6d5b8c", "#8c5b75", "#5b758c", "#758c5b", "#8c845b")


class Control:
    """Serves ``/sandbox``: JSON for the page, its event socket, pictures and files.

    Parameters
    ----------
    loopback
        Whether only this machine can reach it: then no other host name is answered to, so that a
        foreign page cannot reach it under a name of its own.
    """

    def __init__(self, world: World, actions: Actions, gateway: Gateway, *, loopback: bool) -> None:
        self._world = world
        self._loopback = loopback
        self._actions = actions
        self._pages = Pages(world, actions, gateway)
        self._streams: set[asyncio.Event] = set()
        self._stopping = False
        world.clock.subscribe(self._clock_moved)

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/sandbox/state", self._state),
            ("GET", "/sandbox/channels/{channel}/messages", self._messages),
            ("POST", "/sandbox/messages", self._say),
            ("POST", "/sandbox/commands", self._command),
            ("POST", "/sandbox/autocomplete", self._autocomplete),
            ("POST", "/sandbox/components", self._component),
            ("POST", "/sandbox/modals", self._modal),
            ("POST", "/sandbox/reactions", self._react),
            ("DELETE", "/sandbox/reactions", self._react),
            ("POST", "/sandbox/members", self._join),
            ("POST", "/sandbox/clock", self._advance),
            ("GET", "/sandbox/clock/stream", self._clock_stream),
            ("GET", "/sandbox/events", self._events),
            ("GET", "/sandbox/attachments/{file}/{name}", self._attachment),
            ("GET", "/sandbox/avatars/{user}.svg", self._avatar),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, path, self._guarded(handler))

    def close(self) -> None:
        """End every stream."""
        self._stopping = True
        self._pages.close()
        for moved in self._streams:
            moved.set()

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            foreign = origin is not None and origin.partition("://")[2] != request.host
            if foreign or (self._loopback and request.url.host not in _LOOPBACK):
                return json_response({"message": "the sandbox answers only its own page"}, 403)
            try:
                return await handler(request)
            except InvalidOption as error:
                return json_response({"message": str(error)}, 400)
            except ApiError as error:
                return json_response(error.body(), error.status)
            except (KeyError, ValueError, TypeError) as error:
                return json_response({"message": f"not understood: {error}"}, 400)

        return guarded

    async def _state(self, request: web.Request) -> web.Response:
        return json_response(self._pages.state(request.query.get("as")))

    async def _messages(self, request: web.Request) -> web.Response:
        user_id = self._actions.user(request.query.get("as"))["id"]
        channel = self._actions.visible_channel(user_id, request.match_info["channel"])
        limit = min(int(request.query.get("limit", "100")), 500)
        views: list[Json] = []
        for message in reversed(channel.messages.values()):
            if message.seen_by(user_id):
                views.append(page_view(message, user_id))
                if len(views) == limit:
                    break
        return json_response(views[::-1])

    async def _say(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = self._actions.user(body.get("as"))
        channel = self._actions.visible_channel(user["id"], str(body.get("channel_id")))
        message = self._actions.say(user, channel, str(body.get("content") or ""), body.get("reply_to"))
        return json_response(page_view(message, user["id"]))

    async def _command(self, request: web.Request) -> web.Response:
        body = await _body(request)
        interaction = self._actions.run_command(
            self._actions.user(body.get("as")),
            str(body.get("channel_id")),
            self._actions.command_by_id(str(body.get("command_id")), str(body.get("channel_id"))),
            body.get("options") or [],
            target_id=body.get("target_id"),
        )
        return json_response({"interaction_id": interaction.id})

    async def _autocomplete(self, request: web.Request) -> web.Response:
        body = await _body(request)
        interaction = self._actions.autocomplete(
            self._actions.user(body.get("as")),
            str(body.get("channel_id")),
            self._actions.command_by_id(str(body.get("command_id")), str(body.get("channel_id"))),
            body.get("options") or [],
        )
        await interaction.answered
        return json_response({"choices": interaction.choices or []})

    async def _component(self, request: web.Request) -> web.Response:
        body = await _body(request)
        interaction = self._actions.use_component(
            self._actions.user(body.get("as")),
            str(body.get("message_id")),
            str(body.get("custom_id")),
            body.get("values"),
        )
        return json_response({"interaction_id": interaction.id})

    async def _modal(self, request: web.Request) -> web.Response:
        body = await _body(request)
        interaction = self._actions.submit_components(
            self._actions.user(body.get("as")), str(body.get("interaction_id")), body.get("components") or []
        )
        return json_response({"interaction_id": interaction.id})

    async def _react(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = self._actions.user(body.get("as"))
        message = self._actions.visible_message(user["id"], str(body.get("message_id")))
        emoji = str(body.get("emoji") or "")
        if not 0 < len(emoji) <= 64:
            raise ApiError.of(10014)
        react(self._world, message, user["id"], emoji, remove=request.method == "DELETE")
        return json_response(page_view(message, user["id"]))

    async def _join(self, request: web.Request) -> web.Response:
        name = str((await _body(request)).get("name") or "").strip()
        if not _NAME.fullmatch(name):
            msg = "a name has 1 to 32 letters, digits, dots, dashes or underscores"
            raise InvalidOption(msg)
        return json_response(self._world.home.join(self._world.person(name)))

    async def _advance(self, request: web.Request) -> web.Response:
        seconds = (await _body(request)).get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 3.2e9:
            msg = "advance takes a number of seconds, not below 0"
            raise InvalidOption(msg)
        self._world.clock.advance(timedelta(seconds=seconds))
        return json_response(self._pages.clock())

    def _clock_moved(self) -> None:
        self._pages.clock_moved()
        for moved in self._streams:
            moved.set()

    async def _clock_stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        moved = asyncio.Event()
        self._streams.add(moved)
        try:
            while not self._stopping:
                moved.clear()
                offset = self._world.clock.offset.total_seconds()
                await response.write(orjson.dumps({"offset": offset}) + b"\n")
                await moved.wait()
        except ConnectionError:
            pass
        finally:
            self._streams.discard(moved)
        return response

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        user_id = self._actions.user(request.query.get("as"))["id"]
        ws = web.WebSocketResponse(compress=False, heartbeat=30)
        await ws.prepare(request)
        queue = self._pages.open(user_id)
        writer = asyncio.create_task(_pump(queue, ws))
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT:
                    break
        finally:
            self._pages.forget(queue)
            writer.cancel()
        return ws

    async def _attachment(self, request: web.Request) -> web.Response:
        file = self._world.files.get(request.match_info["file"])
        if file is None:
            raise ApiError.of(0)
        shown = file.content_type in _PICTURES
        disposition = "inline" if shown else "attachment"
        return web.Response(
            body=file.data,
            headers={
                "Content-Type": file.content_type if shown else "application/octet-stream",
                "Content-Disposition": f'{disposition}; filename="{file.filename}"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _avatar(self, request: web.Request) -> web.Response:
        user = self._world.users.get(request.match_info["user"])
        if user is None:
            raise ApiError.of(10013)
        initial = user["username"][:1].upper()
        letter = initial if initial.isalnum() else "?"
        colour = _COLOURS[(int(user["id"]) >> 22) % len(_COLOURS)]
        picture = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
            f'<rect width="64" height="64" fill="{colour}"/><text x="32" y="43" font-family="sans-serif" '
            f'font-size="32" text-anchor="middle" fill="#fff">{letter}</text></svg>'
        )
        return web.Response(
            text=picture, content_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"}
        )


async def _pump(queue: asyncio.Queue[bytes | None], ws: web.WebSocketResponse) -> None:
    try:
        while (frame := await queue.get()) is not None:
            await ws.send_str(frame.decode())
        await ws.close(code=1001)
    except (ConnectionError, RuntimeError):
        return


async def _body(request: web.Request) -> Json:
    # A foreign page cannot send this content type without asking first.
    if request.content_type != "application/json":
        msg = "send application/json"
        raise InvalidOption(msg)
    try:
        body: Any = orjson.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        msg = "send a JSON object"
        raise InvalidOption(msg)
    return cast("Json", body)
