"""The tables: what the models say, what the migrations make, and what the portal may rely on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from nrg_core.host.discovery import discover
from nrg_core.host.installed import installed
from nrg_core.host.tables import CORE_TABLES
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.revisions import differences
from nrg_core.urls import async_url

OURS = CORE_TABLES | discover().tables

# What the product promises to whoever shares the database: column → type, and "!" where it cannot be empty.
COLUMNS = {
    "users": {
        "id": "uuid!",
        "created_at": "timestamp with time zone!",
        "email": "character varying",
        "discord_id": "character varying!",
        "discord_username": "character varying",
        "discord_discriminator": "character varying",
        "last_checkin": "timestamp with time zone",
        "streak_count": "integer!",
        "total_practice_minutes": "integer!",
        "graduated_at": "timestamp with time zone",
        "is_alumni": "boolean!",
        "privacy_settings": "jsonb!",
    },
    "hacks": {
        "id": "uuid!",
        "created_at": "timestamp with time zone!",
        "name": "character varying!",
        "slug": "character varying!",
        "description": "character varying",
        "content_url": "character varying",
        "duration_minutes": "integer",
        "category": "character varying",
        "level": "integer!",
        "prerequisite_id": "uuid",
        "unlock_criteria": "jsonb",
    },
    "practice_sessions": {
        "id": "uuid!",
        "created_at": "timestamp with time zone!",
        "user_id": "uuid!",
        "hack_id": "uuid!",
        "started_at": "timestamp with time zone!",
        "ended_at": "timestamp with time zone",
        "duration_seconds": "integer",
        "notes": "character varying",
        "feedback_score": "integer",
        "is_validated": "boolean!",
    },
    "achievements": {
        "id": "uuid!",
        "created_at": "timestamp with time zone!",
        "name": "character varying!",
        "slug": "character varying!",
        "description": "character varying",
        "icon_emoji": "character varying",
        "criteria_json": "jsonb!",
        "discord_role_id": "character varying",
        "is_liberation": "boolean!",
    },
    "user_achievements": {
        "id": "uuid!",
        "created_at": "timestamp with time zone!",
        "user_id": "uuid!",
        "achievement_id": "uuid!",
        "earned_at": "timestamp with time zone!",
        "announced": "boolean!",
    },
}

# Table → what each index is over; unique ones are marked.
INDEXES = {
    "users": {"unique (email)", "unique (discord_id)", "(streak_count DESC)"},
    "hacks": {"unique (slug)"},
    "practice_sessions": {"(user_id, created_at DESC)", "(hack_id, created_at DESC)"},
    "achievements": {"unique (slug)"},
    "user_achievements": {"unique (user_id, achievement_id)", "(user_id)"},
}


async def test_models_and_migrations_agree(database: Database) -> None:
    assert await database.read(differences, SQLModel.metadata, OURS) == []


async def test_every_table_is_somebodys(database: Database) -> None:
    tables = await database.read(lambda connection: set(inspect(connection).get_table_names()))
    versions = {f"alembic_version_{name}" for name in ("core", *(one.name for one in installed()))}
    assert tables - OURS == versions | ({"sqlite_sequence"} & tables)


async def test_whatever_refers_to_a_member_goes_with_the_member(database: Database) -> None:
    def read(connection: Connection) -> dict[str, str | None]:
        inspector = inspect(connection)
        return {
            f"{table}.{key['constrained_columns'][0]}": key.get("options", {}).get("ondelete")
            for table in inspector.get_table_names()
            for key in inspector.get_foreign_keys(table)
            if key["referred_table"] == "users"
        }

    rules = await database.read(read)
    assert rules.keys() >= {"practice_sessions.user_id", "events.user_id", "leaderboard_members.user_id"}
    assert set(rules.values()) <= {"CASCADE", "SET NULL"}, rules


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Database]:
    opened = await open_database(async_url(postgres_url))
    yield opened
    await opened.close()


async def test_the_portals_columns(postgres: Database) -> None:
    statement = text(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    rows = await postgres.read(lambda connection: connection.execute(statement).all())
    there: dict[str, dict[str, str]] = {}
    for table, column, kind, nullable in rows:
        there.setdefault(table, {})[column] = kind + ("" if nullable == "YES" else "!")
    for table, columns in COLUMNS.items():
        assert columns.items() <= there[table].items(), table


async def test_the_portals_indexes(postgres: Database) -> None:
    statement = text("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    rows = await postgres.read(lambda connection: connection.execute(statement).all())
    there: dict[str, set[str]] = {}
    for table, definition in rows:
        over = definition[definition.index(" USING btree ") + len(" USING btree ") :]
        there.setdefault(table, set()).add(("unique " if "UNIQUE" in definition else "") + over)
    for table, indexes in INDEXES.items():
        assert indexes <= there[table], table


async def test_keys_and_checks_the_portal_relies_on(postgres: Database) -> None:
    statement = text(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('f', 'c')"
    )
    rows = await postgres.read(lambda connection: connection.execute(statement).all())
    there = {(table, definition) for table, definition in rows}
    for table, definition in [
        ("hacks", "FOREIGN KEY (prerequisite_id) REFERENCES hacks(id) ON DELETE SET NULL"),
        ("practice_sessions", "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE"),
        ("practice_sessions", "FOREIGN KEY (hack_id) REFERENCES hacks(id)"),
        ("practice_sessions", "CHECK ((feedback_score = ANY (ARRAY['-1'::integer, 0, 1])))"),
        ("user_achievements", "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE"),
    ]:
        assert (table, definition) in there


async def test_the_portal_can_write_with_what_is_required_alone(database: Database) -> None:
    await database.write(fill)
    sessions, earned = (SQLModel.metadata.tables[name] for name in ("practice_sessions", "user_achievements"))
    session: Any = await database.read(lambda connection: connection.execute(sessions.select()).one())
    given: Any = await database.read(lambda connection: connection.execute(earned.select()).one())
    assert (session.ended_at, session.is_validated, session.source) == (None, False, "checkin")
    assert abs(session.local_day - datetime.now(UTC).date()) <= timedelta(days=1)
    assert (given.announced, given.earned_at.tzinfo) == (False, UTC)


def fill(connection: Connection) -> None:
    run = connection.exec_driver_sql
    run("INSERT INTO users (discord_id) VALUES ('42')")
    run("INSERT INTO hacks (name, slug) VALUES ('Breath', 'breath')")
    run("INSERT INTO achievements (name, slug, criteria_json) VALUES ('First', 'first', '{}')")
    run(
        "INSERT INTO practice_sessions (user_id, hack_id, started_at) "
        "SELECT users.id, hacks.id, CURRENT_TIMESTAMP FROM users, hacks"
    )
    run(
        "INSERT INTO user_achievements (user_id, achievement_id) "
        "SELECT users.id, achievements.id FROM users, achievements"
    )


async def test_defaults_of_the_database(database: Database) -> None:
    def write(connection: Connection) -> tuple[Any, Any]:
        connection.exec_driver_sql("INSERT INTO users (discord_id) VALUES ('42')")
        connection.exec_driver_sql("INSERT INTO hacks (name, slug) VALUES ('Breath', 'breath')")
        users, hacks = (SQLModel.metadata.tables[name] for name in ("users", "hacks"))
        return connection.execute(users.select()).one(), connection.execute(hacks.select()).one()

    user, hack = await database.write(write)
    assert (user.streak_count, user.total_practice_minutes, user.is_alumni) == (0, 0, False)
    assert user.privacy_settings == {"streak_visibility": "public", "profile_visibility": "public"}
    assert abs((datetime.now(UTC) - user.created_at).total_seconds()) < 60
    assert (hack.level, hack.is_active) == (1, True)
    assert user.id != hack.id


REFUSED = [
    "INSERT INTO users (discord_id) VALUES ('42')",
    "INSERT INTO users (discord_id) VALUES (NULL)",
    "INSERT INTO hacks (name, slug) VALUES ('Again', 'breath')",
    "INSERT INTO user_achievements (user_id, achievement_id) "
    "SELECT user_id, achievement_id FROM user_achievements",
    "UPDATE practice_sessions SET feedback_score = 2",
    "UPDATE practice_sessions SET hack_id = user_id",
    "DELETE FROM hacks",
]


async def test_what_the_database_refuses(database: Database) -> None:
    await database.write(fill)
    for statement in REFUSED:
        with pytest.raises(IntegrityError):
            await database.write(Connection.exec_driver_sql, statement)
    await database.write(Connection.exec_driver_sql, "DELETE FROM users")
    left = text("SELECT count(*) FROM practice_sessions UNION ALL SELECT count(*) FROM user_achievements")
    assert await database.read(lambda connection: list(connection.execute(left).scalars())) == [0, 0]
