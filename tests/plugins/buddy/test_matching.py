"""Who fits whom: near ones first, the oldest first, and nobody for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from nrg_buddy.service.matching import APART, BOUND, EXPERIENCES, FARTHEST, Fit, Seeker, fit, match
from nrg_buddy.words import milestone, next_milestone, reason

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

keys = st.integers(0, 49).map(lambda number: UUID(int=number))
seekers = st.builds(
    Seeker,
    user_id=keys,
    since=st.timedeltas(timedelta(), timedelta(days=3)).map(lambda waited: NOW - waited),
    offset=st.integers(-48, 56).map(lambda quarters: quarters / 4),
    experience=st.integers(0, len(EXPERIENCES) - 1),
    hacks=st.frozensets(keys, max_size=6),
    former=st.dictionaries(
        keys, st.timedeltas(timedelta(), 2 * APART).map(lambda passed: NOW - passed), max_size=20
    ),
)
queues = st.lists(seekers, max_size=12, unique_by=lambda seeker: seeker.user_id)


def may_meet(one: Seeker, other: Seeker, now: datetime) -> bool:
    """Tell whether two have not parted lately."""
    parted = {one.former.get(other.user_id), other.former.get(one.user_id)} - {None}
    return all(when is not None and when <= now - APART for when in parted)


def left_too_long(waiting: list[Seeker], now: datetime) -> list[tuple[Seeker, Seeker]]:
    """Return those who may be matched with each other, though one of them has waited for the bound."""
    return [
        (one, other)
        for one, other in combinations(waiting, 2)
        if may_meet(one, other, now) and now - min(one.since, other.since) >= BOUND
    ]


def seeker(number: int, **values: object) -> Seeker:
    return Seeker(UUID(int=number), **{"since": NOW, **values})  # pyright: ignore[reportArgumentType]


@given(seekers, seekers)
def test_a_fit_is_the_same_in_either_order(one: Seeker, other: Seeker) -> None:
    assert fit(one, other) == fit(other, one)
    assert 0 <= fit(one, other).hours <= 12
    assert 0 <= fit(one, other).distance <= FARTHEST


def test_hours_go_round_the_clock() -> None:
    assert fit(seeker(1, offset=14.0), seeker(2, offset=-11.0)).hours == 1
    assert fit(seeker(1, offset=12.0), seeker(2, offset=0.0)).hours == 12
    assert fit(seeker(1, offset=5.75), seeker(2, offset=-3.5)).hours == 9.25


@given(queues)
def test_everybody_is_matched_once_at_the_most_and_never_with_themselves(queue: list[Seeker]) -> None:
    matched = [one.user_id for found in match(queue, NOW) for one in (found.first, found.second)]
    assert len(matched) == len(set(matched))
    assert set(matched) <= {one.user_id for one in queue}


@given(queues)
def test_the_order_in_which_they_are_listed_does_not_matter(queue: list[Seeker]) -> None:
    assert match(queue, NOW) == match(queue[::-1], NOW)


@given(queues)
def test_two_who_have_just_parted_are_not_matched_with_each_other(queue: list[Seeker]) -> None:
    assert all(may_meet(found.first, found.second, NOW) for found in match(queue, NOW))


@given(queues)
def test_nobody_waits_past_the_bound_while_another_waits(queue: list[Seeker]) -> None:
    matched = {one.user_id for found in match(queue, NOW) for one in (found.first, found.second)}
    assert left_too_long([one for one in queue if one.user_id not in matched], NOW) == []


@given(queues)
def test_the_oldest_who_is_matched_has_the_best_there_was(queue: list[Seeker]) -> None:
    found = match(queue, NOW)
    if found:
        earlier = {one.user_id for one in queue if one.since < found[0].first.since}
        oldest = found[0].first
        others = [one for one in queue if one.user_id not in earlier | {oldest.user_id}]
        near = [fit(oldest, other).distance for other in others if may_meet(oldest, other, NOW)]
        assert found[0].fit.distance == min(near)


@given(st.lists(st.tuples(st.integers(0, 300), seekers), max_size=40, unique_by=lambda one: one[1].user_id))
def test_a_stream_of_requests_leaves_nobody_behind(stream: list[tuple[int, Seeker]]) -> None:
    """Requests come at any minute; a tick goes by every hour, until long after all may be matched again."""
    now, waiting = NOW, list[Seeker]()
    for minutes, newcomer in [*stream, *((60, None) for _ in range(24 * 8))]:
        now += timedelta(minutes=minutes)
        if newcomer is not None:
            waiting.append(replace(newcomer, since=now))
        gone = {one.user_id for found in match(waiting, now) for one in (found.first, found.second)}
        waiting = [one for one in waiting if one.user_id not in gone]
        assert left_too_long(waiting, now) == []
    assert len(waiting) < 2


def test_somebody_new_is_nearer_than_a_former_partner() -> None:
    former = seeker(1, since=NOW - timedelta(hours=3), former={UUID(int=2): NOW - APART})
    (found,) = match([former, seeker(2), seeker(3, offset=4.0)], NOW)
    assert {found.first.user_id, found.second.user_id} == {UUID(int=1), UUID(int=3)}


def test_two_who_parted_a_week_ago_may_meet_again() -> None:
    both = [seeker(1, since=NOW - BOUND, former={UUID(int=2): NOW - APART}), seeker(2)]
    assert len(match(both, NOW)) == 1
    assert match(both, NOW - timedelta(seconds=1)) == []


def test_reasons_are_one_warm_sentence() -> None:
    assert reason(Fit(0.5, 1, 2, False)) == "You practise at nearly the same hours and share 2 techniques."
    assert reason(Fit(5.0, 0, 1, False)) == (
        "You live 5 hours apart, are about equally experienced and share 1 technique."
    )
    assert reason(Fit(11.75, 2, 0, False)) == "You live 12 hours apart."
    assert reason(Fit(2.0, 2, 0, True)) == "You live 2 hours apart and have practised together before."


@given(st.integers(0, 5000))
def test_the_next_milestone_is_the_next(days: int) -> None:
    coming = next(day for day in range(days + 1, days + 101) if milestone(day))
    assert next_milestone(days) == coming
