"""The books of the community: what the raw rows say, beside the ledger and beside every counter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from nrg_buddy.models import BuddyDay, BuddyPartner, BuddyRequest, PracticeBuddy
from nrg_core.domain.models import Achievement, Hack, PracticeSession, User, UserAchievement
from nrg_core.outbox.models import EventDelivery, OutboxMessage
from nrg_core.storage.sql import table_of
from nrg_practice.models import JournalEntry, TimedPractice
from nrg_validation.models import Validation
from tests.e2e.story.ledger import Ledger

__all__ = ["Books"]

Rows = Sequence[Any]


class Books:
    """Every row that the story made."""

    def __init__(self, connection: Connection) -> None:
        self._counts: Counter[str] = Counter()

        def rows(model: type[Any], order: str = "created_at") -> Rows:
            table = table_of(model)
            found = connection.execute(select(table).order_by(table.c.get(order))).all()
            self._counts[table.name] += len(found)
            return found

        users = rows(User)
        self.names: Mapping[UUID, str] = {row.id: row.discord_username for row in users}
        self.longest: Mapping[UUID, int] = {row.id: row.longest_streak for row in users}
        self.hacks: Mapping[UUID, str] = {row.id: row.slug for row in rows(Hack)}
        self.sessions = rows(PracticeSession, "ended_at")
        self.achievements = rows(Achievement)
        self.earned = rows(UserAchievement)
        self.practices = rows(TimedPractice)
        self.entries = rows(JournalEntry)
        self.validations = rows(Validation)
        self.pairs = rows(PracticeBuddy)
        self.partners = rows(BuddyPartner)
        self.requests = rows(BuddyRequest)
        self.days = rows(BuddyDay)
        self.owed = [*rows(EventDelivery), *rows(OutboxMessage)]

    def days_together(self) -> dict[frozenset[str], int]:
        """Return how many days each pair has practised together."""
        return {self._pair(row): row.practice_count for row in self.pairs}

    def rows_of(self, tables: Collection[str]) -> int:
        """Return how many rows there are in some of the tables."""
        return sum(self._counts[table] for table in tables)

    # Beside the ledger

    def agree_with(self, ledger: Ledger) -> None:
        """Check that everything that was done is there, once, and nothing else."""
        for name in {*self.names.values(), *(each.member for each in ledger.sessions)}:
            stored = [row for row in self.sessions if self.names[row.user_id] == name]
            done = ledger.of(name)
            assert [self._told(row) for row in stored] == [
                (each.source, each.hack, each.day, each.validated_by) for each in done
            ], name
            for row, each in zip(stored, done, strict=True):
                assert row.duration_seconds // 60 in each.minutes, (name, each.day)
        assert Counter(self.names[row.user_id] for row in self.entries) == +ledger.journals
        assert Counter(self._pair(row) for row in self.pairs) == Counter(ledger.pairs)
        assert {self._pair(row) for row in self.pairs if not row.is_active} == ledger.parted
        assert self.requests == []
        assert [row for row in self.practices if row.closed_at is None] == []

    def _pair(self, row: Any) -> frozenset[str]:
        return frozenset({self.names[row.user1_id], self.names[row.user2_id]})

    def _told(self, session: Any) -> tuple[str, str, date, set[str]]:
        given = [row for row in self.validations if row.session_id == session.id]
        peers = [self.names[row.validator_user_id] for row in given]
        assert len(peers) == len(set(peers))
        return session.source, self.hacks[session.hack_id], session.local_day, set(peers)

    # Beside the counters

    def agree_with_themselves(self) -> None:
        """Check every counter that plugins keep against the rows that it counts."""
        assert self.owed == [], self.owed
        validated = {row.session_id for row in self.validations}
        assert {row.id for row in self.sessions if row.is_validated} == validated
        for pair in self.pairs:
            days = set(self._days_together(pair))
            assert {row.day for row in self.days if row.pair_id == pair.id} == days
            assert pair.practice_count == len(days)
            if days:
                own = [row for row in self.sessions if row.user_id in (pair.user1_id, pair.user2_id)]
                assert pair.last_practice in {row.ended_at for row in own if row.local_day == max(days)}
        active = {
            (user, row.id) for row in self.pairs if row.is_active for user in (row.user1_id, row.user2_id)
        }
        assert {(row.user_id, row.pair_id) for row in self.partners} == active
        assert Counter((row.user_id, row.achievement_id) for row in self.earned) == Counter(self._deserved())
        assert all(row.announced for row in self.earned)

    def _days_together(self, pair: Any) -> Iterator[date]:
        """Yield the days on which one practised while they were a pair, and the other did before it ended."""
        sessions = [row for row in self.sessions if row.duration_seconds >= 60]
        for one, other in permutations((pair.user1_id, pair.user2_id)):
            for mine in (row for row in sessions if row.user_id == one):
                during = pair.matched_at <= mine.ended_at and (
                    pair.ended_at is None or mine.ended_at < pair.ended_at
                )
                if during and any(
                    row.user_id == other
                    and row.local_day == mine.local_day
                    and (pair.ended_at is None or row.ended_at < pair.ended_at)
                    for row in sessions
                ):
                    yield mine.local_day

    def _deserved(self) -> Iterator[tuple[UUID, UUID]]:
        """Yield who should have earned what, by the rows alone."""
        for user_id in self.names:
            values = self._metrics(user_id)
            for row in self.achievements:
                rule = row.criteria_json
                if values.get(rule["metric"], 0) >= rule["gte"]:
                    yield user_id, row.id

    def _metrics(self, user_id: UUID) -> dict[str, int]:
        pairs = [row.id for row in self.pairs if user_id in (row.user1_id, row.user2_id)]
        practices = [row for row in self.practices if row.user_id == user_id]
        return {
            "sessions": sum(row.user_id == user_id for row in self.sessions),
            "streak_days": self.longest[user_id],
            "practice_timed_minutes": sum(row.corrected_minutes or row.minutes or 0 for row in practices),
            "validations_given": sum(row.validator_user_id == user_id for row in self.validations),
            "buddy_sessions": sum(row.pair_id in pairs for row in self.days),
        }
