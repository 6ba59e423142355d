"""Requests for members: whom they mean, and the chunks in which those are sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nrg_sandbox.world.events import Intent

if TYPE_CHECKING:
    from nrg_sandbox.gateway.forms import RequestGuildMembers
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json

__all__ = ["member_chunks"]

_CHUNK = 1000
_MOST = 100
_NONCE_BYTES = 32


def member_chunks(
    guild: Guild, asked: RequestGuildMembers, intents: int, presences: dict[str, Json]
) -> Iterator[Json]:
    """Yield what a request for members is answered with; nothing, as from Discord, when it may not be made.

    Parameters
    ----------
    intents
        Those of the session: all members are listed only with GUILD_MEMBERS, presences only with
        GUILD_PRESENCES.
    presences
        The presences of members, by user id.
    """
    wanted = _ids(asked)
    found = _named(guild, asked, intents) if wanted is None else _of_ids(guild, wanted)
    if found is None:
        return
    missing = [user_id for user_id in wanted or () if user_id not in guild.members]
    chunks = [found[at : at + _CHUNK] for at in range(0, len(found), _CHUNK)] or [[]]
    for index, members in enumerate(chunks):
        chunk: Json = {
            "guild_id": guild.id,
            "members": members,
            "chunk_index": index,
            "chunk_count": len(chunks),
            "not_found": missing,
        }
        if asked.get("presences") and intents & Intent.GUILD_PRESENCES:
            ids = [member["user"]["id"] for member in members]
            chunk["presences"] = [presences[user_id] for user_id in ids if user_id in presences]
        nonce = asked.get("nonce")
        if nonce is not None and len(nonce.encode()) <= _NONCE_BYTES:
            chunk["nonce"] = nonce
        yield chunk


def _ids(asked: RequestGuildMembers) -> list[str] | None:
    ids = asked.get("user_ids")
    return ([ids] if isinstance(ids, str) else ids)[:_MOST] if ids is not None else None


def _of_ids(guild: Guild, wanted: list[str]) -> list[Json]:
    return [guild.members[user_id] for user_id in dict.fromkeys(wanted) if user_id in guild.members]


def _named(guild: Guild, asked: RequestGuildMembers, intents: int) -> list[Json] | None:
    query, limit = asked.get("query"), asked.get("limit")
    if query is None or limit is None:
        return None
    members = list(guild.members.values())
    if query:
        found = [member for member in members if _begins(member, query.lower())]
        return found[: min(limit, _MOST)] if limit else None
    if not intents & Intent.GUILD_MEMBERS:
        return None
    return members[:limit] if limit else members


def _begins(member: Json, query: str) -> bool:
    user = member["user"]
    names: list[str | None] = [user["username"], user["global_name"], member["nick"]]
    return any(name is not None and name.lower().startswith(query) for name in names)
