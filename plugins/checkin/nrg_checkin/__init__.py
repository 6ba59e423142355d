"""Check-ins, streaks, profiles, techniques and the leaderboard."""

from __future__ import annotations

from nrg_checkin.commands import commands
from nrg_checkin.commands.checkin import on_feedback, on_form
from nrg_checkin.commands.leaderboard import on_join, on_leave
from nrg_checkin.models import LeaderboardMember
from nrg_core.host.plugin import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="checkin",
    summary="Check-ins, streaks, profiles, techniques and the leaderboard",
    commands=commands,
    models=(LeaderboardMember,),
    components={"feedback": on_feedback, "board-join": on_join, "board-leave": on_leave},
    forms={"form": on_form},
)
