"""The files of a catalogue, parsed but not yet checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from nrg_core.domain.catalogue.lines import KeyPath, TomlLines
from nrg_core.domain.catalogue.problems import CatalogueError, Problem

__all__ = ["KINDS", "Kind", "Raw", "Source", "open_sources"]

Kind: TypeAlias = Literal["hacks", "achievements", "challenges"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: what it holds, and on which lines."""

    name: str
    table: dict[str, Any]
    lines: TomlLines

    def problem(self, path: KeyPath, message: str, word: str | None = None) -> Problem:
        """Return a problem at that place."""
        return Problem(self.name, self.lines.find(path, word), message)

    def where(self, path: KeyPath) -> str:
        """Return file and line of a place, for pointing at it from another."""
        return f"{self.name}:{self.lines.find(path)}"

    def pairs(self, table: str) -> Iterator[tuple[str, Any]]:
        """Yield the keys and values of a table, if it is there and is one."""
        value = self.table.get(table)
        if isinstance(value, dict):
            yield from cast("dict[str, Any]", value).items()

    def raws(self, kind: Kind) -> Iterator[Raw]:
        """Yield the entries of a kind, as far as they are tables."""
        value = self.table.get(kind)
        if isinstance(value, list):
            for place, item in enumerate(cast("list[object]", value)):
                if isinstance(item, dict):
                    yield Raw(kind, self, place, cast("dict[str, Any]", item))


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """One entry as it stands in a file."""

    kind: Kind
    source: Source
    place: int
    table: dict[str, Any]

    @property
    def slug(self) -> str | None:
        """The slug, if there is one that can be told."""
        return self.text("slug")

    @property
    def requires(self) -> str | None:
        """The plugin it belongs to; challenges belong to theirs without saying so."""
        return self.text("requires") or ("challenge" if self.kind == "challenges" else None)

    def text(self, key: str) -> str | None:
        """Return a value that ought to be text, None if it is not."""
        value = self.table.get(key)
        return value if isinstance(value, str) else None

    def problem(self, path: KeyPath, message: str, word: str | None = None) -> Problem:
        """Return a problem of this entry, at a place inside it."""
        label = (
            f'{self.kind[:-1]} "{self.slug}"' if self.slug else f"{self.kind[:-1]} number {self.place + 1}"
        )
        return self.source.problem((self.kind, self.place, *path), f"{label}: {message}", word)

    def where(self, key: str) -> str:
        """Return file and line of a key."""
        return self.source.where((self.kind, self.place, key))


def open_sources(path: Path | None) -> list[Source]:
    """Return the files at the path: one file, a folder's ``*.toml`` in name order, or the default.

    Raises
    ------
    CatalogueError
        If there is no file, or if one of them cannot be read or is not TOML.
    """
    if path is None:
        found: list[Traversable] = [files("nrg_core") / "community" / "default.toml"]
    elif path.is_dir():
        found = [*sorted(path.glob("*.toml"))]
        if not found:
            raise CatalogueError([Problem(path.name, None, "there is no .toml file in this folder")])
    else:
        found = [path]
    opened = [_open(file) for file in found]
    problems = [one for one in opened if isinstance(one, Problem)]
    if problems:
        raise CatalogueError(problems)
    return [one for one in opened if isinstance(one, Source)]


def _open(file: Traversable) -> Source | Problem:
    text = ""
    try:
        text = file.read_text("utf-8")
        return Source(file.name, tomllib.loads(text), TomlLines(text))
    except tomllib.TOMLDecodeError as error:
        # The line is told in words only.
        message = str(error)
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
        line = int(found[1]) if found and found[1] else len(text.splitlines()) or 1
        return Problem(file.name, line, f"not valid TOML: {message[: found.start()] if found else message}")
    except UnicodeDecodeError:
        return Problem(file.name, None, "this is not UTF-8 text")
    except OSError as error:
        return Problem(file.name, None, f"cannot be read: {error.strerror or error}")
