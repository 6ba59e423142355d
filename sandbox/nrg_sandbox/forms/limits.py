"""Numbers that messages are measured by: their flags, and how large their files may be."""

from __future__ import annotations

__all__ = ["COMPONENTS_V2", "EPHEMERAL", "FILE_BYTES", "LOADING", "REQUEST_BYTES"]

EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
FILE_BYTES, REQUEST_BYTES = 10 * 1024 * 1024, 25 * 1024 * 1024
