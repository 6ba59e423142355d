"""The manifest: what a plugin says of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import arc
import hikari
from pydantic import BaseModel
from sqlmodel import SQLModel

from nrg_core.domain.notices import Notice
from nrg_core.storage.sql import table_of

__all__ = ["ErrandHandler", "Handler", "Plugin"]

Handler = Callable[..., Awaitable[None]]
"""Answers a button, select or form. Called with a ``ComponentContext`` or ``FormContext`` and, by type,
with whatever it asks to be injected."""

ErrandHandler = Callable[..., Awaitable[None]]
"""Does an errand. Called with the errand's payload, hikari's REST client and the ``Services``, outside any
unit of work. It may be called again after it has done its work, and must find that out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin, named by its entry point in the group ``nrg.plugins``.

    Attributes
    ----------
    name
        The entry point's name: lower-case letters, digits and underscores, at most 20 characters.
    summary
        One line for people.
    commands
        Its slash commands, context menus and listeners.
    hooks
        A class with methods marked ``@hookimpl``, see ``nrg_core.hooks.specs``.
    models
        The tables it owns. Its migrations lie in ``migrations/versions`` beside the module.
    settings
        A pydantic model, filled from ``[plugins.<name>]`` in ``nrg.toml`` and from the environment.
    requires
        Plugins that must be there and enabled, by name.
    components, forms
        What answers a button or select, and a form, by action: the second part of a custom id.
    notices
        What members may ask to be told of by direct message, see ``HookContext.notify``.
    errands
        What does its network work, by the name under which an ``Errand`` asks for it.
    needs_core
        The core it was written for, as a version specifier such as ``">=0.1,<0.2"``.
    intents
        Gateway intents that its listeners need beyond those of the core.
    permissions
        Discord permissions that the bot needs for it.
    """

    name: str
    summary: str
    commands: arc.GatewayPlugin | None = None
    hooks: type[Any] | None = None
    models: tuple[type[SQLModel], ...] = ()
    settings: type[BaseModel] | None = None
    requires: tuple[str, ...] = ()
    components: Mapping[str, Handler] = field(default_factory=dict[str, Handler])
    forms: Mapping[str, Handler] = field(default_factory=dict[str, Handler])
    errands: Mapping[str, ErrandHandler] = field(default_factory=dict[str, ErrandHandler])
    notices: tuple[Notice, ...] = ()
    needs_core: str = ">=0.1"
    intents: hikari.Intents = hikari.Intents.NONE
    permissions: hikari.Permissions = hikari.Permissions.NONE

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables it owns."""
        return frozenset(table_of(model).name for model in self.models)
