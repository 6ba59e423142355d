"""A source's revisions as files: where they lie, and how Alembic reads and writes them."""

from __future__ import annotations

import re
from argparse import Namespace
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations.ops import AddColumnOp, MigrationScript, ModifyTableOps
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from nrg_core.errors import OperatorError
from nrg_core.storage import types
from nrg_core.storage.types import generated_uuid

__all__ = [
    "MigrationSource",
    "comparison",
    "config_of",
    "differences",
    "folder_of",
    "next_id",
    "script_of",
]

ENVIRONMENT = Path(__file__).parent / "environment"
REVISION_LENGTH = 32  # Alembic's version_num is VARCHAR(32)


@dataclass(frozen=True, slots=True)
class MigrationSource:
    """Somebody whose tables change over time: ``core`` or a plugin.

    Parameters
    ----------
    name
        ``core``, or the plugin's name.
    package
        The package beside whose code ``migrations/versions`` lies. It is found, not imported.
    minimum_core
        The core's revision that must have been applied before any of this source's.
    """

    name: str
    package: str
    minimum_core: str | None = None

    @property
    def version_table(self) -> str:
        """The table that says where the database stands."""
        return f"alembic_version_{self.name}"


def next_id(source: MigrationSource) -> str:
    """Return the id of the revision to write next, such as ``checkin_0004``."""
    prefix = re.sub(r"\W", "_", source.name)[: REVISION_LENGTH - 5] + "_"  # Alembic reads "-" as a step back
    ids = [each.revision for each in script_of(source).walk_revisions()]
    numbers = [each.removeprefix(prefix) for each in ids if each.startswith(prefix)]
    return f"{prefix}{max((int(each) for each in numbers if each.isdecimal()), default=0) + 1:04d}"


def script_of(source: MigrationSource) -> ScriptDirectory:
    """Return Alembic's view of the revisions. Reading them runs their code, which may raise anything."""
    return ScriptDirectory.from_config(config_of(source, None))


def config_of(source: MigrationSource, connection: Connection | None) -> Config:
    """Return what an Alembic command needs; ``connection`` is in a transaction of the caller's."""
    config = Config(cmd_opts=Namespace(quiet=True))
    options = {
        "script_location": str(ENVIRONMENT),
        "version_locations": str(folder_of(source)),
        "path_separator": "newline",  # the usual ones occur in paths
        "file_template": "%(rev)s_%(slug)s",
    }
    for key, value in options.items():
        config.set_main_option(key, value.replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=source.version_table)
    return config


def folder_of(source: MigrationSource) -> Path:
    """Find ``migrations/versions`` without running the package's code.

    Raises
    ------
    OperatorError
        The package is not installed.
    """
    top, *inner = source.package.split(".")
    name, spec = top, find_spec(top)
    for part in inner:
        name = f"{name}.{part}"
        spec = spec and PathFinder.find_spec(name, spec.submodule_search_locations)
    if spec is None or not spec.submodule_search_locations:
        raise OperatorError(
            f"{source.name}: its package {source.package} is not installed.",
            resolution="Install it again, or disable the plugin.",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "migrations" / "versions"


def comparison(metadata: MetaData, owned: frozenset[str]) -> dict[str, Any]:
    """Return Alembic's options for comparing the database with the models, in the owned tables alone."""

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "table" or name in owned

    def include_object(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        return kind != "table" or name in owned

    def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
        # Alembic would spell ours as the database at hand does, and the other would not understand.
        if isinstance(getattr(item, "arg", None), generated_uuid):
            context.imports.add(f"from {types.__name__} import generated_uuid")
            return "generated_uuid()"
        for name in ("BIG_KEY", "JSON_DOCUMENT"):
            if item is getattr(types, name):
                context.imports.add(f"from {types.__name__} import {name}")
                return name
        module = type(item).__module__
        if kind == "type" and not module.startswith("sqlalchemy."):
            context.imports.add(f"import {module}")  # Alembic names the type, and forgets the import
        return False

    def review(context: MigrationContext, heads: Any, directives: list[MigrationScript]) -> None:
        operations = directives[0].upgrade_ops
        if operations is None:
            return  # to be filled in by hand
        if operations.is_empty():
            directives.clear()
        for operation in operations.ops:
            for step in operation.ops if isinstance(operation, ModifyTableOps) else ():
                if isinstance(step, AddColumnOp):
                    _require_filling(step)

    return {
        "target_metadata": metadata,
        "include_name": include_name,
        "include_object": include_object,
        "render_item": render_item,
        "process_revision_directives": review,
        # SQLite can change a table only by rebuilding it; on PostgreSQL this means plain ALTERs.
        "render_as_batch": True,
    }


def _require_filling(step: AddColumnOp) -> None:
    """Refuse a column that would be empty in the rows that are there already, and may not be."""
    if not step.column.nullable and step.column.server_default is None:
        raise OperatorError(
            f"{step.table_name}.{step.column.name} is new and may not be empty, but would be in the rows "
            "that are there already.",
            resolution='Give it a default that the database knows, such as default(0, "0") from '
            f"{types.__name__}, or let it be empty.",
        )


def differences(connection: Connection, metadata: MetaData, owned: frozenset[str]) -> list[Any]:
    """Return what separates the database from the models in the owned tables, as Alembic puts it."""
    context = MigrationContext.configure(connection, opts=comparison(metadata, owned))
    return list(compare_metadata(context, metadata))
