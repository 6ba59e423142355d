"""Scheduled events: planned, changed, and who wants to come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.scheduled_events import (
    EVENT_CREATE,
    EVENT_EDIT,
    check_event,
    check_status,
    check_times,
)
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.paging import page
from nrg_sandbox.world import channel as channels
from nrg_sandbox.world import payloads
from nrg_sandbox.world import scheduled_events as events
from nrg_sandbox.world.audit_log import Action, differences
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES"]

Json = dict[str, Any]

_CLEARED = ("description", "image", "scheduled_end_time", "channel_id", "entity_metadata", "recurrence_rule")
"""Fields that null empties; in others it is as if they were absent."""

_KINDS = {events.VOICE: channels.VOICE, events.STAGE_INSTANCE: channels.STAGE}
_STAGE_NEEDS = Permission.MANAGE_CHANNELS | Permission.MUTE_MEMBERS | Permission.MOVE_MEMBERS
_EVERY_NEEDS = Permission.VIEW_CHANNEL | Permission.CONNECT
_RECURRENCE: Json = {
    "end": None,
    "interval": 1,
    "by_weekday": None,
    "by_n_weekday": None,
    "by_month": None,
    "by_month_day": None,
    "by_year_day": None,
    "count": None,
}


def list_events(call: Call) -> list[Json]:
    """List the events, without those in channels that the bot does not see."""
    guild = call.guild()
    return [
        _told(call, guild, event) for event in guild.scheduled_events.values() if _sees(call, guild, event)
    ]


def get_event(call: Call) -> Json:
    """Return one event."""
    guild, event = _seen(call)
    return _told(call, guild, event)


def _told(call: Call, guild: Guild, event: Json) -> Json:
    return events.with_user_count(guild, event) if call.flag("with_user_count") else event


def _sees(call: Call, guild: Guild, event: Json) -> bool:
    channel = guild.channels.get(event["channel_id"] or "")
    return channel is None or bool(guild.permissions(call.bot_id, channel) & Permission.VIEW_CHANNEL)


def _seen(call: Call) -> tuple[Guild, Json]:
    guild = call.guild()
    event = events.find_event(guild, call.ids["event"])
    if not _sees(call, guild, event):
        raise ApiError.of(50001)
    return guild, event


def create_event(call: Call) -> Json:
    """Schedule an event."""
    guild = call.guild()
    form = EVENT_CREATE.read(call.body)
    check_times(form, call.world.clock.now())
    settings = _settings(form)
    _check_place(guild, settings)
    _check_may(call, guild, settings, Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS)
    event = events.create_event(guild, call.world.bot, settings)
    made = [{"key": "name", "new_value": event["name"]}]
    record(call, guild, Action.SCHEDULED_EVENT_CREATE, event["id"], changes=made)
    return event


def edit_event(call: Call) -> Json:
    """Change an event, or let it begin, end or be called off."""
    guild, event = _seen(call)
    _check_may(call, guild, event, _rights_over(call, event))
    form = EVENT_EDIT.read(call.body)
    changes = _settings({key: value for key, value in form.items() if value is not None or key in _CLEARED})
    events.check_unfinished(event)
    changed = event | changes
    check_event(changed)
    _check_place(guild, changed)
    check_status(event["status"], changed["status"])
    if changes.keys() & {"scheduled_start_time", "scheduled_end_time"}:
        moved = "scheduled_start_time" in changes
        check_times(changed, call.world.clock.now() if moved else datetime.min.replace(tzinfo=UTC))
    _check_may(call, guild, changed, _rights_over(call, event))
    differing = differences(event, changes)
    if differing:
        changed = events.change_event(guild, event["id"], changes)
        record(call, guild, Action.SCHEDULED_EVENT_UPDATE, event["id"], changes=differing)
    return changed


def delete_event(call: Call) -> None:
    """Remove an event."""
    guild, event = _seen(call)
    _check_may(call, guild, event, _rights_over(call, event))
    events.delete_event(guild, event["id"])
    gone = [{"key": "name", "old_value": event["name"]}]
    record(call, guild, Action.SCHEDULED_EVENT_DELETE, event["id"], changes=gone)


def _rights_over(call: Call, event: Json) -> Permission:
    """Return the permissions of which one suffices to change an event."""
    own = event["creator_id"] == call.bot_id
    return Permission.MANAGE_EVENTS | Permission.CREATE_EVENTS if own else Permission.MANAGE_EVENTS


def _check_place(guild: Guild, event: Json) -> None:
    """Check that the channel of an event exists and is of the right kind."""
    if (kind := _KINDS.get(event["entity_type"])) is None:
        return
    if (channel := guild.channels.get(event["channel_id"])) is None:
        raise ApiError.of(10003)
    if channel.kind != kind:
        problems = Problems()
        message = "The channel is not of the kind that the event needs."
        problems.add(("channel_id",), "GUILD_SCHEDULED_EVENT_INVALID_CHANNEL_TYPE", message)
        problems.raise_any()


def _check_may(call: Call, guild: Guild, event: Json, one_of: Permission) -> None:
    """Check that the bot may plan an event where it takes place."""
    channel = guild.channels.get(event.get("channel_id") or "")
    if channel is not None:
        stage = event["entity_type"] == events.STAGE_INSTANCE
        call.require(channel, _EVERY_NEEDS | _STAGE_NEEDS if stage else _EVERY_NEEDS)
    if not guild.permissions(call.bot_id, channel) & one_of:
        raise ApiError.of(50013)


def _settings(form: Json) -> Json:
    """Return the event's fields that a body sets."""
    settings = dict(form)
    if "image" in settings:
        settings["image"] = payloads.picture(settings["image"])
    if rule := settings.get("recurrence_rule"):
        given = {key: value for key, value in rule.items() if value is not None}
        settings["recurrence_rule"] = _RECURRENCE | given
    if settings.get("entity_type") in _KINDS:
        settings["entity_metadata"] = None
    return settings


def list_interested(call: Call) -> list[Json]:
    """List those who want to come, by id."""
    guild, event = _seen(call)
    return [
        _interested(call, guild, event, user_id)
        for user_id in page(call, guild.interested[event["id"]], 100, 100)
    ]


def _interested(call: Call, guild: Guild, event: Json, user_id: str) -> Json:
    answer: Json = {
        "guild_scheduled_event_id": event["id"],
        "user_id": user_id,
        "user": call.world.users[user_id],
        "response": 1,
    }
    if call.flag("with_member") and user_id in guild.members:
        answer["member"] = guild.members[user_id]
    return answer


def count_interested(call: Call) -> Json:
    """Tell how many want to come."""
    guild, event = _seen(call)
    wanted = len(guild.interested[event["id"]])
    return {"guild_scheduled_event_count": wanted, "guild_scheduled_event_exception_counts": {}}


_EVENTS = "/guilds/{guild}/scheduled-events"

ROUTES = [
    Route("GET", _EVENTS, list_events),
    Route("POST", _EVENTS, create_event),
    Route("GET", _EVENTS + "/{event}", get_event),
    Route("PATCH", _EVENTS + "/{event}", edit_event),
    Route("DELETE", _EVENTS + "/{event}", delete_event),
    Route("GET", _EVENTS + "/{event}/users", list_interested),
    Route("GET", _EVENTS + "/{event}/users/counts", count_interested),
]
