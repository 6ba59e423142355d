"""Waiting out a global rate limit, also where hikari would not.

When Discord refuses a call with a global 429, hikari 2.7.0 remembers how long to wait and tries again at
once, trusting the route's bucket to wait first. A bucket that Discord has not described yet does not, so
that the call is repeated without a pause, about 1,500 times a second, until the limit is over. Here such
buckets wait as the others do.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import hikari
from hikari.impl.buckets import RESTBucket, RESTBucketManager
from hikari.impl.rate_limits import ManualRateLimiter

__all__ = ["wait_for_global_limits"]


class _Buckets(RESTBucketManager):
    __slots__ = ()

    def acquire_bucket(
        self, compiled_route: Any, authentication: str | None
    ) -> AbstractAsyncContextManager[None]:
        bucket = super().acquire_bucket(compiled_route, authentication)
        if isinstance(bucket, RESTBucket) and bucket.is_unknown:
            return _after(self._global_ratelimit, bucket)
        return bucket


@asynccontextmanager
async def _after(limit: ManualRateLimiter, bucket: RESTBucket) -> AsyncGenerator[None]:
    async with bucket:
        await limit.acquire()
        yield


def wait_for_global_limits(bot: hikari.GatewayBot) -> None:
    """Make a bot that has not started wait out every global rate limit."""
    rest: Any = bot.rest
    rest._bucket_manager = _Buckets(rest._bucket_manager.max_rate_limit)
