"""What the bot lacks, told at the moment it matters: what plugins declare against what its roles allow."""

from __future__ import annotations

from typing import Final

import hikari
import structlog

from nrg_core.host.needs import permission_names

__all__ = ["Permissions"]

_log = structlog.get_logger("nrg.gateway")

_EVERYTHING: Final = hikari.Permissions.all_permissions()

MISSING_ACCESS: Final = 50001
MISSING_PERMISSIONS: Final = 50013


class Permissions:
    """Knows what each plugin needs, and finds out what of it the bot lacks.

    Discord is asked only after it has refused something, so nothing has to be kept up to date.
    """

    def __init__(self, rest: hikari.api.RESTClient) -> None:
        self._rest = rest
        self._needed: dict[str, hikari.Permissions] = {}

    def declare(self, plugin: str, needed: hikari.Permissions) -> None:
        """Note what a plugin says it needs."""
        self._needed[plugin] = needed

    async def explain(
        self,
        error: BaseException | None,
        plugin: str | None,
        guild_id: int | None,
        here: hikari.Permissions = _EVERYTHING,
    ) -> str | None:
        """Return in plain words which permission an error is about, or nothing if it is about none.

        Parameters
        ----------
        plugin
            Who ran into it.
        here
            What the bot may do in the channel in question, where that is known.
        """
        if not isinstance(error, hikari.ForbiddenError) or error.code not in (
            MISSING_ACCESS,
            MISSING_PERMISSIONS,
        ):
            return None
        lacked = await self._lacked(plugin, guild_id, here) if guild_id is not None else None
        _log.warning(
            "the bot lacks permissions",
            plugin=plugin,
            guild_id=guild_id,
            lacked=permission_names(lacked) if lacked else "not known",
            reason=error.message,
        )
        return _told(lacked) if lacked else _UNKNOWN

    async def _lacked(
        self, plugin: str | None, guild_id: int, here: hikari.Permissions
    ) -> hikari.Permissions:
        needed = self._needed.get(plugin or "", hikari.Permissions.NONE)
        try:
            lacked = needed & ~await held(self._rest, guild_id)
        except hikari.HikariError:
            lacked = hikari.Permissions.NONE  # such as on a server that it was just removed from
        # What its roles allow, a channel may still forbid.
        return lacked or needed & ~here


async def held(rest: hikari.api.RESTClient, guild_id: int) -> hikari.Permissions:
    """Return what the bot's roles allow it on a server."""
    me = await rest.fetch_my_user()
    member = await rest.fetch_member(guild_id, me.id)
    roles = {role.id: role for role in await rest.fetch_roles(guild_id)}
    allowed = hikari.Permissions.NONE
    for role_id in {hikari.Snowflake(guild_id), *member.role_ids}:
        allowed |= roles[role_id].permissions
    administrator = allowed & hikari.Permissions.ADMINISTRATOR
    return _EVERYTHING if administrator else allowed


_UNKNOWN: Final = (
    "Discord does not let me do that here. Someone who manages this server can look at what my role and "
    "this channel allow me."
)


def _told(lacked: hikari.Permissions) -> str:
    names = permission_names(lacked)
    deeds = _and([name.lower() for name in names])
    return (
        f"I may not {deeds} here. Someone who manages this server can grant "
        f"{_and([f'“{name}”' for name in names])} to my role."
    )


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
