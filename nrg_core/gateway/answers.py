"""How refusals and faults are told: privately, in plain words, with a reference where it is our fault."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any, Final

import arc
import hikari
import structlog

from nrg_core.errors import Refusal
from nrg_core.storage.database import is_unavailable

__all__ = ["NO_MENTIONS", "Answerable", "explain", "tell_privately"]

_log = structlog.get_logger("nrg.gateway")

Answerable = hikari.CommandInteraction | hikari.ComponentInteraction | hikari.ModalInteraction

NO_MENTIONS: Final[dict[str, Any]] = {
    "user_mentions": False,
    "role_mentions": False,
    "mentions_everyone": False,
}
"""What is quoted from a member pings nobody."""

DATABASE_AWAY = (
    "I can't reach my notes right now, so this was probably not saved. Please try again in a minute; "
    "nothing you saved before is lost."
)


def explain(error: Exception, **about: object) -> str:
    """Return what a member is told about an error, and log what is not the member's doing.

    A fault of ours becomes a short reference, which the log bears too, beside the traceback.
    """
    if isinstance(error, Refusal):
        return str(error)
    if is_unavailable(error):
        _log.error("the database is away", reason=str(error), **about)
        return DATABASE_AWAY
    if isinstance(error, arc.InvokerMissingPermissionsError):
        return "You need more permissions on this server for that."
    if isinstance(error, arc.GuildOnlyError):
        return "That works on a server only, not in direct messages."
    reference = secrets.token_hex(3)
    _log.error("a fault while answering", reference=reference, exc_info=error, **about)
    return (
        f"Something went wrong on my side, and I am sorry. If it happens again, tell a moderator this "
        f"reference: `{reference}`."
    )


async def tell_privately(interaction: Answerable, text: str, *, answered: bool = False) -> None:
    """Show a text to the one who acted, and to nobody else.

    Parameters
    ----------
    answered
        Whether Discord has had a first answer, such as "thinking…", already.
    """
    with suppress(hikari.NotFoundError, hikari.BadRequestError):
        # The interaction ran out, or was answered by a twin of ours: nobody is left to tell.
        if answered:
            await interaction.execute(text, flags=hikari.MessageFlag.EPHEMERAL, **NO_MENTIONS)
        else:
            await interaction.create_initial_response(
                hikari.ResponseType.MESSAGE_CREATE, text, flags=hikari.MessageFlag.EPHEMERAL, **NO_MENTIONS
            )
