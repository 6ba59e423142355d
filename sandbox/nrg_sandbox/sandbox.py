"""The sandbox as programs hold it: a local Discord with one server, ready for a bot."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from nrg_sandbox.audit import Auditor, Violation, find_description
from nrg_sandbox.client.actions import Actions
from nrg_sandbox.gateway.gateway import Gateway
from nrg_sandbox.interactions.interactions import Interactions
from nrg_sandbox.program.member import Member
from nrg_sandbox.rest import RestApi
from nrg_sandbox.rest.faults import Fault
from nrg_sandbox.rest.rate_limits import RateLimits
from nrg_sandbox.server import Server
from nrg_sandbox.traffic import Traffic
from nrg_sandbox.world.commands import Commands
from nrg_sandbox.world.world import BOT_PERMISSIONS, World

if TYPE_CHECKING:
    from collections import deque
    from pathlib import Path

    from nrg_sandbox.clock import SandboxClock
    from nrg_sandbox.traffic import Exchange

__all__ = ["Sandbox"]

# Compiled once, however many sandboxes a test run makes.
_auditor = cache(Auditor)

Json = dict[str, Any]


class Sandbox:
    """A local Discord; an async context manager that listens while it is entered.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    public_url
        Where bots and browsers find it, if not there: behind a proxy or in a container.
    token, application_id
        Fixed ones, for a bot that is started again; made up when absent.
    members
        Names of members who are there from the start.
    guild_name
        The name of the server.
    interaction_deadline
        Real seconds in which a bot must first answer.
    token_lifetime
        Real seconds in which it may follow up.
    patience
        Real seconds that programs wait for an answer that was put off.
    disallowed_intents
        Privileged intents that the application has not been granted.
    bot_permissions
        What the bot's role allows on every server; everything but ADMINISTRATOR unless told otherwise.
    strict
        Whether rate limits are as tight as Discord's, rather than so wide that no test waits for them.
    description
        Discord's OpenAPI description, to which every call is then held; the file that the environment
        variable ``NRG_SANDBOX_OPENAPI`` names unless told otherwise.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
        token: str | None = None,
        application_id: str | None = None,
        members: Iterable[str] = (),
        guild_name: str = "Practice",
        interaction_deadline: float = 3.0,
        token_lifetime: float = 900.0,
        patience: float = 15.0,
        disallowed_intents: int = 0,
        bot_permissions: int = BOT_PERMISSIONS,
        strict: bool = False,
        description: Path | None = None,
    ) -> None:
        self.world = World(
            application_id=application_id,
            token=token,
            guild_name=guild_name,
            bot_permissions=bot_permissions,
        )
        for name in members:
            self.world.home.join(self.world.person(name))
        self._commands = Commands(self.world, disallowed_intents=disallowed_intents)
        self.interactions = Interactions(
            self.world, deadline=interaction_deadline, lifetime=token_lifetime, patience=patience
        )
        self._actions = Actions(self.world, self._commands, self.interactions)
        self._traffic = Traffic()
        self._gateway = Gateway(
            self.world,
            self._commands.application,
            self._traffic,
            identify_interval=5.0 if strict else 0.0,
        )
        self._rest = RestApi(
            self.world,
            self._commands,
            self.interactions,
            self._traffic,
            RateLimits(enforce=strict),
            _auditor(named) if (named := description or find_description()) else None,
            self._gateway.information,
        )
        self._server = Server(
            self.world,
            self._rest,
            self._gateway,
            self._actions,
            self._traffic,
            host=host,
            port=port,
            public_url=public_url,
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.stop()
        if kind is None and self.violations:
            told = "\n".join(f"  {violation}" for violation in self.violations)
            msg = f"calls went against Discord's own description of its API:\n{told}"
            raise AssertionError(msg)

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self.interactions.close()
        await self._server.stop()

    # Where it is

    @property
    def api_url(self) -> str:
        """The REST base for a bot library."""
        return f"{self.world.base_url}/api/v10"

    @property
    def page_url(self) -> str:
        """The page for people."""
        return f"{self.world.base_url}/"

    @property
    def clock_url(self) -> str:
        """The stream of the clock's moves, one JSON line each."""
        return f"{self.world.base_url}/sandbox/clock/stream"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.token

    @property
    def application_id(self) -> str:
        """The id of the application, and of its bot user."""
        return self.world.application_id

    @property
    def guild_id(self) -> str:
        """The id of the server."""
        return self.world.home.id

    @property
    def clock(self) -> SandboxClock:
        """The virtual clock."""
        return self.world.clock

    # What happens there

    @property
    def bot_online(self) -> bool:
        """Whether a bot is connected to the gateway."""
        return self._gateway.online

    @property
    def commands(self) -> list[Json]:
        """The commands that members see."""
        return self._commands.offered(self.guild_id)

    @property
    def requests(self) -> deque[Exchange]:
        """The latest REST calls of bots: method, path and status, oldest first."""
        return self._traffic.exchanges

    @property
    def violations(self) -> deque[Violation]:
        """What broke Discord's own description, oldest first; leaving the sandbox raises if there is any.

        A test that breaks it on purpose takes what it expects out of the list.
        """
        return self._rest.violations

    async def member(self, name: str, channel: str = "practice") -> Member:
        """Return the member of that name, who joins at first use, in a channel."""
        user = self.world.person(name)
        self.world.home.join(user)
        return Member(self._actions, user["id"], channel)

    def channel(self, name: str) -> Json:
        """Return a channel by name or id, as Discord's raw object."""
        return self.world.find_channel(name).payload

    def role(self, name: str) -> Json:
        """Return the role of that name, created at first use, as Discord's raw object."""
        roles = self.world.home.roles.values()
        return next((role for role in roles if role["name"] == name), None) or self.world.home.create_role(
            name
        )

    def messages(self, channel: str, *, seen_by: Member | None = None) -> list[Json]:
        """Return the messages of a channel, oldest first, as one member sees them.

        Without a member only what everyone sees is listed.
        """
        viewer = seen_by.id if seen_by else None
        kept = self.world.find_channel(channel).messages.values()
        return [item.payload for item in kept if item.seen_by(viewer) and not item.failed]

    def dms(self, member: Member) -> list[Json]:
        """Return the direct messages between a member and the bot, oldest first."""
        return self.messages(self.world.dm_with(member.id).id, seen_by=member)

    async def wait_for(self, predicate: Callable[[], Any], *, timeout: float = 5.0) -> Any:  # noqa: ASYNC109
        """Wait until the predicate holds and return its value; every change of the world asks again.

        Parameters
        ----------
        predicate
            A function, which may be async.
        timeout
            Real seconds.

        Raises
        ------
        AssertionError
            If it does not hold in time, with what was seen instead.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    # Listen first, so that nothing is missed while an async predicate runs.
                    changed = self.world.bus.changed()
                    value = predicate()
                    if inspect.isawaitable(value):
                        value = await value
                    if value:
                        return value
                    await changed
        except TimeoutError:
            raise AssertionError(self._seen(timeout)) from None

    # What can go wrong

    def fail(
        self,
        method: str,
        path_regex: str,
        *,
        status: int | None = None,
        times: int = 1,
        retry_after: float | None = None,
        hang: bool = False,
        lost: bool = False,
        everywhere: bool = False,
        latency: float = 0.0,
    ) -> Fault:
        """Let the next REST calls of bots fail, or be slow.

        Parameters
        ----------
        method
            Such as ``POST``; ``*`` for any.
        path_regex
            Searched in the path after ``/api/v10``.
        status
            What they are answered with, without taking effect; 500 when nothing else is asked for.
        times
            How many calls fail.
        retry_after
            For a 429: the seconds it tells the bot to wait.
        hang
            Whether they get no answer at all instead.
        lost
            Whether they take effect and only their answer is lost.
        everywhere
            For a 429: whether it is of the limit that all routes share.
        latency
            Real seconds by which their answers are late.

        Raises
        ------
        ValueError
            For a fault that makes no sense, saying what to ask for instead.
        """
        return self._rest.faults.ask(
            method,
            path_regex,
            status=status,
            times=times,
            retry_after=retry_after,
            hang=hang,
            lost=lost,
            everywhere=everywhere,
            latency=latency,
        )

    async def drop_gateway(self, close_code: int | None = None) -> None:
        """Close every bot's gateway socket with a code, or break it off without one."""
        await self._gateway.drop(close_code)

    def ask_to_reconnect(self) -> None:
        """Ask every bot to reconnect and resume (op 7)."""
        self._gateway.reconnect()

    def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Tell every bot that its gateway session is invalid (op 9)."""
        self._gateway.invalidate(resumable=resumable)

    def _seen(self, seconds: float) -> str:
        lines = [f"still not so after {seconds:g} s; the bot is {'on' if self.bot_online else 'off'}line"]
        for channel in self.world.channels.values():
            name = channel.payload.get("name") or "direct messages"
            for message in list(channel.messages.values())[-5:]:
                payload = message.payload
                what = payload["content"] or [embed.get("title") for embed in payload["embeds"]]
                lines.append(f"  {name}: {payload['author']['username']}: {what!r}")
        lines += [f"  {call.method} {call.path} {call.status}" for call in list(self.requests)[-8:]]
        return "\n".join(lines)
