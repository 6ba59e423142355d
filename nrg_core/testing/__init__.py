"""For tests: a real bot on a real database, talking to a sandbox over real sockets.

Needs the extra ``nrg-core[testing]``, which brings the sandbox.
"""

from __future__ import annotations

from nrg_core.testing.bots import running_bot
from nrg_core.testing.databases import Databases, fresh_database

__all__ = ["Databases", "fresh_database", "running_bot"]
