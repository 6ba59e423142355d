"""Notices: told is who asked, and only of what they asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete

from nrg_core.clock import OffsetClock
from nrg_core.domain.events import SessionRecorded
from nrg_core.domain.models import NoticeChoice, User
from nrg_core.domain.notices import Choice, Notice, choose, chosen_by, notify
from nrg_core.domain.standing import lock_members
from nrg_core.hooks.context import HookContext
from nrg_core.storage.database import Database
from nrg_core.storage.sql import table_of
from tests.support.community import BEGINNING, count, member, outbox
from tests.support.stage import Witness, open_stage

SEEN = ("garden", "seen")
BLOOM = ("garden", "bloom")
RAIN = ("weather", "rain")


async def pick(
    database: Database, chosen: Collection[Choice], offered: Collection[Choice] = (SEEN, BLOOM, RAIN)
) -> None:
    await database.write(choose, member(1), offered, chosen, BEGINNING)


async def picked(database: Database, who: int = 1) -> set[Choice]:
    return set(await database.read(chosen_by, member(who).discord_id))


async def key_of(database: Database, who: int = 1) -> UUID:
    standings = await database.write(lock_members, [member(who)])
    return standings[member(who).discord_id].user_id


async def tell(database: Database, choice: Choice, key: str = "k", who: int = 1) -> bool:
    user_id = await key_of(database, who)
    return await database.write(notify, choice, user_id, key, content="News", now=BEGINNING)


async def test_nothing_is_chosen_until_it_is(database: Database) -> None:
    assert await picked(database) == set()
    assert not await tell(database, SEEN)
    assert await outbox(database) == []


async def test_who_asked_is_told_of_that_alone(database: Database) -> None:
    await pick(database, [SEEN])
    assert await tell(database, SEEN)
    assert not await tell(database, BLOOM)
    assert not await tell(database, ("weather", "seen"))
    assert not await tell(database, SEEN, who=2)
    (row,) = await outbox(database)
    assert (row.kind, row.key, row.user_id) == ("direct", "k", await key_of(database))
    assert row.payload == {"discord_id": member(1).discord_id, "content": "News", "embeds": []}


async def test_the_same_news_twice_is_told_once(database: Database) -> None:
    await pick(database, [SEEN])
    await asyncio.gather(*(tell(database, SEEN) for _ in range(5)))
    assert len(await outbox(database)) == 1


async def test_what_is_not_on_offer_stays_as_it_is(database: Database) -> None:
    await pick(database, [SEEN, RAIN])
    await pick(database, [], offered=[SEEN, BLOOM])
    assert await picked(database) == {RAIN}
    await pick(database, [SEEN, BLOOM], offered=[SEEN])
    assert await picked(database) == {SEEN, RAIN}
    assert await picked(database, who=2) == set()


async def test_choosing_at_once(database: Database) -> None:
    await asyncio.gather(*(pick(database, [SEEN, BLOOM]) for _ in range(10)))
    assert await count(database, NoticeChoice) == 2


async def test_choices_go_with_the_member(database: Database) -> None:
    await pick(database, [SEEN])
    await tell(database, SEEN)
    await database.write(lambda connection: connection.execute(delete(table_of(User))))
    assert await count(database, NoticeChoice) == 0
    assert await outbox(database) == []


class Herald(Witness):
    """Tells a member of each session of theirs."""

    async def misbehave(self, event: SessionRecorded, ctx: HookContext) -> None:
        notice = Notice("seen", "A session was seen")
        told = await ctx.notify(event.user_id, notice, f"seen:{event.session_id}", content=event.hack_name)
        ctx.log.info("told" if told else "not told")


async def test_a_hook_tells_under_its_plugins_name(
    database: Database, manual_clock: OffsetClock, tmp_path: Path
) -> None:
    await pick(database, [SEEN])
    async with open_stage(database, manual_clock, tmp_path) as stage:
        stage.add(Herald("garden"), Herald("weather"))
        await stage.check_in(1)
        await stage.check_in(2)
        await stage.dispatcher.drained()
    sent = [row for row in await outbox(database) if row.kind == "direct"]
    assert [row.payload["content"] for row in sent] == ["Breath"]
