"""Rules that need queries: over a window of days, or over what a plugin knows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pluggy
import pytest
from sqlalchemy import select, text

from nrg_core.clock import OffsetClock
from nrg_core.domain.correcting import correct_minutes
from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.domain.events import MetricsChanged, SessionRecorded
from nrg_core.domain.metrics import Metric
from nrg_core.domain.models import HackUnlock, UserAchievement
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.domain.recording import Recorded
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.dispatcher import Dispatcher
from nrg_core.hooks.specs import NAMESPACE, Specs, hookimpl
from nrg_core.hooks.subscriber import PluginSubscriber
from nrg_core.hooks.tools import Tools
from nrg_core.host.community import Community
from nrg_core.host.contributions import Judging
from nrg_core.outbox.events import GRACE, PendingDelivery
from nrg_core.outbox.models import Event
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from nrg_core.storage.uow import UnitOfWork
from tests.support.community import (
    CATALOGUE,
    GUILD,
    assert_counters_agree,
    count,
    deliveries,
    outbox,
    request,
    stock,
)
from tests.support.statements import noted_statements

DAY = timedelta(days=1)

MORE = """
[[hacks]]
slug = "hidden"
name = "Hidden"
description = "For tests."
duration_minutes = 5
unlock = { metric = "kindness", gte = 2 }

[[hacks]]
slug = "long"
name = "Long"
description = "For tests."
duration_minutes = 5
mastery = { metric = "practice_minutes", gte = 60 }

[[achievements]]
slug = "master"
name = "Master"
description = "For tests."
criteria = { metric = "hacks_mastered", gte = 1 }

[[achievements]]
slug = "busy-week"
name = "Busy week"
description = "For tests."
criteria = { metric = "sessions", gte = 3, window_days = 7 }

[[achievements]]
slug = "calm-week"
name = "Calm week"
description = "For tests."
criteria = { metric = "practice_minutes", gte = 20, category = "calm", window_days = 7 }

[[achievements]]
slug = "curious"
name = "Curious"
description = "For tests."
criteria = { metric = "distinct_hacks", gte = 2, window_days = 2 }

[[achievements]]
slug = "kind"
name = "Kind"
description = "For tests."
criteria = { all = [{ metric = "kindness", gte = 3 }, { metric = "sessions", gte = 1 }] }
"""


class Kindness:
    """A metric whose value a test sets, and which can fail."""

    def __init__(self) -> None:
        self.value = 0
        self.breaks: str | None = None
        self.metric = Metric(
            MetricSpec("kindness", "Kind deeds", "a kind deed", "{n:,} kind deeds"), self.compute
        )

    async def compute(self, uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
        if self.breaks is not None:
            await uow.execute(text(self.breaks))
        return self.value


class House:
    """Recorder, community and dispatcher, put together as the bot does it."""

    def __init__(self, database: Database, clock: OffsetClock, kindness: Kindness) -> None:
        self.database, self.clock = database, clock
        policy = Policy(audience=self.audience)
        self.community = Community(database, policy)
        self.kindness = kindness
        self.recorder = Recorder(database, self.community.library, policy)
        self.tools = Tools(
            clock,
            policy,
            self.community.library,
            self.recorder,
            submit=self.submit,
            wake=lambda: None,
            is_enabled=lambda plugin, guild_id: True,
        )
        self.begin()

    def begin(self) -> None:
        """Begin to judge."""
        self.dispatcher = Dispatcher(self.database, self.clock, self.tools)
        self.dispatcher.add(Judging(self.community, self.clock, self.tools.committed))

    def audience(self, kind: str, guild_id: int | None) -> Sequence[str]:
        return self.dispatcher.audience(kind)

    def submit(self, told: Sequence[PendingDelivery]) -> None:
        self.dispatcher.submit(told)

    async def change(self, user_id: UUID, *names: str) -> None:
        async with self.database.unit_of_work() as uow:
            await self.tools.metrics_changed(uow, user_id, names, 7, 5)
        await self.dispatcher.drained()

    async def practise(self, hack: str = "breath", minutes: int = 5) -> Recorded:
        recorded = await self.recorder.record(request(1, hack, at=self.clock.now(), minutes=minutes))
        self.dispatcher.submit(recorded.deliveries)
        await self.dispatcher.drained()
        return recorded

    async def earned(self) -> set[str]:
        async with self.database.reading() as uow:
            rows = await uow.execute(
                text(
                    "SELECT slug FROM achievements JOIN user_achievements ON achievement_id = achievements.id"
                )
            )
        return set(rows.scalars())


@pytest.fixture
async def house(database: Database, manual_clock: OffsetClock, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(database, manual_clock, tmp_path) as house:
        yield house


@asynccontextmanager
async def open_house(
    database: Database, clock: OffsetClock, folder: Path, kindness: Kindness | None = None
) -> AsyncGenerator[House]:
    kindness = kindness or Kindness()
    await stock(database, folder, CATALOGUE + MORE, [kindness.metric])
    house = House(database, clock, kindness)
    await house.community.use([kindness.metric])
    await house.recorder.start()
    yield house
    await house.recorder.stop()
    await house.dispatcher.stop()


async def test_a_window_of_days_counts_what_is_in_it(house: House) -> None:
    await house.practise()
    house.clock.offset += 3 * DAY
    await house.practise()
    house.clock.offset += 4 * DAY  # the first is the eighth day back now
    await house.practise()
    assert await house.earned() == {"first"}
    house.clock.offset += 2 * DAY
    await house.practise()
    assert await house.earned() == {"first", "busy-week"}
    await assert_counters_agree(house.database)
    assert await deliveries(house.database) == []


async def test_windows_are_narrowed_by_category_and_count_minutes(house: House) -> None:
    await house.practise("gaze", 60)
    await house.practise("breath", 19)
    assert "calm-week" not in await house.earned()
    await house.practise("breath", 1)
    assert "calm-week" in await house.earned()


async def test_different_techniques_in_a_window(house: House) -> None:
    await house.practise("breath")
    house.clock.offset += 2 * DAY
    await house.practise("gaze")
    assert "curious" not in await house.earned()
    house.clock.offset += DAY
    await house.practise("breath")
    assert "curious" in await house.earned()


async def test_a_plugins_metric_opens_and_earns_when_the_plugin_says_that_it_changed(house: House) -> None:
    recorded = await house.practise()
    house.kindness.value = 3
    for _ in range(2):
        await house.change(recorded.user_id, "kindness")
    assert "kind" in await house.earned()
    assert await count(house.database, HackUnlock) == 1
    assert (await house.practise("hidden")).hack.slug == "hidden"


async def test_only_what_the_change_touches_is_judged(house: House) -> None:
    recorded = await house.practise()
    house.kindness.value = 3
    await house.change(recorded.user_id, "streak_days")
    assert "kind" not in await house.earned()


async def test_a_metric_that_fails_harms_no_other_rule(house: House) -> None:
    house.kindness.value = 3
    house.kindness.breaks = "SELECT nonsense"
    for _ in range(3):
        await house.practise()
    assert await house.earned() == {"first", "busy-week"}
    assert await deliveries(house.database) == []
    house.kindness.breaks = None
    await house.practise()
    assert "kind" in await house.earned()


async def test_judging_somebody_who_is_gone_does_nothing(house: House) -> None:
    recorded = await house.practise()
    house.kindness.value = 3
    async with house.database.unit_of_work() as uow:
        await uow.execute(text("DELETE FROM users"))
    await house.change(recorded.user_id, "kindness")
    assert await count(house.database, UserAchievement) == 0


async def test_a_change_is_judged_once_where_it_happened_however_often_its_judge_is_stopped(
    house: House,
) -> None:
    recorded = await house.practise()
    house.kindness.value = 3
    async with house.database.unit_of_work() as uow:
        await house.tools.metrics_changed(uow, recorded.user_id, ["kindness"], 70, 50)
        # Nothing is earned, and nobody held, in the unit of work of whoever says so.
        assert await uow.scalar(text("SELECT count(*) FROM user_achievements")) == 1
        await house.dispatcher.stop()  # as if the process ended right after the commit
    assert [owed.plugin for owed in await deliveries(house.database)] == ["core"]
    house.begin()
    house.clock.offset += GRACE
    for _ in range(2):
        await house.dispatcher.look()
        await house.dispatcher.drained()
    assert "kind" in await house.earned()
    [sent] = [row for row in await outbox(house.database) if "Kind" in row.payload["content"]]
    assert sent.payload["channel_id"] == 50
    assert await deliveries(house.database) == []


async def test_a_change_that_no_rule_depends_on_is_not_stored(house: House) -> None:
    recorded = await house.practise()
    with noted_statements() as noted:
        await house.change(recorded.user_id, "unheard_of")
    assert noted == []


async def mastered(house: House) -> tuple[int, set[str]]:
    async with house.database.reading() as uow:
        number = await uow.scalar(text("SELECT hacks_mastered FROM users"))
        slugs = await uow.execute(
            text(
                "SELECT slug FROM hacks JOIN member_hacks ON hack_id = hacks.id WHERE mastered_at IS NOT NULL"
            )
        )
        return number, set(slugs.scalars())


async def test_minutes_that_are_put_right_can_make_a_master(house: House) -> None:
    recorded = await house.practise("long", 5)
    assert not recorded.mastered
    await house.database.write(correct_minutes, recorded.session_id, 59)
    await house.change(recorded.user_id, "practice_minutes")
    assert await mastered(house) == (0, set())
    await house.database.write(correct_minutes, recorded.session_id, 60)
    await house.change(recorded.user_id, "practice_minutes")
    assert await mastered(house) == (1, {"long"})
    assert "master" in await house.earned()
    await assert_counters_agree(house.database)


@pytest.mark.parametrize(
    ("said", "place"),
    [({}, (GUILD, 5)), ({"guild_id": 70, "channel_id": 50}, (70, 50)), ({"guild_id": 70}, (70, None))],
)
async def test_a_hook_says_where_what_is_earned_is_told(
    house: House, said: dict[str, int], place: tuple[int, int | None]
) -> None:
    class Teller:
        @hookimpl
        async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> None:
            await ctx.metrics_changed(event.user_id, "kindness", **said)

    manager = pluggy.PluginManager(NAMESPACE)
    manager.add_hookspecs(Specs)
    manager.register(Teller(), "teller")
    house.dispatcher.add(PluginSubscriber("teller", manager, None))
    await house.practise()
    events = table_of(Event)
    async with house.database.reading() as uow:
        payload = await uow.scalar(select(events.c.payload).where(events.c.kind == MetricsChanged.kind))
    assert (payload["guild_id"], payload["channel_id"]) == place
