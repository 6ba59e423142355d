"""Buttons, selects and forms without memory.

A custom id says everything: ``plugin:action:argument:…``. One pressed after a restart, in another process
or a year later finds its handler, or is told kindly that it is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import alluka
import hikari

from nrg_core.errors import NrgError, Refusal
from nrg_core.gateway.answers import explain, tell_privately
from nrg_core.gateway.gates import Gates
from nrg_core.gateway.permissions import Permissions
from nrg_core.host.plugin import Handler
from nrg_core.host.tables import CORE

__all__ = ["EXCUSE_AFTER", "OVER", "ComponentContext", "FormContext", "Router", "custom_id"]

InteractionT = TypeVar("InteractionT", hikari.ComponentInteraction, hikari.ModalInteraction)

OVER: Final = "That has had its day. /help shows what there is now."
"""What is said of a button or form that nothing answers any more."""

EXCUSE_AFTER: Final = 2.0
"""Seconds after which Discord is asked for more time."""


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


class _Context(Generic[InteractionT]):
    """What a handler is called with: the interaction, and the arguments from its custom id.

    Discord waits three seconds. A handler that needs longer is excused after two, and its answer goes
    where the excuse was.
    """

    def __init__(self, interaction: InteractionT, arguments: Sequence[str], client: Any) -> None:
        self.interaction = interaction
        self.arguments = tuple(arguments)
        self.client = client
        self._answering = asyncio.Lock()
        self._answered = False
        self._excused = False

    @property
    def user(self) -> hikari.User:
        """Who pressed, selected or sent it."""
        return self.interaction.user

    @property
    def guild_id(self) -> hikari.Snowflake | None:
        """The server in which that was; nothing in a direct message."""
        return self.interaction.guild_id

    async def excuse_in_time(self) -> None:
        """Ask Discord for more time when it is needed. For the router."""
        await asyncio.sleep(EXCUSE_AFTER)
        async with self._answering:
            if not self._answered:
                await self._excuse()
                self._answered = self._excused = True

    async def refuse(self, text: str) -> None:
        """Say privately why there is no other answer. For the router."""
        async with self._answering:
            await tell_privately(self.interaction, text, answered=self._answered)

    async def _excuse(self) -> None:
        raise NotImplementedError

    async def _answer(self, kind: Any, content: hikari.UndefinedOr[str], options: Mapping[str, Any]) -> None:
        """Give the first answer, or fill in the excuse."""
        async with self._answering:
            if self._excused:
                shown = {name: value for name, value in options.items() if name != "flags"}
                await self.interaction.edit_initial_response(content, **shown)
            else:
                await self.interaction.create_initial_response(kind, content, **options)
            self._answered = True


class ComponentContext(_Context[hikari.ComponentInteraction]):
    """A button was pressed, or something was selected."""

    @property
    def values(self) -> Sequence[str]:
        """What was selected."""
        return self.interaction.values

    async def respond(self, content: str, **options: Any) -> None:
        """Answer with a new message; privately unless ``flags`` says otherwise."""
        options.setdefault("flags", hikari.MessageFlag.EPHEMERAL)
        if self._excused:
            # What the excuse would turn into is the message that the component is on.
            await self.interaction.execute(content, **options)
        else:
            await self._answer(hikari.ResponseType.MESSAGE_CREATE, content, options)

    async def update(self, content: hikari.UndefinedOr[str] = hikari.UNDEFINED, **options: Any) -> None:
        """Answer by changing the message that the component is on."""
        await self._answer(hikari.ResponseType.MESSAGE_UPDATE, content, options)

    async def ask(self, title: str, key: str, components: Sequence[hikari.api.ModalActionRowBuilder]) -> None:
        """Answer with a form, whose custom id is ``key``.

        Raises
        ------
        Refusal
            It took so long that Discord would not show a form any more.
        """
        async with self._answering:
            if self._excused:
                raise Refusal("That took me too long, and I am sorry. Please press it once more.")
            await self.interaction.create_modal_response(title, key, components=components)
            self._answered = True

    async def _excuse(self) -> None:
        await self.interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_UPDATE)


class FormContext(_Context[hikari.ModalInteraction]):
    """A form was sent."""

    @property
    def fields(self) -> Mapping[str, str]:
        """What was typed, by the custom id of the field."""
        fields: dict[str, str] = {}
        for row in self.interaction.components:
            for component in row.components:
                fields[component.custom_id] = component.value
        return fields

    async def respond(self, content: hikari.UndefinedOr[str] = hikari.UNDEFINED, **options: Any) -> None:
        """Answer with a message; one that took its time is seen by the member alone."""
        await self._answer(hikari.ResponseType.MESSAGE_CREATE, content, options)

    async def _excuse(self) -> None:
        await self.interaction.create_initial_response(
            hikari.ResponseType.DEFERRED_MESSAGE_CREATE, flags=hikari.MessageFlag.EPHEMERAL
        )


class Router:
    """Finds the handler of a component or form by its custom id."""

    def __init__(
        self, client: Any, injector: alluka.abc.Client, gates: Gates, permissions: Permissions
    ) -> None:
        self._client = client
        self._injector = injector
        self._gates = gates
        self._permissions = permissions
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
        if not self._gates.is_new(interaction.id):
            return
        plugin, _, rest = interaction.custom_id.partition(":")
        action, *arguments = rest.split(":")
        ctx = context(interaction, arguments, self._client)
        excuse = asyncio.create_task(ctx.excuse_in_time(), name="excuse")
        try:
            handler = table.get((plugin, action))
            owner = None if plugin == CORE else plugin
            if handler is None or not self._gates.is_open(owner, interaction.guild_id):
                raise Refusal(OVER)
            await self._injector.call_with_async_di(handler, ctx)
        except Exception as error:
            text = await self._permissions.explain(
                error, plugin, interaction.guild_id, interaction.member
            ) or explain(error, plugin=plugin, action=action, member=int(interaction.user.id))
            await ctx.refuse(text)
        finally:
            excuse.cancel()
