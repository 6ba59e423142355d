"""Uploaded files, kept in memory, the oldest forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

__all__ = ["File", "FileStore"]

Json = dict[str, Any]

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was uploaded; ``id`` is empty until a store keeps it."""

    filename: str
    content_type: str
    data: bytes
    id: str = ""
    description: str | None = None

    def payload(self, base_url: str, *, ephemeral: bool) -> Json:
        """Return the attachment object that describes this file."""
        url = f"{base_url}/sandbox/attachments/{self.id}/{self.filename}"
        payload: Json = {
            "id": self.id,
            "filename": self.filename,
            "size": len(self.data),
            "url": url,
            "proxy_url": url,
            "content_type": self.content_type,
        }
        if self.description is not None:
            payload["description"] = self.description
        if ephemeral:
            payload["ephemeral"] = True
        return payload | self.size()

    def size(self) -> Json:
        """Return width and height of a PNG, in pixels; nothing of other files."""
        if not self.data.startswith(_PNG) or len(self.data) < 24:
            return {}
        width, height = (int.from_bytes(self.data[at : at + 4], "big") for at in (16, 20))
        return {"width": width, "height": height}


class FileStore:
    """Files by id, up to a total size in bytes."""

    def __init__(self, limit: int = 256 * 1024 * 1024) -> None:
        self._files: OrderedDict[str, File] = OrderedDict()
        self._limit = limit
        self._size = 0

    def put(self, file: File) -> None:
        """Keep a file, forgetting the oldest when there are too many."""
        self._files[file.id] = file
        self._size += len(file.data)
        while self._size > self._limit and len(self._files) > 1:
            _, oldest = self._files.popitem(last=False)
            self._size -= len(oldest.data)

    def get(self, file_id: str) -> File | None:
        """Return a kept file."""
        return self._files.get(file_id)
