"""Addresses of services: which databases we speak to, and how to show an address without its password."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode
from uuid import uuid4

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from nrg_core.errors import OperatorError

__all__ = ["async_url", "connect_args", "passwords", "redacted"]

MASK = "***"

_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
# asyncpg takes its options as typed arguments, and fails with a traceback on every other one.
_POSTGRESQL_OPTIONS = (
    "host",
    "passfile",
    "port",
    "prepared_statement_cache_size",
    "ssl",
    "target_session_attrs",
)
_SECRET_OPTIONS = ("password", "secret", "token", "key", "sslpassword")


def redacted(url: str | URL) -> str:
    """Return an address with every password replaced by ``***``, fit to be shown.

    The user part of a web address is a credential of its own (Sentry's key), so it goes too.
    """
    text = url.render_as_string(hide_password=False) if isinstance(url, URL) else url
    scheme, user, password, rest = _parts(text)
    if user is not None and scheme.startswith("http"):
        user = MASK
    credentials = "" if user is None else f"{user}@" if password is None else f"{user}:{MASK}@"
    address, question, query = rest.partition("?")
    if any(option in query.lower() for option in _SECRET_OPTIONS):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(key, MASK if _is_secret(key) else value) for key, value in pairs], safe="*/:")
    return f"{scheme}{credentials}{address}{question}{query}"


def passwords(url: str | URL) -> frozenset[str]:
    """Return the secrets that an address holds, both as written and decoded."""
    text = url.render_as_string(hide_password=False) if isinstance(url, URL) else url
    scheme, user, password, rest = _parts(text)
    query = rest.partition("?")[2]
    found = {value for pair in query.split("&") for key, _, value in [pair.partition("=")] if _is_secret(key)}
    found |= {password or "", (user or "") if scheme.startswith("http") else ""}
    return frozenset(form for secret in found if secret for form in (secret, unquote(secret)))


def async_url(url: str | URL, *, folder: Path | None = None) -> URL:
    """Return a database address in the form that SQLAlchemy's asyncio engines take.

    Parameters
    ----------
    url
        ``sqlite:///path``, ``postgresql://…`` or ``postgres://…``, with or without the driver's name.
    folder
        Where a relative path to a SQLite file starts; the working folder if not given.

    Raises
    ------
    OperatorError
        Another kind of database, an option that the driver has not, or no address at all.
    """
    try:
        return parse_database_url(url, folder=folder)
    except ValueError as error:
        raise OperatorError(f"The database address {error}.") from None


def parse_database_url(url: str | URL, *, folder: Path | None = None) -> URL:
    """Do the work of ``async_url``, raising ``ValueError`` with the end of a sentence."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The library's message repeats the address, and with it the password.
        raise ValueError(
            "must look like “sqlite:///data/nrg.sqlite3” or “postgresql://user@host/name”"
        ) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        kind = parsed.drivername
        raise ValueError(
            f"must begin with sqlite:// or postgresql://; “{kind}” is not a database NRG works with"
        )
    parsed = parsed.set(drivername=driver)
    return _for_sqlite(parsed, folder) if driver.startswith("sqlite") else _for_asyncpg(parsed)


def connect_args(url: URL) -> dict[str, Any]:
    """Return what an engine for this address needs as ``connect_args``.

    ``prepared_statement_cache_size=0`` says that a transaction pooler stands between: then asyncpg must
    keep no statement either, and none may have a name that another connection uses.
    """
    if url.query.get("prepared_statement_cache_size") != "0":
        return {}
    return {"statement_cache_size": 0, "prepared_statement_name_func": lambda: f"__nrg_{uuid4()}__"}


def _for_sqlite(url: URL, folder: Path | None) -> URL:
    name = url.database
    if url.host:
        raise ValueError("needs three slashes before a path: “sqlite:///data/nrg.sqlite3”")
    if folder is None or not name or name == ":memory:" or name.startswith("file:"):
        return url
    return url.set(database=str(folder / name))


def _for_asyncpg(url: URL) -> URL:
    query = dict(url.query)
    if "sslmode" in query:
        # libpq's name; asyncpg takes the same words under another one.
        query["ssl"] = query.pop("sslmode")
    unknown = sorted(set(query) - set(_POSTGRESQL_OPTIONS))
    if unknown:
        known = ", ".join(("sslmode", *_POSTGRESQL_OPTIONS))
        raise ValueError(f"has an option that cannot be used here, “{unknown[0]}” (there are: {known})")
    size = query.get("prepared_statement_cache_size", "0")
    if not (isinstance(size, str) and size.isdecimal()):
        raise ValueError("must have a whole number as prepared_statement_cache_size")
    return url.set(query=query)


def _parts(text: str) -> tuple[str, str | None, str | None, str]:
    """Split an address into scheme with slashes, user, password and the rest.

    By hand, as a malformed address must be taken apart too; in doubt too much counts as credentials.
    """
    scheme, slashes, rest = text.partition("://")
    if not slashes:
        return "", None, None, text
    credentials, at, address = rest.rpartition("@")
    if not at:
        return scheme + slashes, None, None, rest
    user, colon, password = credentials.partition(":")
    return scheme + slashes, user, password if colon else None, address


def _is_secret(option: str) -> bool:
    return option.lower().endswith(_SECRET_OPTIONS)
