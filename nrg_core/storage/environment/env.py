"""Alembic's environment: one for the core and all plugins, run by `nrg_core.storage.migrate` alone.

The caller brings the connection, inside a transaction of its own, and says whose migrations these are.
"""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    **attributes.get("autogenerate", {}),
)
context.run_migrations()
