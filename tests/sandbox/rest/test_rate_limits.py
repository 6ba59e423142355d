"""Rate limits: how many calls go through, what the others are told, and that obedient clients go free."""

from __future__ import annotations

import asyncio
import math
import tracemalloc
from collections.abc import AsyncIterator
from decimal import Decimal

import hikari
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox.rest.rate_limits import Bucket, RateLimits, Verdict, too_many

SECOND = 1_000_000_000
BOT = "Bot a"
MESSAGES = "/channels/{channel}/messages"
REACTION = MESSAGES + "/{message}/reactions/{emoji}"
WEBHOOK = "/webhooks/{application}/{token}"


class Clock:
    """Nanoseconds that pass when a test says so; the clock on the wall was started long before."""

    def __init__(self) -> None:
        self.now = 77_000_000_123

    def __call__(self) -> int:
        return self.now

    def wall(self) -> int:
        return 1_790_000_000 * SECOND + self.now

    def wait(self, seconds: str | float) -> None:
        self.now += int(Decimal(str(seconds)) * SECOND)


class Limits:
    """Limits on a clock of their own."""

    def __init__(self, *, enforce: bool = True, global_per_second: int = 10**9) -> None:
        self.clock = Clock()
        self.limits = RateLimits(
            enforce=enforce, global_per_second=global_per_second, clock=self.clock, wall=self.clock.wall
        )

    def bucket(self, method: str, path: str) -> Bucket:
        bucket = self.limits.bucket(method, path)
        assert bucket is not None
        return bucket

    def call(self, method: str, path: str, *, caller: str = BOT, **ids: str) -> Verdict:
        return self.limits.take(self.bucket(method, path), caller, ids)

    def say(self, channel: str = "1", *, caller: str = BOT) -> Verdict:
        return self.call("POST", MESSAGES, caller=caller, channel=channel)


@pytest.fixture
def strict() -> Limits:
    return Limits()


def _nanoseconds(seconds: str) -> int:
    return int(Decimal(seconds) * SECOND)


# Windows


gaps = st.lists(
    st.one_of(
        st.integers(0, 6 * SECOND),
        st.sampled_from([0, 1, SECOND, 5 * SECOND - 1, 5 * SECOND, 5 * SECOND + 1]),
    ),
    max_size=60,
)


@given(gaps)
def test_no_window_lets_more_through_than_its_limit_nor_less(gaps: list[int]) -> None:
    strict = Limits()
    opened, used, end = -math.inf, 0, ""
    for gap in gaps:
        strict.clock.now += gap
        if strict.clock.now >= opened + 5 * SECOND:
            opened, used, end = strict.clock.now, 0, ""
        verdict = strict.say()
        assert (verdict.refusal is None) == (used < 5)
        used = min(used + 1, 5)
        assert verdict.headers["X-RateLimit-Remaining"] == str(5 - used)
        # The end of a window is the same for all calls in it: hikari knows a fixed window by that.
        end = end or verdict.headers["X-RateLimit-Reset"]
        assert verdict.headers["X-RateLimit-Reset"] == end


@given(gaps)
def test_the_headers_of_an_answer_agree(gaps: list[int]) -> None:
    strict = Limits()
    for gap in gaps:
        strict.clock.now += gap
        headers, refusal = strict.say()
        reset_after = _nanoseconds(headers["X-RateLimit-Reset-After"])
        assert 0 < reset_after <= 5 * SECOND
        assert 0 <= int(headers["X-RateLimit-Remaining"]) < int(headers["X-RateLimit-Limit"]) == 5
        assert abs(_nanoseconds(headers["X-RateLimit-Reset"]) - strict.clock.wall() - reset_after) <= 10**6
        assert ("Retry-After" in headers) == (refusal is not None)
        if refusal is not None:
            assert headers["X-RateLimit-Remaining"] == "0"
            assert _nanoseconds(str(refusal["retry_after"])) == reset_after
            assert headers["Retry-After"] == str(math.ceil(refusal["retry_after"]))


@given(gaps, st.sampled_from(["X-RateLimit-Reset-After", "X-RateLimit-Reset"]))
def test_a_client_that_waits_as_it_is_told_is_never_refused(gaps: list[int], header: str) -> None:
    strict = Limits()
    for gap in gaps:
        strict.clock.now += gap
        headers, refusal = strict.say()
        assert refusal is None
        if headers["X-RateLimit-Remaining"] == "0":
            now = strict.clock.wall() if header == "X-RateLimit-Reset" else 0
            strict.clock.now += _nanoseconds(headers[header]) - now


@given(st.integers(0, 5 * SECOND - 1))
def test_after_a_refusal_the_wait_is_as_long_as_it_says(moment: int) -> None:
    strict = Limits()
    for _ in range(5):
        strict.say()
    strict.clock.now += moment
    refusal = strict.say().refusal
    assert refusal is not None
    strict.clock.wait(refusal["retry_after"])
    assert strict.say().refusal is None


def test_a_refused_call_makes_nobody_wait_longer(strict: Limits) -> None:
    for _ in range(5):
        strict.say()
    strict.clock.wait("4.999999999")
    assert strict.say().refusal is not None
    strict.clock.wait("0.000000001")
    assert strict.say().refusal is None


def test_a_refusal_in_the_shape_of_discord(strict: Limits) -> None:
    for _ in range(5):
        assert strict.say().refusal is None
    strict.clock.wait("3.5")
    headers, refusal = strict.say()
    assert refusal == {"message": "You are being rate limited.", "retry_after": 1.5, "global": False}
    assert headers == {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1790000082.001",
        "X-RateLimit-Reset-After": "1.500",
        "X-RateLimit-Bucket": strict.bucket("POST", MESSAGES).name,
        "Retry-After": "2",
        "X-RateLimit-Scope": "user",
    }


def test_a_call_that_goes_through_has_no_headers_of_a_refusal(strict: Limits) -> None:
    assert strict.say().headers.keys() == {
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "X-RateLimit-Reset-After",
        "X-RateLimit-Bucket",
    }


@pytest.mark.parametrize(("seconds", "header"), [(1.0, "1"), (1.001, "2"), (0.05, "1"), (0.0, "0")])
def test_the_header_to_wait_is_in_whole_seconds(seconds: float, header: str) -> None:
    verdict = too_many(seconds)
    assert verdict.headers["Retry-After"] == header
    assert verdict.refusal is not None
    assert verdict.refusal["retry_after"] == seconds


# Buckets


@pytest.mark.parametrize(
    ("method", "path", "limit", "seconds"),
    [
        ("POST", MESSAGES, "5", "5.000"),
        ("PATCH", MESSAGES + "/{message}", "5", "5.000"),
        ("DELETE", MESSAGES + "/{message}", "5", "1.000"),
        ("PUT", REACTION + "/@me", "1", "0.250"),
        ("PATCH", "/guilds/{guild}/members/@me", "1", "1.000"),
        ("PATCH", "/guilds/{guild}/members/{user}", "10", "10.000"),
        ("POST", "/guilds/{guild}/roles", "250", "172800.000"),
        ("POST", WEBHOOK, "5", "5.000"),
        ("PATCH", "/channels/{channel_id:[0-9]+}", "10", "15.000"),
        ("GET", "/guilds/{guild}", "10", "10.000"),
    ],
)
def test_the_limits_of_routes(strict: Limits, method: str, path: str, limit: str, seconds: str) -> None:
    names = ("channel", "channel_id", "message", "emoji", "guild", "user", "application", "token")
    headers = strict.call(method, path, **dict.fromkeys(names, "1")).headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Reset-After"]) == (limit, seconds)


def test_relaxed_limits_differ_in_nothing_but_their_size(strict: Limits) -> None:
    relaxed = Limits(enforce=False, global_per_second=1)
    headers = relaxed.say().headers
    assert headers.keys() == strict.say().headers.keys()
    assert headers["X-RateLimit-Bucket"] == strict.bucket("POST", MESSAGES).name
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Reset-After"]) == ("1000", "1.000")
    assert [relaxed.say().refusal for _ in range(999)] == [None] * 999
    refusal = relaxed.say().refusal
    assert refusal is not None
    assert not refusal["global"]
    relaxed.clock.wait(1)
    assert relaxed.say().refusal is None


PUT_REACTION = ("PUT", REACTION + "/@me")
GET_GUILD = ("GET", "/guilds/{guild}")
FOLLOW_UP = ("POST", WEBHOOK)
GUILD_COMMANDS = ("PUT", "/applications/{application}/guilds/{guild}/commands")


@pytest.mark.parametrize(
    ("together", "used_up", "other", "elsewhere"),
    [
        (True, PUT_REACTION, PUT_REACTION, None),
        (True, PUT_REACTION, PUT_REACTION, "message"),
        (True, PUT_REACTION, ("DELETE", REACTION + "/{user}"), None),
        (False, PUT_REACTION, PUT_REACTION, "channel"),
        (False, PUT_REACTION, ("POST", MESSAGES), None),
        (True, GET_GUILD, GET_GUILD, None),
        (False, GET_GUILD, GET_GUILD, "guild"),
        (False, GET_GUILD, ("PATCH", "/guilds/{guild}"), None),
        (True, GUILD_COMMANDS, GUILD_COMMANDS, None),
        (False, GUILD_COMMANDS, GUILD_COMMANDS, "guild"),
        (True, ("GET", "/users/{user}"), ("GET", "/users/{user}"), "user"),
        (True, FOLLOW_UP, ("PATCH", WEBHOOK + "/messages/{message}"), "message"),
        (True, FOLLOW_UP, ("DELETE", WEBHOOK + "/messages/@original"), None),
        (False, FOLLOW_UP, FOLLOW_UP, "token"),
        (False, FOLLOW_UP, FOLLOW_UP, "application"),
        (False, ("GET", "/webhooks/{webhook}"), ("GET", "/webhooks/{webhook}"), "webhook"),
    ],
)
def test_which_calls_are_counted_together(
    strict: Limits,
    together: bool,
    used_up: tuple[str, str],
    other: tuple[str, str],
    elsewhere: str | None,
) -> None:
    names = ("channel", "message", "emoji", "guild", "user", "application", "token", "webhook")
    ids: dict[str, str] = dict.fromkeys(names, "1")
    for _ in range(strict.bucket(*used_up).limit):
        assert strict.call(*used_up, **ids).refusal is None
    if elsewhere is not None:
        ids[elsewhere] = "2"
    assert (strict.call(*other, **ids).refusal is not None) is together


def test_bots_have_buckets_of_their_own(strict: Limits) -> None:
    for _ in range(5):
        strict.say()
    assert strict.say(caller="Bot b").refusal is None
    assert strict.say().refusal is not None


@pytest.mark.parametrize("path", ["/interactions/{interaction}/{token}/callback", "/oauth2/token"])
def test_answers_without_limits(path: str) -> None:
    assert RateLimits(enforce=True).bucket("POST", path) is None
    assert RateLimits().bucket("POST", path) is None
    assert RateLimits().bucket("GET", path) is not None


# The global limit


def test_the_global_limit_in_the_shape_of_discord() -> None:
    strict = Limits(global_per_second=50)
    for channel in range(50):
        assert strict.say(str(channel)).refusal is None
    strict.clock.wait("0.4")
    assert strict.say("50") == (
        {"Retry-After": "1", "X-RateLimit-Scope": "global", "X-RateLimit-Global": "true"},
        {"message": "You are being rate limited.", "retry_after": 0.6, "global": True},
    )
    assert strict.say("50", caller="Bot b").refusal is None
    strict.clock.wait("0.6")
    # What the global limit refused was not counted in its bucket.
    assert strict.say("50").headers["X-RateLimit-Remaining"] == "4"


def test_calls_refused_in_their_bucket_count_globally() -> None:
    strict = Limits(global_per_second=7)
    assert [strict.say().refusal is None for _ in range(7)] == [True] * 5 + [False] * 2
    refusal = strict.say("2").refusal
    assert refusal is not None
    assert refusal["global"]


def test_interactions_are_outside_the_global_limit() -> None:
    strict = Limits(global_per_second=1)
    webhook = {"application": "1", "caller": ""}
    for token in range(10):
        assert strict.call("POST", WEBHOOK, token=str(token), **webhook).refusal is None
        path = WEBHOOK + "/messages/{message}"
        assert strict.call("PATCH", path, token=str(token), message="1", **webhook).refusal is None
    assert strict.say(caller="").refusal is None
    assert strict.call("GET", "/webhooks/{webhook}", caller="", webhook="1").refusal is not None


def test_a_global_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="give 1 or more"):
        RateLimits(global_per_second=0)


# The limit on names and topics of channels


def _edit(strict: Limits, body: object, channel: str = "1") -> Verdict:
    return strict.limits.take_resource(
        strict.bucket("PATCH", "/channels/{channel}"), {"channel": channel}, body
    )


def test_a_channel_is_renamed_twice_in_ten_minutes(strict: Limits) -> None:
    assert _edit(strict, {"name": "a"}) == ({}, None)
    assert _edit(strict, {"topic": "b"}) == ({}, None)
    strict.clock.wait("17.5")
    assert _edit(strict, {"name": "c", "nsfw": True}) == (
        {"Retry-After": "583", "X-RateLimit-Scope": "shared"},
        {"message": "The resource is being rate limited.", "retry_after": 582.5, "global": False},
    )
    assert _edit(strict, {"name": "c"}, channel="2").refusal is None
    strict.clock.wait("582.499999999")
    assert _edit(strict, {"name": "c"}).refusal is not None
    strict.clock.wait("0.000000001")
    assert _edit(strict, {"name": "c"}).refusal is None


@pytest.mark.parametrize("body", [{"nsfw": True}, {}, None, ["name"]])
def test_other_changes_of_a_channel_are_not_counted(strict: Limits, body: object) -> None:
    for _ in range(3):
        assert _edit(strict, body) == ({}, None)
    assert _edit(strict, {"name": "a"}).refusal is None
    assert _edit(strict, {"name": "a"}).refusal is None


def test_renaming_is_free_elsewhere() -> None:
    relaxed, strict = Limits(enforce=False), Limits()
    for _ in range(3):
        assert _edit(relaxed, {"name": "a"}) == ({}, None)
        role = strict.bucket("PATCH", "/guilds/{guild}/roles/{role}")
        assert strict.limits.take_resource(role, {"guild": "1"}, {"name": "a"}) == ({}, None)


# Invalid requests


def test_invalid_requests_are_counted_for_ten_minutes(strict: Limits) -> None:
    limits = strict.limits
    assert limits.invalid_requests == 0
    for status in (200, 204, 400, 401, 403, 404, 429, 500):
        limits.note(status, {})
    limits.note(429, too_many(1, "user").headers)
    limits.note(429, too_many(1, "global").headers)
    limits.note(429, too_many(1, "shared").headers)
    assert limits.invalid_requests == 5
    strict.clock.wait("599.999999999")
    assert limits.invalid_requests == 5
    strict.clock.wait("0.000000001")
    assert limits.invalid_requests == 0
    limits.note(401, {})
    assert limits.invalid_requests == 1


def test_a_thousand_invalid_requests_are_warned_of_once(
    strict: Limits, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(999):
        strict.limits.note(403, {})
    assert not caplog.records
    for _ in range(500):
        strict.limits.note(403, {})
    (record,) = caplog.records
    assert (record.levelname, record.getMessage().startswith("1000 invalid requests")) == ("WARNING", True)


# Over a long time


@pytest.mark.parametrize("enforce", [False, True])
def test_windows_that_ended_are_forgotten(enforce: bool) -> None:
    limits = Limits(enforce=enforce)
    bucket = limits.bucket("POST", MESSAGES)

    def talk_in_new_channels(first: int) -> None:
        for channel in range(first, first + 1000):
            limits.clock.wait(1)
            limits.limits.take(bucket, BOT, {"channel": str(channel)})

    talk_in_new_channels(0)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        talk_in_new_channels(1000)
        # A thousand windows would be a hundred times that.
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()


def test_only_windows_that_ended_are_forgotten(strict: Limits) -> None:
    strict.say("first")
    strict.clock.wait(3)
    for _ in range(5):
        strict.say("second")
    strict.clock.wait(2)
    assert strict.say("third").refusal is None
    assert strict.say("second").refusal is not None
    assert strict.say("first").headers["X-RateLimit-Remaining"] == "4"


# A real client


@pytest.fixture
async def reactions() -> AsyncIterator[tuple[str, list[tuple[str, int]]]]:
    """Serve two routes under the strict limits; give their address, and the answers as they are made."""
    limits = RateLimits(enforce=True)
    answers: list[tuple[str, int]] = []
    app = web.Application()

    def serve(method: str, path: str) -> None:
        bucket = limits.bucket(method, path)
        assert bucket is not None

        async def answer(request: web.Request) -> web.Response:
            headers, refusal = limits.take(bucket, request.headers["Authorization"], request.match_info)
            response = web.json_response(refusal, status=429) if refusal else web.Response(status=204)
            response.headers.update(headers)
            answers.append((request.method, response.status))
            return response

        app.router.add_route(method, path, answer)

    serve("PUT", REACTION + "/@me")
    serve("DELETE", MESSAGES + "/{message}")
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}", answers
    finally:
        await runner.cleanup()


async def test_hikari_keeps_to_the_limits_it_is_told(reactions: tuple[str, list[tuple[str, int]]]) -> None:
    url, answers = reactions
    app = hikari.RESTApp(url=url)
    await app.start()
    try:
        async with app.acquire("a", hikari.TokenType.BOT) as rest:
            added = [rest.add_reaction(1, message, "👍") for message in range(1, 5)]
            deleted = [rest.delete_message(1, message) for message in range(1, 9)]
            await asyncio.gather(*added, *deleted)
    finally:
        await app.close()
    assert sorted(answers) == [("DELETE", 204)] * 8 + [("PUT", 204)] * 4
