"""One call on its way through a handler: what it names, what it carries, and whether the bot may."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import unquote

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.thread_activity import settle

if TYPE_CHECKING:
    from aiohttp import web

    from nrg_sandbox.rest.api import RestApi
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.files import File
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.messages import Message

__all__ = ["Call", "Handler", "Route"]

Json = dict[str, Any]


class Call:
    """A call on its way through a handler.

    Attributes
    ----------
    ids
        The variable parts of the path.
    body
        The JSON body: an object, or a list for bulk calls; None when there is none.
    raw
        The same as it came over the wire.
    uploads
        The files that came with it, by number.
    reason
        What the bot wants written into the audit log.
    status
        The status of a successful answer that has a body.
    """

    __slots__ = ("api", "body", "ids", "query", "raw", "reason", "status", "uploads", "world")

    def __init__(self, api: RestApi, request: web.Request) -> None:
        self.api = api
        self.world = api.world
        self.ids = request.match_info
        self.query = request.query
        reason = request.headers.get("X-Audit-Log-Reason")
        self.reason = unquote(reason) if reason else None
        self.body: Any = None
        self.raw = b""
        self.uploads: dict[int, File] = {}
        self.status = 200

    # What it carries

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

    def number(self, name: str, default: int, most: int, least: int = 1) -> int:
        """Return a whole number from the query, between ``least`` and ``most``.

        Raises
        ------
        ApiError
            50035, when it is out of bounds.
        """
        raw = self.query.get(name)
        if raw is None:
            return default
        if not raw.isdecimal() or not least <= int(raw) <= most:
            problems = Problems()
            problems.add((name,), "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")
            problems.raise_any()
        return int(raw)

    def snowflake(self, name: str) -> int | None:
        """Return an id from the query.

        Raises
        ------
        ApiError
            50035, when it is none.
        """
        raw = self.query.get(name)
        if raw is not None and not raw.isdecimal():
            problems = Problems()
            problems.add((name,), "NUMBER_TYPE_COERCE", f'Value "{raw}" is not snowflake.')
            problems.raise_any()
        return None if raw is None else int(raw)

    def flag(self, name: str) -> bool:
        """Return a yes or no from the query; absent means no."""
        return self.query.get(name, "").lower() in ("true", "1")

    # What it names, and whether the bot may

    @property
    def bot_id(self) -> str:
        """The user id of the bot that calls."""
        return self.world.bot["id"]

    def guild(self, needs: int = 0) -> Guild:
        """Return the server of the path.

        Parameters
        ----------
        needs
            Permissions that the bot must have on it.

        Raises
        ------
        ApiError
            10004 when there is none, 50001 when the bot is not on it, 50013 when it lacks a permission.
        """
        guild = self.world.guild(self.ids["guild"])
        if self.bot_id not in guild.members:
            raise ApiError.of(50001)
        _require(guild.permissions(self.bot_id), needs)
        return guild

    def channel(self, needs: int = 0) -> Channel:
        """Return the channel of the path; a thread as it is by now, archived if it was quiet for long.

        Parameters
        ----------
        needs
            Permissions that the bot must have in it, besides seeing it.

        Raises
        ------
        ApiError
            10003 when there is none, 50001 when the bot does not see it, 50013 when it lacks a permission.
        """
        channel = self.world.channel(self.ids["channel"])
        self.require(channel, needs)
        if channel.is_thread:
            settle(channel)
        return channel

    def require(self, channel: Channel, needs: int) -> None:
        """Check that the bot sees a channel and has permissions in it.

        Raises
        ------
        ApiError
            50001 when the bot does not see it, 50013 when it lacks a permission.
        """
        allowed = self.world.permissions(self.bot_id, channel)
        if not allowed & Permission.VIEW_CHANNEL:
            raise ApiError.of(50001)
        _require(allowed, needs)

    def message(self, channel: Channel) -> Message:
        """Return the message of the path, one that stands in a channel.

        Raises
        ------
        ApiError
            10008, when there is none; an ephemeral one lives with its interaction, not in the channel.
        """
        message = channel.messages.get(self.ids["message"])
        if message is None or message.viewer is not None:
            raise ApiError.of(10008)
        return message


def _require(allowed: int, needs: int) -> None:
    if allowed & needs != needs:
        raise ApiError.of(50013)


Handler = Callable[[Call], Any]


class Route(NamedTuple):
    """A method and path of the API, and who serves it.

    Attributes
    ----------
    token
        Whether the bot's token is asked for; otherwise one in the path is the permission.
    """

    method: str
    path: str
    handler: Handler
    token: bool = True
