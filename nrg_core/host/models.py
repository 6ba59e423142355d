"""Which plugins are enabled: kept in the database, so that every process and the command line agree."""

from datetime import datetime

from sqlmodel import Field

from nrg_core.storage.types import TableModel, created_at, default

__all__ = ["GuildPlugin", "PluginState", "Revision"]


class PluginState(TableModel, table=True):
    """Whether a plugin is enabled everywhere; without a row it is."""

    __tablename__ = "plugin_states"

    plugin: str = Field(primary_key=True, max_length=32)
    enabled: bool = default(True, "true")
    changed_at: datetime = created_at()


class GuildPlugin(TableModel, table=True):
    """One server's word on a plugin, against what holds everywhere."""

    __tablename__ = "guild_plugins"

    guild_id: str = Field(primary_key=True, max_length=20)
    plugin: str = Field(primary_key=True, max_length=32)
    enabled: bool
    changed_at: datetime = created_at()


class Revision(TableModel, table=True):
    """How often something rarely written was written: every process compares, and reads it anew."""

    __tablename__ = "revisions"

    topic: str = Field(primary_key=True, max_length=32)
    number: int = default(0, "0")
