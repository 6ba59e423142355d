"""Discord's description, where it lies next to this checkout or where the environment says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nrg_sandbox.audit import Auditor, find_description

Json = dict[str, Any]

_NEXT_DOOR = Path(__file__).parents[3].parent / "shared" / "discord" / "openapi.json"


@pytest.fixture(scope="session")
def description() -> Path:
    path = find_description() or _NEXT_DOOR
    if not path.is_file():
        pytest.skip("Discord's OpenAPI description is absent; NRG_SANDBOX_OPENAPI can name it")
    return path


@pytest.fixture(scope="session")
def document(description: Path) -> Json:
    return json.loads(description.read_bytes())


@pytest.fixture(scope="session")
def auditor(description: Path) -> Auditor:
    return Auditor(description)
