"""Logging: one stream, two forms, no secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st

from nrg_core import logs

SECRET = "correct-horse'\"battery\\staple"


@pytest.fixture(autouse=True)
def as_before() -> Generator[None]:
    root = logging.getLogger()
    names = ("", *logs.QUIET)
    level, handlers = {name: logging.getLogger(name).level for name in names}, list(root.handlers)
    yield
    for name, value in level.items():
        logging.getLogger(name).setLevel(value)
    root.handlers[:] = handlers
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def stream(format: Literal["console", "json"], level: str = "info", *secrets: str) -> io.StringIO:
    out = io.StringIO()
    logs.configure(level, format, secrets=secrets, stream=out)
    return out


def read(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_is_one_object_a_line() -> None:
    out = stream("json")
    structlog.contextvars.bind_contextvars(plugin="buddy")
    logs.get_logger("nrg.x").info(
        "Paired %d\nmembers", 2, guild=1, who=["ä", None, 1.5, True], path=Path("a")
    )
    logging.getLogger("hikari").warning("lost %s", "it", extra={"shard": 3})
    ours, theirs = read(out)
    assert ours.pop("timestamp").endswith("Z")
    assert theirs.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "Paired 2\nmembers",
        "level": "info",
        "logger": "nrg.x",
        "guild": 1,
        "who": ["ä", None, 1.5, True],
        "path": "a",
        "plugin": "buddy",
    }
    assert theirs == {
        "event": "lost it",
        "level": "warning",
        "logger": "hikari",
        "shard": 3,
        "plugin": "buddy",
    }


def test_console_is_short() -> None:
    out = stream("console")
    logs.get_logger("nrg.x").info("Ready", guild=1)
    logging.getLogger("hikari").info("theirs")
    ours, theirs = out.getvalue().splitlines()
    assert ours.split(" ", 1)[1] == "[info] Ready [nrg.x] guild=1"
    assert theirs.split(" ", 1)[1] == "[info] theirs [hikari]"
    assert len(ours.split(" ", 1)[0]) == len("12:34:56")


def test_colours_only_on_a_screen_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for out, no_colour, coloured in (
        (io.StringIO(), "", False),
        (Screen(), "", True),
        (Screen(), "1", False),
    ):
        if no_colour:
            monkeypatch.setenv("NO_COLOR", no_colour)
        logs.configure(stream=out)
        logs.get_logger("x").info("hello")
        assert ("\x1b[" in out.getvalue()) is coloured


def test_levels() -> None:
    out = stream("json", "warning")
    logs.get_logger("x").info("not this")
    logging.getLogger("hikari").info("nor this")
    logs.get_logger("x").warning("this")
    assert [line["event"] for line in read(out)] == ["this"]

    out = stream("json", "debug")
    logs.get_logger("x").debug("this")
    for name in ("aiosqlite", "alembic.runtime.migration", "asyncio", "sqlalchemy.engine"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("matter")
    assert [line["event"] for line in read(out)] == ["this", *["matter"] * 4]


def test_configuring_again_replaces_and_leaves_other_handlers_alone() -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    first, log = stream("json", "info", SECRET), logs.get_logger("x")
    second = stream("json")
    log.info("once " + SECRET)
    assert first.getvalue() == ""
    assert [line["event"] for line in read(second)] == ["once " + SECRET]
    assert other in logging.getLogger().handlers


def fail() -> None:
    try:
        raise ValueError(f"bad {SECRET}")
    except ValueError as error:
        raise RuntimeError({"key": SECRET}) from error


class Odd:
    def __repr__(self) -> str:
        return f"Odd({SECRET})"


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no")


def in_event(log: Any) -> None:
    log.info(SECRET)


def in_argument(log: Any) -> None:
    log.info("x %s", SECRET)


def in_value(log: Any) -> None:
    log.info("x", a=SECRET, b=f"in {SECRET} between", c=Odd(), d=SECRET.encode())


def in_nested(log: Any) -> None:
    log.info("x", a={"b": [{"c": (SECRET, {SECRET})}], SECRET: 1}, deep=[[[[[[[[[SECRET]]]]]]]]])


def in_bound(log: Any) -> None:
    structlog.contextvars.bind_contextvars(a=SECRET)
    log.bind(b=SECRET).info("x")


def in_traceback(log: Any) -> None:
    try:
        fail()
    except RuntimeError as error:
        log.exception("x", error=error)


def in_foreign(log: Any) -> None:
    logging.getLogger("hikari").warning("x %s", Odd(), extra={"a": SECRET})
    try:
        fail()
    except RuntimeError:
        logging.getLogger("alembic").exception("x")


WAYS = [in_event, in_argument, in_value, in_nested, in_bound, in_traceback, in_foreign]


@pytest.mark.parametrize("format", ["console", "json"])
@pytest.mark.parametrize("say", WAYS, ids=lambda way: way.__name__)
def test_a_known_secret_is_masked_wherever_it_turns_up(
    say: Callable[[Any], None],
    format: Literal["console", "json"],
) -> None:
    out = stream(format, "debug", SECRET)
    say(logs.get_logger("x"))
    shown = out.getvalue()
    assert "***" in shown
    for part in ("correct", "horse", "battery", "staple"):
        assert part not in shown


def test_more_can_be_hidden_later() -> None:
    out = stream("json", "info", "first-one")
    logs.hide("second-one")
    logs.get_logger("x").info("first-one second-one")
    assert read(out)[0]["event"] == "*** ***"


def test_a_secret_that_holds_another_goes_entirely() -> None:
    out = stream("json", "info", "secret", "secret-longer")
    logs.get_logger("x").info("secret-longer secret")
    assert read(out)[0]["event"] == "*** ***"


def test_short_secrets_do_not_garble_the_log() -> None:
    out = stream("json", "info", "nrg", "")
    logs.get_logger("nrg.x").info("nrg is up", url="postgresql://nrg:nrg@db/nrg")
    line = read(out)[0]
    assert (line["event"], line["url"]) == ("nrg is up", "postgresql://nrg:***@db/nrg")


# The shapes of Discord's tokens, made up.
BOT_TOKEN = "M" + "a1" * 12 + ".Gabc12." + "Zx-_" * 8
WEBHOOK_TOKEN = "wH-_" * 17


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("postgres://u:pass@h/x and redis://:pass@h", "postgres://u:***@h/x and redis://:***@h"),
        ("https://public@sentry.io/1", "https://***@sentry.io/1"),
        (f"token {BOT_TOKEN}!", "token ***!"),
        (f"Authorization: Bot {BOT_TOKEN}", "Authorization: Bot ***"),
        ("Bearer abcdefghijklmnopqrstuv", "Bearer ***"),
        ("whsec_bm90IGEgc2VjcmV0=", "whsec_***"),
        (f"/webhooks/123/{WEBHOOK_TOKEN}/messages/@original", "/webhooks/123/***/messages/@original"),
        (f"/interactions/123/{WEBHOOK_TOKEN}/callback", "/interactions/123/***/callback"),
        # What only looks a little like one stays.
        ("http://127.0.0.1:8080/api/v10/users/@me", "http://127.0.0.1:8080/api/v10/users/@me"),
        ("/webhooks/123/github", "/webhooks/123/github"),
        ("nrg_core.storage.migrate.upgrade", "nrg_core.storage.migrate.upgrade"),
        ("a Bot of the community", "a Bot of the community"),
        ("2026-11-22T17:05:01Z 10:30", "2026-11-22T17:05:01Z 10:30"),
    ],
)
def test_secrets_are_known_by_their_shape(said: str, shown: str) -> None:
    out = stream("json")
    logs.get_logger("x").info(said)
    assert read(out)[0]["event"] == shown


def test_secrets_are_known_by_their_name() -> None:
    out = stream("json")
    named = {
        "token": "a",
        "portal_webhook_secret": "b",
        "Authorization": "c",
        "sentry_dsn": "d",
        "x-api-key": "e",
    }
    logs.get_logger("x").info("x", **named, headers=named, empty={"token": None}, tokens=3, secretary="f")
    line = read(out)[0]
    assert line["headers"] == dict.fromkeys(named, "***")
    assert {line[name] for name in named} == {"***"}
    assert (line["tokens"], line["secretary"], line["empty"]) == (3, "f", {"token": None})


def test_a_value_that_cannot_be_shown_costs_no_line() -> None:
    out = stream("json")
    loop: list[Any] = []
    loop.append(loop)
    logs.get_logger("x").info("said", odd=Unprintable(), loop=loop)
    assert (read(out)[0]["event"], read(out)[0]["odd"]) == ("said", "<Unprintable>")


@given(
    secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=logs.SHORTEST),
    before=st.text(st.characters(exclude_categories=["Cs"])),
)
@example(secret="'\"'\"\\\n", before="")
def test_no_secret_is_ever_left(secret: str, before: str) -> None:
    logs.configure(secrets=[secret], stream=io.StringIO())
    event = {
        "event": f"{before}{secret}",
        "error": ValueError(secret),
        "parts": [secret, {"deep": f"{secret}!"}],
    }
    shown = logs.mask(None, "info", event)
    kept = [shown["event"], shown["error"], shown["parts"][0], shown["parts"][1]["deep"]]
    for text in kept:
        assert secret not in text.replace("***", "")
        assert repr(secret)[1:-1] not in text.replace("***", "")
