"""Plugins for tests, loaded by entry points like any other."""
