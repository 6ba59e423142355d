"""Members validate one another's practice."""

from __future__ import annotations

import hikari

from nrg_core.host.plugin import Plugin
from nrg_validation.commands import commands
from nrg_validation.commands.announced import add_sign
from nrg_validation.commands.giving import VALIDATED
from nrg_validation.hooks import Hooks
from nrg_validation.models import Validation

__all__ = ["plugin"]

plugin = Plugin(
    name="validation",
    summary="Members validate one another's practice: by command, by menu or with a ✅",
    commands=commands,
    hooks=Hooks,
    models=(Validation,),
    notices=(VALIDATED,),
    errands={"sign": add_sign},
    intents=hikari.Intents.GUILD_MESSAGE_REACTIONS,
    permissions=(
        hikari.Permissions.VIEW_CHANNEL
        | hikari.Permissions.READ_MESSAGE_HISTORY
        | hikari.Permissions.ADD_REACTIONS
    ),
)
