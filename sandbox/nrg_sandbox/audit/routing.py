"""Finds the described path that a call's path means; literal segments win over variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Routes"]

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: dict[str, _Node[T]] = field(default_factory=lambda: dict[str, _Node[T]]())
    variable: _Node[T] | None = None
    methods: dict[str, T] = field(default_factory=lambda: dict[str, T]())


class Routes(Generic[T]):
    """Paths with variable segments such as ``{guild_id}``, and what each method of them stands for."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, method: str, template: str, target: T) -> None:
        """Add a method of a path."""
        node = self._root
        for segment in _segments(template):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        node.methods[method] = target

    def find(self, method: str, path: str) -> T | None:
        """Return what a call means, or None."""
        return next((node.methods[method] for node in self._matching(path) if method in node.methods), None)

    def methods(self, path: str) -> list[str]:
        """Return the methods that a path has, sorted."""
        return sorted({method for node in self._matching(path) for method in node.methods})

    def _matching(self, path: str) -> Iterator[_Node[T]]:
        return _descend(self._root, _segments(path))


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _descend(node: _Node[T], segments: list[str]) -> Iterator[_Node[T]]:
    if not segments:
        yield node
        return
    first, *rest = segments
    if first in node.literals:
        yield from _descend(node.literals[first], rest)
    if node.variable is not None and first:
        yield from _descend(node.variable, rest)
