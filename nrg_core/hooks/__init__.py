"""Hooks: what plugins can be asked, and the promises under which they are."""
