"""Names and descriptions of commands, and their translations."""

from __future__ import annotations

import unicodedata
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator

from nrg_sandbox.forms.fields import Between
from nrg_sandbox.forms.form import Json, fault

__all__ = [
    "LOCALES",
    "ChoiceNames",
    "Description",
    "Descriptions",
    "MenuName",
    "MenuNames",
    "SlashName",
    "SlashNames",
    "is_slash_name",
]

LOCALES = (
    *("ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr"),
    *("hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk"),
    *("vi", "zh-CN", "zh-TW"),
)


def is_slash_name(name: str) -> bool:
    """Return whether a slash command or an option may be called so."""
    return name == name.lower() and all(map(_allowed, name))


def _allowed(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    # Marks of the scripts that cannot be written without them.
    return unicodedata.name(character, "").startswith(("DEVANAGARI", "THAI"))


def _slash_name(name: str) -> str:
    if not is_slash_name(name):
        raise fault("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    return name


def _known_locales(value: object) -> object:
    if isinstance(value, dict) and not cast("Json", value).keys() <= set(LOCALES):
        raise fault("BASE_TYPE_CHOICES", f"Value must be one of ({', '.join(LOCALES)}).")
    return cast("object", value)


_LOCALISED = BeforeValidator(_known_locales)

MenuName = Annotated[str, Between(1, 32)]
MenuNames = Annotated[dict[str, MenuName], _LOCALISED]
SlashName = Annotated[MenuName, AfterValidator(_slash_name)]
SlashNames = Annotated[dict[str, SlashName], _LOCALISED]
ChoiceNames = Annotated[dict[str, Annotated[str, Between(1, 100)]], _LOCALISED]
Description = Annotated[str, Between(1, 100)]
Descriptions = Annotated[dict[str, Description], _LOCALISED]
