"""Practice partners: a queue, pairs, a room for the two, and the days on which both practised."""

from __future__ import annotations

from nrg_buddy.commands import commands
from nrg_buddy.hooks import Hooks
from nrg_buddy.models import BuddyDay, BuddyPartner, BuddyRequest, PracticeBuddy
from nrg_buddy.room import PERMISSIONS, arrange_room
from nrg_core.host.plugin import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="buddy",
    summary="Pairs practice partners and counts the days on which both practised",
    commands=commands,
    hooks=Hooks,
    models=(BuddyRequest, PracticeBuddy, BuddyPartner, BuddyDay),
    errands={"room": arrange_room},
    permissions=PERMISSIONS,
)
