"""A local Discord: REST, gateway and a web page, for any bot library.

Examples
--------
```python
async with Sandbox() as discord:
    bot = hikari.GatewayBot(discord.token, rest_url=discord.api_url)
    ...
    ana = await discord.member("ana")
    answer = await ana.slash("checkin", hack="energy-ball")
```
"""

from __future__ import annotations

from nrg_sandbox.clock import SandboxClock
from nrg_sandbox.errors import InvalidOption, NoAnswer
from nrg_sandbox.program import Answer, Choice, Member
from nrg_sandbox.sandbox import Sandbox

__all__ = ["Answer", "Choice", "InvalidOption", "Member", "NoAnswer", "Sandbox", "SandboxClock"]
