"""How a message is laid out: rows of buttons and selects, and the newer components around them."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from annotated_types import MaxLen
from pydantic import Field
from typing_extensions import TypedDict

from nrg_sandbox.errors import Path, Problems
from nrg_sandbox.forms.components import ROW, SELECTS, TEXT_DISPLAY, check_unique, walk
from nrg_sandbox.forms.fields import Between, Bool, Colour, MediaUrl, OneOf, Scheme, Snowflake
from nrg_sandbox.forms.form import Json, rule
from nrg_sandbox.forms.selects import Component, CustomId, Emoji, Select, TextSelect

__all__ = ["Layout", "TextDisplay", "check_layout"]

_LINK, _PREMIUM = 5, 6
_ROWS, _COMPONENTS, _CHARACTERS = 5, 40, 4000


class _Button(Component, total=False):
    type: Required[Literal[2]]
    style: Required[Annotated[int, OneOf(1, 2, 3, 4, 5, 6)]]
    custom_id: CustomId | None
    label: Annotated[str, MaxLen(80)] | None
    url: Annotated[str, MaxLen(512), Scheme("http", "https", "discord")] | None
    sku_id: Snowflake | None
    emoji: Emoji | None
    disabled: Bool | None


def _check_button(button: Json, problems: Problems) -> None:
    style = button["style"]
    wanted = "url" if style == _LINK else "sku_id" if style == _PREMIUM else "custom_id"
    given = {key for key in ("custom_id", "url", "sku_id") if button.get(key) is not None}
    if wanted not in given:
        problems.required((wanted,))
    if style != _PREMIUM and not button.get("label") and not button.get("emoji"):
        problems.required(("label",))
    if {"custom_id", "url"} <= given:
        message = "A custom id and url cannot both be specified"
        problems.add(("custom_id",), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
        return
    if style == _PREMIUM:
        given |= {key for key in ("label", "emoji") if button.get(key)}
    for key in sorted(given - {wanted}):
        message = f"A button of this style cannot have a {key}"
        problems.add((key,), "BUTTON_COMPONENT_INVALID_FIELD", message)


_Control = Annotated[
    Annotated[_Button, rule(_check_button)] | TextSelect | Select,
    Field(discriminator="type"),
]


class _Row(Component, total=False):
    type: Required[Literal[1]]
    components: Required[Annotated[list[_Control], Between(1, 5)]]


def _check_row(row: Json, problems: Problems) -> None:
    if len(row["components"]) == 1:
        return
    for index, control in enumerate(row["components"]):
        if control["type"] in SELECTS:
            message = "The specified component exceeds the maximum width"
            problems.add(("components", index), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


class TextDisplay(Component, total=False):
    """Text among components."""

    type: Required[Literal[10]]
    content: Required[Annotated[str, Between(1, 4000)]]


class _Media(TypedDict):
    url: MediaUrl


class _Thumbnail(Component, total=False):
    type: Required[Literal[11]]
    media: Required[_Media]
    description: Annotated[str, Between(1, 1024)] | None
    spoiler: Bool | None


_Accessory = Annotated[
    Annotated[_Button, rule(_check_button)] | _Thumbnail,
    Field(discriminator="type"),
]


class _Section(Component, total=False):
    type: Required[Literal[9]]
    components: Required[Annotated[list[TextDisplay], Between(1, 3)]]
    accessory: Required[_Accessory]


class _GalleryItem(TypedDict, total=False):
    media: Required[_Media]
    description: Annotated[str, Between(1, 1024)] | None
    spoiler: Bool | None


class _Gallery(Component, total=False):
    type: Required[Literal[12]]
    items: Required[Annotated[list[_GalleryItem], Between(1, 10)]]


class _Attached(TypedDict):
    url: Annotated[str, MaxLen(2048), Scheme("attachment")]


class _File(Component, total=False):
    type: Required[Literal[13]]
    file: Required[_Attached]
    spoiler: Bool | None


class _Separator(Component, total=False):
    type: Required[Literal[14]]
    divider: Bool | None
    spacing: Annotated[int, OneOf(1, 2)] | None


_Block = Annotated[_Row, rule(_check_row)] | _Section | TextDisplay | _Gallery | _File | _Separator


class _Container(Component, total=False):
    type: Required[Literal[17]]
    components: Required[
        Annotated[list[Annotated[_Block, Field(discriminator="type")]], Between(1, _COMPONENTS)]
    ]
    accent_color: Colour | None
    spoiler: Bool | None


Layout = list[Annotated[_Block | _Container, Field(discriminator="type")]]


def check_layout(components: list[Json], problems: Problems, *, v2: bool) -> None:
    """Note what is wrong with a message's components as a whole.

    Parameters
    ----------
    v2
        Whether the message uses the newer components, which may stand outside of rows.
    """
    root: Path = ("components",)
    everything = list(walk(components, root))
    if v2:
        _check_size(everything, problems, root)
    else:
        if len(components) > _ROWS:
            problems.add(root, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_ROWS} in length.")
        for index, component in enumerate(components):
            problems.one_of((*root, index, "type"), component["type"], (ROW,))
    check_unique(everything, problems)


def _check_size(everything: list[tuple[Path, Json]], problems: Problems, root: Path) -> None:
    if len(everything) > _COMPONENTS:
        message = f"A message holds at most {_COMPONENTS} components."
        problems.add(root, "COMPONENT_MAX_TOTAL", message)
    if sum(len(item["content"]) for _, item in everything if item["type"] == TEXT_DISPLAY) > _CHARACTERS:
        message = f"The displayable text of a message exceeds the maximum size of {_CHARACTERS}"
        problems.add(root, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
