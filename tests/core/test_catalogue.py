"""Catalogues: what ships, what a community may write, and how every mistake is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_core.domain.catalogue import (
    KNOWN_TEXTS,
    CatalogueError,
    ChallengeEntry,
    Community,
    Problem,
    read_catalogue,
)
from nrg_core.domain.criteria import (
    CORE_METRICS,
    AllOf,
    AnyOf,
    MetricKey,
    MetricSpec,
    Not,
    Threshold,
    describe,
)
from nrg_core.errors import OperatorError
from nrg_core.host.discovery import discover

PLUGIN_METRICS = {
    "validation": "validations_given",
    "buddy": "buddy_sessions",
    "teaching": "teaching_sessions",
    "shield": "shield_verified",
    "innovation": "innovations_accepted",
    "graduation": "graduated",
}
HEAD = '[community]\nname = "Us"\n'
HACK = '[[hacks]]\nslug = "{0}"\nname = "{0}"\ndescription = "Breathe."\n'


Write: TypeAlias = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "community.toml") -> Path:
        path = tmp_path / name
        path.write_text(dedent(text), "utf-8")
        return path

    return write


def hack(slug: str, more: str = "") -> str:
    return HACK.format(slug) + more + "\n"


def problems(path: Path) -> list[str]:
    with pytest.raises(CatalogueError) as error:
        read_catalogue(path)
    assert str(error.value) == "\n".join(map(str, error.value.problems))
    return [str(problem) for problem in error.value.problems]


# ---- what ships


def test_the_default_catalogue() -> None:
    catalogue = read_catalogue()
    assert [entry.slug for entry in catalogue.hacks] == [
        "energy-ball",
        "eye-massage",
        "warm-liquid",
        "double-torus-shield",
        "energy-flows",
        "base-state",
        "energy-programming",
    ]
    by_slug = {entry.slug: entry for entry in catalogue.hacks}
    open_at_once = {slug for slug, entry in by_slug.items() if not entry.unlock and not entry.prerequisite}
    assert open_at_once == {"energy-ball", "eye-massage", "warm-liquid"}
    assert by_slug["double-torus-shield"].unlock == Threshold(MetricKey("streak_days"), 7)
    assert by_slug["energy-programming"].unlock == Threshold(MetricKey("streak_days"), 60)
    shielded = {slug for slug, entry in by_slug.items() if entry.prerequisite == "double-torus-shield"}
    assert shielded == {"energy-flows", "base-state"}
    for entry in catalogue.hacks:
        assert entry.mastery == Threshold(MetricKey("sessions", hack=entry.slug), 50)
        assert entry.duration_minutes
        assert entry.category
        assert "\n" not in entry.description
    earned = [entry.criteria for entry in catalogue.achievements]
    assert earned == [
        Threshold(MetricKey("sessions"), 1),
        *(Threshold(MetricKey("streak_days"), days) for days in (3, 7, 14, 30, 60, 100)),
    ]
    assert all(entry.icon_emoji for entry in catalogue.achievements)
    assert catalogue.texts == KNOWN_TEXTS
    assert catalogue.challenges == ()


def test_achievements_of_plugins_wake_when_their_plugin_is_installed() -> None:
    asleep = read_catalogue().dormant
    named = {entry.requires for entry in asleep}
    assert named >= set(PLUGIN_METRICS)
    metrics = {
        **CORE_METRICS,
        **{name: MetricSpec(name, "…", "one", "{n}") for name in PLUGIN_METRICS.values()},
        **{metric.spec.name: metric.spec for one in discover().plugins for metric in one.metrics},
    }
    catalogue = read_catalogue(metrics=metrics, plugins=[name for name in named if name is not None])
    assert catalogue.dormant == ()
    assert len(catalogue.achievements) == 7 + len(asleep)
    woken = {entry.requires: entry for entry in catalogue.achievements}
    for plugin, metric in PLUGIN_METRICS.items():
        assert {key.metric for key in woken[plugin].criteria.keys()} == {metric}  # noqa: SIM118


def test_a_plugin_that_lacks_the_metric_is_an_error_again() -> None:
    with pytest.raises(CatalogueError, match='achievement "graduate": unknown metric "graduated"'):
        read_catalogue(plugins=["graduation"])


# ---- what a community may write


def test_everything_that_can_be_written(write: Write) -> None:
    path = write(
        """
        [community]
        name = "Us"
        description = "Together."
        [texts]
        "checkin.saved" = "{hack}: {minutes}!"
        [[hacks]]
        slug = "a"
        name = "A"
        description = "Breathe."
        content_url = "https://example.org/a"
        category = "calm"
        mastery.all = [
            { metric = "sessions", gte = 5 },
            { any = [{ metric = "practice_minutes", gte = 9 },
                     { metric = "sessions", gte = 3, hack = "b" }] },
            { not = { metric = "streak_days", gte = 2 } },
        ]
        [[hacks]]
        slug = "b"
        name = "B"
        description = "Breathe."
        prerequisite = "a"
        level = 2
        [hacks.unlock]
        metric = "sessions"
        gte = 2
        category = "calm"
        [[achievements]]
        slug = "a"
        name = "A"
        description = "Well done."
        criteria = { metric = "hacks_mastered", hack = "b", gte = 1 }
        discord_role_id = 123456789012345678
        is_liberation = true
        [[challenges]]
        slug = "march"
        name = "March"
        description = "Every day."
        start_date = 2027-03-01
        end_date = 2027-03-01
        criteria = { metric = "sessions", gte = 1 }
        """
    )
    catalogue = read_catalogue(path, plugins={"challenge"})
    assert catalogue.community == Community("Us", "Together.")
    assert catalogue.texts == {**KNOWN_TEXTS, "checkin.saved": "{hack}: {minutes}!"}
    a, b = catalogue.hacks
    assert (a.content_url, a.category, a.level, a.unlock) == ("https://example.org/a", "calm", 1, None)
    # Counts in a mastery rule are of the technique itself, unless they say otherwise.
    assert a.mastery == AllOf(
        (
            Threshold(MetricKey("sessions", hack="a"), 5),
            AnyOf(
                (
                    Threshold(MetricKey("practice_minutes", hack="a"), 9),
                    Threshold(MetricKey("sessions", hack="b"), 3),
                )
            ),
            Not(Threshold(MetricKey("streak_days"), 2)),
        )
    )
    assert (b.prerequisite, b.level) == ("a", 2)
    assert b.unlock == Threshold(MetricKey("sessions", category="calm"), 2)
    (achievement,) = catalogue.achievements
    assert achievement.discord_role_id == "123456789012345678"
    assert achievement.is_liberation
    assert describe(achievement.criteria, hack_names={"b": "B"}) == "B mastered"
    assert catalogue.challenges == (
        ChallengeEntry(
            "march",
            "March",
            "Every day.",
            date(2027, 3, 1),
            date(2027, 3, 1),
            Threshold(MetricKey("sessions"), 1),
        ),
    )
    # Without the plugin, its challenges are left aside without being marked.
    assert read_catalogue(path).dormant == catalogue.challenges


def test_a_folder_is_joined_in_name_order(write: Write, tmp_path: Path) -> None:
    write(hack("z"), "2.toml")
    write(HEAD + hack("a", 'prerequisite = "z"'), "1.toml")
    write("this is [ not read", "notes.txt")
    assert [entry.slug for entry in read_catalogue(tmp_path).hacks] == ["a", "z"]


def test_a_folder_is_checked_as_one(write: Write, tmp_path: Path) -> None:
    write(HEAD + hack("a") + '[texts]\n"checkin.saved" = "x"\n', "1.toml")
    write(HEAD + hack("a") + '[texts]\n"checkin.saved" = "x"\n', "2.toml")
    assert problems(tmp_path) == [
        "2.toml:2: community: name is already given at 1.toml:2",
        '2.toml:4: hack "a": this slug is already used at 1.toml:4',
        '2.toml:9: text "checkin.saved" is already given at 1.toml:9',
    ]


# ---- how mistakes are told


def test_all_mistakes_at_once_each_with_its_line(write: Write) -> None:
    path = write(
        '''\
        [comunity]
        [community]
        nam = "x"
        [[hacks]]
        slug = "Bad Slug"
        name = 5
        descripton = "x"
        level = 0
        duration_minutes = "x"
        content_url = "ftp://x"
        [[hacks]]
        slug = "a"
        name = "A"
        description = """
        [[hacks]]
        slug = "zzz"
        """
        prerequisite = "b"
        [[achievements]]
        slug = "x"
        name = "X"
        description = "D"
        discord_role_id = "@helper"
        criteria.all = [
          { metric = "sessions", gte = 0 },
          # streak_dayz of yore
          { metric = "streak_days", gte = 7, hack = "a" },
          { metric = "sessions", gte = 7, hack = "aa" },
        ]
        is_liberation = "yes"
        [[achievements]]
        name = "No slug"
        description = "D"
        [[challenges]]
        slug = "c"
        name = "C"
        description = "D"
        start_date = 2027-01-02
        end_date = "2027-02-30"
        criteria = { metric = "sessions", gte = 1 }
        [texts]
        "checkin.saved" = "{minuts} {hack}"
        "checkin.streak" = "{"
        "checkin.savd" = "x"
        "checkin.earned" = 5
        '''
    )
    assert problems(path) == [
        'community.toml:1: unknown table "comunity" (did you mean "community"?)',
        "community.toml:2: community: name is missing",
        'community.toml:3: community: unknown key "nam" (did you mean "name"?)',
        'community.toml:4: hack "Bad Slug": description is missing',
        'community.toml:5: hack "Bad Slug": slug should be 1 to 50 small letters (a–z), digits and hyphens, '
        "not 'Bad Slug'",
        'community.toml:6: hack "Bad Slug": name should be a valid string, not 5',
        'community.toml:7: hack "Bad Slug": unknown key "descripton" (did you mean "description"?)',
        'community.toml:8: hack "Bad Slug": level should be greater than or equal to 1, not 0',
        "community.toml:9: hack \"Bad Slug\": duration_minutes should be a valid integer, not 'x'",
        'community.toml:10: hack "Bad Slug": content_url should begin with https:// and hold no spaces, '
        "not 'ftp://x'",
        'community.toml:18: hack "a": unknown prerequisite "b"',
        'community.toml:23: achievement "x": discord_role_id should be a role\'s number, '
        "as Discord copies it, not '@helper'",
        'community.toml:24: achievement "x": criteria.all[0].gte must be a whole number, 1 or more, not 0',
        'community.toml:24: achievement "x": criteria.all[1].hack "streak_days" cannot be narrowed by hack',
        'community.toml:28: achievement "x": unknown hack "aa" (did you mean "a"?)',
        "community.toml:30: achievement \"x\": is_liberation should be a valid boolean, not 'yes'",
        "community.toml:31: achievement number 2: slug is missing",
        "community.toml:31: achievement number 2: criteria is missing",
        "community.toml:39: challenge \"c\": end_date should be a valid date, not '2027-02-30'",
        'community.toml:42: text "checkin.saved": unknown placeholder {minuts} (did you mean "minutes"?)',
        "community.toml:43: text \"checkin.streak\": Single '{' encountered in format string; "
        "write {{ for a brace that is to be shown",
        'community.toml:44: unknown text "checkin.savd" (did you mean "checkin.saved"?)',
        'community.toml:45: text "checkin.earned": should be some text, not 5',
    ]


def test_a_misspelt_metric_is_found_inside_a_list(write: Write) -> None:
    path = write(
        """
        [community]
        name = "Us"
        [[achievements]]
        slug = "streak-7"
        name = "Week"
        description = "Not streak_dayz."
        criteria.any = [
            { metric = "streak_days", gte = 7 },
            { metric = "streak_dayz", gte = 7 },
        ]
        """
    )
    assert problems(path) == [
        'community.toml:10: achievement "streak-7": unknown metric "streak_dayz" '
        '(did you mean "streak_days"?)'
    ]


def test_prerequisites_that_lead_nowhere(write: Write) -> None:
    path = write(
        HEAD
        + hack("x", 'prerequisite = "a"')
        + hack("a", 'prerequisite = "b"')
        + hack("b", 'prerequisite = "c"')
        + hack("c", 'prerequisite = "a"')
        + hack("self", 'prerequisite = "self"')
        + hack("asleep", 'requires = "absent"')
        + hack("waits", 'prerequisite = "asleep"')
        + hack("typo", 'prerequisite = "asleap"')
    )
    assert problems(path) == [
        'community.toml:12: hack "a": prerequisites in a circle: a → b → c → a',
        'community.toml:27: hack "self": prerequisites in a circle: self → self',
        'community.toml:37: hack "waits": prerequisite "asleep" belongs to the plugin "absent", '
        "which is not installed",
        'community.toml:42: hack "typo": unknown prerequisite "asleap"',
    ]


@given(st.permutations("abcdefgh"), st.lists(st.booleans(), min_size=8, max_size=8))
def test_circles_are_found_whatever_their_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], open_: list[bool]
) -> None:
    # A ring of techniques: broken anywhere, it is a chain; whole, it is one circle.
    text = HEAD
    for place, slug in enumerate(order):
        needed = order[(place + 1) % len(order)]
        text += hack(slug, "" if open_[place] else f'prerequisite = "{needed}"')
    path = tmp_path_factory.mktemp("ring") / "ring.toml"
    path.write_text(text, "utf-8")
    if any(open_):
        assert len(read_catalogue(path).hacks) == 8
        return
    (problem,) = problems(path)
    assert problem.endswith(" → ".join([*order, order[0]]))


def test_of_two_with_one_slug_the_first_is_meant(write: Write) -> None:
    path = write(HEAD + hack("a", 'prerequisite = "b"') + hack("b", 'prerequisite = "a"') + hack("b"))
    assert problems(path) == [
        'community.toml:7: hack "a": prerequisites in a circle: a → b → a',
        'community.toml:14: hack "b": this slug is already used at community.toml:9',
    ]


def test_mastery_may_not_wait_for_mastery(write: Write) -> None:
    path = write(HEAD + hack("a", 'mastery = { metric = "hacks_mastered", gte = 1 }'))
    assert problems(path) == [
        'community.toml:7: hack "a": mastery cannot depend on hacks_mastered; '
        "use prerequisite or unlock for that"
    ]


def test_mastery_asks_for_no_more_than_counters(write: Write) -> None:
    path = write(HEAD + hack("a", 'mastery = { metric = "sessions", gte = 1, window_days = 7 }'))
    assert problems(path) == [
        'community.toml:7: hack "a": mastery is judged by a member\'s own counters alone, '
        "and sessions(window_days=7) needs more"
    ]


def test_a_challenge_ends_after_it_starts(write: Write) -> None:
    path = write(
        HEAD
        + """
        [[challenges]]
        slug = "c"
        name = "C"
        description = "D"
        start_date = 2027-03-02
        end_date = 2027-03-01
        criteria = { metric = "sessions", gte = 1 }
        """.replace("        ", "")
    )
    assert problems(path) == ['community.toml:9: challenge "c": end_date is before start_date']


def test_dormant_entries_are_checked_but_for_their_metrics(write: Write) -> None:
    path = write(
        HEAD
        + hack("a", 'requires = "absent"\nunlock = { metric = "of_the_absent", gte = 1 }\nlevl = 3')
        + hack("b", 'unlock = { metric = "of_the_absent", gte = 1 }')
    )
    found = problems(path)
    assert found[0] == 'community.toml:9: hack "a": unknown key "levl" (did you mean "level"?)'
    assert found[1].startswith('community.toml:14: hack "b": unknown metric "of_the_absent"; there are ')
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = \nb = 1", "x.toml:1: not valid TOML: Invalid value"),
        ("a = 1\nb = [1,\n2", "x.toml:3: not valid TOML: Unclosed array"),
        ("a = 1\n\na = 2", "x.toml:3: not valid TOML: Cannot overwrite a value"),
        ("", "x.toml: community: name is missing"),
        ('hacks = "x"\n' + HEAD, "x.toml:1: hacks is a list of tables: write [[hacks]] above each one"),
        ("texts = 5\n" + HEAD, "x.toml:1: texts is a table: write [texts] above its keys"),
        ("hacks = [1]\n" + HEAD, "x.toml:1: hacks is a list of tables: write [[hacks]] above each one"),
    ],
)
def test_files_of_the_wrong_shape(write: Write, text: str, told: str) -> None:
    assert problems(write(text, "x.toml")) == [told]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert problems(tmp_path / "gone.toml") == ["gone.toml: cannot be read: No such file or directory"]
    assert problems(tmp_path) == [f"{tmp_path.name}: there is no .toml file in this folder"]
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    assert problems(tmp_path) == ["latin.toml: this is not UTF-8 text"]


def test_the_error_is_for_operators() -> None:
    error = CatalogueError([Problem("b", 2, "two"), Problem("b", 1, "one"), Problem("a", None, "nowhere")])
    assert isinstance(error, OperatorError)
    assert str(error) == "a: nowhere\nb:1: one\nb:2: two"
