"""Pictures are rendered for real: the process, the bundled fonts and the text put into them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import struct
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nrg_core.pictures import (
    UNKNOWN,
    PictureError,
    Pictures,
    document,
    element,
    escape,
    grouped,
    legible,
    renderer,
    shorten,
    text,
    text_width,
    worker,
)

SQUARE = document(20, 10, element("rect", x=5, width=15, height=10, fill="#ff8000"), scale=1)
HEAVY = document(900, 900, element("circle", cx=450, cy=450, r=400, fill="#123456"))


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    made = Pictures()
    yield made
    await made.aclose()


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def pixels(png: bytes) -> list[list[tuple[int, ...]]]:
    """Decode a PNG as resvg writes it: 8 bits a channel, RGBA, not interlaced."""
    width, height = size(png)
    assert png[24:29] == bytes([8, 6, 0, 0, 0])
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride = zlib.decompress(data), width * 4
    above, rows = bytes(stride), list[list[tuple[int, ...]]]()
    for row in range(height):
        kind, *line = raw[row * (stride + 1) : (row + 1) * (stride + 1)]
        for i in range(stride):
            left, up, corner = (line[i - 4], above[i], above[i - 4]) if i > 3 else (0, above[i], 0)
            nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, nearest)[kind]) % 256
        above = bytes(line)
        rows.append([tuple(line[i : i + 4]) for i in range(0, stride, 4)])
    return rows


def drawn(svg: str) -> bytes:
    """Render in this process, through the worker's own loop."""
    body, answers = svg.encode(), BytesIO()
    worker.serve(BytesIO(worker.REQUEST.pack(len(body), 0) + body), answers)
    ok, _ = worker.ANSWER.unpack(answers.getvalue()[: worker.ANSWER.size])
    assert ok, answers.getvalue()
    return answers.getvalue()[worker.ANSWER.size :]


def written(content: str) -> bytes:
    return drawn(document(90, 40, text(content, x=4, y=28, font_size=20, font_weight=700), scale=1))


def worker_pids() -> list[int]:
    """The rendering processes that this one has started and not yet reaped."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"worker.py" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


class TestRendering:
    async def test_a_picture_has_its_own_size_and_colours(self, pictures: Pictures) -> None:
        png = await pictures.png(SQUARE)
        assert size(png) == (20, 10)
        assert pixels(png)[5][2] == (0, 0, 0, 0)
        assert pixels(png)[5][12] == (255, 128, 0, 255)

    async def test_a_width_scales_both_sides(self, pictures: Pictures) -> None:
        assert size(await pictures.png(SQUARE, width=100)) == (100, 50)

    def test_a_document_is_twice_as_sharp_as_its_units(self) -> None:
        assert size(drawn(document(30, 20))) == (60, 40)

    async def test_the_event_loop_goes_on_meanwhile(self, pictures: Pictures) -> None:
        await pictures.png(SQUARE)
        turns = 0

        async def turn() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        turning = asyncio.create_task(turn())
        await pictures.png(HEAVY)
        turning.cancel()
        assert turns > 100

    async def test_two_processes_give_each_caller_their_own_picture(self) -> None:
        both = Pictures(workers=2)
        made = await asyncio.gather(*(both.png(SQUARE, width=20 * n) for n in range(1, 8)))
        assert [size(png)[0] for png in made] == [20 * n for n in range(1, 8)]
        assert len(worker_pids()) == 2
        await both.aclose()

    async def test_a_faulty_document_is_an_error_and_costs_no_process(self, pictures: Pictures) -> None:
        await pictures.png(SQUARE)
        before = worker_pids()
        with pytest.raises(PictureError, match="cannot be rendered"):
            await pictures.png("<svg")
        assert size(await pictures.png(SQUARE)) == (20, 10)
        assert worker_pids() == before


class TestLifeCycle:
    async def test_nothing_runs_before_the_first_picture(self, pictures: Pictures) -> None:
        assert worker_pids() == []
        await pictures.png(SQUARE)
        assert len(worker_pids()) == 1

    async def test_a_process_killed_between_pictures_is_replaced(self, pictures: Pictures) -> None:
        await pictures.png(SQUARE)
        (victim,) = worker_pids()
        os.kill(victim, signal.SIGKILL)
        assert size(await pictures.png(SQUARE)) == (20, 10)
        assert victim not in worker_pids()

    async def test_a_process_killed_over_a_picture_is_replaced(self, pictures: Pictures) -> None:
        task = await self.stuck(pictures)
        os.kill(worker_pids()[0], signal.SIGKILL)
        assert size(await task) == (1800, 1800)

    async def test_a_cancelled_picture_is_not_given_to_the_next_caller(self, pictures: Pictures) -> None:
        task = await self.stuck(pictures)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert size(await pictures.png(SQUARE)) == (20, 10)

    async def test_a_late_picture_is_given_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        silent = tmp_path / "worker.py"
        silent.write_text("import sys; sys.stdin.read()")
        monkeypatch.setattr(renderer, "WORKER", silent)
        hurried = Pictures(deadline=0.3)
        with pytest.raises(PictureError, match=r"longer than 0\.3 s"):
            await hurried.png(SQUARE)
        assert worker_pids() == []
        await hurried.aclose()

    async def test_a_process_that_keeps_dying_is_an_error(
        self, pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        starts = tmp_path / "starts"
        broken = tmp_path / "worker.py"
        broken.write_text(f"open({str(starts)!r}, 'a').write('x')")
        monkeypatch.setattr(renderer, "WORKER", broken)
        with pytest.raises(PictureError, match="died twice"):
            await pictures.png(SQUARE)
        assert len(starts.read_text()) == 2

    async def test_closing_ends_the_process_and_fails_what_is_being_made(self) -> None:
        closing = Pictures()
        task = await self.stuck(closing)
        await closing.aclose()
        with pytest.raises(PictureError, match="closed"):
            await task
        assert worker_pids() == []
        await closing.aclose()

    def test_the_process_ends_with_its_input(self) -> None:
        ended = subprocess.run(
            [sys.executable, "-P", str(renderer.WORKER)],
            input=b"",
            capture_output=True,
            timeout=30,
            check=True,
        )
        assert ended.stdout == b""

    @staticmethod
    async def stuck(pictures: Pictures) -> asyncio.Task[bytes]:
        """Ask for a picture of a process that has been stopped, so that it cannot answer."""
        await pictures.png(SQUARE)
        os.kill(worker_pids()[0], signal.SIGSTOP)
        task = asyncio.create_task(pictures.png(HEAVY))
        for _ in range(5):
            await asyncio.sleep(0)  # lets the task send its request
        return task


class TestFonts:
    @pytest.mark.parametrize("char", [*"aŁựΩЖßعשहส→★さ王김💪🌱❤🎓¾€", "\u202f"])
    def test_bundled_fonts_draw_it(self, char: str) -> None:
        unknown = written("\u1200")  # Ethiopic, which is not bundled
        assert written(char) != unknown

    def test_emoji_are_coloured(self) -> None:
        seen = {pixel[:3] for row in pixels(written("🌱")) for pixel in row if pixel[3] == 255}
        assert any(green > red > blue + 60 for red, green, blue in seen)

    @pytest.mark.parametrize(
        "trap", ["\u1200", "\u200d", "\U0001f3fd", "a\u0300" + "\u0301" * 30, "می\u200cخ"]
    )
    def test_what_follows_a_trap_is_still_drawn(self, trap: str) -> None:
        before = legible(trap)
        assert written(f"{before}王") != written(f"{before}小")

    def test_the_coverage_list_is_that_of_the_fonts(self) -> None:
        in_fonts = {point for path in worker.FONT_FILES for point in characters(Path(path).read_bytes())}
        odd = {point for point in in_fonts if point < 0x20 or 0xFE00 <= point <= 0xFE0F or point >= 0xE0000}
        listed = (Path(worker.FONT_FILES[0]).parent / "coverage.txt").read_text().split()
        ranges = ((int(a, 16), int(b or a, 16)) for a, _, b in (entry.partition("-") for entry in listed))
        assert {point for first, last in ranges for point in range(first, last + 1)} == in_fonts - odd


def characters(font: bytes) -> set[int]:
    """Read which characters a font has: the cmap table's subtables of format 4 and 12."""
    (tables,) = struct.unpack(">4xH", font[:6])
    records = (struct.unpack(">4s4xII", font[12 + 16 * i : 28 + 16 * i]) for i in range(tables))
    (cmap,) = (font[offset : offset + length] for tag, offset, length in records if tag == b"cmap")
    found: set[int] = set()
    for i in range(struct.unpack(">2xH", cmap[:4])[0]):
        table = cmap[struct.unpack(">4xI", cmap[4 + 8 * i : 12 + 8 * i])[0] :]
        kind: int = struct.unpack(">H", table[:2])[0]
        if kind == 12:
            (groups,) = struct.unpack(">I", table[12:16])
            for first, last, _ in struct.iter_unpack(">III", table[16 : 16 + 12 * groups]):
                found.update(range(first, last + 1))
        elif kind == 4:
            count = struct.unpack(">6xH", table[:8])[0] // 2
            words = struct.unpack(f">{len(table) // 2}H", table[: len(table) // 2 * 2])
            lasts, firsts = words[7 : 7 + count], words[8 + count : 8 + 2 * count]
            deltas, offsets = words[8 + 2 * count : 8 + 3 * count], words[8 + 3 * count : 8 + 4 * count]
            for n, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
                for point in range(first, last + 1):
                    glyph = (
                        words[8 + 3 * count + n + offsets[n] // 2 + point - first] if offsets[n] else point
                    )
                    if glyph and (glyph + deltas[n]) % 65536 and point != 0xFFFF:
                        found.add(point)
    return found


class TestWriting:
    @given(st.text())
    @example('</text><image href="/etc/passwd"/>')
    @example("]]>&amp;'\"\x00\x0b\ud800\ufffe")
    def test_no_text_breaks_out_of_its_element(self, content: str) -> None:
        read = ET.fromstring(text(content, fill=content))
        assert read.tag == "text"
        assert list(read) == []
        allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", content)
        assert (read.text or "") == re.sub("\r\n?", "\n", allowed)
        assert read.attrib.keys() == {"fill"}

    def test_attributes_are_written_as_svg_has_them(self) -> None:
        assert element("rect", x=1.0, rx=0.12345, stroke_width=2, class_="a", fill=None) == (
            '<rect x="1" rx="0.12" stroke-width="2" class="a"/>'
        )

    def test_large_coordinates_are_not_rounded_to_powers_of_ten(self) -> None:
        assert element("a", x=1234567.5) == '<a x="1234567.5"/>'

    def test_escape(self) -> None:
        assert escape("<&\x00>\"'") == "&lt;&amp;&gt;&quot;&#x27;"


class TestTypography:
    @pytest.mark.parametrize(
        ("given_name", "shown"),
        [
            ("𝓢𝓪𝓻𝓪", "Sara"),
            ("  a\n\u2003b\t ", "a b"),
            ("\u202eevil", "evil"),
            ("💪🏽", "💪"),
            ("👩\u200d💻", "👩💻"),
            ("1\ufe0f\u20e3", "1"),
            ("ሰlam", f"{UNKNOWN}lam"),
            ("Z" + "\u0338" * 40, "Z" + "\u0338" * 3),
            ("می\u200cخ", "می\u200aخ"),
            ("\u200b\u2060", ""),
        ],
    )
    def test_legible(self, given_name: str, shown: str) -> None:
        assert legible(given_name) == shown

    @given(st.text())
    def test_legible_text_is_one_line_of_known_characters(self, content: str) -> None:
        shown = legible(content)
        assert shown == shown.strip()
        assert "  " not in shown
        assert not re.search("[\x00-\x1f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)
        marks = "".join("m" if unicodedata.category(char).startswith("M") else "." for char in shown)
        assert "mmmm" not in marks

    @given(st.text(), st.floats(8, 40), st.floats(20, 400))
    def test_shortened_text_fits(self, content: str, font_size: float, room: float) -> None:
        shown = shorten(content, font_size, room)
        if shown == content:
            assert text_width(content, font_size) <= room
        else:
            assert shown.endswith("…")
            assert content.startswith(shown[:-1])
            assert text_width(shown, font_size) <= max(room, text_width("…", font_size))

    @pytest.mark.parametrize(
        "sample",
        ["Wilhelmina Weatherwax", "WWWWWWWW", "щщщщщщщщ", "Мария Ивановна", "💪💪💪💪", "王王王王", "il.il."],
    )
    def test_text_is_never_wider_than_thought(self, sample: str) -> None:
        svg = document(400, 40, text(sample, x=0, y=28, font_size=20, font_weight=700), scale=1)
        inked = max(x for row in pixels(drawn(svg)) for x, pixel in enumerate(row) if pixel[3])
        assert text_width(sample, 20) * 0.6 < inked < text_width(sample, 20)

    @given(st.integers(0, 10**12))
    def test_grouped_numbers_read_back(self, number: int) -> None:
        groups = grouped(number).split("\u202f")
        assert int("".join(groups)) == number
        assert all(len(group) == 3 for group in groups[1:])
        assert 1 <= len(groups[0]) <= 3
