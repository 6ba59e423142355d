"""What the bot lacks, told at the moment it matters, to the person who can mend it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import hikari
import structlog

from nrg_core.gateway.lacks import Lack, Server, may_mend
from nrg_core.gateway.owners import Owners
from nrg_core.gateway.rights import allowed_by, allowed_in, in_threads, rank
from nrg_core.host.needs import permission_names
from nrg_core.host.tables import CORE

__all__ = ["Permissions"]

_log = structlog.get_logger("nrg.gateway")

MANAGE_ROLES: Final = hikari.Permissions.MANAGE_ROLES

MISSING_ACCESS: Final = 50001
MISSING_PERMISSIONS: Final = 50013

_PLACES: Final = re.compile(r"/(guilds|channels|roles)/(\d+)")


class Permissions:
    """Knows what each plugin needs, and finds out what of it the bot lacks.

    Discord is asked only after it has refused something, so nothing has to be kept up to date.
    """

    def __init__(self, bot: hikari.GatewayBotAware, owners: Owners) -> None:
        self._rest = bot.rest
        self._cache = bot.cache
        self._owners = owners
        self._needed: dict[str, hikari.Permissions] = {}

    def declare(self, plugin: str, needed: hikari.Permissions) -> None:
        """Note what a plugin says it needs."""
        self._needed[plugin] = needed

    async def explain(
        self,
        error: BaseException,
        plugin: str | None,
        guild_id: int | None,
        member: hikari.InteractionMember | None = None,
    ) -> str | None:
        """Return in plain words what an error lacked, or nothing if it is about no permission.

        Parameters
        ----------
        plugin
            Who ran into it; nothing for the core.
        member
            The one who waits for an answer, if anybody does. Unless they can mend it, the server's owner is
            told as well.
        """
        mender = may_mend(member)
        lack = Lack(plugin=plugin or CORE)
        try:
            found = await self.lack(error, plugin, guild_id)
            if found is None:
                return None
            lack = found
            if not mender:
                await self.tell_owner(lack)
        except Exception:
            # Discord or the database is away. There is an answer all the same; the next refusal tells more.
            _log.exception("the owner could not be told", plugin=plugin, guild_id=guild_id)
        return lack.told(mender)

    async def tell_owner(self, lack: Lack) -> None:
        """Tell the owner of the server what is missing there; see ``Owners.tell``."""
        await self._owners.tell(lack)

    async def lack(
        self,
        error: BaseException,
        plugin: str | None,
        guild_id: int | None,
        needed: hikari.Permissions | None = None,
    ) -> Lack | None:
        """Find out what an error lacked; nothing if it is about no permission.

        Parameters
        ----------
        guild_id
            The server in question, where that is known.
        needed
            What it takes, where that is known better than from what the plugin declares.

        Raises
        ------
        hikari.HikariError
            Discord does not answer at present.
        """
        if not isinstance(error, hikari.ForbiddenError) or error.code not in (
            MISSING_ACCESS,
            MISSING_PERMISSIONS,
        ):
            return None
        plugin = plugin or CORE
        if needed is None:
            needed = self._needed.get(plugin, hikari.Permissions.NONE)
        try:
            lack = await self._look(error, plugin, guild_id, needed)
        except (hikari.NotFoundError, hikari.ForbiddenError):
            lack = Lack(plugin=plugin)  # such as on a server that it was just removed from
        _log.warning(
            "the bot lacks permissions",
            plugin=plugin,
            guild_id=lack.server.id if lack.server is not None else guild_id,
            lacked=permission_names(lack.permissions) or sorted(lack.missing),
            reason=error.message,
        )
        return lack

    async def _look(
        self, error: hikari.ForbiddenError, plugin: str, guild_id: int | None, needed: hikari.Permissions
    ) -> Lack:
        # The address of what was refused says where that was, and which role it was about.
        places = {kind: int(number) for kind, number in _PLACES.findall(error.url)}
        channel_id, role_id = places.get("channels"), hikari.Snowflake(places.get("roles", 0))
        guild_id = places.get("guilds") or guild_id or await self._server_of(channel_id)
        if guild_id is None:
            return Lack(plugin=plugin)
        guild = await self._rest.fetch_guild(guild_id)
        me = await self._rest.fetch_member(guild, await self._rest.fetch_my_user())
        roles = [guild.roles[each] for each in {guild.id, *me.role_ids}]
        allowed = allowed_by(roles)
        found = Lack(plugin=plugin, server=Server(guild.id, guild.name, guild.owner_id))
        role = guild.roles.get(role_id)
        if role is not None and allowed & MANAGE_ROLES and rank(role) >= max(map(rank, roles)):
            return replace(found, above=(role.id, role.name))
        channel = await self._channel(guild, channel_id) if channel_id is not None else None
        if channel is not None and channel.id != channel_id:
            needed = in_threads(needed)
        if lacked := needed & ~allowed:
            return replace(found, permissions=lacked)
        # What its roles allow, a channel may still forbid.
        if channel is not None and (lacked := needed & ~allowed_in(channel, me, allowed)):
            return replace(found, permissions=lacked, channel_id=channel.id)
        return replace(found, channel_id=channel_id)

    async def _server_of(self, channel_id: int | None) -> int | None:
        if channel_id is None:
            return None
        # A channel that the bot may not see is in the cache alone; a thread is not there.
        known = self._cache.get_guild_channel(channel_id) or await self._rest.fetch_channel(channel_id)
        return known.guild_id if isinstance(known, hikari.GuildChannel) else None

    async def _channel(
        self, guild: hikari.RESTGuild, channel_id: int
    ) -> hikari.PermissibleGuildChannel | None:
        """Return a channel with what it says of permissions; of a thread, the channel that it is in."""
        channels = {
            channel.id: channel
            for channel in await self._rest.fetch_guild_channels(guild)
            if isinstance(channel, hikari.PermissibleGuildChannel)
        }
        if channel_id not in channels:
            thread = await self._rest.fetch_channel(channel_id)
            channel_id = thread.parent_id if isinstance(thread, hikari.GuildThreadChannel) else 0
        return channels.get(hikari.Snowflake(channel_id or 0))
