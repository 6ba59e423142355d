"""A real bot with every plugin on a local Discord, and small helpers to look into its database."""

from __future__ import annotations

import pytest

from nrg_core.app import App
from nrg_sandbox import Sandbox
from nrg_sandbox.program import Answer, Member
from tests.support import world as support

HANDSHAKE = "🤝"


class World(support.World):
    """What these tests do again and again."""

    def __init__(self, discord: Sandbox, app: App) -> None:
        super().__init__(discord, app)
        self._newcomers = 0

    async def validations(self) -> list[tuple[str, str, str | None]]:
        """Return who validated whose practice, and with what words."""
        rows = await self.rows(
            "SELECT validator.discord_username, owner.discord_username, validations.message FROM validations "
            "JOIN users AS validator ON validator.id = validator_user_id "
            "JOIN users AS owner ON owner.id = owner_user_id "
            "ORDER BY validations.created_at, validator.discord_username"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def earned(self, member: Member) -> list[str]:
        """Return what a member has earned."""
        rows = await self.rows(
            "SELECT achievements.slug FROM user_achievements "
            "JOIN users ON users.id = user_id JOIN achievements ON achievements.id = achievement_id "
            "WHERE discord_id = :member ORDER BY slug",
            member=member.id,
        )
        return [row[0] for row in rows]

    async def sent(self) -> None:
        """Wait until everything that was asked for has been sent: a newcomer's news comes after it."""
        self._newcomers += 1
        newcomer = await self.discord.member(f"newcomer{self._newcomers}")
        await newcomer.slash("checkin", hack="energy-ball")
        await newcomer.sees(f"{newcomer.name} earned")

    async def signed(self, answer: Answer) -> None:
        """Wait for the bot's sign that a reaction was taken for a validation."""
        await self.discord.wait_for(lambda: HANDSHAKE in self.reactions(answer))

    def reactions(self, answer: Answer) -> dict[str, int]:
        """Return how many reacted to a message, by emoji."""
        return {each["emoji"]["name"]: each["count"] for each in answer.message.get("reactions", [])}

    async def told(self, member: Member, what: str = "validation.validated") -> None:
        """Let a member ask to be told when their practice is validated."""
        page = await member.slash("notices")
        await member.select(page, "Tell me when …", [what])


@pytest.fixture
def world(discord: Sandbox, app: App) -> World:
    return World(discord, app)
