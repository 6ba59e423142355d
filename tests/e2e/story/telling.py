"""The story: six members, two weeks. It is told to a bot that may lack a plugin, and that may die.

Whoever gets no answer looks whether it was done all the same, and does it again if it was not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from nrg_core.storage.database import Database
from nrg_sandbox import InvalidOption, Sandbox
from nrg_sandbox.program import Answer, Member
from tests.e2e.story.bots import LOOK, Bot, MortalBot, answered
from tests.e2e.story.ledger import Ledger, Session, Stopwatch

__all__ = ["DAYS", "DEEDS", "MEMBERS", "Story"]

DAYS: Final = 14
MEMBERS: Final = ("ana", "ben", "cleo", "dan", "eva", "finn")
ZONES: Final = {"ana": "Europe/Berlin", "finn": "Asia/Tokyo"}

DEEDS: Final = 175
"""About how often somebody does something, from the first day to the last."""

WAYS: Final = ("command", "reaction", "message", "command", "reaction")

VALIDATIONS: Final[dict[int, Sequence[tuple[str, str, str]]]] = {
    0: [("ben", "ana", "command"), ("ana", "ben", "message"), ("cleo", "ana", "reaction")],
    1: [("dan", "ana", "member"), ("ana", "dan", "reaction")],
    2: [("ben", "ana", "reaction"), ("eva", "finn", "message"), ("finn", "eva", "command")],
    4: [("cleo", "dan", "command")],
    6: [(name, "ana", way) for name, way in zip(MEMBERS[1:], WAYS, strict=True)],
    9: [("ben", "dan", "message"), ("dan", "ben", "reaction")],
    13: [("ana", "ben", "command"), ("eva", "cleo", "member"), ("cleo", "eva", "reaction")],
}
"""Who validates whose latest session at noon, and which way."""

Done = Callable[[], Awaitable[bool]]


@dataclass(slots=True)
class Practice:
    """A timed practice under way."""

    hack: str
    watch: Stopwatch
    begun: Answer | None


class Story:
    """Tells the story.

    Parameters
    ----------
    without
        The plugin that is switched off.
    dooms
        Which deeds the bot will not survive, and how far into each it gets.
    """

    def __init__(
        self,
        discord: Sandbox,
        bot: Bot,
        database: Database,
        without: str | None = None,
        dooms: dict[int, int] | None = None,
    ) -> None:
        self.discord = discord
        self.ledger = Ledger()
        self.deeds = 0
        self._bot = bot
        self._database = database
        self._without = without
        self._dooms = dooms or {}
        self._members: dict[str, Member] = {}
        self._shown: dict[str, Answer | None] = {}
        """The message that shows each member's latest session."""
        self._practices: dict[str, Practice] = {}

    async def tell(self) -> None:
        """Tell it, from the first day to the last."""
        tomorrow = self.discord.clock.now().date() + timedelta(days=1)
        for name in MEMBERS:
            self._members[name] = await self.discord.member(name)
        for day in range(DAYS):
            self._today = tomorrow + timedelta(days=day)
            await self._morning(day)
            await self._noon(day)
            await self._evening(day)
        await self._bot.catch_up()
        self._after(2)  # what was claimed as the clock was moved falls due again
        await self._bot.catch_up()

    def member(self, name: str) -> Member:
        """Return a member."""
        return self._members[name]

    # A day

    async def _morning(self, day: int) -> None:
        ways = ("button", "reply", "command")
        self._until(7)
        if day == 0:
            await asyncio.gather(*(self._settle_in(name) for name in MEMBERS))
        await asyncio.gather(
            self._check_in("ana", "energy-ball", 10),
            *([self._check_in("cleo", "eye-massage", 5)] if day not in (3, 10) else []),
            *([self._check_in("eva", "warm-liquid", 12)] if day % 2 == 0 else []),
            *([self._start("ben", "energy-ball", goal=60)] if day != 5 else []),
            self._start("dan", "warm-liquid", goal=15),
            *([self._start("finn", "eye-massage")] if day < 7 else []),
        )
        self._after(10)
        await self._turn("ben", "pause", ways[day % 3])
        self._after(6)
        if self._on("practice"):
            await self._bot.catch_up()
            self.ledger.reminders["dan"] += 1
        self._after(4)
        await self._turn("ben", "resume", ways[(day + 1) % 3])
        self._after(8)
        await asyncio.gather(
            self._end("ben", ways[day % 3]),
            *([self._end("dan", ways[(day + 1) % 3])] if day != 4 else []),
            self._end("finn", ways[(day + 2) % 3]),
        )

    async def _noon(self, day: int) -> None:
        self._until(12)
        await asyncio.gather(*(self._validate(*each) for each in VALIDATIONS.get(day, ())))
        if day % 3 == 0:
            await self._write("eva", f"Day {day}: calmer than yesterday.")
        match day:
            case 0:
                await self._pair("ana", "ben")
                await self._press_feedback("ana")
                await self._wrong_uses()
            case 1:
                await self._pair("cleo", "dan")
            case 9:
                await self._part("dan", "cleo")
            case _:
                pass

    async def _evening(self, day: int) -> None:
        self._until(20)
        await self._bot.catch_up()
        if day == 4:
            await self._correct("dan", 12)
        if day in (2, 7):
            self._until(23)  # in Tokyo it is tomorrow
            await self._check_in("finn", "warm-liquid", 5)

    # What members do

    async def _settle_in(self, name: str) -> None:
        member, zone = self._members[name], ZONES.get(name, "UTC")
        in_zone = self._has(name, "users", "timezone = :zone", zone=zone)
        await self._deed("core", lambda: member.slash("timezone", zone=zone), in_zone)
        if name == "ben" and self._on("validation"):

            async def choose() -> Answer:
                page = await member.slash("notices")
                return await member.select(page, "Tell me when …", ["validation.validated"])

            await self._deed("core", choose, self._has(name, "notice_choices"))

    async def _check_in(self, name: str, hack: str, minutes: int) -> None:
        member, done = self._members[name], await self._one_more(name, "practice_sessions")
        answer = await self._deed(
            "checkin", lambda: member.slash("checkin", hack=hack, duration=minutes), done
        )
        if self._on("checkin"):
            self._practised(name, "checkin", hack, range(minutes, minutes + 1), answer)

    async def _start(self, name: str, hack: str, goal: int | None = None) -> None:
        member = self._members[name]
        options: dict[str, Any] = {"hack": hack} if goal is None else {"hack": hack, "goal": goal}
        before = self.discord.clock.now()
        begun = await self._deed(
            "practice", lambda: member.slash("practice start", **options), self._practises(name)
        )
        if self._on("practice"):
            watch = Stopwatch()
            watch.turn(before, self.discord.clock.now())
            self._practices[name] = Practice(hack, watch, begun)

    async def _turn(self, name: str, what: str, way: str) -> None:
        """Pause or resume."""
        if name not in self._practices:
            return
        before, state = self.discord.clock.now(), "IS NOT NULL" if what == "pause" else "IS NULL"
        await self._handle(name, way, what, self._practises(name, f"paused_at {state}"))
        self._practices[name].watch.turn(before, self.discord.clock.now())

    async def _end(self, name: str, way: str) -> None:
        if name not in self._practices:
            return
        before = self.discord.clock.now()
        answer = await self._handle(name, way, "end", self._not(self._practises(name)))
        practice = self._practices.pop(name)
        practice.watch.turn(before, self.discord.clock.now())
        self._practised(name, "practice", practice.hack, practice.watch.minutes(), answer or practice.begun)

    async def _handle(self, name: str, way: str, what: str, done: Done) -> Answer | None:
        """Pause, resume or end a practice; where its message is lost or late there is still the command."""
        member, begun = self._members[name], self._practices[name].begun
        word, label = "stop" if what == "end" else what, what.capitalize()

        async def act() -> Answer | None:
            if begun is not None and way == "button" and label in begun.buttons:
                return await member.press(begun, label)
            if begun is not None and way == "reply":
                await member.say(f"<@{self.discord.application_id}> {word}", reply_to=begun.message)
                return None
            return await member.slash(f"practice {what}")

        return await self._deed("practice", act, done)

    async def _correct(self, name: str, minutes: int) -> None:
        """Put right what was closed for them."""
        practice = self._practices.pop(name, None)
        if practice is None:
            return
        assert not await self._practises(name)(), "it was forgotten, and closed"
        member = self._members[name]

        async def correct() -> Answer:
            form = await member.press(await member.slash("practice status"), "Correct the minutes")
            return await member.submit(form, {"minutes": str(minutes)})

        corrected = self._has(name, "timed_practices", "corrected_minutes = :minutes", minutes=minutes)
        await self._deed("practice", correct, corrected)
        self._practised(name, "practice", practice.hack, range(minutes, minutes + 1), practice.begun)

    async def _write(self, name: str, entry: str) -> None:
        member, done = self._members[name], await self._one_more(name, "journal_entries")
        await self._deed("practice", lambda: member.slash("journal", entry=entry), done)
        self.ledger.journals[name] += self._on("practice")

    async def _validate(self, name: str, owner: str, way: str) -> None:
        member, peer, shown = self._members[name], self._members[owner], self._shown.get(owner)
        if not (sessions := self.ledger.of(owner)):
            refused = await self._deed("validation", lambda: member.slash("validate", user=peer))
            assert refused is None or "has not practised here yet" in refused.content
            return
        done = await self._one_more(name, "validations", user="validator_user_id")
        if shown is None or way == "command":  # the message may have been lost with the bot
            await self._deed("validation", lambda: member.slash("validate", user=peer, message="Seen."), done)
        elif way == "member":
            await self._deed("validation", lambda: member.on_user("Validate latest practice", peer), done)
        elif way == "message":
            await self._deed("validation", lambda: member.on_message("Validate this practice", shown), done)
        elif self._on("validation"):
            await self._deed("validation", lambda: self._react(member, shown), done)
        if self._on("validation"):
            sessions[-1].validated_by.add(name)
            self.ledger.letters[owner] += owner == "ben"

    async def _react(self, member: Member, shown: Answer) -> None:
        await member.react(shown, "✅", remove=True)
        await member.react(shown, "✅")

    async def _pair(self, one: str, other: str) -> None:
        for name in (one, other):
            waits, practises = self._has(name, "buddy_requests"), self._has(name, "buddy_partners")
            await self._deed("buddy", partial(self._request, name), self._either(waits, practises))
        if self._on("buddy"):
            self.ledger.pairs.add(frozenset({one, other}))

    async def _request(self, name: str) -> Answer:
        return await self._members[name].slash("buddy request", zone="UTC", experience="some")

    async def _part(self, one: str, other: str) -> None:
        member, free = self._members[one], self._not(self._has(one, "buddy_partners"))
        await self._deed("buddy", lambda: member.slash("buddy end"), free)
        if self._on("buddy"):
            self.ledger.parted.add(frozenset({one, other}))

    async def _press_feedback(self, name: str) -> None:
        shown = self._shown.get(name)
        if shown is not None:
            lovely = self._has(name, "practice_sessions", "feedback_score = 1")
            await self._deed("checkin", lambda: self._members[name].press(shown, "Lovely"), lovely)

    async def _wrong_uses(self) -> None:
        """Do what cannot be done: each is refused in private, and changes nothing."""
        ana, eva = self._members["ana"], self._members["eva"]
        watch = await self.discord.member("watch")
        goal = {"hack": "energy-ball", "goal": 0}
        refusals: list[tuple[str, Callable[[], Awaitable[Answer]], str]] = [
            ("practice", lambda: ana.slash("practice end"), "You are not practising"),
            ("practice", lambda: ana.slash("practice start", unchecked=True, **goal), "A goal is from 1"),
            ("practice", lambda: ana.slash("journal", entry="x" * 501), "500"),
            ("validation", lambda: ana.slash("validate", user=ana), "Your own practice"),
            ("validation", lambda: ana.slash("validate", user=watch), "has not practised here yet"),
            ("buddy", lambda: ana.slash("buddy request"), "already"),
            ("buddy", lambda: eva.slash("buddy end"), "no practice partner"),
            ("buddy", lambda: eva.slash("buddy request", zone="Mars/Olympus"), "no time zone called"),
            ("checkin", lambda: eva.slash("checkin", hack="base-state"), "Base state"),
        ]
        for plugin, act, said in refusals:
            answer = await self._deed(plugin, act)
            if answer is not None:
                assert answer.ephemeral
                assert said in answer.content

    def _practised(self, name: str, source: str, hack: str, minutes: range, shown: Answer | None) -> None:
        day = self.discord.clock.now().astimezone(ZoneInfo(ZONES.get(name, "UTC"))).date()
        self.ledger.sessions.append(Session(name, source, hack, day, minutes))
        self._shown[name] = shown

    # How it is told

    def _on(self, plugin: str) -> bool:
        return plugin != self._without

    def _until(self, hour: int) -> None:
        moment = datetime.combine(self._today, time(hour), UTC)
        self.discord.clock.advance(moment - self.discord.clock.now())

    def _after(self, minutes: int) -> None:
        self.discord.clock.advance(timedelta(minutes=minutes))

    async def _deed(
        self, plugin: str, act: Callable[[], Awaitable[Answer | None]], done: Done | None = None
    ) -> Answer | None:
        """Do something until it is done; return the answer, if there was one.

        What a plugin that is switched off would do is not on offer. What is to be refused has no ``done``: it
        is over once it is answered.
        """
        if not self._on(plugin):
            with pytest.raises(InvalidOption):
                await act()
            return None
        self.deeds += 1
        if self.deeds in self._dooms and isinstance(self._bot, MortalBot):
            self._bot.doom(self._dooms[self.deeds])
        while True:
            death = await self._bot.ready()
            answer = await answered(act(), death)
            if await self._becomes(done, death) if done is not None else answer is not None:
                return answer

    async def _becomes(self, done: Done, death: asyncio.Event) -> bool:
        """Wait until something is done, or the bot is dead; and tell whether it is done."""
        async with asyncio.timeout(30):
            while not (is_done := await done()) and not death.is_set():  # noqa: ASYNC110 - a row wakes nobody
                await asyncio.sleep(LOOK)
        return is_done or await done()

    # What the database says of it

    async def _number(self, name: str, table: str, condition: str, user: str, values: dict[str, Any]) -> int:
        rows = "users" if table == "users" else f"{table} JOIN users ON users.id = {table}.{user}"
        statement = text(f"SELECT count(*) FROM {rows} WHERE discord_id = :member AND {condition}")
        async with self._database.reading() as uow:
            return await uow.scalar(statement, {"member": self._members[name].id, **values})

    def _has(self, name: str, table: str, condition: str = "true", **values: Any) -> Done:
        async def is_so() -> bool:
            return await self._number(name, table, condition, "user_id", values) > 0

        return is_so

    async def _one_more(self, name: str, table: str, user: str = "user_id") -> Done:
        """Return what tells whether there are more rows by now."""
        before = await self._number(name, table, "true", user, {})

        async def is_so() -> bool:
            return await self._number(name, table, "true", user, {}) > before

        return is_so

    def _practises(self, name: str, condition: str = "true") -> Done:
        return self._has(name, "timed_practices", f"closed_at IS NULL AND {condition}")

    def _not(self, done: Done) -> Done:
        async def is_so() -> bool:
            return not await done()

        return is_so

    def _either(self, one: Done, other: Done) -> Done:
        async def is_so() -> bool:
            return await one() or await other()

        return is_so
