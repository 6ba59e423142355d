"""Input rules and small phrases."""

from __future__ import annotations

import contextlib
import math
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nrg_core.errors import Refusal
from nrg_core.text import (
    ZoneChoice,
    check_minutes,
    check_slug,
    clean_note,
    close_to,
    did_you_mean,
    escape_markdown,
    is_slug,
    listed,
    minutes_text,
    offset_text,
    plural,
    progress_bar,
    quoted,
    suggest_zones,
    zone,
)

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  calm and warm \n", "calm and warm"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("tab\there", "tab here"),
        ("bell\x07, null\x00, escape\x1b, C1\x85\x9f", "bell, null, escape, C1"),
        ("turned\u202e round\u2066", "turned round"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("e\u0301te\u0301", "été"),
        ("family 👩‍👩‍👧, می‌خواهم", "family 👩‍👩‍👧, می‌خواهم"),
        ("a script: java, not JavaScript; 3 < 4; on = off; on-one = x", None),
        ("x" * 500, None),
        ("  " + "x" * 500 + "\n\n", "x" * 500),
    ],
)
def test_notes_are_cleaned(typed: str, kept: str | None) -> None:
    assert clean_note(typed) == (typed if kept is None else kept)


@pytest.mark.parametrize("typed", [None, "", "  \n\t ", "\x00\x07"])
def test_an_empty_note_is_none(typed: str | None) -> None:
    assert clean_note(typed) is None


def test_a_long_note_is_refused_with_its_length() -> None:
    with pytest.raises(Refusal, match=r"That message has 1,501 characters, and 500 is the most\."):
        clean_note("x" * 1501, what="message")
    with pytest.raises(Refusal, match="501"):
        clean_note("x" * 501)


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "hi <ScRiPt src=x",
        "<scr\x00ipt>",
        "see JavaScript:alert(1)",
        "java\tscript:alert(1)".replace("\t", "\n"),
        "java&Tab;script&colon;alert(1)",
        "&lt;script&gt;",
        "<img src=x onerror=alert(1)>",
        '<a href="x"onclick = "y">',
        "<svg/onload=x>",
        "ONMOUSEOVER\n=x",
    ],
)
def test_code_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="looks like code"):
        clean_note(typed)


def test_a_refusal_names_what_it_found() -> None:
    with pytest.raises(Refusal, match=r"That journal entry holds `onclick =`, which looks like code"):
        clean_note("a onclick = b", what="journal entry")


@given(st.text(st.characters(), max_size=600))
def test_a_clean_note_is_clean(typed: str) -> None:
    try:
        kept = clean_note(typed)
    except Refusal:
        assume(False)
        return
    if kept is None:
        return
    assert clean_note(kept) == kept
    assert 0 < len(kept) <= 500
    assert kept == kept.strip()
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in kept if c != "\n")
    kept.encode()


@pytest.mark.parametrize("slug", ["a", "energy-ball", "7-days", "x" * 50])
def test_slugs(slug: str) -> None:
    assert is_slug(slug)
    assert check_slug(slug) == slug


@pytest.mark.parametrize("slug", ["", "Energy", "a_b", "a b", "é", "x" * 51, "a\n", "a/b", "٣"])
def test_wrong_slugs(slug: str) -> None:
    assert not is_slug(slug)
    with pytest.raises(Refusal, match="A technique has 1 to 50 small letters"):
        check_slug(slug, what="technique")


def test_minutes() -> None:
    assert [check_minutes(n) for n in (1, 20, 1440)] == [1, 20, 1440]
    for wrong in (0, -5, 1441):
        with pytest.raises(Refusal, match=r"from 1 to 1,440 minutes .* Please give"):
            check_minutes(wrong)


def test_near_words() -> None:
    assert close_to("Streak_dayz", ["sessions", "streak_days"]) == ["streak_days"]
    assert did_you_mean("sesions", ["sessions", "streak_days"]) == ' (did you mean "sessions"?)'
    assert did_you_mean("xyz", ["sessions"]) == ""


def test_escaped_names_show_letter_by_letter() -> None:
    assert escape_markdown("a_b *c* ~~d~~ `e` ||f||") == r"a\_b \*c\* \~\~d\~\~ \`e\` \|\|f\|\|"
    assert escape_markdown("# [x](https://y) <#1>\\") == r"\# \[x\]\(https\://y\) \<\#1\>" + "\\\\"
    assert escape_markdown("- two\nlines\x00 ") == r"\- two lines"
    assert escape_markdown("Ann Éire 7") == "Ann Éire 7"


@given(st.text())
def test_an_escaped_name_pings_nobody(name: str) -> None:
    shown = escape_markdown(name)
    assert shown.count("@") == shown.count("@\u200b") == name.count("@")
    unescaped = [c for before, c in zip(" " + shown, shown, strict=False) if before != "\\"]
    assert not set("*_`|~<[") & set(unescaped)


def test_phrases() -> None:
    assert [plural(n, "day") for n in (0, 1, 2, 1200)] == ["0 days", "1 day", "2 days", "1,200 days"]
    assert plural(2, "buddy", "buddies") == "2 buddies"
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert [minutes_text(n) for n in (0, 1, 59, 60, 95, 120, 60_005)] == [
        "0 min",
        "1 min",
        "59 min",
        "1 h",
        "1 h 35 min",
        "2 h",
        "1,000 h 5 min",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("well done", "> well done"),
        ("one\n\ntwo", "> one\n> \n> two"),
        ("# loud\n> deep", "> \\# loud\n> \\> deep"),
        ("@everyone <@1> [here](https://example.org)", "> @\u200beveryone \\<@\u200b1\\>"),
        ("", ""),
    ],
)
def test_quotations_show_every_letter(written: str, shown: str) -> None:
    assert quoted(written).startswith(shown)
    assert "](" not in quoted(written)


@given(st.text(max_size=500))
def test_nothing_of_a_quotation_leaves_it(written: str) -> None:
    assert all(line.startswith("> ") for line in quoted(written).split("\n") if written)
    assert len(quoted(written)) <= 4_000  # what an embed holds


@pytest.mark.parametrize(
    ("fraction", "filled"),
    [(0.0, 0), (0.05, 0), (0.1, 1), (0.55, 5), (0.999, 9), (1.0, 10), (7.0, 10), (-1.0, 0)],
)
def test_progress_bar(fraction: float, filled: int) -> None:
    assert progress_bar(fraction) == "▰" * filled + "▱" * (10 - filled)


@given(st.floats(-1, 2), st.integers(1, 40))
@example(math.nextafter(1, 0), 3)
def test_a_bar_is_full_only_at_the_end(fraction: float, width: int) -> None:
    bar = progress_bar(fraction, width)
    assert len(bar) == width
    assert (bar == "▰" * width) == (fraction >= 1)


@pytest.mark.parametrize("name", ["Europe/Berlin", "europe/berlin", " EUROPE/BERLIN "])
def test_a_zone_by_its_name(name: str) -> None:
    assert zone(name) == ZoneInfo("Europe/Berlin")


def test_every_zone_is_found_and_suggested() -> None:
    for name in available_timezones() - {"Factory", "localtime", "posixrules"}:
        assert zone(name.upper()).key == name
        assert suggest_zones(name, at=SUMMER)[0].name == name


def test_a_zone_with_a_space() -> None:
    assert zone("america/new york").key == "America/New_York"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("berlin", "Did you mean Europe/Berlin?"),
        ("Europe/Berln", "Did you mean Europe/Berlin"),
        ("Berln", "Did you mean Europe/Berlin"),
        ("japan time", "Did you mean Japan?"),
        ("../../etc/passwd", "Examples are Europe/Berlin and America/New_York."),
        ("", "Examples are Europe/Berlin"),
        ("localtime", "no time zone"),
        ("Factory", "no time zone"),
        ("x" * 2000, "no time zone"),
    ],
)
def test_an_unknown_zone_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(Refusal) as refused:
        zone(name)
    assert hint in str(refused.value)
    assert len(str(refused.value)) < 300


@given(st.text(max_size=60))
def test_any_text_is_a_zone_or_a_refusal(name: str) -> None:
    with contextlib.suppress(Refusal):
        assert zone(name).key in available_timezones()


def test_suggestions_by_city_region_and_country() -> None:
    def names(query: str) -> list[str]:
        return [choice.name for choice in suggest_zones(query, at=SUMMER)]

    assert names("berlin") == ["Europe/Berlin"]
    assert names("germ")[0] == "Europe/Berlin"
    assert names("new york") == ["America/New_York"]
    assert names("japan")[:2] == ["Japan", "Asia/Tokyo"]
    assert all(name.startswith("Australia/") for name in names("australia/"))
    assert names("")[0] == "UTC"
    assert len(names("")) == len(names("a")) == 25
    assert names("qqqq") == []
    # Zones in use come before old names of the same.
    assert names("eastern") == ["Canada/Eastern", "US/Eastern"]
    assert names("gmt+1")[0] == "Etc/GMT+1"
    assert names("dublin") + names("eire")[:1] == ["Europe/Dublin", "Eire"]
    assert names("nz")[:2] == ["NZ", "NZ-CHAT"]
    assert names("istanbul") == ["Europe/Istanbul", "Asia/Istanbul"]
    assert len(suggest_zones("a", at=SUMMER, limit=3)) == 3


def test_labels_show_the_offset_then_in_force() -> None:
    assert suggest_zones("berlin", at=SUMMER) == [ZoneChoice("Europe/Berlin", "Europe/Berlin (UTC+02:00)")]
    assert offset_text(ZoneInfo("Europe/Berlin"), WINTER) == "UTC+01:00"
    assert offset_text(ZoneInfo("America/St_Johns"), WINTER) == "UTC−03:30"
    assert offset_text(ZoneInfo("Asia/Kathmandu"), WINTER) == "UTC+05:45"
    assert offset_text(ZoneInfo("UTC"), WINTER) == "UTC"
