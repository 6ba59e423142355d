"""``nrg doctor``, and the diagnosis behind it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pluggy
import pytest
from sqlalchemy import insert, select

from nrg_core.domain.models import User
from nrg_core.gateway import visit
from nrg_core.hooks.health import CheckResult, HealthCheck
from nrg_core.hooks.specs import NAMESPACE, Specs, hookimpl
from nrg_core.host import diagnosis
from nrg_core.host.diagnosis import check_waiting, given_up, plugin_checks
from nrg_core.host.discovery import Discovered, Loaded
from nrg_core.host.plugin import Plugin
from nrg_core.host.tables import CORE
from nrg_core.outbox.models import Event, EventDelivery, OutboxMessage
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from nrg_sandbox import Sandbox
from tests.cli.conftest import Nrg, Said, add_plugin, running
from tests.support.community import CATALOGUE

WITHOUT_ROLES = ((1 << 53) - 1) & ~(1 << 3) & ~(1 << 28)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_deliveries = table_of(EventDelivery)


def found(said: Said) -> dict[str, dict[str, Any]]:
    return {check["label"]: check for check in said.json["checks"]}


async def add_event(
    database: Database, plugin: str, *, due_at: datetime | None, attempts: int = 0, error: str | None = None
) -> int:
    async with database.unit_of_work() as uow:
        event_id = await uow.scalar(
            insert(table_of(Event))
            .values(created_at=NOW, kind="session_recorded", payload={"notes": "secret"})
            .returning(table_of(Event).c.id)
        )
        await uow.execute(
            insert(_deliveries).values(
                event_id=event_id, plugin=plugin, attempts=attempts, due_at=due_at, last_error=error
            )
        )
    return event_id


async def test_all_is_well(home: Nrg, discord: Sandbox) -> None:
    await home("catalogue", "load")
    said = await home("doctor", "--json")
    assert said.code == 0, said.out
    assert said.json["ok"] is True
    assert set(found(said)) >= {
        *("settings", "token", "database", "tables", "plugins", "catalogue"),
        *("events given up", "events waiting", "messages given up"),
        *("privileged intents", "permissions in Practice"),
    }
    assert all(check["ok"] for check in found(said).values())
    shown = await home("doctor", "--recount")
    assert shown.code == 0
    assert "✗" not in shown.out
    assert "agree with the sessions" in shown.out
    assert discord.token not in shown.out + said.out


async def test_what_is_missing_is_said_with_its_remedy(nrg: Nrg) -> None:
    said = await nrg("doctor", "--json")
    assert said.code == 1
    checks = found(said)
    assert checks["token"]["detail"] == "DISCORD_TOKEN is not set."
    assert (checks["tables"]["ok"], checks["tables"]["resolution"]) == (False, "Run `nrg db upgrade`.")
    assert "catalogue" not in checks
    await nrg("db", "upgrade")
    checks = found(await nrg("doctor", "--json"))
    assert checks["tables"]["ok"]
    assert not checks["catalogue"]["ok"]
    assert "nrg catalogue load" in checks["catalogue"]["resolution"]


async def test_what_plugins_need_of_discord_is_said(nrg: Nrg) -> None:
    permissions = found(await nrg("doctor", "--json"))["permissions"]
    assert permissions["ok"]
    (line,) = (each for each in permissions["detail"].splitlines() if each.startswith("buddy: "))
    assert "Manage Channels" in line
    assert "practice: " in permissions["detail"]
    assert "intents: Direct Messages, Guild Messages" in permissions["detail"]
    assert permissions["detail"].startswith("core: Embed Links, Send Messages, View Channels")
    assert "Manage Channels" in (await nrg("plugins", "info", "buddy", "--json")).json["permissions"]


@pytest.mark.parametrize("discord", [{"bot_permissions": WITHOUT_ROLES}], indirect=True)
async def test_what_the_bot_lacks_is_said_server_by_server(home: Nrg, discord: Sandbox) -> None:
    await home("catalogue", "load")
    other = discord.world.create_guild("Other")
    said = await home("doctor", "--json")
    assert said.code == 1
    for server in ("Practice", "Other"):
        check = found(said)[f"permissions in {server}"]
        assert (check["ok"], check["detail"]) == (False, "buddy lacks Manage Roles")
        assert "Server Settings → Roles" in check["resolution"]
        assert "`nrg invite`" in check["resolution"]
    await home("plugins", "disable", "buddy", "--guild", other.id)
    checks = found(await home("doctor", "--json"))
    assert not checks["permissions in Practice"]["ok"]
    assert (checks["permissions in Other"]["ok"], checks["permissions in Other"]["detail"]) == (
        True,
        "all there",
    )
    await home("plugins", "disable", "buddy")
    assert (await home("doctor")).code == 0


@pytest.mark.parametrize("discord", [{"bot_permissions": 1 << 3}], indirect=True)
async def test_an_administrator_lacks_nothing(home: Nrg) -> None:
    await home("catalogue", "load")
    assert found(await home("doctor", "--json"))["permissions in Practice"]["ok"]


@pytest.mark.parametrize("discord", [{"bot_permissions": WITHOUT_ROLES}], indirect=True)
async def test_the_core_needs_to_give_the_catalogues_roles(home: Nrg) -> None:
    (home.folder / "community.toml").write_text(CATALOGUE)
    assert (await home("catalogue", "load", "community.toml")).code == 0
    await home("plugins", "disable", "buddy")
    check = found(await home("doctor", "--json"))["permissions in Practice"]
    assert (check["ok"], check["detail"]) == (False, "core lacks Manage Roles")


@pytest.mark.parametrize("discord", [{"bot_permissions": WITHOUT_ROLES}], indirect=True)
async def test_of_many_servers_those_that_lack_something_come_first(home: Nrg, discord: Sandbox) -> None:
    await home("catalogue", "load")
    others = [discord.world.create_guild(f"Server {number}") for number in range(21)]
    for each in others[:20]:
        await home("plugins", "disable", "buddy", "--guild", each.id)
    checks = [each for each in (await home("doctor", "--json")).json["checks"] if "s in " in each["label"]]
    assert [each["ok"] for each in checks] == [False] * 2 + [True] * 19
    assert {each["label"] for each in checks[:2]} == {"permissions in Practice", "permissions in Server 20"}
    assert checks[-1]["label"] == "permissions in 2 other servers"


async def test_a_bot_that_is_nowhere(home: Nrg, discord: Sandbox) -> None:
    discord.world.home.leave(discord.application_id)
    check = found(await home("doctor", "--json"))["servers"]
    assert (check["ok"], check["resolution"]) == (False, "Open the link of `nrg invite`.")


@pytest.mark.parametrize("discord", [{"disallowed_intents": 1 << 15}], indirect=True)
async def test_a_privileged_intent_that_is_not_switched_on(discord: Sandbox, tmp_path: Path) -> None:
    code = (
        "import hikari\nfrom nrg_core.host.plugin import Plugin\n"
        "intents = hikari.Intents.ALL_PRIVILEGED\n"
        "plugin = Plugin(name='ears', summary='Hears all', intents=intents)\n"
    )
    variables = {
        "PYTHONPATH": add_plugin(tmp_path, "ears", code),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
    }
    async with running(tmp_path, "doctor", "--json", **variables) as command:
        _, said = await command.end()
    check = {each["label"]: each for each in json.loads(said)["checks"]}["privileged intents"]
    assert (check["ok"], check["detail"]) == (
        False,
        "ears needs the Message Content Intent, which is not switched on",
    )
    assert "developer portal" in check["resolution"]


async def test_a_token_that_discord_does_not_know(home: Nrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-token-that-nobody-sees")
    await home("catalogue", "load")
    said = await home("doctor", "--json")
    assert said.code == 1
    assert [each["detail"] for each in said.json["checks"] if not each["ok"]] == [
        "Discord does not know DISCORD_TOKEN."
    ]
    assert "nobody-sees" not in said.out


@pytest.mark.parametrize(
    ("fault", "reason"),
    [({"status": 503}, "Service Unavailable 503"), ({"hang": True}, "it did not answer in time")],
)
async def test_discord_away(
    home: Nrg, discord: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], reason: str
) -> None:
    monkeypatch.setattr(visit, "PATIENCE", 1.0)
    await home("catalogue", "load")
    discord.fail("GET", "/users/@me/guilds", **fault)
    said = await home("doctor", "--json")
    assert said.code == 1
    (check,) = (each for each in said.json["checks"] if not each["ok"])
    assert check["label"] == "Discord"
    assert check["detail"].startswith(f"Discord cannot be reached: {reason}")
    assert "\n" not in check["detail"]
    assert found(said)["messages given up"]["ok"]


async def test_wrong_settings(nrg: Nrg) -> None:
    (nrg.folder / "nrg.toml").write_text("rest_days = 9\n")
    said = await nrg("doctor", "--json")
    assert said.code == 1
    assert found(said)["settings"]["detail"].startswith("nrg.toml:1: rest_days must be")


async def test_an_absent_database(home: Nrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nrg@127.0.0.1:1/nrg")
    said = await home("doctor", "--json")
    assert said.code == 1
    assert found(said)["database"]["ok"] is False
    assert found(said)["plugins"]["ok"] is True


async def test_given_up_events_are_shown_without_their_words_and_replayed(
    home: Nrg, database: Database
) -> None:
    await home("catalogue", "load")
    first = await add_event(
        database, "checkin", due_at=None, attempts=8, error="ValueError('ana wrote: my secret')"
    )
    second = await add_event(database, "checkin", due_at=None, attempts=8, error="took too long")
    waiting = await add_event(database, "checkin", due_at=NOW + timedelta(days=10_000), attempts=3)
    said = await home("doctor", "--json")
    assert said.code == 1
    check = found(said)["events given up"]
    assert check["detail"].splitlines() == [
        "2 events",
        f"event {first} (session_recorded): checkin failed 8 times, last with ValueError",
        f"event {second} (session_recorded): checkin failed 8 times, last with a deadline that passed",
    ]
    assert "secret" not in said.out
    assert [each["event_id"] for each in said.json["given_up"]] == [first, second]
    assert found(said)["events waiting"]["detail"] == "1 event being tried again"

    nothing = await home("doctor", "--replay", waiting)
    assert (nothing.code, nothing.err.split(".")[0]) == (1, f"nrg: No event {waiting} was given up")
    one = await home("doctor", "--replay", second)
    assert (one.code, one.out.split(".")[0]) == (0, "1 delivery due again")
    assert [each.event_id for each in await given_up(database)] == [first]
    every = await home("doctor", "--replay", "all")
    assert every.out.startswith("1 delivery due again")
    async with database.reading() as uow:
        rows = (await uow.execute(select(_deliveries).order_by(_deliveries.c.event_id))).all()
    assert [row.attempts for row in rows] == [0, 0, 3]
    assert all(row.due_at <= datetime.now(UTC) for row in rows[:2])
    assert (await home("doctor", "--replay", "all")).out == "Nothing was given up.\n"


async def test_events_that_nobody_takes(database: Database) -> None:
    late = NOW - diagnosis.OVERDUE
    async with database.unit_of_work() as uow:
        member = uuid4()
        await uow.execute(insert(table_of(User)).values(id=member, discord_id="7"))
    first = await add_event(database, "checkin", due_at=late, attempts=1)
    behind = await add_event(database, "checkin", due_at=late - timedelta(hours=1))
    assert (await check_waiting(database, {"checkin"}, NOW)).ok
    # A second later the first of them is overdue; the other waits its turn behind it.
    now = NOW + timedelta(seconds=1)
    result = await check_waiting(database, {"checkin"}, now)
    assert (result.ok, result.detail) == (False, "checkin: 1 event, due since 2026-05-01 11:55 UTC")
    assert first < behind
    off = await check_waiting(database, {CORE}, now)
    assert (off.ok, off.detail) == (True, "1 event being tried again; kept for checkin, which does not run")
    # Another member's event stands in nobody's way.
    async with database.unit_of_work() as uow:
        await uow.execute(_deliveries.update().where(_deliveries.c.event_id == behind).values(user_id=member))
    result = await check_waiting(database, {"checkin"}, now)
    assert result.detail == "checkin: 2 events, due since 2026-05-01 10:55 UTC"


async def test_messages_given_up(home: Nrg, database: Database) -> None:
    async with database.unit_of_work() as uow:
        for key in ("a", "b", "c"):
            await uow.execute(
                insert(table_of(OutboxMessage)).values(
                    created_at=NOW,
                    key=key,
                    kind="add_role",
                    payload={},
                    attempts=1,
                    due_at=NOW if key == "c" else None,
                    last_error="403: Missing Access to 123456789012345678",
                )
            )
    said = await home("doctor", "--json")
    check = found(said)["messages given up"]
    assert (check["ok"], check["detail"]) == (False, "2 messages\n2 × add_role (403: Missing Access to …)")


async def test_messages_given_up_are_replayed_with_everything(home: Nrg, database: Database) -> None:
    await home("catalogue", "load")
    async with database.unit_of_work() as uow:
        for name in ("open_room", "open_room", "close_room"):
            errand: dict[str, Any] = {"plugin": "garden", "name": name, "payload": {}}
            await uow.execute(
                insert(table_of(OutboxMessage)).values(
                    created_at=NOW,
                    key=uuid4().hex,
                    kind="errand",
                    payload=errand,
                    attempts=1,
                    last_error="403: No",
                )
            )
    check = found(await home("doctor", "--json"))["messages given up"]
    assert check["detail"].splitlines() == [
        "3 messages",
        "2 × errand garden open_room (403: No)",
        "1 × errand garden close_room (403: No)",
    ]
    assert (await home("doctor", "--replay", "all")).out.startswith("3 deliveries due again")
    assert found(await home("doctor", "--json"))["messages given up"]["ok"]


class Checks:
    """A plugin's checks, good and bad."""

    @hookimpl
    def health_checks(self) -> list[HealthCheck]:
        async def good(database: Database) -> CheckResult:
            return CheckResult(True, "fine")

        async def bad(database: Database) -> CheckResult:
            raise RuntimeError("no")

        async def slow(database: Database) -> CheckResult:
            import asyncio

            await asyncio.Event().wait()
            raise AssertionError

        return [HealthCheck("good", good), HealthCheck("bad", bad), HealthCheck("slow", slow)]


class Raising:
    """A plugin whose checks cannot even be named."""

    @hookimpl
    def health_checks(self) -> list[HealthCheck]:
        raise RuntimeError("no")


async def test_plugins_answer_for_themselves(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "PATIENCE", 0.05)
    manager = pluggy.PluginManager(NAMESPACE)
    manager.add_hookspecs(Specs)
    manager.register(Checks(), "tea")
    manager.register(Raising(), "rude")
    manager.register(Checks(), "off")
    plugins = [Loaded(Plugin(name=name, summary=""), name) for name in ("tea", "rude", "off")]
    findings = await plugin_checks(database, Discovered(plugins, [], manager), {"tea", "rude"})
    assert [(each.label, each.result.ok) for each in findings] == [
        ("tea: good", True),
        ("tea: bad", False),
        ("tea: slow", False),
        ("rude", False),
    ]
    assert findings[2].result.detail == "did not answer in 0.05 s"


async def test_a_broken_plugin_is_named(tmp_path: Path) -> None:
    site = add_plugin(tmp_path, "bad", "raise RuntimeError('no')")
    async with running(tmp_path, "doctor", PYTHONPATH=site) as command:
        code, said = await command.end()
    assert code == 1
    (line,) = (line for line in said.splitlines() if "plugin bad" in line)
    assert "left out: RuntimeError: no" in line
