"""How one community wants things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

__all__ = ["Policy", "nobody"]


def nobody(kind: str, guild_id: int | None) -> Sequence[str]:
    """Return no plugins: for a core that runs without any."""
    return ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that the domain goes by.

    Attributes
    ----------
    zone
        The zone of members who set none.
    rest_days
        Missed days a week that break no streak.
    achievements
        Whether achievements are given at all.
    announce_channel_id
        Where they are announced; without it, where they were earned.
    home_guild_id
        The one server there is, if there is only one: where it happened, when nothing else says so.
    audience
        Names the plugins that are to hear of a kind of event in a server.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    rest_days: int = 0
    achievements: bool = True
    announce_channel_id: int | None = None
    home_guild_id: int | None = None
    audience: Callable[[str, int | None], Sequence[str]] = nobody
