"""Embeds, and how large they may be together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import FILLED, Bool, Colour, Int, MediaUrl, Moment, Url, Whole
from nrg_sandbox.forms.form import Json, rule

__all__ = ["Embeds"]

_TOTAL = 6000


class _Author(TypedDict, total=False):
    name: Annotated[str, MaxLen(256)] | None
    url: Url | None
    icon_url: MediaUrl | None


class _Footer(TypedDict, total=False):
    text: Annotated[str, MaxLen(2048)] | None
    icon_url: MediaUrl | None


class _Media(TypedDict, total=False):
    url: MediaUrl | None
    width: Int | None
    height: Int | None
    placeholder: Annotated[str, MaxLen(64)] | None
    placeholder_version: Annotated[int, Whole(0, 2**31 - 1)] | None
    is_animated: Bool | None
    description: Annotated[str, MaxLen(4096)] | None


class _Provider(TypedDict, total=False):
    name: Annotated[str, MaxLen(256)] | None
    url: Url | None


class _Field(TypedDict, total=False):
    name: Required[Annotated[str, MaxLen(256), FILLED]]
    value: Required[Annotated[str, MaxLen(1024), FILLED]]
    inline: Bool | None


class _Embed(TypedDict, total=False):
    type: str | None
    url: Url | None
    title: Annotated[str, MaxLen(256)] | None
    color: Colour | None
    timestamp: Moment | None
    description: Annotated[str, MaxLen(4096)] | None
    author: _Author | None
    image: _Media | None
    thumbnail: _Media | None
    video: _Media | None
    footer: _Footer | None
    provider: _Provider | None
    fields: Annotated[list[_Field], MaxLen(25)] | None


def _small_enough(embeds: list[Json], problems: Problems) -> None:
    if sum(len(text.strip()) for embed in embeds for text in _texts(embed)) > _TOTAL:
        message = f"Embed size exceeds maximum size of {_TOTAL}"
        problems.add((), "MAX_EMBED_SIZE_EXCEEDED", message)


def _texts(embed: Json) -> Iterator[str]:
    footer: Json = embed.get("footer") or {}
    author: Json = embed.get("author") or {}
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield footer.get("text") or ""
    yield author.get("name") or ""
    for field in embed.get("fields") or ():
        yield field["name"]
        yield field["value"]


Embeds = Annotated[list[_Embed], MaxLen(10), rule(_small_enough)]
