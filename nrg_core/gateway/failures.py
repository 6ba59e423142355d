"""What connecting to Discord fails with, as whoever runs the bot is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import hikari

from nrg_core.errors import OperatorError
from nrg_core.host.needs import PORTAL_SWITCHES, intent_names

__all__ = ["closed", "unreachable", "wrong_token"]

DISALLOWED_INTENTS: Final = 4014


def wrong_token() -> OperatorError:
    """Discord does not take the token."""
    return OperatorError(
        "Discord does not know DISCORD_TOKEN.",
        resolution="Copy the bot's token from the developer portal into .env.",
    )


def unreachable(error: Exception) -> OperatorError:
    """Nobody answers, or not as Discord would."""
    reason = next(iter(str(error).splitlines()), "") or "it did not answer in time"
    return OperatorError(
        f"Discord cannot be reached: {reason.rstrip('.')}.",
        resolution="Check the network, and DISCORD_API_URL if it is set.",
    )


def closed(
    error: hikari.GatewayServerClosedConnectionError, intents: Mapping[str, hikari.Intents]
) -> OperatorError:
    """Discord closed the connection for good; over an intent, plugins that ask for such are named.

    Parameters
    ----------
    intents
        What each plugin asks for.
    """
    privileged = {name: asked & hikari.Intents.ALL_PRIVILEGED for name, asked in intents.items()}
    asking = [
        f"{name} needs the {' and the '.join(intent_names(asked))}"
        for name, asked in privileged.items()
        if asked
    ]
    if error.code != DISALLOWED_INTENTS or not asking:
        return OperatorError(f"Discord closed the connection: {error.reason} ({error.code}).")
    return OperatorError(
        f"Discord closed the connection, as a privileged intent is not switched on: {'; '.join(asking)}.",
        resolution=f"{PORTAL_SWITCHES} Or uninstall the plugin.",
    )
