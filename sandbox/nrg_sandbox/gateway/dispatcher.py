"""Passes the world's events on to the sessions that may hear of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from nrg_sandbox.gateway.announcements import guild_create
from nrg_sandbox.gateway.content import without_content
from nrg_sandbox.world.events import Intent
from nrg_sandbox.world.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Hashable

    from nrg_sandbox.gateway.hub import Hub
    from nrg_sandbox.gateway.sessions import Session
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.events import Event
    from nrg_sandbox.world.guild import Guild

__all__ = ["Dispatcher"]

# Events that a bot hears of only with a permission, in their channel if they have one.
_NEEDED = {
    "INVITE_CREATE": Permission.MANAGE_CHANNELS,
    "INVITE_DELETE": Permission.MANAGE_CHANNELS,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": Permission.VIEW_AUDIT_LOG,
    "AUTO_MODERATION_RULE_CREATE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_RULE_UPDATE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_RULE_DELETE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_ACTION_EXECUTION": Permission.MANAGE_GUILD,
}
# These name a channel, and yet are heard of by bots that do not see it.
_ANYWHERE = ("INTERACTION_CREATE", "VOICE_STATE_UPDATE")


class Dispatcher:
    """Listens to the world for the sessions of a hub.

    Who may hear is worked out once for an event, and a body is made once for all who are told the same.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        hub.world.bus.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        if event.intent is None or not self._reaches_bot(event):
            return
        bodies: dict[Hashable, bytes] = {}
        for session in self._hub.sessions.values():
            if (event.intent == 0 or session.intents & event.intent) and self._hub.covers(
                session, event.guild_id
            ):
                variant = _variant(event, session)
                if variant not in bodies:
                    bodies[variant] = self._body(event, session)
                session.push(event.name, bodies[variant])

    def _reaches_bot(self, event: Event) -> bool:
        world = self._hub.world
        if event.guild_id is None:
            return event.channel is None or self._allowed(event.channel, Permission.VIEW_CHANNEL)
        if event.name == "GUILD_DELETE":
            return True
        guild = world.guilds.get(event.guild_id)
        if guild is None or world.bot["id"] not in guild.members or guild.id in self._hub.unavailable:
            return False
        needed = _NEEDED.get(event.name)
        channel = event.channel or self._channel(event)
        if channel is not None:
            return self._allowed(channel, needed or Permission.VIEW_CHANNEL)
        return needed is None or bool(guild.permissions(world.bot["id"]) & needed)

    def _allowed(self, channel: Channel, permission: Permission) -> bool:
        world = self._hub.world
        return bool(world.permissions(world.bot["id"], channel) & permission)

    def _channel(self, event: Event) -> Channel | None:
        """Return the channel that an event's data names; of a thread that is gone, the one it was in."""
        if event.name in _ANYWHERE:
            return None
        keys = ("id", "parent_id") if event.name.startswith("THREAD_") else ("channel_id",)
        channels = self._hub.world.channels
        named = (channels.get(str(event.data.get(key))) for key in keys)
        return next((channel for channel in named if channel is not None), None)

    def _body(self, event: Event, session: Session) -> bytes:
        if event.name == "GUILD_CREATE":
            return guild_create(self._hub, self._guild(event), session.view)
        if _veiled(event, session):
            return orjson.dumps(without_content(event.data, self._hub.world.bot["id"]))
        return event.body()

    def _guild(self, event: Event) -> Guild:
        return self._hub.world.guilds[event.data["id"]]


def _variant(event: Event, session: Session) -> Hashable:
    """Return what sets one session's body of an event apart from another's."""
    return session.view if event.name == "GUILD_CREATE" else _veiled(event, session)


def _veiled(event: Event, session: Session) -> bool:
    return (
        event.name in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
        and event.guild_id is not None
        and not session.intents & Intent.MESSAGE_CONTENT
    )
