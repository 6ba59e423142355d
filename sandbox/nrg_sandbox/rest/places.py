"""What handlers of channels share: instants in a query, writing and moderating, refusals."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.rest.call import Call
    from nrg_sandbox.world.channel import Channel

__all__ = [
    "moment",
    "on_system_message",
    "require_moderator",
    "sending",
    "wrong_kind",
]


def sending(channel: Channel) -> Permission:
    """Return the permission to write in a channel."""
    return Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES


def require_moderator(call: Call, channel: Channel) -> None:
    """Check that the bot may act on what others wrote.

    Raises
    ------
    ApiError
        50003 in direct messages, 50013 without MANAGE_MESSAGES.
    """
    if not channel.in_guild:
        raise ApiError.of(50003)
    call.require(channel, Permission.MANAGE_MESSAGES)


def moment(call: Call, name: str) -> datetime | None:
    """Return an instant from the query.

    Raises
    ------
    ApiError
        50035, when it is none, or has no time zone.
    """
    if (raw := call.query.get(name)) is None:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        instant = datetime.fromisoformat(raw.replace(" ", "+"))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        problems = Problems()
        problems.add((name,), "DATE_TIME_TYPE_PARSE", f"Could not parse {raw}. Should be ISO8601.")
        problems.raise_any()
    return instant


def wrong_kind() -> ApiError:
    """Return the refusal of what cannot be done in a channel of its kind."""
    return ApiError.of(50024)


def on_system_message() -> ApiError:
    """Return the refusal of what cannot be done with a message that Discord itself wrote."""
    return ApiError.of(50021)
