"""Roles: made, changed and ordered."""

from __future__ import annotations

from typing import Annotated, Required

from annotated_types import MaxLen
from typing_extensions import TypedDict

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.fields import Between, Bool, Colour, Image, Permissions, Snowflake, Whole
from nrg_sandbox.forms.form import Form, Json, rule

__all__ = ["ROLE", "ROLE_POSITIONS"]


class _Colours(TypedDict, total=False):
    primary_color: Colour | None
    secondary_color: Colour | None
    tertiary_color: Colour | None


class _Role(TypedDict, total=False):
    name: Annotated[str, Between(1, 100)] | None
    permissions: Permissions | None
    color: Colour | None
    colors: _Colours | None
    hoist: Bool | None
    mentionable: Bool | None
    icon: Image | None
    unicode_emoji: Annotated[str, MaxLen(100)] | None


def _one_picture(role: Json, problems: Problems) -> None:
    if role.get("icon") is not None and role.get("unicode_emoji") is not None:
        message = "A role cannot have both an icon and a unicode emoji"
        problems.add(("unicode_emoji",), "ROLE_ICON_EMOJI_MUTUALLY_EXCLUSIVE", message)


class _Place(TypedDict, total=False):
    id: Required[Snowflake]
    position: Annotated[int, Whole(-(2**31), 2**31 - 1)] | None


ROLE: Form[Json] = Form(Annotated[_Role, rule(_one_picture)])
ROLE_POSITIONS: Form[list[Json]] = Form(list[_Place])
