"""Reading what the page sends, and the shape of what it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nrg_sandbox.errors import InvalidOption

__all__ = ["Body", "Handler", "Json", "Room", "answer", "number", "read"]

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Room = list[tuple[str, str, Handler]]
"""The routes that one part of the page's server serves: method, path, handler."""


class Body(BaseModel):
    """What every body may carry; a field that is not known is refused, for it is a mistyped one.

    Attributes
    ----------
    viewer
        The member who acts, by id or name: ``as`` on the wire. The first ordinary one when absent.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    viewer: str | None = Field(None, alias="as")


BodyT = TypeVar("BodyT", bound=Body)


async def read(request: web.Request, shape: type[BodyT]) -> BodyT:
    """Return the JSON body of a request.

    Raises
    ------
    InvalidOption
        If it is not what is asked for, saying which field.
    """
    # A foreign page cannot send this content type without asking first.
    if request.content_type != "application/json":
        msg = "send application/json"
        raise InvalidOption(msg)
    try:
        return shape.model_validate_json(await request.read())
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = [f"{'.'.join(map(str, fault['loc'])) or 'the body'}: {fault['msg']}" for fault in faults]
        raise InvalidOption("; ".join(told)) from None


def number(request: web.Request, name: str, default: int, most: int | None = None) -> int:
    """Return a whole number from the query, at most ``most``.

    Raises
    ------
    InvalidOption
        If it is none.
    """
    raw = request.query.get(name)
    if raw is None:
        return default
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 20):
        msg = f"{name} is a whole number, not {raw[:40]!r}"
        raise InvalidOption(msg)
    return int(raw) if most is None else min(int(raw), most)


def answer(payload: object, status: int = 200) -> web.Response:
    """Return JSON."""
    return web.Response(body=orjson.dumps(payload), status=status, content_type="application/json")
