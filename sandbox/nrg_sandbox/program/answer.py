"""Answers of a bot, as programs read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nrg_sandbox.forms.components import BUTTON, walk

if TYPE_CHECKING:
    from nrg_sandbox.interactions.interaction import Interaction

__all__ = ["Answer", "Choice", "text_of"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One suggestion of an autocomplete answer."""

    name: str
    value: str | int | float


class Answer:
    """What a bot answered to one interaction; it follows later edits."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction

    @property
    def message(self) -> Json:
        """The message as Discord's raw object, as it is now; empty when there is none."""
        return self.interaction.original.payload if self.interaction.original else {}

    @property
    def text(self) -> str:
        """Everything that is to be read in the message, line by line: content, embeds, components."""
        return text_of(self.message)

    @property
    def content(self) -> str:
        """The text of the message."""
        return self.message.get("content", "")

    @property
    def embeds(self) -> list[Json]:
        """The embeds of the message."""
        return self.message.get("embeds", [])

    @property
    def components(self) -> list[Json]:
        """The rows of the message."""
        return self.message.get("components", [])

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons that can be pressed, in order; the emoji of one without a label."""
        found = (item for _, item in walk(self.components) if item["type"] == BUTTON)
        return [
            button.get("label") or button["emoji"]["name"] for button in found if not button.get("disabled")
        ]

    @property
    def ephemeral(self) -> bool:
        """Whether only the member sees it."""
        original = self.interaction.original
        return original is not None and original.viewer is not None

    @property
    def deferred(self) -> bool:
        """Whether the bot asked for more time first."""
        return self.interaction.response in (5, 6)

    @property
    def deleted(self) -> bool:
        """Whether the message has been deleted."""
        return self.interaction.original is not None and self.interaction.original.deleted

    @property
    def modal(self) -> Json | None:
        """The form that the bot answered with, as Discord's raw object."""
        return self.interaction.modal

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the message by name, those shown in embeds included."""
        original = self.interaction.original
        return {file.filename: file.data for file in original.files.values()} if original else {}

    @property
    def followups(self) -> list[Json]:
        """The further messages, as Discord's raw objects."""
        return [message.payload for message in self.interaction.followups]

    def __repr__(self) -> str:
        what = "modal" if self.modal else repr(self.content)
        return f"<Answer to {self.interaction.name}: {what}, {len(self.embeds)} embeds>"


def text_of(message: Json) -> str:
    """Return everything that is to be read in a raw message, line by line."""
    lines: list[str] = [message.get("content", "")]
    embeds: list[Json] = message.get("embeds", [])
    for embed in embeds:
        author: Json = embed.get("author") or {}
        footer: Json = embed.get("footer") or {}
        fields: list[Json] = embed.get("fields") or []
        lines += [author.get("name", ""), embed.get("title", ""), embed.get("description", "")]
        lines += [field[part] for field in fields for part in ("name", "value")]
        lines.append(footer.get("text", ""))
    for _, component in walk(message.get("components", [])):
        lines += [component.get("content", ""), component.get("label", "")]
    return "\n".join(line for line in lines if line)
