"""Faults on request: REST calls that fail, are refused for a while, hang, come late, or lose their answer."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Fault", "Faults"]

_METHODS = ("*", "GET", "POST", "PUT", "PATCH", "DELETE")


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
    latency
        Real seconds by which their answer comes late, after they took effect.
    id
        Names it among the faults it was added to; 0 before.

    Raises
    ------
    ValueError
        If that cannot happen, with what to write instead.
    """

    method: str
    path: re.Pattern[str]
    status: int | None
    times: int
    retry_after: float | None
    hang: bool
    lost: bool
    everywhere: bool = False
    latency: float = 0.0
    id: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if mistakes := "; ".join(self._mistakes()):
            raise ValueError(mistakes)

    def _mistakes(self) -> Iterator[str]:
        if self.method not in _METHODS:
            yield f"method is {self.method!r}: write one of {', '.join(_METHODS)}"
        if self.status is not None and not 400 <= self.status <= 599:
            yield f"status is {self.status}: write one from 400 to 599"
        if self.times < 1:
            yield f"times is {self.times}: write how many calls it strikes, 1 or more"
        if not 0 <= self.latency < math.inf:
            yield f"latency is {self.latency}: write real seconds, 0 or more"
        if self.retry_after is not None and not 0 <= self.retry_after < math.inf:
            yield f"retry_after is {self.retry_after}: write seconds, 0 or more"
        if self.status != 429 and (self.retry_after is not None or self.everywhere):
            yield "only a 429 tells to wait: write status=429, or leave retry_after and everywhere out"
        if self.hang + self.lost + (self.status is not None) > 1:
            yield "a call hangs, loses its answer or is refused: write only one of hang, lost and status"
        if self.latency > 0 and (self.hang or self.lost):
            yield "an answer that never arrives is not late: leave latency out, or hang and lost"


class Faults:
    """The faults still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []
        self._ids = itertools.count(1)

    def ask(
        self,
        method: str,
        path_regex: str,
        *,
        status: int | None = None,
        times: int = 1,
        retry_after: float | None = None,
        hang: bool = False,
        lost: bool = False,
        everywhere: bool = False,
        latency: float = 0.0,
    ) -> Fault:
        """Arrange a fault, as a test or a person describes it, and return it.

        Parameters
        ----------
        method
            Such as ``POST``; ``*`` for any.
        path_regex
            Searched in the path after ``/api/v10``.
        status
            What the calls are answered with; 500, when nothing else is asked for.

        The others are those of `Fault`.

        Raises
        ------
        ValueError
            If that cannot happen, with what to write instead.
        """
        try:
            path = re.compile(path_regex)
        except re.error as error:
            msg = (
                f"{path_regex!r} is no regular expression ({error}): "
                f"write one, such as {re.escape(path_regex)!r} for that very text"
            )
            raise ValueError(msg) from None
        if status is None and not (hang or lost or latency):
            status = 500
        fault = Fault(method, path, status, times, retry_after, hang, lost, everywhere, latency)
        self.add(fault)
        return fault

    def add(self, fault: Fault) -> None:
        """Arrange a fault, giving it its id."""
        fault.id = next(self._ids)
        self._pending.append(fault)

    def pending(self) -> tuple[Fault, ...]:
        """Return those still to come."""
        return tuple(self._pending)

    def remove(self, fault_id: int) -> bool:
        """Forget one; return whether it was still to come."""
        kept = [fault for fault in self._pending if fault.id != fault_id]
        was_there = len(kept) < len(self._pending)
        self._pending = kept
        return was_there

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
