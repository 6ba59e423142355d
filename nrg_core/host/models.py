"""What every process and the command line must agree on: which plugins are enabled, what owners were told."""

from datetime import datetime

from sqlmodel import Field

from nrg_core.storage.types import TableModel, created_at, default

__all__ = ["GuildPlugin", "PermissionReport", "PluginState", "Revision"]


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


class PermissionReport(TableModel, table=True):
    """Something that the bot lacks on a server for a plugin, and when the server's owner was last told."""

    __tablename__ = "permission_reports"

    guild_id: str = Field(primary_key=True, max_length=20)
    plugin: str = Field(primary_key=True, max_length=32)
    missing: str = Field(primary_key=True, max_length=64)
    told_at: datetime


class Revision(TableModel, table=True):
    """How often something rarely written was written: every process compares, and reads it anew."""

    __tablename__ = "revisions"

    topic: str = Field(primary_key=True, max_length=32)
    number: int = default(0, "0")
