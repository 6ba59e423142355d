"""Telling the owners of servers what the bot lacks there, when nobody else who can mend it was told.

That is mail to those who run a server, not a notice to a member, so nobody has to ask for it.
"""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Connection

from nrg_core.clock import Clock
from nrg_core.gateway.lacks import Lack
from nrg_core.host.reports import is_news
from nrg_core.outbox.messages import DirectMessage, Envelope, enqueue
from nrg_core.storage.database import Database

__all__ = ["Owners"]


class Owners:
    """Writes to the owner of a server, by direct message, by way of the outbox."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def tell(self, lack: Lack) -> None:
        """Tell the owner what is missing, unless they were told of all of it in the last week.

        Raises
        ------
        sqlalchemy.exc.DBAPIError
            The database is away.
        """
        server, now = lack.server, self._clock.now()
        if server is None:
            return
        letter = DirectMessage(server.owner_id, lack.letter())

        def write(connection: Connection) -> None:
            if is_news(connection, server.id, lack.plugin, lack.missing, now):
                enqueue(connection, [Envelope(f"permissions:{uuid4().hex}", letter)], now)

        await self._database.write(write)
