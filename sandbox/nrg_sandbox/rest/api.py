"""The door of the REST API: who calls, with what, which faults strike, and how refusals look."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from nrg_sandbox.errors import ApiError
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.faults import Fault, Faults
from nrg_sandbox.world.files import File

if TYPE_CHECKING:
    from nrg_sandbox.interactions.interactions import Interactions
    from nrg_sandbox.traffic import Traffic
    from nrg_sandbox.world.commands import Commands
    from nrg_sandbox.world.world import World

__all__ = ["RestApi", "json_response"]

Json = dict[str, Any]

log = logging.getLogger(__name__)

_VERSION = re.compile(r"^/api(?:/v\d+)?")
_BUCKET_LIMIT = 1000
_UPLOAD = re.compile(r"files?\[?(\d*)\]?$")


class RestApi:
    """Serves a list of routes under ``/api`` and ``/api/v10``.

    Parameters
    ----------
    gateway_url
        Tells bots where the gateway is, once the server listens.
    """

    def __init__(
        self,
        world: World,
        commands: Commands,
        interactions: Interactions,
        traffic: Traffic,
        gateway_url: Callable[[], str],
    ) -> None:
        self.world = world
        self.commands = commands
        self.interactions = interactions
        self.gateway_url = gateway_url
        self.faults = Faults()
        self.nonces: dict[tuple[str, str], tuple[float, str]] = {}
        self._traffic = traffic
        self._stopping = asyncio.Event()

    def install(self, app: web.Application, routes: list[Route]) -> None:
        """Add the routes, and an answer for every path that none of them serves."""
        for number, route in enumerate(routes):
            entry = self._entry(route, f"{number:032x}")
            for prefix in ("/api/v10", "/api/v9", "/api"):
                app.router.add_route(route.method, prefix + route.path, entry)
        app.router.add_route("*", "/api/{rest:.*}", self._unknown)

    def stop(self) -> None:
        """Let go of calls that hang."""
        self._stopping.set()

    def _entry(self, route: Route, bucket: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def entry(request: web.Request) -> web.StreamResponse:
            began = time.monotonic()
            path = _VERSION.sub("", request.path)
            call = Call(self, request)
            fault = self.faults.take(request.method, path)
            if fault is not None and (struck := await self._strike(fault, request, call)) is not None:
                return struck
            response = await self._answer(route, request, call)
            if route.limited:
                _add_limit(response, bucket)
            self._record(request, call, response, began)
            if fault is not None and fault.lost:
                _break_off(request)
            return response

        return entry

    async def _answer(self, route: Route, request: web.Request, call: Call) -> web.Response:
        try:
            if route.token and request.headers.get("Authorization") != f"Bot {self.world.token}":
                raise ApiError.unauthorized()
            if request.can_read_body:
                await _read(call, request)
            result = route.handler(call)
        except ApiError as error:
            return json_response(error.body(), error.status)
        except web.HTTPRequestEntityTooLarge:
            return json_response(ApiError.of(40005).body(), 413)
        except Exception:
            log.exception("the sandbox itself failed at %s %s", request.method, request.path)
            return json_response({"message": "500: Internal Server Error", "code": 0}, 500)
        return web.Response(status=204) if result is None else json_response(result, call.status)

    async def _strike(self, fault: Fault, request: web.Request, call: Call) -> web.Response | None:
        began = time.monotonic()
        if fault.hang:
            self._record(request, call, None, began)
            await self._stopping.wait()
            return web.Response(status=503)
        if fault.status is None:
            return None
        response = _refused(fault.status, fault.retry_after, everywhere=fault.everywhere)
        self._record(request, call, response, began)
        return response

    def _record(self, request: web.Request, call: Call, response: web.Response | None, began: float) -> None:
        body = response.body if response is not None else None
        self._traffic.called(
            request.method,
            _VERSION.sub("", request.path),
            request.query_string,
            response.status if response is not None else 0,
            seconds=time.monotonic() - began,
            request=call.raw,
            response=body if isinstance(body, bytes) else b"",
        )
        self.world.bus.touch()

    async def _unknown(self, request: web.Request) -> web.Response:
        log.error("NOT SERVED by the sandbox: %s %s", request.method, request.path)
        response = json_response(ApiError.of(0).body(), 404)
        self._record(request, Call(self, request), response, time.monotonic())
        return response


def json_response(payload: object, status: int = 200) -> web.Response:
    """Return JSON with the content type that every client library knows."""
    return web.Response(body=orjson.dumps(payload), status=status, content_type="application/json")


def _refused(status: int, retry_after: float | None, *, everywhere: bool) -> web.Response:
    if status != 429:
        return json_response({"message": f"{status}: made by the sandbox", "code": 0}, status)
    wait = retry_after if retry_after is not None else 1.0
    body: Json = {"message": "You are being rate limited.", "retry_after": wait, "global": everywhere}
    response = json_response(body, 429)
    response.headers["Retry-After"] = str(wait)
    response.headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    if everywhere:
        response.headers["X-RateLimit-Global"] = "true"
    return response


def _add_limit(response: web.Response, bucket: str) -> None:
    now = time.time()
    # One generous window a second; its end is the same for all calls in it.
    reset = int(now) + 1
    response.headers.update(
        {
            "X-RateLimit-Limit": str(_BUCKET_LIMIT),
            "X-RateLimit-Remaining": str(_BUCKET_LIMIT - 1),
            "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Reset-After": f"{reset - now:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
    )


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _read(call: Call, request: web.Request) -> None:
    if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        form = await request.post()
        payload = form.get("payload_json", "{}")
        call.raw = _bytes(payload)
        for name, field in form.items():
            if isinstance(field, web.FileField) and (match := _UPLOAD.match(name)):
                number = int(match[1] or 0)
                call.uploads[number] = File(field.filename, field.content_type, field.file.read())
    else:
        call.raw = await request.read()
    if not call.raw:
        return
    try:
        call.body = orjson.loads(call.raw)
    except ValueError:
        raise ApiError.of(50109) from None


def _bytes(field: str | bytes | bytearray | web.FileField) -> bytes:
    if isinstance(field, web.FileField):
        return field.file.read()
    return field.encode() if isinstance(field, str) else bytes(field)
