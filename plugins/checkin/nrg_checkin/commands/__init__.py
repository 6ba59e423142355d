"""The commands: each parses, calls the service and renders."""

from __future__ import annotations

from typing import Final

import arc

from nrg_checkin.commands.checkin import checkin
from nrg_checkin.commands.leaderboard import leaderboard
from nrg_checkin.commands.profile import profile
from nrg_checkin.commands.streak import streak
from nrg_checkin.commands.techniques import techniques

__all__ = ["commands"]

commands: Final = arc.GatewayPlugin("checkin")
for command in (checkin, streak, profile, techniques, leaderboard):
    commands.include(command)
