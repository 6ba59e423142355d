"""The virtual clock: the real time plus an offset that only ever grows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["SandboxClock"]


class SandboxClock:
    """Drives ids and timestamps; deadlines and heartbeats stay on real time."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._listeners: list[Callable[[], None]] = []

    @property
    def offset(self) -> timedelta:
        """How far the clock is ahead of real time."""
        return self._offset

    def now(self) -> datetime:
        """Return the present virtual instant, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def stamp(self) -> str:
        """Return the present virtual instant as Discord writes it."""
        return self.now().isoformat(timespec="microseconds")

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and return the new instant.

        Raises
        ------
        ValueError
            If ``by`` is negative: ids must stay increasing.
        """
        if by < timedelta():
            msg = "the clock only moves forward"
            raise ValueError(msg)
        self._offset += by
        for listener in tuple(self._listeners):
            listener()
        return self.now()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every move; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
