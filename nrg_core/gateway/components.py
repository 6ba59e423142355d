"""Buttons, selects and forms without memory.

A custom id says everything: ``plugin:action:argument:…``. One pressed after a restart, in another process
or a year later finds its handler, or is told kindly that it is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import alluka
import hikari
import structlog

from nrg_core.errors import NrgError, Refusal
from nrg_core.gateway.answers import explain, tell_privately
from nrg_core.gateway.gates import Gates
from nrg_core.host.plugin import Handler

__all__ = ["ComponentContext", "FormContext", "Router", "custom_id"]

_log = structlog.get_logger("nrg.gateway")

OVER: Final = "That button has had its day. /help shows what there is now."


def custom_id(plugin: str, action: str, *arguments: object) -> str:
    """Return the custom id of a component or form.

    Raises
    ------
    NrgError
        A part holds a colon, or the whole is longer than Discord's 100 characters.
    """
    parts = [plugin, action, *(str(argument) for argument in arguments)]
    whole = ":".join(parts)
    if any(":" in part for part in parts) or len(whole) > 100:
        raise NrgError(f"not a custom id: {whole!r}")
    return whole


class _Context:
    """What a handler is called with: the interaction, and the arguments from its custom id."""

    def __init__(self, arguments: Sequence[str], client: Any) -> None:
        self.arguments = tuple(arguments)
        self.client = client


class ComponentContext(_Context):
    """A button was pressed, or something was selected."""

    def __init__(
        self, interaction: hikari.ComponentInteraction, arguments: Sequence[str], client: Any
    ) -> None:
        super().__init__(arguments, client)
        self.interaction = interaction

    @property
    def values(self) -> Sequence[str]:
        """What was selected."""
        return self.interaction.values

    async def respond(self, content: str, **options: Any) -> None:
        """Answer with a new message; privately unless ``flags`` says otherwise."""
        options.setdefault("flags", hikari.MessageFlag.EPHEMERAL)
        await self.interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, content, **options)

    async def update(self, **options: Any) -> None:
        """Answer by changing the message that the component is on."""
        await self.interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, **options)


class FormContext(_Context):
    """A form was sent."""

    def __init__(self, interaction: hikari.ModalInteraction, arguments: Sequence[str], client: Any) -> None:
        super().__init__(arguments, client)
        self.interaction = interaction

    @property
    def fields(self) -> Mapping[str, str]:
        """What was typed, by the custom id of the field."""
        fields: dict[str, str] = {}
        for row in self.interaction.components:
            for component in row.components:
                fields[component.custom_id] = component.value
        return fields

    async def respond(self, content: hikari.UndefinedOr[str] = hikari.UNDEFINED, **options: Any) -> None:
        """Answer with a message."""
        await self.interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, content, **options)


class Router:
    """Finds the handler of a component or form by its custom id."""

    def __init__(self, client: Any, injector: alluka.abc.Client, gates: Gates) -> None:
        self._client = client
        self._injector = injector
        self._gates = gates
        self._components: dict[tuple[str, str], Handler] = {}
        self._forms: dict[tuple[str, str], Handler] = {}

    def add(self, plugin: str, components: Mapping[str, Handler], forms: Mapping[str, Handler]) -> None:
        """Route a plugin's actions to its handlers."""
        self._components.update({(plugin, action): handler for action, handler in components.items()})
        self._forms.update({(plugin, action): handler for action, handler in forms.items()})

    def remove(self, plugin: str) -> None:
        """Route nothing to a plugin any longer."""
        for table in (self._components, self._forms):
            for key in [key for key in table if key[0] == plugin]:
                del table[key]

    async def on_component(self, interaction: hikari.ComponentInteraction) -> None:
        """Answer a press or a selection."""
        await self._answer(interaction, self._components, ComponentContext)

    async def on_form(self, interaction: hikari.ModalInteraction) -> None:
        """Answer a form."""
        await self._answer(interaction, self._forms, FormContext)

    async def _answer(
        self, interaction: Any, table: Mapping[tuple[str, str], Handler], context: type[Any]
    ) -> None:
        plugin, _, rest = interaction.custom_id.partition(":")
        action, *arguments = rest.split(":")
        try:
            handler = table.get((plugin, action))
            if handler is None or not self._gates.is_open(plugin, interaction.guild_id):
                raise Refusal(OVER)
            ctx = context(interaction, arguments, self._client)
            await self._injector.call_with_async_di(handler, ctx)
        except Exception as error:
            text = explain(error, plugin=plugin, action=action, member=int(interaction.user.id))
            await tell_privately(interaction, text)
