"""Handing parcels of the outbox to Discord."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import hikari

from nrg_core.delivery.sender import Parcel, PermanentFailure

__all__ = ["Post"]

REFUSED = (hikari.NotFoundError, hikari.ForbiddenError, hikari.BadRequestError)
"""Answers that another try would only get again."""


class Post:
    """Sends parcels by Discord's REST."""

    def __init__(self, rest: hikari.api.RESTClient) -> None:
        self._rest = rest

    async def send(self, parcel: Parcel) -> None:
        """Send one parcel.

        Raises
        ------
        PermanentFailure
            Discord refuses it for good.
        """
        deliver = {
            "message": self._message,
            "direct": self._direct,
            "add_role": self._add_role,
            "remove_role": self._remove_role,
        }.get(parcel.kind)
        if deliver is None:
            raise PermanentFailure(f"nobody knows how to send a “{parcel.kind}”")
        try:
            await deliver(parcel, parcel.payload)
        except REFUSED as error:
            raise PermanentFailure(f"{error.status.value}: {error.message}") from error

    async def _message(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        await self._create(payload["channel_id"], parcel, payload)

    async def _direct(self, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        channel = await self._rest.create_dm_channel(payload["discord_id"])
        await self._create(channel.id, parcel, payload)

    async def _create(self, channel_id: int, parcel: Parcel, payload: Mapping[str, Any]) -> None:
        embeds = [self._embed(raw) for raw in payload["embeds"]]
        await self._rest.create_message(
            channel_id,
            payload["content"] or hikari.UNDEFINED,
            embeds=embeds or hikari.UNDEFINED,
            nonce=parcel.nonce,
            user_mentions=list(payload.get("mentions", ())),
            role_mentions=False,
            mentions_everyone=False,
        )

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
