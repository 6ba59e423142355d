"""The ``nrg`` command: run a community's bot, its plugins and its database.

One module for each group of commands. They import nothing heavy until a command runs, so that help is
there at once.
"""

from __future__ import annotations

__all__: list[str] = []
