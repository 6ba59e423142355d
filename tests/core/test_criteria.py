"""The criteria engine: reading, judging, wording, and knowing what an event can have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_core.domain.criteria import (
    CORE_METRICS,
    AllOf,
    AnyOf,
    Criterion,
    CriterionError,
    MetricKey,
    MetricSpec,
    Not,
    Progress,
    Rules,
    Threshold,
    Unmet,
    describe,
    evaluate,
    parse,
    progress,
)

HACKS = ("energy-ball", "warm-liquid")
CATEGORIES = ("focus", "release")
NAMES = {"energy-ball": "Energy ball", "warm-liquid": "Warm liquid"}

STREAK = MetricKey("streak_days")
SESSIONS = MetricKey("sessions")
BALL = MetricKey("sessions", hack="energy-ball")
WEEK = MetricKey("practice_minutes", category="focus", window_days=7)

keys = st.sampled_from([STREAK, SESSIONS, BALL, WEEK, MetricKey("hacks_mastered", hack="warm-liquid")])
thresholds = st.builds(Threshold, keys, st.one_of(st.integers(1, 4), st.integers(1, 2**70)))


def branches(children: st.SearchStrategy[Criterion]) -> st.SearchStrategy[Criterion]:
    parts = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Not, children))


def depth(criterion: Criterion) -> int:
    match criterion:
        case Threshold():
            return 1
        case AllOf(parts) | AnyOf(parts):
            return 1 + max(map(depth, parts))
        case Not(part):
            return 1 + depth(part)


criteria = st.recursive(thresholds, branches, max_leaves=8).filter(lambda criterion: depth(criterion) <= 8)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Criterion, dict[MetricKey, int]]:
    criterion = draw(criteria)
    numbers = st.one_of(st.integers(0, 5), st.integers(0, 2**70))
    return criterion, {key: draw(numbers) for key in sorted(criterion.keys(), key=str)}


@given(criteria)
def test_what_is_written_is_read_again(criterion: Criterion) -> None:
    raw = json.loads(json.dumps(criterion.to_json()))
    assert parse(raw, hacks=HACKS, categories=CATEGORIES) == criterion


@given(judged())
def test_progress_is_full_exactly_when_it_holds(case: tuple[Criterion, dict[MetricKey, int]]) -> None:
    criterion, values = case
    near = progress(criterion, values)
    assert 0 <= near.fraction <= 1
    assert (near.fraction == 1.0) == evaluate(criterion, values)
    assert not (near.unmet and near.fraction == 1.0)
    assert all(unmet.have == values[unmet.key] < unmet.need for unmet in near.unmet)


@given(st.lists(judged(), min_size=1, max_size=4))
def test_de_morgan(cases: list[tuple[Criterion, dict[MetricKey, int]]]) -> None:
    values: dict[MetricKey, int] = {}
    for _, more in cases:
        values |= more
    parts = tuple(criterion for criterion, _ in cases)
    neither = tuple(Not(part) for part in parts)
    assert evaluate(Not(AllOf(parts)), values) == evaluate(AnyOf(neither), values)
    assert evaluate(Not(AnyOf(parts)), values) == evaluate(AllOf(neither), values)


@given(judged(), st.integers(0, 5))
def test_more_never_takes_progress_away(case: tuple[Criterion, dict[MetricKey, int]], more: int) -> None:
    criterion, values = case
    if "not" in json.dumps(criterion.to_json()):
        return
    grown = {key: value + more for key, value in values.items()}
    assert progress(criterion, grown).fraction >= progress(criterion, values).fraction


@pytest.mark.parametrize(("have", "holds"), [(6, False), (7, True), (8, True)])
def test_a_threshold_holds_from_its_number_on(have: int, holds: bool) -> None:
    assert evaluate(Threshold(STREAK, 7), {STREAK: have}) is holds


def test_progress_names_what_is_left() -> None:
    both = AllOf((Threshold(STREAK, 4), Threshold(SESSIONS, 10), Threshold(BALL, 1)))
    assert progress(both, {STREAK: 1, SESSIONS: 5, BALL: 3}) == Progress(
        (0.25 + 0.5 + 1) / 3, (Unmet(STREAK, 1, 4), Unmet(SESSIONS, 5, 10))
    )
    either = AnyOf((Threshold(STREAK, 4), Threshold(SESSIONS, 10)))
    assert progress(either, {STREAK: 1, SESSIONS: 5}) == Progress(0.5, (Unmet(SESSIONS, 5, 10),))
    assert progress(either, {STREAK: 4, SESSIONS: 5}) == Progress(1.0)
    assert progress(Not(Threshold(STREAK, 4)), {STREAK: 4}) == Progress(0.0)


def test_rounding_never_completes_progress() -> None:
    huge = Threshold(STREAK, 2**70)
    assert progress(huge, {STREAK: 2**70 - 1}).fraction < 1
    both = AllOf((huge, Threshold(SESSIONS, 1)))
    assert progress(both, {STREAK: 2**70 - 1, SESSIONS: 1}).fraction < 1


def test_a_value_that_nobody_fetched_is_an_error_and_not_a_zero() -> None:
    for criterion in (Threshold(STREAK, 1), Not(Threshold(STREAK, 1))):
        with pytest.raises(KeyError):
            evaluate(criterion, {})
        with pytest.raises(KeyError):
            progress(criterion, {})


def test_keys_are_all_that_is_needed() -> None:
    tree = AllOf(
        (Threshold(STREAK, 1), AnyOf((Threshold(BALL, 1), Not(Threshold(WEEK, 2)))), Threshold(BALL, 9))
    )
    assert tree.keys() == {STREAK, BALL, WEEK}
    assert str(WEEK) == "practice_minutes(category=focus, window_days=7)"
    assert str(STREAK) == "streak_days"


def test_reading() -> None:
    raw = {
        "all": [
            {"metric": "streak_days", "gte": 7},
            {"any": [{"metric": "sessions", "gte": 50, "hack": "energy-ball"}]},
            {"not": {"metric": "practice_minutes", "gte": 1, "category": "focus", "window_days": 7}},
        ]
    }
    assert parse(raw) == AllOf(
        (Threshold(STREAK, 7), AnyOf((Threshold(BALL, 50),)), Not(Threshold(WEEK, 1))),
    )


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (
            {"all": [{"metric": "sessions", "gte": 1}, {"metric": "streak_dayz", "gte": 7}]},
            ['all[1].metric: unknown metric "streak_dayz" (did you mean "streak_days"?)'],
        ),
        (
            {"metric": "sessions", "gte": 0, "hack": "energy-bal", "category": "foci"},
            [
                "gte: must be a whole number, 1 or more, not 0",
                'hack: unknown hack "energy-bal" (did you mean "energy-ball"?)',
                'category: unknown category "foci" (did you mean "focus"?)',
            ],
        ),
        ({"metric": "sessions", "gte": True}, ["gte: must be a whole number, 1 or more, not True"]),
        ({"metric": "sessions", "gte": 1.5}, ["gte: must be a whole number, 1 or more, not 1.5"]),
        ({"metric": "sessions"}, ["gte: must be a whole number, 1 or more, and it is missing"]),
        ({"gte": 3}, ["metric: must name a metric, and it is missing"]),
        ({"metric": ["x"], "gte": 3}, ["metric: must name a metric, not ['x']"]),
        ({"metric": "sessions", "gte": 1, "hack": 5}, ["hack: must be a text, not 5"]),
        ({"metric": "sessions", "gt": 3, "gte": 3}, ['unknown key "gt" (did you mean "gte"?)']),
        (
            {"metric": "streak_days", "gte": 3, "hack": "energy-ball"},
            ['hack: "streak_days" cannot be narrowed by hack'],
        ),
        (
            {"metric": "sessions", "gte": 3, "window_days": 0},
            ["window_days: must be a number of days, 1 to 3660, not 0"],
        ),
        ({"any": []}, ["any: must be a list of at least one criterion, not []"]),
        ({"any": {"gte": 1}}, ["any: must be a list of at least one criterion, not {'gte': 1}"]),
        (
            {"any": [{"not": [1]}, "x"]},
            [
                'any[0].not: a criterion is a table such as {metric = "sessions", gte = 3}, not [1]',
                "any[1]: a criterion is a table such as {metric = \"sessions\", gte = 3}, not 'x'",
            ],
        ),
        (
            {"all": [{"metric": "sessions", "gte": 1}], "any": []},
            ['"all" stands alone in its table, without other keys'],
        ),
        (None, ['a criterion is a table such as {metric = "sessions", gte = 3}, and it is missing']),
        (
            {},
            [
                "metric: must name a metric, and it is missing",
                "gte: must be a whole number, 1 or more, and it is missing",
            ],
        ),
    ],
)
def test_everything_wrong_is_said_with_its_place(raw: object, faults: list[str]) -> None:
    with pytest.raises(CriterionError) as error:
        parse(raw, hacks=HACKS, categories=CATEGORIES)
    assert [str(fault) for fault in error.value.faults] == faults
    assert str(error.value) == "; ".join(faults)


def test_an_unknown_metric_far_from_all_lists_those_there_are() -> None:
    with pytest.raises(CriterionError, match="there are distinct_hacks, hacks_mastered"):
        parse({"metric": "qqq", "gte": 1})
    assert parse({"metric": "qqq", "gte": 1}, metrics=None) == Threshold(MetricKey("qqq"), 1)


def test_endless_nesting_is_refused() -> None:
    raw: dict[str, object] = {"metric": "sessions", "gte": 1}
    for _ in range(7):
        raw = {"not": raw}
    assert depth(parse(raw)) == 8
    for _ in range(5000):
        raw = {"not": raw}
    with pytest.raises(CriterionError, match="nest at most 8 deep"):
        parse(raw)


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (Threshold(STREAK, 7), "a 7-day streak"),
        *(
            (Threshold(STREAK, days), f"{said}-day streak")
            for days, said in [(1, "a 1"), (8, "an 8"), (11, "an 11"), (100, "a 100"), (1800, "a 1,800")]
        ),
        (Threshold(STREAK, 11_000), "an 11,000-day streak"),
        (Threshold(SESSIONS, 1), "a session"),
        (Threshold(BALL, 50), "50 sessions of Energy ball"),
        (Threshold(WEEK, 1200), "1,200 minutes of practice in focus within 7 days"),
        (Threshold(MetricKey("practice_minutes", hack="energy-ball"), 60), "60 min of Energy ball"),
        (Threshold(MetricKey("sessions", window_days=1), 2), "2 sessions within 1 day"),
        (Threshold(MetricKey("hacks_mastered", hack="warm-liquid"), 1), "Warm liquid mastered"),
        (Threshold(MetricKey("hacks_mastered"), 3), "3 mastered techniques"),
        (Threshold(MetricKey("sessions", hack="gone"), 2), "2 sessions of gone"),
        (Threshold(MetricKey("shield_verified"), 1), "a verified shield"),
        (Threshold(MetricKey("removed_metric"), 2), "2 removed metric"),
        (AllOf((Threshold(STREAK, 7), Threshold(BALL, 5))), "a 7-day streak and 5 sessions of Energy ball"),
        (AnyOf((Threshold(STREAK, 7), Threshold(SESSIONS, 5), Threshold(BALL, 1))),
         "a 7-day streak, 5 sessions or a session of Energy ball"),
        (AllOf((Threshold(STREAK, 7), AnyOf((Threshold(SESSIONS, 5), Threshold(BALL, 2))))),
         "a 7-day streak and either 5 sessions or 2 sessions of Energy ball"),
        (AnyOf((Threshold(STREAK, 7), AllOf((Threshold(SESSIONS, 5), Threshold(BALL, 2))))),
         "a 7-day streak or 5 sessions together with 2 sessions of Energy ball"),
        (Not(Threshold(STREAK, 3)), "not yet a 3-day streak"),
    ],
)  # fmt: skip
def test_wording(criterion: Criterion, words: str) -> None:
    metrics = {**CORE_METRICS, "shield_verified": MetricSpec("shield_verified", "…", "a verified shield")}
    assert describe(criterion, metrics=metrics, hack_names=NAMES) == words


@given(criteria)
def test_every_criterion_can_be_said(criterion: Criterion) -> None:
    assert describe(criterion).strip()


def test_every_core_metric_says_one_and_many() -> None:
    for name, spec in CORE_METRICS.items():
        assert spec.name == name
        assert spec.summary
        assert "{" not in spec.phrase(1) + spec.phrase(2) + spec.phrase(2, "Energy ball")
        assert "2" in spec.phrase(2)


def test_rules_ask_only_what_can_have_changed() -> None:
    rules = Rules(
        {
            "streak-7": Threshold(STREAK, 7),
            "ball": Threshold(BALL, 50),
            "liquid": Threshold(MetricKey("sessions", hack="warm-liquid"), 50),
            "first": Threshold(SESSIONS, 1),
            "mixed": AnyOf((Threshold(STREAK, 3), Not(Threshold(BALL, 2)))),
        }
    )
    assert rules.affected(["sessions"]) == ("ball", "liquid", "first", "mixed")
    assert rules.affected(["sessions"], hack="energy-ball") == ("ball", "first", "mixed")
    assert rules.affected(["sessions"], hack="new-one") == ("first",)
    assert rules.affected(["streak_days"], hack="new-one") == ("streak-7", "mixed")
    assert rules.affected(["streak_days", "sessions"]) == ("streak-7", "ball", "liquid", "first", "mixed")
    assert rules.affected(["validations_given"]) == rules.affected([]) == ()
    assert rules.keys(["streak-7", "mixed"]) == {STREAK, BALL}
    assert rules.keys([]) == frozenset()
    assert rules["first"] == Threshold(SESSIONS, 1)
    assert len(rules) == 5


@given(st.dictionaries(st.text(max_size=3), criteria, max_size=6), st.sampled_from(HACKS))
def test_rules_leave_out_nothing_that_depends_on_it(named: Mapping[str, Criterion], hack: str) -> None:
    rules = Rules(named)
    for metric in CORE_METRICS:
        depending = [name for name in named if metric in {key.metric for key in rules.keys([name])}]
        assert list(rules.affected([metric])) == depending
        scopes = {
            name: {key.hack for key in rules.keys([name]) if key.metric == metric} for name in depending
        }
        touched = [name for name in depending if scopes[name] & {None, hack}]
        assert list(rules.affected([metric], hack=hack)) == touched
