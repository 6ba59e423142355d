"""Bans, one by one and many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.members import BAN, BULK_BAN
from nrg_sandbox.rest.audit_log import record
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.rest.members import check_outranked
from nrg_sandbox.rest.paging import page
from nrg_sandbox.snowflakes import created_at
from nrg_sandbox.world.audit_log import Action
from nrg_sandbox.world.messages import delete_messages
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES"]

Json = dict[str, Any]

_DAY = 86_400


def list_bans(call: Call) -> list[Json]:
    """List bans by the users' ids."""
    guild = call.guild(Permission.BAN_MEMBERS)
    return [guild.bans[user_id] for user_id in page(call, guild.bans, 1000, 1000)]


def get_ban(call: Call) -> Json:
    """Return one ban."""
    return call.guild(Permission.BAN_MEMBERS).banned(call.ids["user"])


def add_ban(call: Call) -> None:
    """Ban a user, who need not be a member, and delete what they wrote of late."""
    guild, user_id = call.guild(Permission.BAN_MEMBERS), call.ids["user"]
    # Some libraries send the fields in the query and no body at all; Discord takes that, too.
    form = BAN.read(dict(call.query) if call.body is None else call.body)
    call.world.user(user_id)
    check_outranked(guild, call.bot_id, user_id)
    seconds = form.get("delete_message_seconds")
    if seconds is None:
        seconds = (form.get("delete_message_days") or 0) * _DAY
    _ban(call, guild, user_id, seconds)


def bulk_ban(call: Call) -> Json:
    """Ban many users; those whom the bot cannot ban are told as failed."""
    guild = call.guild(Permission.BAN_MEMBERS | Permission.MANAGE_GUILD)
    form = BULK_BAN.read(call.body)
    users: list[str] = form["user_ids"]
    banned = [user_id for user_id in users if _bannable(call, guild, user_id)]
    if not banned:
        raise ApiError.of(500000)
    for user_id in banned:
        _ban(call, guild, user_id, form.get("delete_message_seconds") or 0)
    return {"banned_users": banned, "failed_users": [user for user in users if user not in banned]}


def _bannable(call: Call, guild: Guild, user_id: str) -> bool:
    known = user_id in call.world.users and user_id not in guild.bans
    return known and guild.rank(call.bot_id) > guild.rank(user_id)


def _ban(call: Call, guild: Guild, user_id: str, seconds: int) -> None:
    if user_id in guild.bans:
        return
    guild.ban(user_id, call.reason)
    record(call, guild, Action.MEMBER_BAN_ADD, user_id)
    if seconds:
        _erase(call, guild, user_id, seconds)


def _erase(call: Call, guild: Guild, user_id: str, seconds: int) -> None:
    """Delete what a user wrote in the last virtual seconds."""
    since = call.world.clock.now() - timedelta(seconds=seconds)
    for channel in (*guild.channels.values(), *guild.threads.values()):
        found = [
            message
            for message in channel.messages.values()
            if message.payload["author"]["id"] == user_id and created_at(message.id) > since
        ]
        delete_messages(call.world, channel, found)


def remove_ban(call: Call) -> None:
    """Lift a ban."""
    guild = call.guild(Permission.BAN_MEMBERS)
    guild.unban(call.ids["user"])
    record(call, guild, Action.MEMBER_BAN_REMOVE, call.ids["user"])


_BANS = "/guilds/{guild}/bans"

ROUTES = [
    Route("GET", _BANS, list_bans),
    Route("GET", _BANS + "/{user}", get_ban),
    Route("PUT", _BANS + "/{user}", add_ban),
    Route("DELETE", _BANS + "/{user}", remove_ban),
    Route("POST", "/guilds/{guild}/bulk-ban", bulk_ban),
]
