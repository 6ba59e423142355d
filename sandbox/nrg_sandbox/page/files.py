"""Files: those that members add, those that messages carry, and everybody's picture."""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING

from aiohttp import web

from nrg_sandbox.errors import ApiError, InvalidOption
from nrg_sandbox.forms.limits import FILE_BYTES
from nrg_sandbox.page.requests import Room, answer
from nrg_sandbox.world.files import File

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions

__all__ = ["Files"]

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_COLOURS = ("#5b8c85", "#8c6d5b", "#6d5b8c", "#8c5b75", "#5b758c", "#758c5b", "#8c845b")
_ODD_IN_NAME = re.compile(r"[^\w.\-]")


class Files:
    """Takes uploads and serves files and pictures."""

    def __init__(self, actions: Actions) -> None:
        self._world = actions.world
        self._actions = actions

    def routes(self) -> Room:
        """Return its routes."""
        return [
            ("POST", "/sandbox/files", self._upload),
            ("GET", "/sandbox/attachments/{file}/{name}", self._attachment),
            ("GET", "/sandbox/avatars/{user}.svg", self._avatar),
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        """Keep a file that a member means to send; the body is the file itself."""
        self._actions.user(request.query.get("as"))
        name = _ODD_IN_NAME.sub("_", request.query.get("name", ""))[-200:]
        if not name:
            msg = "name says what the file is called"
            raise InvalidOption(msg)
        data = await request.read()
        if len(data) > FILE_BYTES:
            raise ApiError.of(40005)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = File(name, kind, data, id=self._world.snowflakes.next())
        self._world.files.put(file)
        return answer(file.payload(self._world.base_url, ephemeral=False))

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
                "Content-Disposition": f'{disposition}; filename="{_ODD_IN_NAME.sub("_", file.filename)}"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _avatar(self, request: web.Request) -> web.Response:
        user = self._world.user(request.match_info["user"])
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
