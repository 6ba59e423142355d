"""Timed sessions with pauses and goals, and a private journal."""

from __future__ import annotations

import hikari

from nrg_core.host.plugin import Plugin
from nrg_practice.commands import commands
from nrg_practice.commands.buttons import on_correct, on_corrected, on_end, on_here, on_pause, on_resume
from nrg_practice.commands.journal import on_page
from nrg_practice.errands import remind, show
from nrg_practice.hooks import Hooks
from nrg_practice.models import JournalEntry, TimedPractice

__all__ = ["plugin"]

plugin = Plugin(
    name="practice",
    summary="Timed sessions with pauses and goals, and a private journal",
    commands=commands,
    hooks=Hooks,
    models=(TimedPractice, JournalEntry),
    components={
        "pause": on_pause,
        "resume": on_resume,
        "end": on_end,
        "here": on_here,
        "correct": on_correct,
        "journal": on_page,
    },
    forms={"correct": on_corrected},
    errands={"remind": remind, "show": show},
    # A reply that mentions the bot shows its words without the privileged intent for content.
    intents=hikari.Intents.GUILD_MESSAGES | hikari.Intents.DM_MESSAGES,
    permissions=hikari.Permissions.VIEW_CHANNEL
    | hikari.Permissions.SEND_MESSAGES
    | hikari.Permissions.EMBED_LINKS
    | hikari.Permissions.ADD_REACTIONS
    | hikari.Permissions.READ_MESSAGE_HISTORY,
)
