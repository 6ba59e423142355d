"""The door of the REST API: who calls, with what, which faults strike, and how refusals look."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import orjson
from aiohttp import web

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.rest.faults import Fault, Faults
from nrg_sandbox.world.files import File

if TYPE_CHECKING:
    from nrg_sandbox.interactions.interactions import Interactions
    from nrg_sandbox.world.commands import Commands
    from nrg_sandbox.world.world import World

__all__ = ["Call", "Handler", "RestApi", "Route", "json_response"]

Json = dict[str, Any]

log = logging.getLogger(__name__)

_KEPT_REQUESTS = 10_000
_VERSION = re.compile(r"^/api(?:/v\d+)?")
_BUCKET_LIMIT = 1000
_UPLOAD = re.compile(r"files?\[?(\d*)\]?$")


class Request(NamedTuple):
    """One REST call that a bot made; ``path`` starts after ``/api/v10``."""

    method: str
    path: str
    status: int


class Call:
    """A call on its way through a handler.

    Attributes
    ----------
    ids
        The variable parts of the path.
    body
        The JSON body: an object, or a list for bulk calls.
    uploads
        The files that came with it, by number.
    status
        The status of a successful answer that has a body.
    """

    __slots__ = ("api", "body", "ids", "query", "status", "uploads", "world")

    def __init__(self, api: RestApi, request: web.Request) -> None:
        self.api = api
        self.world = api.world
        self.ids = request.match_info
        self.query = request.query
        self.body: Any = None
        self.uploads: dict[int, File] = {}
        self.status = 200

    def form(self) -> Json:
        """Return the body as an object.

        Raises
        ------
        ApiError
            50035, when it is something else.
        """
        body: object = self.body
        if not isinstance(body, dict):
            problems = Problems()
            problems.add((), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            problems.raise_any()
        return cast("Json", body)

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number from the query, between 1 and ``most``.

        Raises
        ------
        ApiError
            50035, when it is out of bounds.
        """
        raw = self.query.get(name)
        if raw is None:
            return default
        if not raw.isdigit() or not 1 <= int(raw) <= most:
            problems = Problems()
            problems.add((name,), "NUMBER_TYPE_MAX", f"int value should be between 1 and {most}.")
            problems.raise_any()
        return int(raw)


Handler = Callable[[Call], Any]


class Route(NamedTuple):
    """A method and path of the API, and who serves it; ``limited`` routes carry rate-limit headers."""

    method: str
    path: str
    handler: Handler
    token: bool = True
    limited: bool = True


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
        gateway_url: Callable[[], str],
    ) -> None:
        self.world = world
        self.commands = commands
        self.interactions = interactions
        self.gateway_url = gateway_url
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=_KEPT_REQUESTS)
        self.nonces: dict[tuple[str, str], tuple[float, str]] = {}
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
            path = _VERSION.sub("", request.path)
            fault = self.faults.take(request.method, path)
            if fault is not None and (struck := await self._strike(fault, request, path)) is not None:
                return struck
            response = await self._answer(route, request)
            if route.limited:
                _add_limit(response, bucket)
            self._record(request.method, path, response.status)
            if fault is not None and fault.lost:
                _break_off(request)
            return response

        return entry

    async def _answer(self, route: Route, request: web.Request) -> web.Response:
        call = Call(self, request)
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

    async def _strike(self, fault: Fault, request: web.Request, path: str) -> web.Response | None:
        if fault.hang:
            self._record(request.method, path, 0)
            await self._stopping.wait()
            return web.Response(status=503)
        if fault.status is None:
            return None
        self._record(request.method, path, fault.status)
        if fault.status != 429:
            return json_response({"message": f"{fault.status}: made by the sandbox", "code": 0}, fault.status)
        wait = fault.retry_after if fault.retry_after is not None else 1.0
        body: Json = {
            "message": "You are being rate limited.",
            "retry_after": wait,
            "global": fault.everywhere,
        }
        response = json_response(body, 429)
        response.headers["Retry-After"] = str(wait)
        response.headers["X-RateLimit-Scope"] = "global" if fault.everywhere else "user"
        if fault.everywhere:
            response.headers["X-RateLimit-Global"] = "true"
        return response

    def _record(self, method: str, path: str, status: int) -> None:
        self.requests.append(Request(method, path, status))
        self.world.bus.touch()

    async def _unknown(self, request: web.Request) -> web.Response:
        path = _VERSION.sub("", request.path)
        log.error("NOT SERVED by the sandbox: %s %s", request.method, request.path)
        self._record(request.method, path, 404)
        return json_response(ApiError.of(0).body(), 404)


def json_response(payload: object, status: int = 200) -> web.Response:
    """Return JSON with the content type that every client library knows."""
    return web.Response(body=orjson.dumps(payload), status=status, content_type="application/json")


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
        raw: Any = form.get("payload_json", b"{}")
        for name, field in form.items():
            if isinstance(field, web.FileField) and (match := _UPLOAD.match(name)):
                number = int(match[1] or 0)
                call.uploads[number] = File(field.filename, field.content_type, field.file.read())
    else:
        raw = await request.read()
    if not raw:
        return
    try:
        call.body = orjson.loads(raw)
    except ValueError:
        raise ApiError.of(50109) from None
