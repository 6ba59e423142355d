"""What the audit reports: one place at which a side breaks Discord's description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the description.

    Attributes
    ----------
    kind
        ``request``: the client sent something undescribed, and the sandbox took it. ``response``: the
        sandbox answered with something undescribed. ``route``: the path or method is not described.
    method, path, status
        The call, its path below ``/api/v10``, and the status it was answered with.
    pointer
        A JSON pointer into the body, empty for the body as a whole; ``?name`` for a query parameter.
    message
        What is wrong there.
    """

    kind: Literal["request", "response", "route"]
    method: str
    path: str
    status: int
    pointer: str
    message: str

    def __str__(self) -> str:
        place = f" at {self.pointer}" if self.pointer else ""
        return f"{self.kind} of {self.method} {self.path} ({self.status}){place}: {self.message}"
