"""A real bot on a local Discord, with members who look for partners."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_core.app import App
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer, Member
from tests.support import world as support


class World(support.World):
    """What tests of pairs do again and again."""

    async def pair(self, one: Member, other: Member, **options: Any) -> Answer:
        """Make two members partners, and return what the second was told."""
        await one.slash("buddy request", **options)
        return await other.slash("buddy request", **options)

    def rooms(self) -> list[dict[str, Any]]:
        """Return the channels of pairs, as Discord's raw objects."""
        channels = (channel.payload for channel in self.discord.world.home.channels.values())
        return [one for one in channels if "nrg-buddy" in (one.get("topic") or "")]

    def may(self, member: Member, channel: dict[str, Any], permission: int) -> bool:
        """Tell whether a member may do something in a channel."""
        place = self.discord.world.channels[channel["id"]]
        return bool(self.discord.world.permissions(member.id, place) & permission)


@pytest.fixture
def world(discord: Sandbox, app: App) -> World:
    return World(discord, app)
