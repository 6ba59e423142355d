"""The process that renders: reads SVG from its standard input, writes PNG to its standard output.

It is run as a file and imports nothing of ours, so it starts in milliseconds and stays small. It ends when
its input ends: with its parent, however that one died.

A request is a ``REQUEST`` header (bytes of SVG, width in pixels or 0) and the SVG; an answer is an ``ANSWER``
header (1 for a PNG or 0 for an error's text, bytes that follow) and those bytes.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import BinaryIO

import resvg_py

__all__ = ["ANSWER", "FONT_FILES", "REQUEST", "serve"]

REQUEST = struct.Struct(">II")
ANSWER = struct.Struct(">BI")

# A character missing from the wanted font is sought in this order: emoji before symbols, to be in colour.
FONT_FILES = tuple(
    str(Path(__file__).with_name("fonts") / name)
    for name in (
        "NotoSans-Regular.ttf",
        "NotoSans-SemiBold.ttf",
        "NotoSans-Bold.ttf",
        "NotoSansArabic-SemiBold.ttf",
        "NotoSansHebrew-SemiBold.ttf",
        "NotoSansDevanagari-SemiBold.ttf",
        "NotoSansThai-SemiBold.ttf",
        "NotoSansMath-Regular.ttf",
        "NotoColorEmoji.ttf",
        "NotoSansCJK-Medium.otf",
        "NotoSansSymbols2-Regular.ttf",
    )
)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while header := requests.read(REQUEST.size):
        length, width = REQUEST.unpack(header)
        svg = requests.read(length).decode()
        try:
            body = bytes(
                resvg_py.svg_to_bytes(
                    svg_string=svg,
                    width=width or None,
                    font_files=list(FONT_FILES),
                    skip_system_fonts=True,
                    sans_serif_family="Noto Sans",
                )
            )
            ok = 1
        except ValueError as error:
            body, ok = str(error).encode(), 0
        answers.write(ANSWER.pack(ok, len(body)) + body)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
