"""The application that the bot belongs to, as its owner set it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_sandbox.world import payloads
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.payloads import Json

if TYPE_CHECKING:
    from nrg_sandbox.world.world import World

__all__ = ["INTENT_FLAGS", "Application"]

INTENT_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}
"""By privileged intent, the application's flag that says it is granted to one on few servers."""


class Application:
    """The one application.

    Parameters
    ----------
    disallowed_intents
        Privileged intents that it has not been granted.

    Attributes
    ----------
    payload
        Discord's application object; ``flags`` tell which privileged intents are granted.
    emojis
        The application's own emojis by id.
    """

    def __init__(self, world: World, *, disallowed_intents: int = 0) -> None:
        self._world = world
        flags = sum(flag for intent, flag in INTENT_FLAGS.items() if not disallowed_intents & intent)
        self.payload = payloads.application(world.application_id, world.bot, world.owner, flags)
        self.emojis: dict[str, Json] = {}

    def whole(self) -> Json:
        """Return the application object with the number of servers that the bot is on."""
        bot_id, guilds = self._world.bot["id"], self._world.guilds.values()
        return self.payload | {"approximate_guild_count": sum(bot_id in guild.members for guild in guilds)}

    def granted(self, intent: int) -> bool:
        """Return whether a privileged intent is granted."""
        return bool(self.payload["flags"] & INTENT_FLAGS[intent])

    def change(self, changes: Json) -> None:
        """Change the application."""
        self.payload = self.payload | changes
        self.payload["flags_new"] = str(self.payload["flags"])
