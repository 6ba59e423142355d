"""Discord's rate limits: a bucket for each route, one limit for all, and the headers that tell of them."""

from __future__ import annotations

import hashlib
import logging
import math
import re
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal, NamedTuple, cast

__all__ = ["Bucket", "RateLimits", "Scope", "Verdict", "too_many"]

Json = dict[str, Any]
Scope = Literal["user", "global", "shared"]

log = logging.getLogger(__name__)

# Instants and periods are whole nanoseconds, so that no rounding lets a call through too early.
_MILLISECOND = 1_000_000
_SECOND = 1000 * _MILLISECOND

_PLACEHOLDER = re.compile(r"\{\w+[^{}]*\}")
_MAJOR = re.compile(
    r"^(?:/applications/\{\w+[^{}]*\})?/(?:channels|guilds)/\{(\w+)"
    r"|^/webhooks/\{(\w+)[^{}]*\}(?:/\{(\w+))?"
)
# The secret of these is in their path; they do not count as requests of the bot.
_OUTSIDE_GLOBAL = re.compile(r"^/(?:interactions|webhooks/\{\})/\{\}")
_UNLIMITED = {
    "POST /interactions/{}/{}/callback",
    "POST /oauth2/token",
    "POST /oauth2/token/revoke",
}

_INVALID = (401, 403, 429)
_INVALID_PERIOD = 600 * _SECOND
_INVALID_WARNING = 1_000


class _Rule(NamedTuple):
    """A limit that the routes with one ``name`` share: so many calls in so many seconds."""

    name: str
    limit: int
    seconds: float


class _ResourceRule(NamedTuple):
    """A limit on changing some fields of a resource, whoever does it; no header tells of it beforehand."""

    fields: frozenset[str]
    limit: int
    seconds: float


_REACTION = _Rule("one reaction", 1, 0.25)
_MEMBER_ROLE = _Rule("role of a member", 10, 10)
_WEBHOOK_MESSAGE = _Rule("message of a webhook", 5, 5)

# Discord publishes none of these and changes them at will: they are what has been observed for long. They are
# here so that clients meet real ones; a client must go by the headers and never by such a list.
_RULES = {
    "POST /channels/{}/messages": _Rule("create message", 5, 5),
    "PATCH /channels/{}/messages/{}": _Rule("edit message", 5, 5),
    "DELETE /channels/{}/messages/{}": _Rule("delete message", 5, 1),
    "POST /channels/{}/messages/bulk-delete": _Rule("delete messages", 1, 1),
    "PUT /channels/{}/messages/{}/reactions/{}/@me": _REACTION,
    "DELETE /channels/{}/messages/{}/reactions/{}/@me": _REACTION,
    "DELETE /channels/{}/messages/{}/reactions/{}/{}": _REACTION,
    "POST /channels/{}/typing": _Rule("typing", 5, 5),
    "PATCH /channels/{}": _Rule("edit channel", 10, 15),
    "PATCH /guilds/{}/members/{}": _Rule("edit member", 10, 10),
    "PATCH /guilds/{}/members/@me": _Rule("edit own member", 1, 1),
    "PUT /guilds/{}/members/{}/roles/{}": _MEMBER_ROLE,
    "DELETE /guilds/{}/members/{}/roles/{}": _MEMBER_ROLE,
    "POST /guilds/{}/roles": _Rule("create role", 250, 48 * 3600),
    "GET /gateway/bot": _Rule("gateway", 2, 5),
    "POST /webhooks/{}/{}": _WEBHOOK_MESSAGE,
    "GET /webhooks/{}/{}/messages/{}": _WEBHOOK_MESSAGE,
    "PATCH /webhooks/{}/{}/messages/{}": _WEBHOOK_MESSAGE,
    "DELETE /webhooks/{}/{}/messages/{}": _WEBHOOK_MESSAGE,
}
_RESOURCE_RULES = {"PATCH /channels/{}": _ResourceRule(frozenset({"name", "topic"}), 2, 600)}
_OTHERWISE = (10, 10.0)
_RELAXED = (1000, 1.0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The limit that a route falls under.

    Attributes
    ----------
    name
        The value of ``X-RateLimit-Bucket``; routes that share a limit have the same.
    limit, period
        How many calls go through in a window, and the nanoseconds that one lasts.
    major
        Picks from a call's ids those of the channel, guild or webhook whose calls are counted together.
    in_global
        Whether its calls count towards the global limit.
    resource
        A further limit on some fields of the body.
    """

    name: str
    limit: int
    period: int
    major: Callable[[Mapping[str, str]], Hashable]
    in_global: bool
    resource: _ResourceRule | None


class Verdict(NamedTuple):
    """What the limits say to a call.

    Attributes
    ----------
    headers
        Belong to its answer, whatever that is.
    refusal
        The body of a 429; None lets the call through.
    """

    headers: dict[str, str]
    refusal: Json | None = None


class _Window:
    """The calls since one that found no window open; ``reset`` is where it ends in Unix seconds, as text."""

    __slots__ = ("ends", "reset", "used")

    def __init__(self, ends: int, reset: str) -> None:
        self.ends = ends
        self.reset = reset
        self.used = 0


class RateLimits:
    """Counts the calls of bots and refuses those that are too many.

    A window is opened by the first call and ends a fixed time later, when the whole limit is there again.

    Parameters
    ----------
    enforce
        Whether the limits are those of Discord. Otherwise the same headers and refusals come from limits
        that few reach, 1,000 calls a second in each bucket, and there is no global limit.
    global_per_second
        The calls that one bot may make in a second, over all routes but those of interactions and webhooks.
    clock, wall
        Tell the nanoseconds of a clock that only goes forward, and those since 1970. Both are real time:
        clients wait by their own clocks, so limits take no notice of the virtual one.

    Raises
    ------
    ValueError
        If ``global_per_second`` is less than 1.
    """

    def __init__(
        self,
        *,
        enforce: bool = False,
        global_per_second: int = 50,
        clock: Callable[[], int] = time.monotonic_ns,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        if global_per_second < 1:
            msg = f"global_per_second is {global_per_second}: give 1 or more, or enforce=False for no limit"
            raise ValueError(msg)
        self._enforce = enforce
        self._global_limit = global_per_second
        self._clock = clock
        self._wall = wall
        self._windows: defaultdict[int, OrderedDict[Hashable, _Window]] = defaultdict(OrderedDict)

    def bucket(self, method: str, path: str) -> Bucket | None:
        """Return the limit of a route, or None for one whose answers carry no limit.

        Parameters
        ----------
        path
            As routes are written, after ``/api/v10``: ``/channels/{channel}/messages``.
        """
        shape = _PLACEHOLDER.sub("{}", path).replace("/messages/@original", "/messages/{}")
        route = f"{method} {shape}"
        if route in _UNLIMITED:
            return None
        rule = _RULES.get(route) or _Rule(route, *_OTHERWISE)
        limit, seconds = (rule.limit, rule.seconds) if self._enforce else _RELAXED
        return Bucket(
            name=hashlib.blake2s(rule.name.encode(), digest_size=16).hexdigest(),
            limit=limit,
            period=int(seconds * _SECOND),
            major=_major(path),
            in_global=self._enforce and not _OUTSIDE_GLOBAL.match(shape),
            resource=_RESOURCE_RULES.get(route) if self._enforce else None,
        )

    def take(self, bucket: Bucket, caller: str, ids: Mapping[str, str]) -> Verdict:
        """Count a call and say whether it goes through.

        Parameters
        ----------
        caller
            Who calls: the ``Authorization`` header, or an empty text.
        ids
            The variable parts of its path, by the names that the route gives them.
        """
        now = self._clock()
        if bucket.in_global:
            window = self._window(caller, _SECOND, now)
            if window.used >= self._global_limit:
                return too_many(_milliseconds(window.ends - now) / 1000, "global")
            window.used += 1
        window = self._window((caller, bucket.name, bucket.major(ids)), bucket.period, now)
        free = window.used < bucket.limit
        if free:
            window.used += 1
        reset_after = _milliseconds(window.ends - now) / 1000
        headers = {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.limit - window.used),
            "X-RateLimit-Reset": window.reset,
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": bucket.name,
        }
        if free:
            return Verdict(headers)
        refused = too_many(reset_after)
        return Verdict(headers | refused.headers, refused.refusal)

    def take_resource(self, bucket: Bucket, ids: Mapping[str, str], body: object) -> Verdict:
        """Count a call that ``take`` let through towards the limit on the fields that its body changes.

        The headers come in addition to those of ``take``.
        """
        rule = bucket.resource
        if rule is None or not isinstance(body, dict) or rule.fields.isdisjoint(cast("Json", body)):
            return Verdict({})
        now = self._clock()
        window = self._window((bucket.name, bucket.major(ids)), int(rule.seconds * _SECOND), now)
        if window.used >= rule.limit:
            return too_many(_milliseconds(window.ends - now) / 1000, "shared")
        window.used += 1
        return Verdict({})

    def note(self, status: int, headers: Mapping[str, str]) -> None:
        """Count an answer if it makes its call an invalid one: 401, 403, or 429 for a limit of the bot's own.

        The 1,000th in ten minutes is logged; at 10,000 Discord would ban the address.
        """
        if status not in _INVALID or headers.get("X-RateLimit-Scope") == "shared":
            return
        window = self._window("invalid", _INVALID_PERIOD, self._clock())
        window.used += 1
        if window.used == _INVALID_WARNING:
            log.warning(
                "%d invalid requests (401, 403 or 429) within ten minutes; Discord bans an address at 10000",
                window.used,
            )

    @property
    def invalid_requests(self) -> int:
        """How many invalid requests were made in the present ten minutes, which the first of them opened."""
        window = self._windows[_INVALID_PERIOD].get("invalid")
        return window.used if window is not None and self._clock() < window.ends else 0

    def _window(self, key: Hashable, period: int, now: int) -> _Window:
        windows = self._windows[period]
        window = windows.get(key)
        if window is None or now >= window.ends:
            # They all last equally long, so those that ended stand first; each is dropped once.
            while windows and next(iter(windows.values())).ends <= now:
                windows.popitem(last=False)
            reset = _milliseconds(self._wall() + period) / 1000
            window = windows[key] = _Window(now + period, f"{reset:.3f}")
        return window


def too_many(retry_after: float, scope: Scope = "user") -> Verdict:
    """Return a refusal that tells to wait ``retry_after`` seconds, without the headers of a bucket.

    Parameters
    ----------
    scope
        Whose limit it is: the bot's in a bucket, the bot's over all routes, or that of a resource.
    """
    who = "The resource is" if scope == "shared" else "You are"
    body: Json = {
        "message": f"{who} being rate limited.",
        "retry_after": retry_after,
        "global": scope == "global",
    }
    headers = {"Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return Verdict(headers, body)


def _milliseconds(nanoseconds: int) -> int:
    """Return them rounded up: who waits that long has waited long enough."""
    return -(-nanoseconds // _MILLISECOND)


def _major(path: str) -> Callable[[Mapping[str, str]], Hashable]:
    match = _MAJOR.match(path)
    if match is None:
        return _no_major
    return itemgetter(*filter(None, match.groups()))


def _no_major(_ids: Mapping[str, str]) -> None:
    return None
