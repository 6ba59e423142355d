"""Who gets through: one answer for commands, autocompletion, components, forms and listeners."""

from __future__ import annotations

from typing import Protocol

from cachetools import TTLCache

from nrg_core.errors import Refusal
from nrg_core.gateway.rate_limit import RateLimit

__all__ = ["Enabled", "Gates"]


class Enabled(Protocol):
    """Tells whether a plugin is enabled in a server."""

    def __call__(self, plugin: str, guild_id: int | None) -> bool:
        """Return whether it is."""
        ...


class Gates:
    """Lets through what is enabled, and commands no faster than allowed."""

    def __init__(self, enabled: Enabled, rate_limit: RateLimit) -> None:
        self._enabled = enabled
        self._rate_limit = rate_limit
        self._seen = TTLCache[int, bool, float](10_000, 900.0)

    async def aclose(self) -> None:
        """Let go of every connection."""
        await self._rate_limit.aclose()

    def is_new(self, interaction_id: int) -> bool:
        """Tell whether an interaction comes for the first time: a gateway may deliver one twice.

        The first is being answered; a second answer could only get in its way.
        """
        if interaction_id in self._seen:
            return False
        self._seen[interaction_id] = True
        return True

    def is_open(self, plugin: str | None, guild_id: int | None) -> bool:
        """Tell whether a plugin's doors are open in a server; those of the core (``None``) always are."""
        return plugin is None or self._enabled(plugin, guild_id)

    async def admit_command(self, plugin: str | None, discord_id: int, guild_id: int | None) -> None:
        """Let a command through.

        Raises
        ------
        Refusal
            Its plugin is switched off here, or the member is too fast.
        """
        await self._rate_limit.spend(discord_id)
        if not self.is_open(plugin, guild_id):
            raise Refusal("That is switched off on this server. /help shows what there is.")
