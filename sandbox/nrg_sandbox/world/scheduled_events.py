"""A server's scheduled events, and who wants to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError
from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.payloads import Json

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = [
    "ACTIVE",
    "CANCELED",
    "COMPLETED",
    "EXTERNAL",
    "SCHEDULED",
    "STAGE_INSTANCE",
    "VOICE",
    "change_event",
    "check_unfinished",
    "create_event",
    "delete_event",
    "find_event",
    "set_interest",
    "with_user_count",
]

SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4
STAGE_INSTANCE, VOICE, EXTERNAL = 1, 2, 3

_MOST_OPEN = 100


def find_event(guild: Guild, event_id: str) -> Json:
    """Return a scheduled event.

    Raises
    ------
    ApiError
        10070, for one that does not exist.
    """
    if (event := guild.scheduled_events.get(event_id)) is None:
        raise ApiError.of(10070)
    return event


def check_unfinished(event: Json) -> None:
    """Check that an event is neither over nor called off.

    Raises
    ------
    ApiError
        180000.
    """
    if event["status"] in (COMPLETED, CANCELED):
        raise ApiError.of(180000)


def create_event(guild: Guild, creator: Json, settings: Json) -> Json:
    """Schedule an event.

    Parameters
    ----------
    settings
        Fields of Discord's object.

    Raises
    ------
    ApiError
        30038, when a hundred are scheduled or active.
    """
    still_open = sum(event["status"] in (SCHEDULED, ACTIVE) for event in guild.scheduled_events.values())
    if still_open >= _MOST_OPEN:
        raise ApiError.of(30038)
    event = payloads.scheduled_event(guild.world.snowflakes.next(), guild.id, creator) | settings
    guild.scheduled_events[event["id"]] = event
    guild.interested[event["id"]] = []
    _tell(guild, "CREATE", with_user_count(guild, event))
    return event


def change_event(guild: Guild, event_id: str, changes: Json) -> Json:
    """Replace an event by one with other settings.

    Raises
    ------
    ApiError
        180000, for one that is over or was called off.
    """
    old = find_event(guild, event_id)
    check_unfinished(old)
    event = guild.scheduled_events[event_id] = old | changes
    _tell(guild, "UPDATE", with_user_count(guild, event))
    return event


def delete_event(guild: Guild, event_id: str) -> Json:
    """Remove an event and return it."""
    event = find_event(guild, event_id)
    _tell(guild, "DELETE", with_user_count(guild, event))
    del guild.scheduled_events[event_id], guild.interested[event_id]
    return event


def set_interest(guild: Guild, event_id: str, user_id: str, *, interested: bool = True) -> None:
    """Let a member be interested in an event or no longer; nothing happens when that is so already.

    Raises
    ------
    ApiError
        10070 for an unknown event, 10007 for someone who is not on the server, 180000 for an event that is
        over.
    """
    event = find_event(guild, event_id)
    guild.member(user_id)
    check_unfinished(event)
    people = guild.interested[event_id]
    if (user_id in people) == interested:
        return
    if interested:
        people.append(user_id)
    else:
        people.remove(user_id)
    data: Json = {"guild_scheduled_event_id": event_id, "user_id": user_id, "guild_id": guild.id}
    _tell(guild, "USER_ADD" if interested else "USER_REMOVE", data)


def with_user_count(guild: Guild, event: Json) -> Json:
    """Return an event with the number of those who want to come."""
    return event | {"user_count": len(guild.interested[event["id"]])}


def _tell(guild: Guild, what: str, data: Json) -> None:
    guild.tell(f"GUILD_SCHEDULED_EVENT_{what}", data, Intent.GUILD_SCHEDULED_EVENTS)
