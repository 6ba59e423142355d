"""What a catalogue consists of."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, TypeAlias, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from nrg_core.domain.criteria import Criterion, CriterionError, MetricSpec, parse
from nrg_core.text import MAX_MINUTES, is_slug

__all__ = [
    "MASTERY_SESSIONS",
    "AchievementEntry",
    "Catalogue",
    "ChallengeEntry",
    "Community",
    "Entry",
    "HackEntry",
    "Surroundings",
]

MASTERY_SESSIONS: Final = 50
"""Sessions of a technique after which it is mastered, unless its entry says otherwise."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an entry may refer to: the context in which it is validated."""

    metrics: Mapping[str, MetricSpec] | None
    hacks: Collection[str]
    categories: Collection[str]


def _criterion(raw: object, info: ValidationInfo) -> Criterion:
    around = cast("Surroundings", info.context)
    try:
        return parse(raw, metrics=around.metrics, hacks=around.hacks, categories=around.categories)
    except CriterionError as error:
        raise PydanticCustomError("criterion", "{faults}", {"faults": error.faults}) from error


def _slug(text: str) -> str:
    if not is_slug(text):
        raise PydanticCustomError("slug", "should be 1 to 50 small letters (a–z), digits and hyphens")
    return text


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://\S+", text):
        raise PydanticCustomError("url", "should begin with https:// and hold no spaces")
    return text


def _role(value: object) -> str:
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,20}", text):
        raise PydanticCustomError("role", "should be a role's number, as Discord copies it")
    return text


_Slug: TypeAlias = Annotated[str, AfterValidator(_slug)]
_Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_Prose: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_Category: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\S(.{0,48}\S)?$")]
_Url: TypeAlias = Annotated[str, AfterValidator(_url)]
_Emoji: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Role: TypeAlias = Annotated[str, BeforeValidator(_role)]
_Day: TypeAlias = Annotated[date, Field(strict=True)]
_Flag: TypeAlias = Annotated[bool, Field(strict=True)]
_Rule: TypeAlias = Annotated[Criterion, PlainValidator(_criterion)]
_OptionalRule: TypeAlias = Annotated[Criterion | None, PlainValidator(_criterion)]
_Minutes: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=MAX_MINUTES)]
_Level: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=100)]

_STRICT_KEYS: Final = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Community:
    """Who this is: shown in welcomes and pictures."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT_KEYS

    name: _Name
    description: _Prose | None = None


@dataclass(frozen=True, slots=True)
class HackEntry:
    """A technique.

    Attributes
    ----------
    prerequisite
        Slug of a technique to be mastered first; ``unlock`` comes on top of it.
    unlock
        What opens it, None if nothing more is asked.
    mastery
        What makes it mastered; filled in by the reader: 50 sessions of it, unless the entry says otherwise.
    requires
        The plugin without which the entry is left aside.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT_KEYS

    slug: _Slug
    name: _Name
    description: _Prose
    content_url: _Url | None = None
    duration_minutes: _Minutes | None = None
    category: _Category | None = None
    level: _Level = 1
    prerequisite: str | None = None
    unlock: _OptionalRule = None
    mastery: _OptionalRule = None
    requires: str | None = None


@dataclass(frozen=True, slots=True)
class AchievementEntry:
    """Something that can be earned, once.

    Attributes
    ----------
    icon_emoji
        Shown beside its name.
    discord_role_id
        The role that comes with it, as digits.
    is_liberation
        Whether it is a step towards no longer needing the bot.
    requires
        The plugin without which the entry is left aside.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT_KEYS

    slug: _Slug
    name: _Name
    description: _Prose
    criteria: _Rule
    icon_emoji: _Emoji | None = None
    discord_role_id: _Role | None = None
    is_liberation: _Flag = False
    requires: str | None = None


@dataclass(frozen=True, slots=True)
class ChallengeEntry:
    """Something to do together from one day to another, both included."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT_KEYS

    slug: _Slug
    name: _Name
    description: _Prose
    start_date: _Day
    end_date: _Day
    criteria: _Rule
    requires: str | None = "challenge"


Entry: TypeAlias = HackEntry | AchievementEntry | ChallengeEntry


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A checked catalogue.

    Attributes
    ----------
    texts
        Every text by key, the community's own where it has one.
    hacks, achievements, challenges
        In the order of the files.
    dormant
        Entries of plugins that are not installed; the metrics in them are unchecked.
    """

    community: Community
    hacks: tuple[HackEntry, ...] = ()
    achievements: tuple[AchievementEntry, ...] = ()
    challenges: tuple[ChallengeEntry, ...] = ()
    dormant: tuple[Entry, ...] = ()
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType[str, Any]({}))
