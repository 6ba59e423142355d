"""What is to be sent arrives: in order, once where that can be had, and whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from nrg_core.delivery.sender import LEASE, PAUSES, NotYet, Parcel, PermanentFailure, Sender
from nrg_core.domain.models import UserAchievement
from nrg_core.domain.policy import Policy
from nrg_core.domain.recorder import Recorder
from nrg_core.outbox.messages import AddRole, ChannelMessage, DirectMessage, Envelope, Errand, enqueue
from nrg_core.storage.database import Database, open_database
from nrg_core.storage.sql import table_of
from nrg_core.urls import async_url
from tests.support.community import BEGINNING, outbox, request, stock
from tests.support.proxy import Proxy


class FixedClock:
    def __init__(self) -> None:
        self.at = BEGINNING

    def now(self) -> datetime:
        return self.at


class Mail:
    """Discord, as far as the sender sees it: takes parcels, or does what the test says."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.on_send: Callable[[Parcel], Awaitable[None]] | None = None

    async def send(self, parcel: Parcel) -> None:
        if self.on_send is not None:
            await self.on_send(parcel)
        self.parcels.append(parcel)

    @property
    def keys(self) -> list[str]:
        return [parcel.key for parcel in self.parcels]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def sender(database: Database, clock: FixedClock, mail: Mail) -> Sender:
    return Sender(database, clock, mail.send)


async def ask(database: Database, *envelopes: Envelope, at: datetime = BEGINNING) -> None:
    await database.write(enqueue, envelopes, at)


def message(key: str, **values: Any) -> Envelope:
    return Envelope(key, ChannelMessage(5, f"the message {key}"), **values)


async def test_what_is_asked_for_is_sent_in_order_and_forgotten(
    database: Database, sender: Sender, mail: Mail
) -> None:
    await ask(database, *(message(f"m{n}") for n in range(30)))
    await ask(database, Envelope("role", AddRole(1, 2, 3)), Envelope("private", DirectMessage(4, "psst")))
    while await sender.look():
        pass
    assert mail.keys == [f"m{n}" for n in range(30)] + ["role", "private"]
    assert mail.parcels[0].payload["content"] == "the message m0"
    assert (mail.parcels[-2].kind, mail.parcels[-2].payload) == (
        "add_role",
        {"guild_id": 1, "discord_id": 2, "role_id": 3, "plugin": None},
    )
    assert await outbox(database) == []


async def test_asking_twice_is_asking_once(database: Database, sender: Sender, mail: Mail) -> None:
    await ask(database, message("a"), message("a"))
    await ask(database, Envelope("a", ChannelMessage(6, "another text")))
    assert await sender.look() == 1
    assert [parcel.payload["channel_id"] for parcel in mail.parcels] == [5]


async def test_what_is_undone_is_not_sent(database: Database, sender: Sender) -> None:
    with pytest.raises(ZeroDivisionError):
        await ask_and_fail(database)
    assert await sender.look() == 0


async def ask_and_fail(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await uow.run(enqueue, [message("a")], BEGINNING)
        raise ZeroDivisionError


async def test_what_is_for_later_waits(database: Database, clock: FixedClock, sender: Sender) -> None:
    later = BEGINNING + timedelta(hours=1)
    await ask(database, message("later", not_before=later), message("now"))
    assert await sender.look() == 1
    clock.at = later - timedelta(microseconds=1)
    assert await sender.look() == 0
    clock.at = later
    assert await sender.look() == 1


async def test_failures_are_tried_again_with_growing_pauses_and_then_kept(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail
) -> None:
    async def fail(parcel: Parcel) -> None:
        if parcel.key == "bad":
            raise ConnectionError("not today")

    mail.on_send = fail
    await ask(database, message("bad"), message("good"))
    await sender.look()
    assert mail.keys == ["good"], "nobody waits behind it"
    for tries, pause in enumerate(PAUSES, start=1):
        [row] = await outbox(database)
        assert (row.attempts, row.due_at, row.last_error) == (tries, clock.at + pause, "not today")
        clock.at += pause - timedelta(microseconds=1)
        assert await sender.look() == 0
        clock.at += timedelta(microseconds=1)
        assert await sender.look() == 1
    [row] = await outbox(database)
    assert (row.attempts, row.due_at) == (len(PAUSES) + 1, None)
    clock.at += timedelta(days=365)
    assert await sender.look() == 0
    assert sorted(PAUSES) == list(PAUSES)


async def test_a_failure_for_good_is_kept_at_once(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail
) -> None:
    async def refuse(parcel: Parcel) -> None:
        raise PermanentFailure("no such channel")

    mail.on_send = refuse
    await ask(database, message("a"))
    await sender.look()
    [row] = await outbox(database)
    assert (row.attempts, row.due_at, row.last_error) == (1, None, "no such channel")


async def test_what_was_given_up_and_is_asked_for_again_has_all_its_tries_again(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail
) -> None:
    async def refuse(parcel: Parcel) -> None:
        raise PermanentFailure("no permission")

    mail.on_send = refuse
    await ask(database, message("a"))
    await sender.look()
    mail.on_send = None
    assert await sender.look() == 0
    await ask(database, message("a"), at=clock.at)
    assert await sender.look() == 1
    assert mail.keys == ["a"]
    assert await outbox(database) == []


async def test_what_nobody_can_do_yet_is_left_to_its_lease(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail
) -> None:
    async def nobody_there(parcel: Parcel) -> None:
        raise NotYet

    mail.on_send = nobody_there
    await ask(database, message("a"))
    for _ in range(2 * len(PAUSES)):
        assert await sender.look() == 1
        assert await sender.look() == 0
        clock.at += LEASE
    [row] = await outbox(database)
    assert (row.attempts, row.last_error) == (0, None)
    mail.on_send = None
    assert await sender.look() == 1
    assert await outbox(database) == []


async def test_nothing_is_begun_that_might_outlive_its_lease(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail
) -> None:
    async def take_long(parcel: Parcel) -> None:
        clock.at += LEASE / 2

    mail.on_send = take_long
    await ask(database, message("a"), message("b"))
    await sender.look()
    assert mail.keys == ["a"]
    assert await sender.look() == 0
    clock.at += LEASE / 2
    await sender.look()
    assert mail.keys == ["a", "b"]


@pytest.mark.parametrize("asked_before", range(2, 8))
async def test_a_clock_that_is_moved_in_the_middle_of_a_look_delays_nothing(
    database: Database, mail: Mail, asked_before: int
) -> None:
    class Moved(FixedClock):
        """Moved by a day once it was asked that often."""

        asked = 0

        def now(self) -> datetime:
            self.asked += 1
            return self.at + (timedelta(days=1) if self.asked > asked_before else timedelta())

    sender = Sender(database, Moved(), mail.send)
    await ask(database, message("a"))
    await sender.look()
    await sender.look()
    assert mail.keys == ["a"]


async def test_who_hurries_hears_what_it_failed_with(database: Database, sender: Sender, mail: Mail) -> None:
    failure = PermanentFailure("no permission", "Somebody can grant it.")

    async def refuse(parcel: Parcel) -> None:
        if parcel.key == "bad":
            raise failure

    mail.on_send = refuse
    await sender.start()
    for key, heard in (("bad", failure), ("good", None), ("bad", failure)):
        await ask(database, message(key))
        assert await sender.hurry(key, timedelta(seconds=10)) is heard
    await sender.stop()


async def test_no_message_waits_for_an_errand(
    database: Database, sender: Sender, mail: Mail, clock: FixedClock
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def dawdle(parcel: Parcel) -> None:
        if parcel.kind == "errand":
            begun.set()
            await go_on.wait()

    mail.on_send = dawdle
    await ask(database, *(Envelope(f"errand {n}", Errand("garden", "dig")) for n in range(2)), message("a"))
    await sender.start()
    async with asyncio.timeout(10):
        await begun.wait()
        await ask(database, message("b"))
        assert await sender.hurry("b", timedelta(seconds=10)) is None
    assert mail.keys == ["a", "b"]
    go_on.set()
    assert await sender.hurry("errand 1", timedelta(seconds=10)) is None
    await sender.stop()
    assert mail.keys == ["a", "b", "errand 0", "errand 1"]
    assert await outbox(database) == []


async def test_who_hurries_waits_a_moment_only(database: Database, sender: Sender) -> None:
    await ask(database, message("a"))
    assert await sender.hurry("a", timedelta(milliseconds=1)) is None


async def test_one_that_dies_after_sending_leaves_a_double_that_discord_can_tell(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail
) -> None:
    async def die(parcel: Parcel) -> None:
        mail.parcels.append(parcel)
        raise asyncio.CancelledError

    mail.on_send = die
    await ask(database, message("a"))
    with pytest.raises(asyncio.CancelledError):
        await sender.look()
    mail.on_send = None
    assert await sender.look() == 0, "the lease protects what may still be under way"
    clock.at += LEASE
    assert await Sender(database, clock, mail.send).look() == 1
    first, second = mail.parcels
    assert first.nonce == second.nonce
    assert len(first.nonce) <= 25
    assert await outbox(database) == []


def test_nonces_tell_different_things_apart() -> None:
    parcel = Parcel(1, "announce:1", "message", {}, 0, BEGINNING, BEGINNING)
    assert parcel.nonce != replace(parcel, key="announce:2").nonce
    assert parcel.nonce == replace(parcel, id=9, attempts=3).nonce


async def test_two_processes_send_each_thing_once(database: Database, clock: FixedClock, mail: Mail) -> None:
    await ask(database, *(message(f"m{n}") for n in range(90)))
    both = [Sender(database, clock, mail.send) for _ in range(2)]

    async def send_all(sender: Sender) -> None:
        while await sender.look():
            pass

    await asyncio.gather(*(send_all(sender) for sender in both))
    assert sorted(mail.keys) == sorted(f"m{n}" for n in range(90))
    assert await outbox(database) == []


async def test_an_announced_achievement_is_marked(
    database: Database, clock: FixedClock, sender: Sender, mail: Mail, tmp_path: Path
) -> None:
    library = await stock(database, tmp_path)
    recorder = Recorder(database, lambda: library, Policy())
    await recorder.start()
    await recorder.record(request())
    await recorder.stop()
    earned = table_of(UserAchievement)

    async def announced() -> bool:
        async with database.reading() as uow:
            return bool(await uow.scalar(select(earned.c.announced)))

    assert not await announced()
    await sender.look()
    assert len(mail.parcels) == 1
    assert await announced()


async def test_an_announcement_of_what_is_gone_is_no_error(database: Database, sender: Sender) -> None:
    await ask(database, Envelope("a", ChannelMessage(5, "x", announces=str(uuid4()))))
    assert await sender.look() == 1
    assert await outbox(database) == []


async def test_it_sends_by_itself_when_woken_and_when_something_falls_due(
    database: Database, mail: Mail, clock: FixedClock, sender: Sender
) -> None:
    arrived = asyncio.Event()

    async def arrive(parcel: Parcel) -> None:
        arrived.set()

    mail.on_send = arrive
    await sender.start()
    for key in ("woken", "found"):
        await ask(database, message(key))
        if key == "woken":
            sender.wake()
        async with asyncio.timeout(10):
            await arrived.wait()
        arrived.clear()
    await sender.stop()


async def test_a_database_that_goes_away_does_not_end_the_sending(postgres_url: str, mail: Mail) -> None:
    arrived = asyncio.Event()

    async def arrive(parcel: Parcel) -> None:
        arrived.set()

    mail.on_send = arrive
    async with Proxy.before(postgres_url) as proxy:
        database = await open_database(async_url(proxy.url(postgres_url)))
        sender = Sender(database, FixedClock(), mail.send)
        await sender.start()
        await ask(database, message("before"))
        await arrived.wait()
        arrived.clear()
        await proxy.cut()
        sender.wake()
        await proxy.mend()
        async with asyncio.timeout(20):
            while True:
                try:
                    await ask(database, message("after"))
                except Exception:
                    continue
                break
            await arrived.wait()
        await sender.stop()
        await database.close()
    assert set(mail.keys) == {"before", "after"}
