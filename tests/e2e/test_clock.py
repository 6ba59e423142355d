"""A bot that takes its time from a sandbox."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, func, select

from nrg_core.domain.models import User
from nrg_core.hooks.specs import Tick
from nrg_core.outbox.events import NewEvent, store_events
from nrg_core.outbox.messages import ChannelMessage, Envelope, enqueue
from nrg_core.outbox.models import EventDelivery, OutboxMessage, Schedule
from nrg_core.storage.sql import table_of
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member

if TYPE_CHECKING:
    from conftest import StartBot

_users, _schedule = table_of(User), table_of(Schedule)
_deliveries, _outbox = table_of(EventDelivery), table_of(OutboxMessage)


async def test_what_waits_for_its_time_is_done_when_time_is_moved(
    start_bot: StartBot, discord: Sandbox, ana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks by himself here, so that only the move itself can be the reason."""
    for room in ("schedule.ticker", "hooks.dispatcher", "delivery.sender"):
        monkeypatch.setattr(f"nrg_core.{room}.POLL", 3600)
    app = await start_bot(clock=None, clock_url=discord.page_url)
    await app.catch_up()
    now = app.clock.now()
    later = now + timedelta(hours=1)
    practice = discord.channel("practice")["id"]
    await app.database.write(
        enqueue, [Envelope("later", ChannelMessage(int(practice), "It is time."))], later
    )
    await ana.slash("timezone", zone="UTC")
    member = await app.database.read(lambda connection: connection.execute(select(_users.c.id)).scalar_one())
    minute = {"since": now.isoformat(), "now": later.isoformat()}
    # A member's, so that it waits for no other tick: whoever comes first, neither is out of turn.
    await app.database.write(store_events, [NewEvent(Tick.kind, member, minute, ["practice"])], later)

    def is_done(connection: Connection) -> bool:
        ticked = connection.execute(select(_schedule.c.last_at)).scalar_one()
        waiting = (select(func.count()).select_from(table) for table in (_deliveries, _outbox))
        return ticked > later and not sum(connection.execute(each).scalar_one() for each in waiting)

    assert not await app.database.read(is_done)
    discord.clock.advance(timedelta(hours=2))
    async with asyncio.timeout(10):
        while not await app.database.read(is_done):
            pass
    assert [message["content"] for message in discord.messages("practice")] == ["It is time."]
