"""Writing a checked catalogue into the database: inserted or updated by slug, never deleted.

What left the catalogue is put out of use, and comes back with it: sessions and achievements refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from nrg_core.domain.catalogue.entries import AchievementEntry, Catalogue, HackEntry
from nrg_core.domain.catalogue.texts import KNOWN_TEXTS
from nrg_core.domain.criteria import Criterion
from nrg_core.domain.models import Achievement, Hack, Text
from nrg_core.storage.sql import insert_into, table_of

__all__ = ["Stored", "gives_roles", "has_catalogue", "read_texts", "store_catalogue"]

COMMUNITY_NAME = "community.name"

_hacks = table_of(Hack)
_achievements = table_of(Achievement)
_texts = table_of(Text)


@dataclass(frozen=True, slots=True)
class Stored:
    """How many entries are in use after a catalogue was stored, and how many were put out of use."""

    hacks: int
    achievements: int
    retired: int


def store_catalogue(connection: Connection, catalogue: Catalogue) -> Stored:
    """Make the database say what the catalogue says, in the transaction of ``connection``.

    Entries of plugins that are not installed are stored too: they sleep until their metrics exist.
    """
    hacks = [entry for entry in (*catalogue.hacks, *catalogue.dormant) if isinstance(entry, HackEntry)]
    achievements = [
        entry
        for entry in (*catalogue.achievements, *catalogue.dormant)
        if isinstance(entry, AchievementEntry)
    ]
    retired = _upsert(connection, _hacks, [_hack(entry) for entry in hacks])
    _link_prerequisites(connection, hacks)
    retired += _upsert(connection, _achievements, [_achievement(entry) for entry in achievements])
    _store_texts(connection, {COMMUNITY_NAME: catalogue.community.name, **_own(catalogue.texts)})
    return Stored(len(hacks), len(achievements), retired)


def has_catalogue(connection: Connection) -> bool:
    """Tell whether any catalogue was ever stored."""
    return connection.execute(select(_texts.c.key).where(_texts.c.key == COMMUNITY_NAME)).first() is not None


def gives_roles(connection: Connection) -> bool:
    """Tell whether any achievement in use comes with a role."""
    given = _achievements.c.is_active & _achievements.c.discord_role_id.is_not(None)
    return connection.execute(select(_achievements.c.id).where(given)).first() is not None


def read_texts(connection: Connection) -> dict[str, str]:
    """Return every text by key: the community's own where it has one, and its name."""
    own = {row.key: row.template for row in connection.execute(select(_texts))}
    return {**KNOWN_TEXTS, **own}


def _own(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if KNOWN_TEXTS.get(key) != text}


def _hack(entry: HackEntry) -> dict[str, Any]:
    return {
        "slug": entry.slug,
        "name": entry.name,
        "description": entry.description,
        "content_url": entry.content_url,
        "duration_minutes": entry.duration_minutes,
        "category": entry.category,
        "level": entry.level,
        "unlock_criteria": _json(entry.unlock),
        "mastery_criteria": _json(entry.mastery),
        "is_active": True,
    }


def _achievement(entry: AchievementEntry) -> dict[str, Any]:
    return {
        "slug": entry.slug,
        "name": entry.name,
        "description": entry.description,
        "icon_emoji": entry.icon_emoji,
        "criteria_json": entry.criteria.to_json(),
        "discord_role_id": entry.discord_role_id,
        "is_liberation": entry.is_liberation,
        "is_active": True,
    }


def _json(criterion: Criterion | None) -> dict[str, Any] | None:
    return None if criterion is None else criterion.to_json()


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert or update by slug, put the rest out of use, and return how many that were."""
    slugs = [row["slug"] for row in rows]
    retired = connection.execute(
        update(table).where(table.c.slug.not_in(slugs), table.c.is_active).values(is_active=False)
    ).rowcount
    if rows:
        statement = insert_into(table, connection.dialect.name)
        changed = {name: statement.excluded[name] for name in rows[0] if name != "slug"}
        connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=changed), rows)
    return retired


def _link_prerequisites(connection: Connection, hacks: Iterable[HackEntry]) -> None:
    keys = {row.slug: row.id for row in connection.execute(select(_hacks.c.slug, _hacks.c.id))}
    for entry in hacks:
        needed = keys[entry.prerequisite] if entry.prerequisite else None
        connection.execute(update(_hacks).where(_hacks.c.slug == entry.slug).values(prerequisite_id=needed))


def _store_texts(connection: Connection, texts: Mapping[str, str]) -> None:
    connection.execute(delete(_texts))
    connection.execute(insert(_texts), [{"key": key, "template": text} for key, text in texts.items()])
