"""A small community: its catalogue, its members, and the checks that hold whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from nrg_core.domain.catalogue import read_catalogue
from nrg_core.domain.catalogue.storing import read_texts, store_catalogue
from nrg_core.domain.criteria import CORE_METRICS
from nrg_core.domain.library import Library, read_library
from nrg_core.domain.metrics import Metric
from nrg_core.domain.models import PracticeSession
from nrg_core.domain.recording import RecordSession
from nrg_core.domain.recount import recount
from nrg_core.domain.standing import Identity
from nrg_core.outbox.models import EventDelivery, OutboxMessage
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of

__all__ = [
    "BEGINNING",
    "CATALOGUE",
    "GUILD",
    "assert_counters_agree",
    "count",
    "deliveries",
    "member",
    "outbox",
    "request",
    "stock",
]

GUILD = 7
BEGINNING = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday noon, when the stories in the tests begin."""

CATALOGUE = """
[community]
name = "Test community"

[[hacks]]
slug = "breath"
name = "Breath"
description = "For tests."
duration_minutes = 5
category = "calm"

[[hacks]]
slug = "gaze"
name = "Gaze"
description = "For tests."
category = "focus"

[[hacks]]
slug = "shield"
name = "Shield"
description = "For tests."
duration_minutes = 10
category = "focus"
unlock = { metric = "streak_days", gte = 3 }

[[hacks]]
slug = "after-breath"
name = "After breath"
description = "For tests."
duration_minutes = 10
prerequisite = "breath"

[[achievements]]
slug = "first"
name = "First session"
description = "Begun."
icon_emoji = "🌱"
criteria = { metric = "sessions", gte = 1 }

[[achievements]]
slug = "three-days"
name = "Three days"
description = "For tests."
discord_role_id = "99"
criteria = { metric = "streak_days", gte = 3 }
"""


async def stock(
    database: Database, folder: Path, text: str = CATALOGUE, metrics: Iterable[Metric] = ()
) -> Library:
    """Store a catalogue, and return it as the running community knows it."""
    file = folder / "community.toml"
    file.write_text(text, "utf-8")
    specs = {**CORE_METRICS, **{metric.spec.name: metric.spec for metric in metrics}}
    catalogue = read_catalogue(file, metrics=specs)

    def store(connection: Connection) -> Library:
        store_catalogue(connection, catalogue)
        return read_library(connection, specs, read_texts(connection))

    async with database.unit_of_work() as uow:
        return await uow.run(store)


def member(number: int) -> Identity:
    """Return one of the members."""
    return Identity(1000 + number, f"member {number}")


def request(
    who: int = 1, hack: str | None = "breath", at: datetime = BEGINNING, **more: Any
) -> RecordSession:
    """Return a check-in."""
    values: dict[str, Any] = {"guild_id": GUILD, "channel_id": 5, **more}
    return RecordSession(member=member(who), hack=hack, ended_at=at, **values)


async def count(database: Database, model: type[Any] = PracticeSession, *where: Any) -> int:
    """Return how many rows there are."""
    async with database.reading() as uow:
        return int(await uow.scalar(select(func.count()).select_from(table_of(model)).where(*where)))


async def deliveries(database: Database) -> Sequence[Any]:
    """Return what plugins have yet to see, the oldest first."""
    table = table_of(EventDelivery)
    async with database.reading() as uow:
        return (await uow.execute(select(table).order_by(table.c.event_id, table.c.plugin))).all()


async def outbox(database: Database) -> Sequence[Any]:
    """Return what has yet to be sent, the oldest first."""
    table = table_of(OutboxMessage)
    async with database.reading() as uow:
        return (await uow.execute(select(table).order_by(table.c.id))).all()


async def assert_counters_agree(database: Database, rest_days: int = 0) -> None:
    """Check every stored counter against the sessions."""
    assert await recount(database, rest_days=rest_days) == []
