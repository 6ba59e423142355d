"""Faults on request: REST calls that fail, are refused for a while, hang, or lose their answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Fault", "Faults"]


@dataclass(slots=True)
class Fault:
    """What happens to the next calls that match.

    Attributes
    ----------
    status
        The status they are answered with, without taking effect; None lets them through.
    times
        How many calls are left to strike.
    retry_after
        Seconds that a 429 tells the bot to wait.
    everywhere
        Whether a 429 is of the limit that all routes share.
    hang
        Whether they get no answer until the bot gives up, and take no effect.
    lost
        Whether they take effect and their answer never arrives.
    """

    method: str
    path: re.Pattern[str]
    status: int | None
    times: int
    retry_after: float | None
    hang: bool
    lost: bool
    everywhere: bool = False


class Faults:
    """The faults still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arrange a fault."""
        self._pending.append(fault)

    def clear(self) -> None:
        """Forget those still to come."""
        self._pending.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this call, counting it."""
        for fault in self._pending:
            if fault.method in ("*", method) and fault.path.search(path):
                fault.times -= 1
                if fault.times <= 0:
                    self._pending.remove(fault)
                return fault
        return None
