"""Whether a server's owner is to be told, or told again, of what the bot lacks there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from nrg_core.host.models import PermissionReport
from nrg_core.storage.sql import insert_into, one_at_a_time, table_of

__all__ = ["AGAIN_AFTER", "is_news"]

AGAIN_AFTER: Final = timedelta(days=7)
"""How long an owner is left in peace about what is still missing."""

_reports = table_of(PermissionReport)


def is_news(
    connection: Connection, guild_id: int, plugin: str, missing: Collection[str], now: datetime
) -> bool:
    """Tell whether any of what is missing is new to the owner or was told a week ago, and note it as told.

    Whoever gets true asks for the message in the same transaction: so it is told once, and not forgotten.
    """
    one_at_a_time(connection, f"permission report {guild_id} {plugin}")
    told = connection.execute(
        select(_reports.c.missing).where(
            _reports.c.guild_id == str(guild_id),
            _reports.c.plugin == plugin,
            _reports.c.told_at > now - AGAIN_AFTER,
        )
    ).scalars()
    if not set(missing).difference(told):
        return False
    statement = insert_into(_reports, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in _reports.primary_key],
            set_={"told_at": statement.excluded.told_at},
        ),
        [
            {"guild_id": str(guild_id), "plugin": plugin, "missing": one, "told_at": now}
            for one in sorted(missing)
        ],
    )
    return True
