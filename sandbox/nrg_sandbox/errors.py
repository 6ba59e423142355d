"""Refusals in Discord's own shapes: ``{message, code, errors}`` with a status."""

from __future__ import annotations

from typing import Any

__all__ = ["ApiError", "InvalidOption", "NoAnswer", "Problems"]

Json = dict[str, Any]

_KNOWN: dict[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30032: (400, "Maximum number of application commands reached (100)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50109: (400, "The request body contains invalid JSON."),
}


class ApiError(Exception):
    """A request that Discord would refuse."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    @classmethod
    def of(cls, code: int) -> ApiError:
        """Return the refusal that Discord documents under ``code``."""
        status, message = _KNOWN[code]
        return cls(status, code, message)

    @classmethod
    def unauthorized(cls) -> ApiError:
        """Return the answer to a missing or wrong token."""
        return cls(401, 0, "401: Unauthorized")

    def body(self) -> Json:
        """Return the JSON body of the answer."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


class Problems:
    """Collects the faults of one request body, each at its path, and raises them all together."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Note one fault at ``path``: names of objects' keys and indices of lists."""
        node = self._errors
        for key in path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def required(self, path: tuple[str | int, ...]) -> None:
        """Note a missing field."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def length(
        self, path: tuple[str | int, ...], value: object, minimum: int, maximum: int, *, optional: bool = True
    ) -> None:
        """Check that ``value`` is text of ``minimum`` to ``maximum`` characters."""
        if value is None:
            if not optional:
                self.required(path)
        elif not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif not minimum <= len(value) <= maximum:
            if minimum:
                self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")
            else:
                self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")

    def one_of(self, path: tuple[str | int, ...], value: object, allowed: tuple[object, ...]) -> bool:
        """Check that ``value`` is one of ``allowed``; return whether it is."""
        if value in allowed:
            return True
        listed = ", ".join(str(item) for item in allowed)
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
        return False

    def raise_any(self) -> None:
        """Raise 50035 when any fault was noted.

        Raises
        ------
        ApiError
            With every fault in ``errors``.
        """
        if self._errors:
            status, message = _KNOWN[50035]
            raise ApiError(status, 50035, message, self._errors)


class InvalidOption(ValueError):  # noqa: N818 - it tells what a person tried
    """Something a member could not have done with Discord's own client; nothing was sent."""


class NoAnswer(AssertionError):  # noqa: N818 - it states what happened
    """The bot did not answer an interaction in time."""
