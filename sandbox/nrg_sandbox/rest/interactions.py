"""Answers to interactions, and the messages that follow them."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.rest.call import Call, Route
from nrg_sandbox.world.messages import delete_message

__all__ = ["ROUTES", "delete_answer", "edit_answer", "follow_up", "get_answer"]

Json = dict[str, Any]


def callback(call: Call) -> Json | None:
    """Take the first answer to an interaction."""
    interactions = call.api.interactions
    answered = interactions.respond(call.ids["interaction"], call.ids["token"], call.form(), call.uploads)
    return answered.result() if call.flag("with_response") else None


def follow_up(call: Call) -> Json:
    """Write one more message."""
    return call.api.interactions.follow_up(_token(call), call.form(), call.uploads).payload


def get_answer(call: Call) -> Json:
    """Return an answer or a follow-up."""
    _, message = call.api.interactions.answer_message(_token(call), call.ids["message"])
    return message.payload


def edit_answer(call: Call) -> Json:
    """Change an answer or a follow-up."""
    interactions = call.api.interactions
    _, message = interactions.answer_message(_token(call), call.ids["message"])
    return interactions.fill_in(message, call.form(), call.uploads).payload


def delete_answer(call: Call) -> None:
    """Delete an answer or a follow-up."""
    _, message = call.api.interactions.answer_message(_token(call), call.ids["message"])
    delete_message(call.world, message)


def _token(call: Call) -> str:
    if call.ids["application"] != call.world.application_id:
        raise ApiError.of(10015)
    return call.ids["token"]


# The token in the path is the permission. What follows the first answer goes through the paths of webhooks.
ROUTES = [
    Route("POST", "/interactions/{interaction}/{token}/callback", callback, token=False),
]
