"""The HTTP server: REST, gateway, control and the page on one port."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from nrg_sandbox.page.control import Control
from nrg_sandbox.rest import (
    applications,
    audit_log,
    bans,
    channels,
    emojis,
    guilds,
    interactions,
    invites,
    members,
    messages,
    pins,
    reactions,
    roles,
    scheduled_events,
    thread_members,
    threads,
    users,
    voice,
    webhooks,
)
from nrg_sandbox.rest.api import MOST_BYTES

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions
    from nrg_sandbox.gateway.gateway import Gateway
    from nrg_sandbox.rest import RestApi
    from nrg_sandbox.traffic import Traffic
    from nrg_sandbox.world.world import World

__all__ = ["Server"]

_ROUTES = [
    *applications.ROUTES,
    *audit_log.ROUTES,
    *bans.ROUTES,
    *channels.ROUTES,
    *emojis.ROUTES,
    *guilds.ROUTES,
    # Before those of interactions, which share their paths.
    *webhooks.ROUTES,
    *interactions.ROUTES,
    *invites.ROUTES,
    *members.ROUTES,
    # Before those of messages: "pins" stands where an id may stand.
    *pins.ROUTES,
    *messages.ROUTES,
    *reactions.ROUTES,
    *roles.ROUTES,
    *scheduled_events.ROUTES,
    *thread_members.ROUTES,
    *threads.ROUTES,
    *users.ROUTES,
    *voice.ROUTES,
]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE = ("0.0.0.0", "::")
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Server:
    """Listens on one port and hands each request to its room."""

    def __init__(
        self,
        world: World,
        rest: RestApi,
        gateway: Gateway,
        actions: Actions,
        traffic: Traffic,
        *,
        host: str,
        port: int,
        public_url: str | None,
    ) -> None:
        self._world = world
        self._rest = rest
        self._gateway = gateway
        self._host = host
        self._port = port
        self._public_url = public_url
        self._control = Control(actions, gateway, rest.faults, traffic, loopback=host in _LOOPBACK)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; the world learns its own address."""
        app = web.Application(client_max_size=MOST_BYTES)
        self._rest.install(app, _ROUTES)
        self._control.install(app)
        app.router.add_get("/gateway", self._gateway.handle)
        app.router.add_get("/gateway/", self._gateway.handle)
        app.router.add_get("/", _page)
        app.router.add_get("/{file:.+}", _page)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        host = "127.0.0.1" if self._host in _EVERYWHERE else self._host
        base = self._public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self._world.base_url = base.rstrip("/")
        self._gateway.url = f"ws{self._world.base_url.removeprefix('http')}/gateway"

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self._rest.stop()
        self._control.close()
        await self._gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def _page(request: web.Request) -> web.StreamResponse:
    wanted = _static(request.match_info.get("file") or "index.html")
    if wanted is None:
        return web.Response(status=404, text="There is nothing here.\n", headers=_PAGE_HEADERS)
    return web.FileResponse(wanted, headers=_PAGE_HEADERS)


def _static(name: str) -> Path | None:
    root = Path(str(resources.files("nrg_sandbox") / "static")).resolve()
    wanted = (root / name).resolve()
    return wanted if wanted.is_relative_to(root) and wanted.is_file() else None
