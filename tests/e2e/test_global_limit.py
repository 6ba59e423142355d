"""A global rate limit on a route that the bot never called before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nrg_core.app import App
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member


async def test_a_global_limit_is_waited_out(app: App, discord: Sandbox, ana: Member) -> None:
    """hikari by itself repeats the call without a pause: hundreds of times here."""
    discord.fail("POST", "/channels/.*/messages$", status=429, retry_after=0.5, everywhere=True, times=2)
    begun = time.monotonic()
    await ana.slash("checkin", hack="energy-ball")
    await discord.wait_for(lambda: "ana earned" in str(discord.messages("practice")))
    tries = [call.status for call in discord.requests if call.path.endswith("/messages")]
    assert tries == [429, 429, 200]
    assert time.monotonic() - begun >= 1.0


async def test_a_limit_of_one_route_is_waited_out(app: App, discord: Sandbox, ana: Member) -> None:
    discord.fail("POST", "/channels/.*/messages$", status=429, retry_after=0.5, times=1)
    begun = time.monotonic()
    await ana.slash("checkin", hack="energy-ball")
    await discord.wait_for(lambda: "ana earned" in str(discord.messages("practice")))
    tries = [call.status for call in discord.requests if call.path.endswith("/messages")]
    assert tries == [429, 200]
    assert time.monotonic() - begun >= 0.5
