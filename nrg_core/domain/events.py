"""What happens to members, in the form in which it is stored and handed to plugins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

__all__ = ["AchievementEarned", "DomainEvent", "MetricsChanged", "SessionRecorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """What every event about a member tells.

    Attributes
    ----------
    id
        Counts up, and for one member in the order in which things happened. The same event carries the
        same id however often it is tried again.
    occurred_at
        When it happened, aware, in UTC.
    user_id
        The member's key in ``users``.
    discord_id
        The member's Discord id.
    member_name
        The member's name at that time.
    guild_id, channel_id
        Where it happened; nothing if it was in a direct message.
    """

    kind: ClassVar[str]

    id: int = 0
    occurred_at: datetime
    user_id: UUID
    discord_id: int
    member_name: str
    guild_id: int | None = None
    channel_id: int | None = None

    def _common(self) -> dict[str, Any]:
        return {
            "occurred_at": self.occurred_at.isoformat(),
            "discord_id": self.discord_id,
            "member_name": self.member_name,
            "guild_id": self.guild_id,
            "channel_id": self.channel_id,
        }

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form; the id and the member's key are columns beside it."""
        raise NotImplementedError

    @classmethod
    def from_payload(cls, event_id: int, user_id: UUID, payload: dict[str, Any]) -> Self:
        """Read the JSON form back."""
        return cls(**_parsed(payload), id=event_id, user_id=user_id)


def _parsed(payload: dict[str, Any]) -> dict[str, Any]:
    values = dict(payload)
    values["occurred_at"] = datetime.fromisoformat(values["occurred_at"])
    if "session_id" in values:
        values["session_id"] = UUID(values["session_id"])
        values["local_day"] = date.fromisoformat(values["local_day"])
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecorded(DomainEvent):
    """A member practised.

    Attributes
    ----------
    session_id
        The key in ``practice_sessions``.
    hack, hack_name
        The technique's slug and name.
    minutes
        How long, in whole minutes.
    local_day
        The day it counts for, in the member's own zone.
    first_of_day
        Whether it is the first that counted for that day.
    streak_days
        The streak after it, in days.
    source
        What recorded it: ``"checkin"`` or the name of another plugin.
    """

    kind: ClassVar[str] = "session_recorded"

    session_id: UUID
    hack: str
    hack_name: str
    minutes: int
    local_day: date
    first_of_day: bool
    streak_days: int
    source: str

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return self._common() | {
            "session_id": str(self.session_id),
            "hack": self.hack,
            "hack_name": self.hack_name,
            "minutes": self.minutes,
            "local_day": self.local_day.isoformat(),
            "first_of_day": self.first_of_day,
            "streak_days": self.streak_days,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementEarned(DomainEvent):
    """A member earned an achievement: its slug, name, icon and whether it marks growing independent."""

    kind: ClassVar[str] = "achievement_earned"

    achievement: str
    achievement_name: str
    icon: str | None = None
    is_liberation: bool = False

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return self._common() | {
            "achievement": self.achievement,
            "achievement_name": self.achievement_name,
            "icon": self.icon,
            "is_liberation": self.is_liberation,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsChanged(DomainEvent):
    """Metrics of a member have changed, by their ``names``: the core judges what depends on them."""

    kind: ClassVar[str] = "metrics_changed"

    names: Sequence[str]

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return self._common() | {"names": list(self.names)}
