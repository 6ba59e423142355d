"""Giving what was earned: rows, stored events, the announcement and the role, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from nrg_core.domain.events import AchievementEarned
from nrg_core.domain.library import KnownAchievement, KnownHack, Library
from nrg_core.domain.models import HackUnlock, UserAchievement
from nrg_core.domain.policy import Policy
from nrg_core.domain.standing import Standing
from nrg_core.outbox.events import NewEvent
from nrg_core.outbox.messages import AddRole, ChannelMessage, Envelope, enqueue
from nrg_core.storage.sql import insert_into, table_of
from nrg_core.text import escape_markdown

__all__ = ["Award", "award"]

_earned = table_of(UserAchievement)
_unlocks = table_of(HackUnlock)


@dataclass(frozen=True, slots=True)
class Award:
    """Something that a member has just earned or opened, and where that happened."""

    standing: Standing
    subject: KnownAchievement | KnownHack
    at: datetime
    guild_id: int | None
    channel_id: int | None
    cause: UUID | None = None
    """The session that earned it, if one did."""


def award(
    connection: Connection, awards: Sequence[Award], library: Library, policy: Policy
) -> list[tuple[Award, NewEvent]]:
    """Write awards that were not given before, with their announcements and roles.

    Whatever a member already has is passed over, so that judging twice gives once. Returns the
    achievements that were new, each with the event that the caller stores in its place.
    """
    _open_hacks(connection, [one for one in awards if isinstance(one.subject, KnownHack)])
    given = _give_achievements(
        connection, [one for one in awards if isinstance(one.subject, KnownAchievement)]
    )
    if given:
        envelopes = [envelope for one, key in given for envelope in _envelopes(one, key, library, policy)]
        enqueue(connection, envelopes, max(one.at for one, _ in given))
    return [(one, _event(one, policy)) for one, _ in given]


def _open_hacks(connection: Connection, awards: Sequence[Award]) -> None:
    if awards:
        connection.execute(
            insert_into(_unlocks, connection.dialect.name).on_conflict_do_nothing(),
            [
                {"user_id": one.standing.user_id, "hack_id": one.subject.id, "unlocked_at": one.at}
                for one in awards
            ],
        )


def _give_achievements(connection: Connection, awards: Sequence[Award]) -> list[tuple[Award, UUID]]:
    """Write the rows and return the awards that were new, each with the key of its row."""
    if not awards:
        return []
    keyed = {uuid4(): one for one in awards}
    rows = connection.execute(
        insert_into(_earned, connection.dialect.name)
        .on_conflict_do_nothing(index_elements=["user_id", "achievement_id"])
        .returning(_earned.c.id),
        [
            {
                "id": key,
                "created_at": one.at,
                "user_id": one.standing.user_id,
                "achievement_id": one.subject.id,
                "earned_at": one.at,
                "announced": False,
            }
            for key, one in keyed.items()
        ],
    )
    new = set(rows.scalars())
    return [(one, key) for key, one in keyed.items() if key in new]


def _envelopes(one: Award, key: UUID, library: Library, policy: Policy) -> list[Envelope]:
    assert isinstance(one.subject, KnownAchievement)
    achievement, member = one.subject, one.standing
    envelopes: list[Envelope] = []
    channel_id = policy.announce_channel_id or one.channel_id
    guild_id = one.guild_id or policy.home_guild_id
    if channel_id is not None and guild_id is not None:
        text = library.texts["achievement.announcement"].format(
            icon=achievement.icon or "🏅",
            member=escape_markdown(member.name),
            achievement=achievement.name,
            description=achievement.description or "",
        )
        message = ChannelMessage(channel_id, text.strip(), announces=str(key))
        envelopes.append(Envelope(f"announce:{key}", message, member.user_id))
    if achievement.role_id is not None and guild_id is not None:
        role = AddRole(guild_id, member.discord_id, achievement.role_id)
        envelopes.append(Envelope(f"role:{key}", role, member.user_id))
    return envelopes


def _event(one: Award, policy: Policy) -> NewEvent:
    assert isinstance(one.subject, KnownAchievement)
    event = AchievementEarned(
        occurred_at=one.at,
        user_id=one.standing.user_id,
        discord_id=one.standing.discord_id,
        member_name=one.standing.name,
        guild_id=one.guild_id,
        channel_id=one.channel_id,
        achievement=one.subject.slug,
        achievement_name=one.subject.name,
        icon=one.subject.icon,
        is_liberation=one.subject.is_liberation,
    )
    audience = policy.audience(event.kind, one.guild_id)
    return NewEvent(event.kind, event.user_id, event.to_payload(), audience)
