"""The bot's own user, and direct messages."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from nrg_sandbox.forms.fields import Between, Image, Snowflake
from nrg_sandbox.forms.form import Form, Json

__all__ = ["DIRECT_MESSAGES", "OWN_USER_EDIT"]


class _OwnUser(TypedDict, total=False):
    username: Annotated[str, Between(2, 32)]
    avatar: Image | None
    banner: Image | None


class _DirectMessages(TypedDict):
    recipient_id: Snowflake


OWN_USER_EDIT: Form[Json] = Form(_OwnUser)
DIRECT_MESSAGES: Form[Json] = Form(_DirectMessages)
