"""A word with Discord for the command line: by REST, without being online."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import hikari

from nrg_core.gateway.failures import unreachable, wrong_token

__all__ = ["visit"]

PATIENCE: Final = 5.0
"""Seconds that the whole visit may take."""


@asynccontextmanager
async def visit(token: str, api_url: str | None) -> AsyncGenerator[hikari.api.RESTClient]:
    """Yield a client that speaks for the bot.

    Raises
    ------
    OperatorError
        Discord does not know the token, or cannot be reached.
    """
    app = hikari.RESTApp(url=api_url, max_retries=0)
    await app.start()
    try:
        async with asyncio.timeout(PATIENCE), app.acquire(token, hikari.TokenType.BOT) as rest:
            yield rest
    except (hikari.UnauthorizedError, ValueError):
        raise wrong_token() from None
    except (hikari.HikariError, OSError) as error:
        raise unreachable(error) from error
    finally:
        await app.close()
