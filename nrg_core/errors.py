"""What can go wrong, sorted by whom it is for.

A ``Refusal`` is read by a member, an ``OperatorError`` by whoever runs the bot. Everything else is a
fault of ours: the member gets a reference, the log gets the same reference and the traceback.
"""

from __future__ import annotations

__all__ = ["NrgError", "OperatorError", "Refusal"]


class NrgError(Exception):
    """The root of everything that this project raises on purpose."""


class Refusal(NrgError):  # noqa: N818 - it is an answer, not an error
    """Something a member asked for and cannot have.

    The text is shown to that member alone: it says what was wrong and what to do.
    """


class OperatorError(NrgError):
    """Something the person running the bot can mend.

    Parameters
    ----------
    message
        One line: what is wrong, naming the key, file, plugin or revision.
    resolution
        What to do next, if it is not plain from the message: often a command.
    """

    def __init__(self, message: str, *, resolution: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.resolution = resolution

    def __str__(self) -> str:
        return f"{self.message} {self.resolution}" if self.resolution else self.message
