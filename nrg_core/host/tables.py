"""What belongs to the core: no plugin may claim it. Importing this makes every core table known."""

from __future__ import annotations

from typing import Final

from nrg_core.domain import models as domain
from nrg_core.host import models as host
from nrg_core.outbox import models as outbox
from nrg_core.storage.sql import table_of
from nrg_core.storage.types import TableModel

__all__ = ["CORE", "CORE_COMMANDS", "CORE_TABLES"]

CORE: Final = "core"
"""The name of the core where plugins have theirs."""

CORE_COMMANDS: Final = frozenset({"help", "notices", "timezone"})
"""The commands that are there without any plugin."""

CORE_TABLES: Final = frozenset(
    table_of(model).name
    for module in (domain, host, outbox)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, TableModel) and model is not TableModel
)
"""The tables of the core."""
