"""What all connections share: the world, its sessions, and which of them hears of which server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nrg_sandbox.gateway.opcodes import CloseCode, Closing
from nrg_sandbox.gateway.presences import Presences
from nrg_sandbox.world.events import Event

if TYPE_CHECKING:
    from nrg_sandbox.gateway.sessions import Session
    from nrg_sandbox.gateway.sockets import Socket
    from nrg_sandbox.gateway.starts import SessionStarts
    from nrg_sandbox.world.application import Application
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.world import World

__all__ = ["Hub"]


class Hub:
    """Keeps the sessions, with a socket or waiting for one.

    Parameters
    ----------
    application
        Whose flags say which privileged intents are granted.
    resume_window
        Real seconds that a session waits for its bot to come back.

    Attributes
    ----------
    unavailable
        The ids of the servers that are out of reach just now.
    silent
        Whether heartbeats go unanswered.
    """

    def __init__(
        self, world: World, application: Application, starts: SessionStarts, *, resume_window: float
    ) -> None:
        self.world = world
        self.starts = starts
        self.application = application
        self.presences = Presences(world)
        self.sessions: dict[str, Session] = {}
        self.unavailable: set[str] = set()
        self.silent = False
        self.url = ""
        self._resume_window = resume_window

    @property
    def online(self) -> bool:
        """Whether a bot is connected and identified."""
        return any(session.socket is not None for session in self.sessions.values())

    def guilds(self, shard: tuple[int, int]) -> list[Guild]:
        """Return the servers that a shard hears of."""
        bot_id = self.world.bot["id"]
        return [
            guild
            for guild in self.world.guilds.values()
            if bot_id in guild.members and _belongs(guild.id, shard)
        ]

    def covers(self, session: Session, guild_id: str | None) -> bool:
        """Return whether a session's shard hears of a server, or of direct messages for None."""
        return _belongs(guild_id, session.shard)

    def guild(self, session: Session, guild_id: str) -> Guild | None:
        """Return a server that the bot is on and the session hears of, if there is one of that id."""
        guild = self.world.guilds.get(guild_id)
        there = guild is not None and self.world.bot["id"] in guild.members
        return guild if there and self.covers(session, guild_id) else None

    def attach(self, session: Session, socket: Socket) -> None:
        """Write a session to a socket from now on."""
        if session.expiry is not None:
            session.expiry.cancel()
            session.expiry = None
        self.sessions[session.id] = session
        session.socket = socket
        socket.session = session
        self._tell()

    def detach(self, socket: Socket) -> None:
        """Let the session of a closed socket wait for its bot, or end it when the bot has left."""
        session = socket.session
        if session is None or session.socket is not socket:
            return
        if socket.left:
            self.end(session)
            return
        session.socket = None
        session.expiry = asyncio.get_running_loop().call_later(self._resume_window, self.end, session)
        self._tell()

    def end(self, session: Session) -> None:
        """Forget a session; it cannot be resumed."""
        if session.expiry is not None:
            session.expiry.cancel()
        self.sessions.pop(session.id, None)
        if session.socket is not None:
            session.socket.session = None
            session.socket = None
        for guild_id in session.spoken_in:
            guild = self.world.guilds.get(guild_id)
            if guild is not None and self.world.bot["id"] in guild.voice:
                guild.move_voice(self.world.bot["id"], None)
        self.presences.withdraw(session.id)
        self._tell()

    def end_all(self) -> None:
        """End every session and close its connection, as when the token is no longer good."""
        closing = Closing(CloseCode.AUTHENTICATION_FAILED)
        for session in list(self.sessions.values()):
            if session.socket is not None:
                session.socket.close(closing.code, closing.reason)
            self.end(session)

    def _tell(self) -> None:
        seen = self.presences.bot
        told = {"online": self.online, "status": seen["status"], "activities": seen["activities"]}
        self.world.bus.emit(Event("BOT", told, intent=None))


def _belongs(guild_id: str | None, shard: tuple[int, int]) -> bool:
    index, count = shard
    return index == (0 if guild_id is None else (int(guild_id) >> 22) % count)
