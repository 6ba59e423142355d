"""Members apart from their practice: the zone they live in, and what they let others see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select, update

from nrg_core.domain.models import User
from nrg_core.domain.standing import Identity, lock_members, zone_named
from nrg_core.domain.streaks import skipped_days
from nrg_core.storage.sql import table_of

__all__ = ["set_zone", "zone_of"]

_users = table_of(User)

KEPT: Final = timedelta(days=60)
"""How long an excused day is remembered: a streak is only ever carried on from recent days."""

_zone = select(_users.c.timezone).where(_users.c.discord_id == bindparam("discord_id"))


def set_zone(
    connection: Connection, member: Identity, zone: ZoneInfo, *, default: ZoneInfo, now: datetime
) -> None:
    """Set a member's zone. Sessions keep the day they had; days the change takes away break no streak."""
    standing = lock_members(connection, [member])[member.discord_id]
    taken = skipped_days(standing.zone(default), zone, now)
    oldest = (now - KEPT).date()
    excused = sorted(day for day in standing.excused | taken if day >= oldest)
    connection.execute(
        update(_users)
        .where(_users.c.id == standing.user_id)
        .values(timezone=zone.key, excused_days=[day.isoformat() for day in excused])
    )


def zone_of(connection: Connection, discord_id: int, default: ZoneInfo) -> ZoneInfo:
    """Return the zone a member set, or the server's."""
    name = connection.execute(_zone, {"discord_id": str(discord_id)}).scalar()
    return zone_named(name, default)
