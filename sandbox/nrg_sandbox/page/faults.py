"""The fault panel's side of the server: what shall go wrong, arranged by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aiohttp import web
from pydantic import Field

from nrg_sandbox.errors import ApiError, InvalidOption
from nrg_sandbox.page.requests import Body, Json, Room, answer, read

if TYPE_CHECKING:
    from nrg_sandbox.gateway.gateway import Gateway
    from nrg_sandbox.interactions.interactions import Interactions
    from nrg_sandbox.rest.faults import Fault, Faults

__all__ = ["FaultPanel"]


class _Asked(Body):
    method: str
    path: str
    status: int | None = None
    times: int = 1
    retry_after: float | None = None
    hang: bool = False
    lost: bool = False
    everywhere: bool = False
    latency: float = 0.0


class _Stroke(Body):
    what: Literal["reconnect", "invalidate", "drop", "repeat"]
    resumable: bool = False
    code: int | None = Field(None, ge=1000, le=4999)


class FaultPanel:
    """Arranges faults of the REST API, and strikes the gateway at once."""

    def __init__(self, faults: Faults, gateway: Gateway, interactions: Interactions) -> None:
        self._faults = faults
        self._gateway = gateway
        self._interactions = interactions

    def routes(self) -> Room:
        """Return its routes."""
        return [
            ("GET", "/sandbox/faults", self._list),
            ("POST", "/sandbox/faults", self._arrange),
            ("DELETE", "/sandbox/faults/{fault}", self._remove),
            ("POST", "/sandbox/gateway", self._strike),
        ]

    def pending(self) -> list[Json]:
        """Return the faults still to come."""
        return [_view(fault) for fault in self._faults.pending()]

    async def _list(self, _: web.Request) -> web.Response:
        return answer(self.pending())

    async def _arrange(self, request: web.Request) -> web.Response:
        asked = await read(request, _Asked)
        try:
            self._faults.ask(
                asked.method,
                asked.path,
                status=asked.status,
                times=asked.times,
                retry_after=asked.retry_after,
                hang=asked.hang,
                lost=asked.lost,
                everywhere=asked.everywhere,
                latency=asked.latency,
            )
        except ValueError as error:
            raise InvalidOption(str(error)) from None
        return answer(self.pending())

    async def _remove(self, request: web.Request) -> web.Response:
        wanted = request.match_info["fault"]
        if not (wanted.isdecimal() and len(wanted) < 18 and self._faults.remove(int(wanted))):
            raise ApiError.of(0)
        return answer(self.pending())

    async def _strike(self, request: web.Request) -> web.Response:
        asked = await read(request, _Stroke)
        if asked.what == "reconnect":
            self._gateway.reconnect()
        elif asked.what == "invalidate":
            self._gateway.invalidate(resumable=asked.resumable)
        elif asked.what == "drop":
            await self._gateway.drop(asked.code)
        else:
            latest = self._interactions.latest()
            if latest is None:
                msg = "no interaction has been sent yet: run a command first"
                raise InvalidOption(msg)
            self._interactions.deliver_again(latest)
        return answer({})


def _view(fault: Fault) -> Json:
    return {
        "id": fault.id,
        "method": fault.method,
        "path": fault.path.pattern,
        "status": fault.status,
        "times": fault.times,
        "retry_after": fault.retry_after,
        "hang": fault.hang,
        "lost": fault.lost,
        "everywhere": fault.everywhere,
        "latency": fault.latency,
    }
