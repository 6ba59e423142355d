"""Where in a TOML file a key stands: the standard library's reader does not tell.

A small scan of table headers and keys, for text that is known to be valid TOML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["KeyPath", "TomlLines"]

KeyPath: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<equals>=)"
    r"|(?P<bare>[A-Za-z0-9_-]+)|.",
    re.DOTALL,
)


@dataclass(slots=True)
class TomlLines:
    """The lines of a TOML text, by path: ``("hacks", 2, "name")`` is the third ``[[hacks]]``'s name."""

    text: str
    _spans: dict[KeyPath, range] = field(init=False, default_factory=dict[KeyPath, range])

    def __post_init__(self) -> None:
        tables: dict[KeyPath, int] = {}
        prefix: KeyPath = ()
        for span, depth, names in _statements(self.text):
            if not depth:
                self._remember((*prefix, *names), span)
                continue
            prefix = ()
            for name in names[:-1]:
                prefix = _last(tables, (*prefix, name))
            prefix = (*prefix, names[-1])
            if depth == 2:
                tables[prefix] = tables.get(prefix, 0) + 1
                prefix = _last(tables, prefix)
            self._remember(prefix, span)

    def _remember(self, path: KeyPath, span: range) -> None:
        # A dotted key or header makes the tables above it, too.
        for length in range(1, len(path) + 1):
            self._spans.setdefault(path[:length], span)

    def find(self, path: KeyPath, word: str | None = None) -> int | None:
        """Return the line, from 1, of the nearest place on the path that has one.

        A word that is wrong there is looked for in the lines of the value, which may be a long list.
        """
        while path not in self._spans:
            if not path:
                return None
            path = path[:-1]
        span = self._spans[path]
        if word is not None:
            lines = self.text.split("\n")
            exact = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
            return next((line for line in span if exact.search(lines[line - 1])), span.start)
        return span.start


def _last(tables: dict[KeyPath, int], path: KeyPath) -> KeyPath:
    """Return the path of the latest element if this is a list of tables, else the path itself."""
    return (*path, tables[path] - 1) if path in tables else path


def _statements(text: str) -> Iterator[tuple[range, int, list[str]]]:
    """Yield each statement's lines, how many brackets open it (0 for a key), and its dotted name."""
    line = start = 1
    depth = brackets = 0
    names: list[str] = []
    naming = True
    for token in _TOKEN.finditer(text + "\n"):
        kind, piece = token.lastgroup, token.group()
        if naming and kind in ("bare", "string"):
            names.append(piece if kind == "bare" else piece[1:-1])
        elif kind == "equals":
            naming = False
        elif kind == "open":
            depth += 1
            brackets += naming
        elif kind == "close":
            depth -= 1
        line += piece.count("\n")
        if kind == "newline" and not depth:
            if names:
                yield range(start, line), brackets, names
            start, brackets, names, naming = line, 0, [], True
