"""A diagnosis that says what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nrg_core.storage.database import Database

__all__ = ["CheckResult", "HealthCheck"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check went: what was found, and, if it went wrong, what to do."""

    ok: bool
    detail: str
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A question about the state of things: a label for people, and how to answer it."""

    label: str
    run: Callable[[Database], Awaitable[CheckResult]]
