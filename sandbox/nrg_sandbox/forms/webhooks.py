"""Webhooks, and the names that they write under."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import AfterValidator
from typing_extensions import TypedDict

from nrg_sandbox.forms.fields import Between, Image, Snowflake
from nrg_sandbox.forms.form import Form, Json, fault

__all__ = ["WEBHOOK_CREATE", "WEBHOOK_EDIT", "Username"]


def _own_name(name: str) -> str:
    for taken in ("clyde", "discord"):
        if taken in name.lower():
            raise fault("USERNAME_INVALID_CONTAINS", f'Username cannot contain "{taken}"')
    return name


Username = Annotated[str, Between(1, 80), AfterValidator(_own_name)]


class _Create(TypedDict, total=False):
    name: Required[Username]
    avatar: Image | None


class _Edit(TypedDict, total=False):
    name: Username
    avatar: Image | None
    channel_id: Snowflake | None


WEBHOOK_CREATE: Form[Json] = Form(_Create)
WEBHOOK_EDIT: Form[Json] = Form(_Edit)
