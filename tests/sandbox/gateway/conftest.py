"""A gateway that listens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.gateway.wire import Door, Wire, serving, wire


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with serving() as opened:
        yield opened


@pytest.fixture
async def bot(door: Door) -> AsyncIterator[Wire]:
    """A bot that hears everything, and has been told of the first server."""
    async with wire(door.gateway.url) as connected:
        await connected.enter(door)
        yield connected
