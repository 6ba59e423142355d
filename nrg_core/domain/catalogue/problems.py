"""What can be wrong with a catalogue, told all at once and line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nrg_core.errors import OperatorError

__all__ = ["CatalogueError", "Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the file, its line if one can be named (from 1), and what is wrong there."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class CatalogueError(OperatorError):
    """A catalogue that cannot be used; ``problems`` holds everything wrong with it, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))
        super().__init__("\n".join(map(str, self.problems)))
