"""What is asked of the database meanwhile."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

__all__ = ["noted_statements"]


@contextmanager
def noted_statements() -> Generator[list[str]]:
    """Note every statement that is executed in the block, on whatever connection."""
    noted: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        noted.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(Engine, "before_cursor_execute", note)
