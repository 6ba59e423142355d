"""Polls in messages."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from nrg_sandbox.forms.fields import Between, Bool, OneOf, Whole
from nrg_sandbox.forms.selects import Emoji

__all__ = ["Poll"]


class _Question(TypedDict, total=False):
    text: Required[Annotated[str, Between(1, 300)]]


class _AnswerMedia(TypedDict, total=False):
    text: Annotated[str, Between(1, 55)] | None
    emoji: Emoji | None


class _Answer(TypedDict):
    poll_media: _AnswerMedia


class Poll(TypedDict, total=False):
    """A question, and what can be answered."""

    question: Required[_Question]
    answers: Required[Annotated[list[_Answer], Between(1, 10)]]
    duration: Annotated[int, Whole(1, 768)] | None
    allow_multiselect: Bool | None
    layout_type: Annotated[int, OneOf(1)] | None
