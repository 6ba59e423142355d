"""A message that announces a session: the entry in its menu, and a ✅ on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import arc
import hikari
from sqlalchemy import Connection

from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.services import Services
from nrg_core.outbox.messages import Envelope, Errand
from nrg_validation.commands.giving import ON_SERVERS, answer, give
from nrg_validation.service import PeerSession, announced_session, may_announce

__all__ = ["add_sign", "on_reaction", "validate_message"]

YES: Final = "✅"

SIGN: Final = "🤝"
"""What the bot adds to a session that was validated by a reaction; nothing is posted."""


@arc.message_command("Validate this practice", invocation_contexts=ON_SERVERS)
async def validate_message(
    ctx: arc.GatewayContext, message: hikari.Message, services: Services = arc.inject()
) -> None:
    """Validate the session that the message announces."""
    validator = Identity(ctx.user.id, ctx.user.username)
    given = await give(
        services, validator, _announced_by(message), guild_id=ctx.guild_id, channel_id=ctx.channel_id
    )
    await ctx.respond(embed=answer(given, validator))


async def on_reaction(event: hikari.GuildReactionAddEvent, services: Services = arc.inject()) -> None:
    """Validate the session that the message announces, if it does. Taken back, the validation stays."""
    if event.emoji_name != YES or event.member.is_bot:
        return
    channel_id, message_id = int(event.channel_id), int(event.message_id)
    if not await services.database.read(may_announce, channel_id, message_id):
        return
    sign = Errand(
        "validation", "sign", {"channel_id": channel_id, "message_id": message_id}, int(event.guild_id)
    )
    with suppress(Refusal, hikari.NotFoundError):
        message = await event.app.rest.fetch_message(channel_id, message_id)
        await give(
            services,
            Identity(event.user_id, event.member.username),
            _announced_by(message),
            guild_id=event.guild_id,
            channel_id=None,  # a reaction posts nothing, not even news of what it earned
            sign=Envelope(f"validation-sign:{message_id}", sign),
        )


async def add_sign(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Show that a reaction was taken for a validation; adding the sign twice is adding it once."""
    with suppress(hikari.NotFoundError):  # the message is gone, and with it the need
        await rest.add_reaction(payload["channel_id"], payload["message_id"], SIGN)


def _announced_by(message: hikari.Message) -> Callable[[Connection], PeerSession]:
    """Return what finds the session: the message was recorded with it, or answers what recorded it."""
    answered = message.interaction_metadata
    message_id, interaction_id = int(message.id), int(answered.interaction_id) if answered else None

    def find(connection: Connection) -> PeerSession:
        session = announced_session(connection, message_id, interaction_id)
        if session is None:
            raise Refusal(
                "That message announces no practice. Use this on the answer to a check-in, "
                "or say whose practice you mean with /validate."
            )
        return session

    return find
