"""The cards as documents (what is drawn, where, how much) and as pictures (drawn by the real renderer)."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nrg_checkin.cards import (
    Badge,
    CalendarData,
    ProfileData,
    Technique,
    Words,
    profile_card,
    streak_calendar,
)
from nrg_checkin.cards.calendar import WEEKS, streak_days
from nrg_checkin.cards.palette import GROUND, QUIET, contrast, legible_accent, mix
from nrg_checkin.cards.parts import INNER
from nrg_checkin.cards.words import ENGLISH
from nrg_core.pictures import Pictures, worker

THURSDAY = date(2027, 9, 16)
SVG = "{http://www.w3.org/2000/svg}"

MIRA = CalendarData(
    name="Mira Holm",
    today=THURSDAY,
    minutes_by_day={THURSDAY - timedelta(days=back): 15 for back in range(12)},
    current=12,
    longest=34,
    total_minutes=2480,
    next_milestone=14,
    hacks_mastered=3,
)
PROFILE = ProfileData(
    name="Mira Holm",
    since=date(2027, 3, 4),
    streak=12,
    sessions=148,
    total_minutes=2480,
    practised=5,
    mastered=1,
    achievements=[Badge("🌱", "First session"), Badge("🔥", "7-day streak")],
    techniques=[Technique("Energy ball", 72, mastered=True), Technique("Warm liquid", 18)],
)

names = st.text(max_size=40) | st.text("سارة علي שרה さくら 王小明 🌱💪🏽\u200d\u200c\u202é̂𝓢ሰ", max_size=32)


def words_on(svg: str) -> list[str]:
    return ["".join(found.itertext()) for found in ET.fromstring(svg).iter(f"{SVG}text")]


def rects(svg: str, css: str) -> list[ET.Element]:
    return [found for found in ET.fromstring(svg).iter(f"{SVG}rect") if css in found.get("class", "").split()]


def levels(svg: str) -> list[int]:
    """The brightness of each day, oldest first."""
    return [int(day.get("class", "")[-1]) for day in rects(svg, "day")]


def drawn(svg: str) -> bytes:
    body, answers = svg.encode(), BytesIO()
    worker.serve(BytesIO(worker.REQUEST.pack(len(body), 260) + body), answers)
    ok, _ = worker.ANSWER.unpack(answers.getvalue()[: worker.ANSWER.size])
    assert ok, answers.getvalue()
    return answers.getvalue()[worker.ANSWER.size :]


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    made = Pictures()
    yield made
    await made.aclose()


class TestCalendar:
    @pytest.mark.parametrize("weekday", range(7))
    def test_weeks_are_columns_that_begin_on_monday_and_end_today(self, weekday: int) -> None:
        today = date(2027, 9, 13) + timedelta(days=weekday)
        days = rects(streak_calendar(replace(MIRA, today=today)), "day")
        assert len(days) == (WEEKS - 1) * 7 + weekday + 1
        columns = [float(day.get("x", "")) for day in days]
        lines = sorted({float(day.get("y", "")) for day in days})
        assert len(set(columns)) == WEEKS
        assert float(days[0].get("y", "")) == lines[0]
        assert float(days[-1].get("y", "")) == lines[weekday]
        assert columns[-1] == max(columns)

    def test_only_today_is_ringed(self) -> None:
        ringed = [day.get("stroke") is not None for day in rects(streak_calendar(MIRA), "day")]
        assert ringed == [False] * (len(ringed) - 1) + [True]

    @pytest.mark.parametrize(
        ("minutes", "level"),
        [(0, 0), (1, 1), (9, 1), (10, 2), (19, 2), (20, 3), (39, 3), (40, 4), (1440, 4)],
    )
    def test_more_minutes_shine_brighter(self, minutes: int, level: int) -> None:
        svg = streak_calendar(replace(MIRA, minutes_by_day={THURSDAY: minutes}))
        assert levels(svg) == [0] * (len(levels(svg)) - 1) + [level]

    def test_each_level_has_its_own_colour_and_a_missed_day_a_quiet_one(self) -> None:
        back = {THURSDAY - timedelta(days=n): minutes for n, minutes in enumerate((0, 5, 10, 20, 40))}
        days = rects(streak_calendar(replace(MIRA, minutes_by_day=back)), "day")
        fills = [day.get("fill", "") for day in days[-5:]]
        assert fills[-1] == QUIET == days[0].get("fill")
        steps = [contrast(fill, GROUND) for fill in fills]
        assert steps == sorted(steps, reverse=True)
        assert len(set(fills)) == 5

    def test_days_outside_the_window_are_not_drawn(self) -> None:
        far = {THURSDAY + timedelta(days=1): 60, THURSDAY - timedelta(weeks=WEEKS): 60}
        assert set(levels(streak_calendar(replace(MIRA, minutes_by_day=far)))) == {0}

    def test_a_streak_is_joined_week_by_week(self) -> None:
        # Twelve days to Thursday: Sunday; Monday to Sunday; Monday to Thursday.
        bands = rects(streak_calendar(MIRA), "streak")
        heights = [float(band.get("height", "")) for band in bands]
        step = (heights[1] - heights[0]) / 6
        assert heights == [heights[0], heights[0] + 6 * step, heights[0] + 3 * step]
        assert step > 0

    def test_a_broken_streak_joins_nothing(self) -> None:
        assert rects(streak_calendar(replace(MIRA, current=0)), "streak") == []

    def test_a_streak_up_to_yesterday_leaves_today_open(self) -> None:
        yesterday = THURSDAY - timedelta(days=1)
        data = replace(MIRA, minutes_by_day={yesterday: 5, yesterday - timedelta(days=1): 5}, current=2)
        assert streak_days(data) == {yesterday, yesterday - timedelta(days=1)}

    def test_a_rest_day_within_a_streak_belongs_to_it(self) -> None:
        practised = {THURSDAY - timedelta(days=back): 5 for back in (0, 1, 3, 9)}
        data = replace(MIRA, minutes_by_day=practised, current=3)
        assert streak_days(data) == {THURSDAY - timedelta(days=back) for back in range(4)}

    @given(st.sets(st.integers(0, 150), max_size=40), st.integers(0, 60))
    def test_a_streak_spans_as_many_practised_days_as_it_counts(self, back: set[int], current: int) -> None:
        practised = {THURSDAY - timedelta(days=days): 1 for days in back}
        spanned = streak_days(replace(MIRA, minutes_by_day=practised, current=current))
        assert len(spanned & practised.keys()) == min(current, len(practised))

    def test_the_words_and_figures(self) -> None:
        said = words_on(streak_calendar(MIRA))
        assert said[:6] == [
            "Mira Holm",
            "12 days",
            "current streak",
            "34 days\u2002longest streak",
            "41 h 20 min\u2002practised",
            "3\u2002mastered",
        ]
        assert said[-2:] == ["Next milestone: 14 days", "2 days to go"]
        assert said[6:9] == ["Mon", "Wed", "Fri"]
        assert said[9:-2] == ["Jun", "Jul", "Aug", "Sep"]

    def test_a_month_with_room_before_the_next_is_named_at_the_left_edge(self) -> None:
        said = words_on(streak_calendar(replace(MIRA, today=date(2027, 8, 31))))
        assert said[9:-2] == ["May", "Jun", "Jul", "Aug"]

    def test_one_day_is_not_one_days(self) -> None:
        said = words_on(streak_calendar(replace(MIRA, current=1, next_milestone=2)))
        assert said[1] == "1 day"
        assert said[-1] == "1 day to go"

    def test_nobody_is_scolded(self) -> None:
        new = replace(MIRA, minutes_by_day={}, current=0, longest=0, total_minutes=0)
        assert words_on(streak_calendar(new))[1:3] == [ENGLISH.resting, ENGLISH.first_hint]
        back = replace(MIRA, current=0)
        assert words_on(streak_calendar(back))[1:3] == [ENGLISH.resting, ENGLISH.resting_hint]

    def test_without_a_milestone_the_card_is_lower_and_has_no_bar(self) -> None:
        without = streak_calendar(replace(MIRA, next_milestone=None))
        assert rects(without, "progress") == []
        heights = [float(ET.fromstring(svg).get("height", "")) for svg in (without, streak_calendar(MIRA))]
        assert heights[0] < heights[1]

    @given(st.integers(0, 5000), st.integers(1, 5000))
    @example(12, 14)
    @example(14, 14)
    @example(20, 14)
    @example(1, 5000)
    def test_progress_is_the_share_of_the_milestone(self, current: int, goal: int) -> None:
        svg = streak_calendar(replace(MIRA, current=current, next_milestone=goal))
        done = [float(bar.get("width", "")) for bar in rects(svg, "progress")]
        if current == 0:
            assert done == []
        else:
            assert done == [pytest.approx(max(10, INNER * min(1, current / goal)), abs=0.01)]
        assert (words_on(svg)[-1] == ENGLISH.reached) == (current >= goal)

    def test_a_fork_says_it_in_its_own_words(self) -> None:
        german = Words(days=("{n} Tag", "{n} Tage"), to_go="noch {days}", current_streak="in Folge")
        said = words_on(streak_calendar(MIRA, german))
        assert said[1:3] == ["12 Tage", "in Folge"]
        assert said[-1] == "noch 2 Tage"


class TestProfile:
    def test_the_words_and_figures(self) -> None:
        assert words_on(profile_card(PROFILE)) == [
            *("Mira Holm", "practising since March 2027"),
            *("12", "day streak", "148", "sessions", "41 h", "of practice", "5", "techniques"),
            *("Achievements", "🌱", "First session", "🔥", "7-day streak"),
            *("Most practised", "★ 1 mastered", "Energy ball", "★ 72×", "Warm liquid", "18×"),
        ]

    def test_bars_compare_with_the_most_practised(self) -> None:
        done = [float(bar.get("width", "")) for bar in rects(profile_card(PROFILE), "progress")]
        assert done == [INNER, INNER / 4]

    @pytest.mark.parametrize(
        ("earned", "shown", "more"), [(1, 1, None), (8, 8, None), (9, 8, "+1 more"), (11, 8, "+3 more")]
    )
    def test_eight_achievements_are_shown_and_the_others_counted(
        self, earned: int, shown: int, more: str | None
    ) -> None:
        svg = profile_card(replace(PROFILE, achievements=[Badge("🌱", f"B{n}") for n in range(earned)]))
        assert len(rects(svg, "badge")) == shown
        assert [said for said in words_on(svg) if "more" in said] == ([more] if more else [])

    @pytest.mark.parametrize("emoji", ["<:own:123>", "", "ሰ", "x"])
    def test_an_emoji_that_cannot_be_drawn_becomes_a_star(self, emoji: str) -> None:
        assert "★" in words_on(profile_card(replace(PROFILE, achievements=[Badge(emoji, "First")])))

    def test_only_a_graduate_bears_the_alumni_mark(self) -> None:
        assert rects(profile_card(PROFILE), "alumni") == []
        graduate = profile_card(replace(PROFILE, alumni=True))
        assert len(rects(graduate, "alumni")) == 1
        assert "Alumni" in words_on(graduate)

    def test_a_newcomer(self) -> None:
        new = ProfileData("Jo", None, 0, 0, 0, 0, 0)
        said = words_on(profile_card(new))
        assert said[1] == ENGLISH.not_yet
        assert said[-1] == ENGLISH.no_achievements
        assert "0 min" in said

    def test_at_most_five_techniques(self) -> None:
        many = [Technique(f"T{n}", 9 - n) for n in range(9)]
        said = words_on(profile_card(replace(PROFILE, techniques=many)))
        assert [word for word in said if word.startswith("T")] == ["T0", "T1", "T2", "T3", "T4"]


class TestWords:
    @pytest.mark.parametrize(
        ("minutes", "said"),
        [
            (0, "0 min"),
            (59, "59 min"),
            (60, "1 h"),
            (61, "1 h 1 min"),
            (5999, "99 h 59 min"),
            (6001, "100 h"),
            (1_234_567, "20\u202f576 h"),
        ],
    )
    def test_durations(self, minutes: int, said: str) -> None:
        assert ENGLISH.duration(minutes) == said

    def test_large_numbers_have_thin_spaces(self) -> None:
        assert "1\u202f234 days" in words_on(streak_calendar(replace(MIRA, current=1234)))
        assert "12\u202f345" in words_on(profile_card(replace(PROFILE, sessions=12345)))


class TestColours:
    @given(st.from_regex(r"\A#[0-9a-fA-F]{6}\Z"))
    @example("#000000")
    def test_any_accent_can_be_read(self, accent: str) -> None:
        assert contrast(legible_accent(accent), GROUND) >= 5.5

    def test_a_bright_accent_is_left_alone(self) -> None:
        assert legible_accent("#f4a56b") == "#f4a56b"
        assert "#7aa2ff" in streak_calendar(replace(MIRA, accent="#7aa2ff"))

    @pytest.mark.parametrize("accent", ["red", "#12345", '#123456"/><image', ""])
    def test_an_accent_that_is_no_colour_is_refused(self, accent: str) -> None:
        with pytest.raises(ValueError, match="#rrggbb"):
            streak_calendar(replace(MIRA, accent=accent))

    def test_contrast_is_that_of_wcag(self) -> None:
        assert contrast("#000000", "#ffffff") == pytest.approx(21)
        assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
        assert mix("#000000", "#ff8040", 0.5) == "#804020"


class TestNames:
    def test_markup_in_a_name_is_text(self) -> None:
        evil = "</text><rect/>&"
        for svg in (streak_calendar(replace(MIRA, name=evil)), profile_card(replace(PROFILE, name=evil))):
            assert words_on(svg)[0] == evil

    @pytest.mark.parametrize("name", ["", "\u200b\u2060", "   "])
    def test_an_invisible_name_has_a_stand_in(self, name: str) -> None:
        assert words_on(streak_calendar(replace(MIRA, name=name)))[0] == ENGLISH.someone

    def test_a_long_name_is_made_smaller_before_it_is_cut(self) -> None:
        svg = profile_card(replace(PROFILE, name="Wilhelmina Maximiliana Weatherwax"))
        assert words_on(svg)[0] == "Wilhelmina Maximiliana Weatherwax"
        assert words_on(profile_card(replace(PROFILE, name="W" * 32)))[0].endswith("W…")

    @given(names)
    @settings(max_examples=25, deadline=None)
    @example("\x00\ud800\uffff")
    def test_any_name_is_drawn(self, name: str) -> None:
        assert drawn(streak_calendar(replace(MIRA, name=name))).startswith(b"\x89PNG")
        badges = [Badge(name, name)]
        profile = replace(PROFILE, name=name, achievements=badges, techniques=[Technique(name, 1)])
        assert drawn(profile_card(profile)).startswith(b"\x89PNG")


class TestPicture:
    async def test_cards_are_rendered_twice_as_wide_as_discord_shows_them(self, pictures: Pictures) -> None:
        for svg in (streak_calendar(MIRA), profile_card(PROFILE)):
            png = await pictures.png(svg)
            assert struct.unpack(">I", png[16:20]) == (1040,)
            assert len(png) > 20_000

    def test_other_data_make_another_picture(self) -> None:
        assert drawn(streak_calendar(MIRA)) == drawn(streak_calendar(MIRA))
        for other in (
            replace(MIRA, name="Mira Horn"),
            replace(MIRA, current=11),
            replace(MIRA, accent="#7aa2ff"),
            replace(MIRA, minutes_by_day={}),
        ):
            assert drawn(streak_calendar(other)) != drawn(streak_calendar(MIRA))
