"""The audit log: what the bot's calls write into it, and reading it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from nrg_sandbox.world.audit_log import Action
    from nrg_sandbox.world.guild import Guild

__all__ = ["ROUTES", "record"]

Json = dict[str, Any]

_NOT_TOLD = (
    *("application_commands", "auto_moderation_rules", "guild_scheduled_events", "integrations"),
    *("threads", "webhooks"),
)


def record(
    call: Call,
    guild: Guild,
    action: Action,
    target_id: str | None,
    *,
    changes: Iterable[Json] = (),
    options: Json | None = None,
) -> None:
    """Write down that the bot changed something, with the reason it gave."""
    guild.audit_log.record(
        action, target_id, by=call.bot_id, reason=call.reason, changes=changes, options=options
    )


def read_audit_log(call: Call) -> Json:
    """List the entries that fit, newest first; after an id, oldest first."""
    guild = call.guild(Permission.VIEW_AUDIT_LOG)
    limit = call.number("limit", 50, 100)
    entries = list(islice(_fitting(call, guild), limit))
    named = {user for entry in entries for user in (entry["user_id"], entry["target_id"])}
    answer: Json = {key: [] for key in _NOT_TOLD}
    users = [user for user_id, user in call.world.users.items() if user_id in named]
    return answer | {"audit_log_entries": entries, "users": users}


def _fitting(call: Call, guild: Guild) -> Iterator[Json]:
    before, after = call.snowflake("before"), call.snowflake("after")
    wanted = {key: call.query[key] for key in ("user_id", "target_id", "action_type") if key in call.query}
    entries = guild.audit_log.entries
    for entry in entries if after is not None else reversed(entries):
        number = int(entry["id"])
        inside = (before is None or number < before) and (after is None or number > after)
        if inside and all(str(entry[key]) == value for key, value in wanted.items()):
            yield entry


ROUTES = [Route("GET", "/guilds/{guild}/audit-logs", read_audit_log)]
