"""A technique whose name holds what Discord would style: everywhere it is shown letter by letter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nrg_sandbox import Sandbox
from nrg_sandbox.program import Member
from tests.support.world import World

if TYPE_CHECKING:
    from conftest import StartBot

CATALOGUE = """
[community]
name = "Test"

[[hacks]]
slug = "ball"
name = "*Warm* ball"
description = "Warm."
duration_minutes = 5

[[hacks]]
slug = "star"
name = "__Star__"
description = "Bright."
prerequisite = "ball"
"""
BALL, STAR = r"\*Warm\* ball", r"\_\_Star\_\_"


@pytest.fixture
async def world(discord: Sandbox, start_bot: StartBot, tmp_path: Path) -> World:
    catalogue = tmp_path / "community.toml"
    catalogue.write_text(CATALOGUE)
    return World(discord, await start_bot(catalogue=catalogue))


async def test_a_name_is_shown_letter_by_letter(world: World, ana: Member, ben: Member) -> None:
    saved = (await ana.slash("checkin", hack="ball")).embeds[0]
    assert f"**{BALL}**" in saved["description"]
    assert saved["fields"][-1]["value"].endswith(f"{STAR} opens with {BALL} mastered.")
    assert (await ana.slash("checkin", hack="star")).content.startswith(f"{STAR} is not open to you yet.")
    assert f'(did you mean "{BALL}"?)' in (await ana.slash("checkin", hack="*Warm* bell")).content
    shown = (await ana.slash("techniques")).embeds[0]["fields"]
    assert [field["name"] for field in shown] == [f"🌱 {BALL}", f"🔒 {STAR}"]

    begun = await ana.slash("practice start", hack="ball", goal=1)
    assert f"**{BALL}**" in begun.embeds[0]["description"]
    assert f"You are practising {BALL} already" in (await ana.slash("practice start", hack="ball")).content
    await world.pass_time(timedelta(minutes=2))
    await ana.sees(f"1 min of {BALL} are up")
    await ana.press(begun, "End")

    await ana.select(await ana.slash("notices"), "Tell me when …", ["validation.validated"])
    await ben.slash("validate", user=ana)
    await world.settle()
    await ana.receives(f"validated your {BALL}")
