"""The ways to validate: each finds the session, and gives it to the same function."""

from __future__ import annotations

from typing import Final

import arc
import hikari

from nrg_validation.commands.announced import on_reaction, validate_message
from nrg_validation.commands.peer import validate, validate_member

__all__ = ["commands"]

commands: Final = arc.GatewayPlugin("validation")
commands.include(validate)
commands.include(validate_member)
commands.include(validate_message)
commands.listen(hikari.GuildReactionAddEvent)(commands.inject_dependencies(on_reaction))
