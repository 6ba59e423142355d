"""Logging: one stream for everything, short for people or JSON for machines, and never a secret in it.

structlog's loggers and the standard library's (hikari, arc, SQLAlchemy, Alembic) end in the same handler;
what they say is masked there, last of all, so that nothing slips past.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

__all__ = ["configure", "get_logger", "hide"]

MASK = "***"
SHORTEST = 6
"""Shorter secrets are masked only where they are recognised: by value they would garble every line."""

# Libraries that tell far more than anyone asked for; what matters in them is said by us.
QUIET = ("aiosqlite", "alembic", "asyncio", "sqlalchemy")

_PATTERNS = (
    # The password of any address; the user part of a web address (Sentry's key).
    (re.compile(r"(\w+://[^\s/?#:@]*:)[^\s/?#]*(?=@)"), rf"\g<1>{MASK}"),
    (re.compile(r"(https?://)[^\s/?#:@]+(?=@)"), rf"\g<1>{MASK}"),
    # Discord's bot tokens, and the tokens in the paths of webhooks and interactions.
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), MASK),
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w%.-]{20,}"), rf"\g<1>{MASK}"),
    (re.compile(r"\b(Bot|Bearer|Basic) [\w.~+/=-]{16,}"), rf"\g<1> {MASK}"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), f"whsec_{MASK}"),
)
_SECRET_KEY = re.compile(r"(^|[_-])(token|secret|password|authorization|dsn|api[_-]?key)$", re.IGNORECASE)

DEEPEST = 6
"""How many levels of nested values are looked into; what lies deeper is shown as text."""


_NOTHING = re.compile(r"(?!)")


class _Secrets:
    """The values to mask, and one pattern for all of them."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self.pattern = _NOTHING

    def add(self, values: Iterable[str]) -> None:
        for value in values:
            # A traceback shows reprs, in which quotes and backslashes look different.
            self.values |= {form for form in (value, repr(value)[1:-1]) if len(form) >= SHORTEST}
        longest_first = sorted(self.values, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else _NOTHING

    def clear(self) -> None:
        self.values.clear()
        self.pattern = _NOTHING


_secrets = _Secrets()


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second ``configure`` can tell it from handlers of others (pytest, Sentry)."""


def configure(
    level: str = "info",
    format: Literal["console", "json"] = "console",
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send all logging to one stream. May be called again: the last call holds.

    Parameters
    ----------
    level
        The least serious level to show: ``debug``, ``info``, ``warning``, ``error`` or ``critical``.
    secrets
        Values to mask wherever they turn up; see ``config.secrets_of``.
    stream
        Where to write; standard error if not given.
    """
    _secrets.clear()
    hide(*secrets)
    output = stream if stream is not None else sys.stderr
    stamp: Processor = structlog.processors.TimeStamper(fmt="iso", utc=True)
    render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if format == "console":
        stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        render = structlog.dev.ConsoleRenderer(
            colors=output.isatty() and "NO_COLOR" not in os.environ,
            pad_event_to=0,
            pad_level=False,
            exception_formatter=structlog.dev.plain_traceback,
        )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
    ]
    handler = _Handler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _without_traces],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask,
                render,
            ],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger: ``log.info("what happened", key=value)``."""
    return structlog.stdlib.get_logger(name)


def hide(*secrets: str) -> None:
    """Mask more values from now on, such as those of a plugin's settings."""
    _secrets.add(secrets)


def _without_traces(logger: Any, method: str, event: EventDict) -> EventDict:
    """Drop what other handlers' formatters leave on a record and what would look like its own values."""
    for name in ("message", "asctime"):
        event.pop(name, None)
    return event


def mask(logger: Any, method: str, event: EventDict) -> EventDict:
    """Replace every secret in an event, a structlog processor. To stand right before the renderer."""
    return cast(EventDict, _masked(event, 0))


def _masked(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < DEEPEST and isinstance(value, Mapping):
        pairs = cast(Mapping[object, object], value).items()
        return {_text(key): _entry(_text(key), each, depth + 1) for key, each in pairs}
    if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_masked(each, depth + 1) for each in cast(Iterable[object], value)]
    return _text(value)


def _entry(key: str, value: object, depth: int) -> object:
    return MASK if value and _SECRET_KEY.search(key) else _masked(value, depth)


def _text(value: object) -> str:
    try:
        text = repr(value) if isinstance(value, BaseException | bytes) else str(value)
    except Exception:
        # A value that cannot be shown must not cost the whole line.
        text = f"<{type(value).__name__}>"
    text = _secrets.pattern.sub(MASK, text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
