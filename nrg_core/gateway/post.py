"""Handing parcels of the outbox to Discord."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import hikari

from nrg_core.delivery.sender import LEASE, NotYet, Parcel, PermanentFailure
from nrg_core.gateway.lacks import NotAllowed
from nrg_core.gateway.permissions import Permissions
from nrg_core.gateway.services import Services
from nrg_core.host.plugin import ErrandHandler

__all__ = ["Post"]

REFUSED = (hikari.NotFoundError, hikari.ForbiddenError, hikari.BadRequestError)
"""Answers that another try would only get again."""

ERRAND_SECONDS: Final = LEASE.total_seconds() / 2
"""How long an errand may take: begun in the first half of its lease, it ends before anybody else begins."""


LOOKED_THROUGH: Final = 200
"""Messages at the most among which one is looked for that an earlier try may have sent."""

SKEW: Final = timedelta(seconds=10)
"""How far Discord's clock may be behind ours."""


class Post:
    """Sends parcels by Discord's REST, and sends plugins on their errands."""

    def __init__(self, rest: hikari.api.RESTClient, permissions: Permissions) -> None:
        self._rest = rest
        self._permissions = permissions
        self._errands: dict[tuple[str, str], ErrandHandler] = {}
        self.services: Services | None = None
        """What errands are given to work with; none is done without."""

    def add(self, plugin: str, errands: Mapping[str, ErrandHandler]) -> None:
        """Send a plugin's errands to its handlers."""
        self._errands.update({(plugin, name): handler for name, handler in errands.items()})

    def remove(self, plugin: str) -> None:
        """Do a plugin's errands no longer: what is asked for waits until the plugin runs again."""
        for key in [key for key in self._errands if key[0] == plugin]:
            del self._errands[key]

    async def send(self, parcel: Parcel) -> None:
        """Send one parcel.

        Raises
        ------
        PermanentFailure
            Discord refuses it for good.
        NotYet
            It is an errand of a plugin that does not run, or is switched off on that server.
        """
        deliver = {
            "message": self._message,
            "direct": self._direct,
            "add_role": self._add_role,
            "remove_role": self._remove_role,
            "errand": self._errand,
        }.get(parcel.kind)
        if deliver is None:
            raise PermanentFailure(f"nobody knows how to send a “{parcel.kind}”")
        try:
            await deliver(parcel, parcel.payload)
        except REFUSED as error:
            raise await self._failure(parcel, error) from error

    async def _failure(self, parcel: Parcel, error: hikari.ClientHTTPResponseError) -> PermanentFailure:
        """Return what a parcel failed with for good; what the bot lacks, somebody who can mend it is told."""
        plugin, guild_id = parcel.payload.get("plugin"), parcel.payload.get("guild_id")
        lack = await self._permissions.lack(error, plugin, guild_id, _needed(parcel))
        if lack is None:
            return PermanentFailure(f"{int(error.status)}: {error.message}")
        if self.services is None or not self.services.is_told_to_mender(parcel.key):
            # Before it is given up: should the process die in between, it is tried again, and told once.
            await self._permissions.tell_owner(lack)
        return NotAllowed(f"{int(error.status)}: {lack.told(False)}", lack)

    async def _message(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        await self._create(payload["channel_id"], parcel, payload)

    async def _direct(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        # Whoever closed their direct messages has said what they want: there is nothing to keep or to mend.
        with suppress(hikari.ForbiddenError):
            channel = await self._rest.create_dm_channel(payload["discord_id"])
            await self._create(channel.id, parcel, payload)

    async def _create(self, channel_id: int, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        embeds = [self._embed(raw) for raw in payload["embeds"]]
        if parcel.may_have_arrived and await self._is_there(channel_id, parcel, payload["content"], embeds):
            return
        await self._rest.create_message(
            channel_id,
            payload["content"] or hikari.UNDEFINED,
            embeds=embeds or hikari.UNDEFINED,
            nonce=parcel.nonce,
            user_mentions=list(payload.get("mentions", ())),
            role_mentions=False,
            mentions_everyone=False,
        )

    async def _is_there(
        self, channel_id: int, parcel: Parcel, content: str | None, embeds: Sequence[hikari.Embed]
    ) -> bool:
        """Tell whether a message was sent by an earlier try: Discord knows its nonce for minutes only."""
        me = await self._rest.fetch_my_user()
        since, wanted = parcel.asked_at - SKEW, _reads(content, embeds)
        with suppress(hikari.ForbiddenError):  # where it may not read, the nonce has to do
            async for message in self._rest.fetch_messages(channel_id, after=since).limit(LOOKED_THROUGH):
                if message.author.id == me.id and _reads(message.content, message.embeds) == wanted:
                    return True
        return False

    def _embed(self, raw: dict[str, Any]) -> hikari.Embed:
        return self._rest.entity_factory.deserialize_embed(raw)

    async def _add_role(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        await self._rest.add_role_to_member(
            payload["guild_id"], payload["discord_id"], payload["role_id"], reason="Earned an achievement"
        )

    async def _remove_role(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        await self._rest.remove_role_from_member(
            payload["guild_id"], payload["discord_id"], payload["role_id"], reason="No longer applies"
        )

    async def _errand(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        handler = self._errands.get((payload["plugin"], payload["name"]))
        if handler is None or self.services is None:
            raise NotYet
        if not self.services.host.is_enabled(payload["plugin"], payload["guild_id"]):
            raise NotYet
        async with asyncio.timeout(ERRAND_SECONDS):
            await handler(payload["payload"], _without_retries(self._rest), self.services)


def _needed(parcel: Parcel) -> hikari.Permissions | None:
    """Return what it takes to send a parcel; nothing for an errand, which takes what its plugin says."""
    if parcel.kind in ("add_role", "remove_role"):
        return hikari.Permissions.MANAGE_ROLES
    if parcel.kind == "message":
        embeds = hikari.Permissions.EMBED_LINKS if parcel.payload["embeds"] else hikari.Permissions.NONE
        return hikari.Permissions.VIEW_CHANNEL | hikari.Permissions.SEND_MESSAGES | embeds
    return None


def _reads(content: str | None, embeds: Sequence[hikari.Embed]) -> tuple[str, list[tuple[str | None, ...]]]:
    """Return what is to be read in a message, as it comes back from Discord."""
    return (content or "").strip(), [(embed.title, embed.description) for embed in embeds]


def _without_retries(rest: hikari.api.RESTClient) -> hikari.api.RESTClient:
    """Return the same client, but for one habit: repeating a call whose answer was lost.

    Discord may have done what it was asked: the errand, tried again, looks first; the client would not.
    """
    once: Any = copy.copy(rest)
    once._max_retries = 0
    return once
