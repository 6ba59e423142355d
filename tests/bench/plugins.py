"""A bare command, which is the floor, and a plugin that counts sessions."""

# No postponed annotations: arc and SQLModel read them.
from typing import Any
from uuid import UUID

import arc
from sqlalchemy import bindparam
from sqlmodel import Field

from nrg_core.domain.events import SessionRecorded
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Note, hookimpl
from nrg_core.host.plugin import Plugin
from nrg_core.storage.sql import insert_into, table_of
from nrg_core.storage.types import TableModel

commands = arc.GatewayPlugin("floor")


@commands.include
@arc.slash_command("ping", "Answer at once")
async def ping(ctx: arc.GatewayContext) -> None:
    await ctx.respond("pong")


class BenchCount(TableModel, table=True):
    """How many sessions a member has recorded."""

    __tablename__ = "bench_counts"

    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    sessions: int


counts = table_of(BenchCount)


def _count(dialect: str) -> Any:
    statement = insert_into(counts, dialect).values(user_id=bindparam("user_id"), sessions=1)
    return statement.on_conflict_do_update(
        index_elements=["user_id"], set_={"sessions": counts.c.sessions + 1}
    )


COUNT = {dialect: _count(dialect) for dialect in ("sqlite", "postgresql")}


class Counting:
    """Writes one row a session, in its own unit of work."""

    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> Note:
        await ctx.uow.execute(COUNT[ctx.uow.dialect], {"user_id": event.user_id})
        return Note("Counted.")


floor = Plugin(name="floor", summary="A bare command", commands=commands)
counting = Plugin(name="counting", summary="Counts sessions", hooks=Counting, models=(BenchCount,))
