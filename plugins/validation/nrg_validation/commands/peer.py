"""/validate, and the same on a member's menu: a peer's latest session."""

from __future__ import annotations

import arc
import hikari
from sqlalchemy import Connection

from nrg_core.domain.standing import Identity
from nrg_core.errors import Refusal
from nrg_core.gateway.services import Services
from nrg_core.text import MAX_NOTE, escape_markdown
from nrg_validation.commands.giving import ON_SERVERS, answer, give
from nrg_validation.service import OWN, PeerSession, latest_session

__all__ = ["validate", "validate_member"]


@arc.slash_command("validate", "Say that you saw a peer's latest practice", invocation_contexts=ON_SERVERS)
async def validate(
    ctx: arc.GatewayContext,
    user: arc.Option[hikari.User, arc.UserParams("Whose latest practice")],
    message: arc.Option[str | None, arc.StrParams("A few words to go with it", max_length=MAX_NOTE)] = None,
    services: Services = arc.inject(),
) -> None:
    """Validate a peer's latest session."""
    await _validate(ctx, services, user, message)


@arc.user_command("Validate latest practice", invocation_contexts=ON_SERVERS)
async def validate_member(
    ctx: arc.GatewayContext, user: hikari.User, services: Services = arc.inject()
) -> None:
    """Validate the latest session of the member whose menu it is."""
    await _validate(ctx, services, user, None)


async def _validate(
    ctx: arc.GatewayContext, services: Services, user: hikari.User, message: str | None
) -> None:
    name = escape_markdown(user.username)
    if user.is_bot:
        raise Refusal(f"{name} is a bot and does not practise. Pick a member.")
    if not isinstance(user, hikari.Member):
        raise Refusal(f"{name} is not on this server any more. Pick somebody who is.")

    if user.id == ctx.user.id:
        raise Refusal(OWN)

    def find(connection: Connection) -> PeerSession:
        session = latest_session(connection, user.id)
        if session is None:
            raise Refusal(f"{name} has not practised here yet. Once they have, you can validate it.")
        return session

    validator = Identity(ctx.user.id, ctx.user.username)
    given = await give(
        services, validator, find, message=message, guild_id=ctx.guild_id, channel_id=ctx.channel_id
    )
    await ctx.respond(embed=answer(given, validator))
