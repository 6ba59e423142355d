"""Refusals in Discord's own shapes: ``{message, code, errors}`` with a status."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["ApiError", "Fault", "InvalidOption", "NoAnswer", "Path", "Problems"]

Json = dict[str, Any]
Path = tuple[str | int, ...]

_KNOWN: dict[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10006: (404, "Unknown Invite"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10009: (404, "Unknown Overwrite"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10026: (404, "Unknown Ban"),
    10060: (404, "Unknown sticker"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10065: (404, "Unknown Voice State"),
    10066: (404, "Unknown application command permissions"),
    10070: (404, "Unknown Guild Scheduled Event"),
    10087: (404, "Unknown tag"),
    20001: (403, "Bots cannot use this endpoint"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30003: (400, "Maximum number of pins reached (250)"),
    30005: (400, "Maximum number of guild roles reached (250)"),
    30007: (400, "Maximum number of webhooks reached (15)"),
    30010: (403, "Maximum number of reactions reached (20)"),
    30013: (400, "Maximum number of guild channels reached (500)"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30038: (400, "Maximum number of uncompleted guild scheduled events reached (100)"),
    40005: (413, "Request entity too large"),
    40007: (403, "The user is banned from this guild."),
    40032: (400, "Target user is not connected to voice."),
    40033: (400, "This message has already been crossposted."),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50028: (400, "Invalid Role"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50035: (400, "Invalid Form Body"),
    50081: (400, "Invalid sticker sent"),
    50083: (400, "Thread is archived"),
    50101: (403, "This server needs more boosts to perform this action"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
    180000: (400, "Cannot update a finished event"),
    220003: (400, "Webhooks can only create threads in forum channels"),
    500000: (400, "Failed to ban users"),
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


class Fault(NamedTuple):
    """One thing wrong with a request body; ``path`` names objects' keys and indices of lists."""

    path: Path
    code: str
    message: str


class Problems:
    """Collects the faults of one request body and raises them all together.

    Attributes
    ----------
    faults
        What was noted so far.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, path: Path, code: str, message: str) -> None:
        """Note one fault."""
        self.faults.append(Fault(path, code, message))

    def required(self, path: Path) -> None:
        """Note a missing field."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def length(self, path: Path, value: object, minimum: int, maximum: int, *, optional: bool = True) -> None:
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

    def one_of(self, path: Path, value: object, allowed: tuple[object, ...]) -> bool:
        """Check that ``value`` is one of ``allowed``; return whether it is."""
        if value in allowed:
            return True
        listed = ", ".join(str(item) for item in allowed)
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
        return False

    def raise_any(self, root: Path = ()) -> None:
        """Raise 50035 when any fault was noted.

        Parameters
        ----------
        root
            Where in the request body the paths start.

        Raises
        ------
        ApiError
            With every fault in ``errors``.
        """
        if not self.faults:
            return
        errors: Json = {}
        for path, code, message in self.faults:
            node = errors
            for key in (*root, *path):
                node = node.setdefault(str(key), {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        status, message = _KNOWN[50035]
        raise ApiError(status, 50035, message, errors)


class InvalidOption(ValueError):  # noqa: N818 - it tells what a person tried
    """Something a member could not have done with Discord's own client; nothing was sent."""


class NoAnswer(AssertionError):  # noqa: N818 - it states what happened
    """The bot did not answer an interaction in time."""
