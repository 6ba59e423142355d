"""A transaction is ended by its unit of work, and by nobody else.

Whoever is handed a unit of work could commit half of it, and be called again for the other half. So what
would end the transaction is refused before it is done.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Connection, Engine, ExceptionContext, event

from nrg_core.errors import NrgError

__all__ = ["ENDING", "FAILED", "BrokenUnitOfWorkError", "guard"]

ENDING: Final = "nrg_ending"
"""Set in a connection's ``info`` while its unit of work commits."""

FAILED: Final = "nrg_failed"
"""Found in a connection's ``info`` once a statement has failed."""

_ENDS = re.compile(
    r"(?:\s|;|--.*\n|/\*.*?\*/)*"
    r"(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction"
    r"|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b",
    re.IGNORECASE,
)


class BrokenUnitOfWorkError(NrgError):
    """The transaction under a unit of work was broken by the code that used it, or was to be ended by it."""


def guard(engine: Engine) -> None:
    """Refuse, on every connection of an engine, what would end a transaction from inside."""
    event.listen(engine, "before_cursor_execute", _before_statement)
    event.listen(engine, "commit", _before_commit)
    event.listen(engine, "handle_error", _on_error)


def _before_statement(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
    if _ENDS.match(statement):
        raise BrokenUnitOfWorkError(
            f"a unit of work is ended by its block, not by {statement.strip()[:20]!r}"
        )


def _before_commit(connection: Connection) -> None:
    if not connection.info.get(ENDING):
        raise BrokenUnitOfWorkError("a unit of work is committed at the end of its block, not from inside")


def _on_error(context: ExceptionContext) -> None:
    if context.connection is not None and not context.connection.invalidated:
        context.connection.info[FAILED] = True
