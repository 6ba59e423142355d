"""The plugin's migrations."""
