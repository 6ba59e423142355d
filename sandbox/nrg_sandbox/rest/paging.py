"""The part of a long list that a query asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nrg_sandbox.rest.call import Call

__all__ = ["page"]


def page(call: Call, ids: Iterable[str], default: int, most: int) -> list[str]:
    """Return the ids that ``before``, ``after`` and ``limit`` of the query ask for, lowest first.

    With ``before`` they are those just before it, otherwise the first ones.

    Raises
    ------
    ApiError
        50035, when one of the three is wrong.
    """
    limit = call.number("limit", default, most)
    before, after = call.snowflake("before"), call.snowflake("after")
    fitting = sorted(
        number
        for number in map(int, ids)
        if (before is None or number < before) and (after is None or number > after)
    )
    return [str(number) for number in (fitting[:limit] if before is None else fitting[-limit:])]
