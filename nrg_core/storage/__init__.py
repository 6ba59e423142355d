"""Storage: units of work on SQLite and PostgreSQL, column types, and the migration runner."""
