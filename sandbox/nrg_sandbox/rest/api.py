"""The door of the REST API: who calls, with what, which faults strike, and how refusals look."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.limits import REQUEST_BYTES
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.faults import Fault, Faults
from nrg_sandbox.rest.rate_limits import Bucket, RateLimits, too_many
from nrg_sandbox.world.files import File

if TYPE_CHECKING:
    from nrg_sandbox.audit import Auditor, Violation
    from nrg_sandbox.interactions.interactions import Interactions
    from nrg_sandbox.traffic import Traffic
    from nrg_sandbox.world.commands import Commands
    from nrg_sandbox.world.world import World

__all__ = ["MOST_BYTES", "RestApi", "json_response"]

Json = dict[str, Any]

log = logging.getLogger(__name__)

MOST_BYTES = REQUEST_BYTES + 1024 * 1024
"""What a request may hold in all: its files, and what surrounds them."""

_KEPT_VIOLATIONS = 1000
_VERSION = re.compile(r"^/api(?:/v\d+)?")
# Discord stands behind a proxy; discord.py takes a 429 without this header for a ban.
_VIA = "1.1 nrg-sandbox"
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
# Variable parts of paths that are no ids; all others are.
_NO_SNOWFLAKES = ("code", "emoji", "rest", "token")
_UPLOAD = re.compile(r"files?\[?(\d*)\]?$")


class RestApi:
    """Serves a list of routes under ``/api`` and ``/api/v10``.

    Parameters
    ----------
    auditor
        Holds calls to Discord's own description, where that is at hand.
    gateway
        Tells bots where the gateway is, and how fast they may connect.

    Attributes
    ----------
    violations
        What broke the description, oldest first.
    """

    def __init__(
        self,
        world: World,
        commands: Commands,
        interactions: Interactions,
        traffic: Traffic,
        limits: RateLimits,
        auditor: Auditor | None,
        gateway: Callable[[], Json],
    ) -> None:
        self.world = world
        self.commands = commands
        self.interactions = interactions
        self.gateway = gateway
        self.limits = limits
        self.faults = Faults()
        self.nonces: dict[tuple[str, str], str] = {}
        self.violations: deque[Violation] = deque(maxlen=_KEPT_VIOLATIONS)
        self._auditor = auditor
        self._traffic = traffic
        self._stopping = asyncio.Event()

    def install(self, app: web.Application, routes: list[Route]) -> None:
        """Add the routes, and an answer for every path that none of them serves."""
        for route in routes:
            entry = self._entry(route)
            for prefix in ("/api/v10", "/api/v9", "/api"):
                app.router.add_route(route.method, prefix + route.path, entry)
        app.router.add_route("*", "/api/{rest:.*}", self._unknown)

    def stop(self) -> None:
        """Let go of calls that hang."""
        self._stopping.set()

    def _entry(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        bucket = self.limits.bucket(route.method, route.path)

        async def entry(request: web.Request) -> web.StreamResponse:
            began = time.monotonic()
            call = Call(self, request)
            fault = self.faults.take(request.method, _VERSION.sub("", request.path))
            if fault is not None and (struck := await self._strike(fault, request, call)) is not None:
                return struck
            response = await self._within_limits(route, bucket, request, call)
            response.headers["Via"] = _VIA
            self._record(request, call, response, began, self._audited(request, call, response))
            if fault is not None and fault.latency:
                await self._pause(fault.latency)
            if fault is not None and fault.lost:
                _break_off(request)
            return response

        return entry

    async def _within_limits(
        self, route: Route, bucket: Bucket | None, request: web.Request, call: Call
    ) -> web.Response:
        if bucket is None:
            return await self._answer(route, None, request, call)
        caller = request.headers.get("Authorization", "")
        headers, refusal = self.limits.take(bucket, caller, call.ids)
        if refusal is not None:
            response = json_response(refusal, 429)
        else:
            response = await self._answer(route, bucket, request, call)
        response.headers.update(headers)
        return response

    async def _answer(
        self, route: Route, bucket: Bucket | None, request: web.Request, call: Call
    ) -> web.Response:
        try:
            if route.token and request.headers.get("Authorization") != f"Bot {self.world.token}":
                raise ApiError.unauthorized()
            _check_ids(call.ids)
            if request.can_read_body:
                await _read(call, request)
            if bucket is not None:
                headers, refusal = self.limits.take_resource(bucket, call.ids, call.body)
                if refusal is not None:
                    return json_response(refusal, 429, headers)
            result = route.handler(call)
        except ApiError as error:
            return json_response(error.body(), error.status)
        except web.HTTPRequestEntityTooLarge:
            return json_response(ApiError.of(40005).body(), 413)
        except Exception:
            log.exception("the sandbox itself failed at %s %s", request.method, request.path)
            return json_response({"message": "500: Internal Server Error", "code": 0}, 500)
        return web.Response(status=204) if result is None else json_response(result, call.status)

    def _audited(self, request: web.Request, call: Call, response: web.Response) -> Sequence[Violation]:
        if self._auditor is None:
            return ()
        answer = orjson.loads(response.body) if isinstance(response.body, bytes) and response.body else None
        found = self._auditor.check(
            request.method,
            _VERSION.sub("", request.path),
            list(request.query.items()),
            request.headers.get("Content-Type", ""),
            call.body,
            response.status,
            answer,
        )
        for violation in found:
            log.error("against Discord's description: %s", violation)
        self.violations.extend(found)
        return found

    async def _strike(self, fault: Fault, request: web.Request, call: Call) -> web.Response | None:
        began = time.monotonic()
        if fault.hang:
            self._record(request, call, None, began)
            await self._stopping.wait()
            return web.Response(status=503)
        if fault.status is None:
            return None
        response = _refused(fault.status, fault.retry_after, everywhere=fault.everywhere)
        response.headers["Via"] = _VIA
        self._record(request, call, response, began)
        await self._pause(fault.latency)
        return response

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _record(
        self,
        request: web.Request,
        call: Call,
        response: web.Response | None,
        began: float,
        violations: Sequence[Violation] = (),
    ) -> None:
        body = b""
        if response is not None:
            self.limits.note(response.status, response.headers)
            body = response.body if isinstance(response.body, bytes) else b""
        self._traffic.called(
            request.method,
            _VERSION.sub("", request.path),
            request.query_string,
            response.status if response is not None else 0,
            seconds=time.monotonic() - began,
            request=call.raw,
            response=body,
            violations=tuple(str(violation) for violation in violations),
        )
        self.world.bus.touch()

    async def _unknown(self, request: web.Request) -> web.Response:
        log.error("NOT SERVED by the sandbox: %s %s", request.method, request.path)
        response = json_response(ApiError.of(0).body(), 404)
        call = Call(self, request)
        self._record(request, call, response, time.monotonic(), self._audited(request, call, response))
        return response


def json_response(
    payload: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return JSON with the content type that every client library knows."""
    body = orjson.dumps(payload)
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _refused(status: int, retry_after: float | None, *, everywhere: bool) -> web.Response:
    if status != 429:
        return json_response({"message": f"{status}: made by the sandbox", "code": 0}, status)
    wait = 1.0 if retry_after is None else retry_after
    headers, body = too_many(wait, "global" if everywhere else "user")
    return json_response(body, 429, headers)


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _check_ids(ids: Mapping[str, str]) -> None:
    problems = Problems()
    for name, value in ids.items():
        if name not in _NO_SNOWFLAKES and not value.isdecimal() and not value.startswith("@"):
            problems.add((f"{name}_id",), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    problems.raise_any()


async def _read(call: Call, request: web.Request) -> None:
    if (request.content_length or 0) > MOST_BYTES:
        raise ApiError.of(40005)
    if request.content_type in _FORMS:
        await _read_form(call, request)
    else:
        call.raw = await request.read()
        if call.raw and request.content_type != "application/json":
            raise _wrong_content()
    if not call.raw:
        return
    try:
        call.body = orjson.loads(call.raw)
    except ValueError:
        raise ApiError.of(50109) from None


async def _read_form(call: Call, request: web.Request) -> None:
    try:
        form = await request.post()
    except ValueError:
        raise _wrong_content() from None
    call.raw = _bytes(form.get("payload_json", "{}"))
    for name, field in form.items():
        if isinstance(field, web.FileField) and (match := _UPLOAD.match(name)):
            number = int(match[1] or 0)
            with field.file as file:
                call.uploads[number] = File(field.filename, field.content_type, file.read())


def _wrong_content() -> ApiError:
    accepted = "{'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'}"
    message = f'Expected "Content-Type" header to be one of {accepted}.'
    fault = {"code": "CONTENT_TYPE_INVALID", "message": message}
    return ApiError(400, 50035, "Invalid Form Body", {"_errors": [fault]})


def _bytes(field: str | bytes | bytearray | web.FileField) -> bytes:
    if isinstance(field, web.FileField):
        return field.file.read()
    return field.encode() if isinstance(field, str) else bytes(field)
