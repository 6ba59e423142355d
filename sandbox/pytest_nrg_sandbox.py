"""A pytest plugin: the fixture ``discord``, a local Discord of its own for each test.

It imports the sandbox only when a test asks for it, so that other test runs do not notice it is installed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nrg_sandbox import Sandbox

if TYPE_CHECKING or find_spec("pytest_asyncio") is not None:
    from pytest_asyncio import fixture
else:
    # Without it, whichever plugin runs coroutines (such as anyio's) runs those of fixtures as well.
    fixture = pytest.fixture

__all__ = ["discord", "pytest_addoption"]

_DEADLINE = "nrg_sandbox_deadline"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that gives the bot more time to answer than Discord does."""
    help_text = "seconds in which a bot must first answer in tests (Discord: 3)"
    parser.addini(_DEADLINE, help_text, type="string", default="3")


@fixture
async def discord(request: pytest.FixtureRequest) -> AsyncGenerator[Sandbox]:
    """A local Discord with one server, whose clock the test moves; gone after the test.

    A parameter (``indirect``) is a mapping of arguments for ``Sandbox``. Where Discord's own description of
    its API is at hand (``NRG_SANDBOX_OPENAPI``), what breaks it fails the test.
    """
    from nrg_sandbox import Sandbox

    options: dict[str, Any] = {
        "interaction_deadline": _seconds(request.config),
        **getattr(request, "param", {}),
    }
    async with Sandbox(**options) as sandbox:
        yield sandbox


def _seconds(config: pytest.Config) -> float:
    written: str = config.getini(_DEADLINE)
    try:
        return float(written)
    except ValueError:
        raise pytest.UsageError(f"{_DEADLINE} is a number of seconds, not {written!r}") from None
