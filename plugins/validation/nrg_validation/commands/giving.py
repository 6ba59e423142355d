"""Giving a validation, whichever way it came; and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import hikari
from sqlalchemy import Connection

from nrg_core.domain.notices import Notice
from nrg_core.domain.standing import Identity
from nrg_core.gateway.services import Services
from nrg_core.outbox.messages import Envelope, enqueue
from nrg_core.text import escape_markdown, quoted
from nrg_validation.service import GIVEN, RECEIVED, PeerSession, Validated, validate

__all__ = ["ON_SERVERS", "VALIDATED", "answer", "give"]

COLOUR: Final = 0xF4A56B

ON_SERVERS: Final = [hikari.ApplicationContextType.GUILD]
"""Where the commands are offered: peers meet on a server."""

VALIDATED: Final = Notice("validated", "Someone validates one of my sessions")


async def give(
    services: Services,
    validator: Identity,
    find: Callable[[Connection], PeerSession],
    *,
    message: str | None = None,
    guild_id: int | None,
    channel_id: int | None,
    sign: Envelope | None = None,
) -> Validated:
    """Validate a session; what follows from it is written in the same unit of work.

    Parameters
    ----------
    find
        Finds the session, or refuses.
    channel_id
        Where what it earns may be announced.
    sign
        What is to be sent with it.

    Raises
    ------
    Refusal
        See ``validate``.
    """
    now = services.clock.now()

    def write(connection: Connection) -> Validated:
        given = validate(connection, find(connection), validator, message, now)
        enqueue(connection, [sign] if sign else [], now)
        return given

    async with services.database.unit_of_work() as uow:
        given = await uow.run(write)
        owner_id = given.session.owner_id
        where = {"guild_id": guild_id, "channel_id": channel_id}
        await services.metrics_changed(uow, given.validator_id, GIVEN, **where)
        await services.metrics_changed(uow, owner_id, RECEIVED, **where)
        await services.notify(
            uow,
            "validation",
            owner_id,
            VALIDATED,
            f"validated:{given.id}",
            embeds=[_letter(given, validator)],
            guild_id=guild_id,
        )
    return given


def answer(given: Validated, validator: Identity) -> hikari.Embed:
    """Return what everybody reads: mentions in an embed ping nobody."""
    said = f"🤝 <@{validator.discord_id}> validated <@{given.session.owner.discord_id}>’s practice."
    return hikari.Embed(description=_with_message(said, given.message), color=COLOUR)


def _letter(given: Validated, validator: Identity) -> dict[str, object]:
    said = f"🤝 <@{validator.discord_id}> validated your {escape_markdown(given.session.hack_name)}."
    return {
        "description": _with_message(said, given.message),
        "color": COLOUR,
        "footer": {"text": "You asked to be told; /notices changes that."},
    }


def _with_message(said: str, message: str | None) -> str:
    return f"{said}\n{quoted(message)}" if message else said
