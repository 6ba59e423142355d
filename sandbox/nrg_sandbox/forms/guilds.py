"""A server and its emojis."""

from __future__ import annotations

from typing import Annotated, Required

from annotated_types import MaxLen
from pydantic import AfterValidator
from typing_extensions import TypedDict

from nrg_sandbox.forms.fields import UNIQUE, Between, Bool, Image, Int, OneOf, Picture, Snowflake
from nrg_sandbox.forms.form import Form, Json, fault
from nrg_sandbox.forms.names import LOCALES

__all__ = ["EMOJI_CREATE", "EMOJI_EDIT", "GUILD_EDIT"]


class _Guild(TypedDict, total=False):
    name: Annotated[str, Between(2, 100)]
    description: Annotated[str, MaxLen(300)] | None
    region: str | None
    icon: Image | None
    splash: Image | None
    discovery_splash: Image | None
    banner: Image | None
    home_header: Image | None
    verification_level: Annotated[int, OneOf(0, 1, 2, 3, 4)] | None
    default_message_notifications: Annotated[int, OneOf(0, 1)] | None
    explicit_content_filter: Annotated[int, OneOf(0, 1, 2)] | None
    preferred_locale: Annotated[str, OneOf(*LOCALES)] | None
    afk_timeout: Annotated[int, OneOf(60, 300, 900, 1800, 3600)] | None
    afk_channel_id: Snowflake | None
    system_channel_id: Snowflake | None
    system_channel_flags: Int | None
    rules_channel_id: Snowflake | None
    safety_alerts_channel_id: Snowflake | None
    public_updates_channel_id: Snowflake | None
    features: Annotated[list[str], UNIQUE] | None
    premium_progress_bar_enabled: Bool | None


def _word(name: str) -> str:
    if not (name.isascii() and name.replace("_", "").isalnum()):
        raise fault("STRING_TYPE_REGEX", "String value did not match validation regex.")
    return name


_EmojiName = Annotated[str, Between(2, 32), AfterValidator(_word)]
_Roles = Annotated[list[Snowflake], UNIQUE]


class _EmojiCreate(TypedDict, total=False):
    name: Required[_EmojiName]
    image: Required[Annotated[str, Picture(256 * 1024)]]
    roles: _Roles | None


class _EmojiEdit(TypedDict, total=False):
    name: _EmojiName
    roles: _Roles | None


GUILD_EDIT: Form[Json] = Form(_Guild)
EMOJI_CREATE: Form[Json] = Form(_EmojiCreate)
EMOJI_EDIT: Form[Json] = Form(_EmojiEdit)
