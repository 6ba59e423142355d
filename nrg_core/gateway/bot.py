"""hikari and arc, assembled; and the place where plugins' commands, listeners and components register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import hikari
import structlog

from nrg_core.gateway.client import Client
from nrg_core.gateway.commands import CORE_COMPONENTS, core_commands
from nrg_core.gateway.components import Router
from nrg_core.gateway.failures import closed, unreachable, wrong_token
from nrg_core.gateway.gates import Gates
from nrg_core.gateway.global_limit import wait_for_global_limits
from nrg_core.gateway.owners import Owners
from nrg_core.gateway.permissions import Permissions
from nrg_core.gateway.post import Post
from nrg_core.gateway.services import Services
from nrg_core.host.discovery import Loaded
from nrg_core.host.host import Undo
from nrg_core.host.needs import CORE_PERMISSIONS
from nrg_core.host.tables import CORE

__all__ = ["INTENTS", "Gateway"]

INTENTS = hikari.Intents.GUILDS
"""What the core needs to hear: interactions need no intent at all."""

_log = structlog.get_logger("nrg.gateway")


class Gateway:
    """The connection to Discord.

    Parameters
    ----------
    token
        The bot's token.
    gates
        Who gets through.
    owners
        Who is told what the bot lacks on a server.
    intents
        What each plugin needs to hear beyond ``INTENTS``.
    api_url
        Another REST base than Discord's own.
    guild_id
        The one server in which commands are registered; everywhere without it.
    """

    def __init__(
        self,
        token: str,
        gates: Gates,
        owners: Owners,
        *,
        intents: Mapping[str, hikari.Intents],
        api_url: str | None = None,
        guild_id: int | None = None,
    ) -> None:
        heard = INTENTS
        for wanted in intents.values():
            heard |= wanted
        try:
            self.bot = self._connection(token, api_url, heard)
        except ValueError:
            raise wrong_token() from None
        wait_for_global_limits(self.bot)
        self.permissions = Permissions(self.bot, owners)
        self.post = Post(self.bot.rest, self.permissions)
        self.client = Client(
            self.bot,
            gates,
            self.permissions,
            default_enabled_guilds=[guild_id] if guild_id else hikari.UNDEFINED,
        )
        self.router = Router(self.client, self.client.injector, gates, self.permissions)
        self._commands_differ = True
        self._intents = intents
        self._guild_id = guild_id
        self.permissions.declare(CORE, CORE_PERMISSIONS)
        self.client.add_core(core_commands())
        self.router.add(CORE, CORE_COMPONENTS, {})
        self.bot.subscribe(hikari.InteractionCreateEvent, self._on_interaction)

    def _connection(self, token: str, api_url: str | None, intents: hikari.Intents) -> hikari.GatewayBot:
        return hikari.GatewayBot(
            token,
            rest_url=api_url,
            intents=intents,
            banner=None,
            logs=None,
            suppress_optimization_warning=True,
            # By default hikari opens a new connection for every call.
            http_settings=hikari.impl.HTTPSettings(force_close_transports=False),
            # Nothing here reads members or messages from a cache, and they are what makes one large.
            cache_settings=hikari.impl.CacheSettings(
                components=hikari.api.CacheComponents.GUILDS
                | hikari.api.CacheComponents.GUILD_CHANNELS
                | hikari.api.CacheComponents.ROLES
                | hikari.api.CacheComponents.ME
            ),
        )

    def provide(self, services: Services) -> None:
        """Let commands ask for the host's services, and give them to errands."""
        self.client.set_type_dependency(Services, services)
        self.post.services = services

    async def start(self) -> None:
        """Connect, and bring Discord's list of commands up to date.

        Raises
        ------
        OperatorError
            The token is wrong, an intent is not granted, or Discord cannot be reached.
        """
        try:
            await self.bot.start(check_for_updates=False)
            await self.client.wait_until_started()
        except hikari.UnauthorizedError:
            await self._give_up()
            raise wrong_token() from None
        except hikari.GatewayServerClosedConnectionError as error:
            await self._give_up()
            raise closed(error, self._intents) from None
        except (hikari.HTTPError, OSError) as error:
            await self._give_up()
            raise unreachable(error) from error
        await self.sync()

    async def _give_up(self) -> None:
        if self.bot.is_alive:
            await self.bot.close()

    async def stop(self) -> None:
        """Disconnect."""
        self.client.remove_plugin("core")
        await self.client.gates.aclose()
        if self.bot.is_alive:
            await self.bot.close()

    async def join(self) -> None:
        """Wait until the connection ends for good.

        Raises
        ------
        OperatorError
            Discord ended it and will not have us back.
        """
        try:
            await self.bot.join()
        except hikari.GatewayServerClosedConnectionError as error:
            raise closed(error, self._intents) from None

    async def sync(self) -> None:
        """Make Discord's list of commands what is registered here; writes nothing if it is already."""
        self._commands_differ = False
        try:
            await self.client.resync_commands()
            if self._guild_id:
                # arc leaves the other scope alone: commands once registered everywhere would show twice.
                await self._clear_global()
        except Exception:
            self._commands_differ = True
            _log.exception("Discord did not take the commands; members keep seeing the earlier ones")

    async def _clear_global(self) -> None:
        application = self.client.application
        assert application is not None
        if await self.bot.rest.fetch_application_commands(application):
            await self.client.purge_all_commands()

    async def add(self, loaded: Loaded, settings: Any) -> Undo:
        """Register a plugin's commands, listeners, components, forms and errands."""
        plugin = loaded.plugin
        commands = plugin.commands
        self.permissions.declare(plugin.name, plugin.permissions)
        self.router.add(plugin.name, plugin.components, plugin.forms)
        self.post.add(plugin.name, plugin.errands)
        if commands is not None:
            self.client.add_owned(commands, plugin.name)
        self._commands_differ = True

        async def undo() -> None:
            self.post.remove(plugin.name)
            self.router.remove(plugin.name)
            if commands is not None:
                self.client.remove_owned(commands)
            self._commands_differ = True

        return undo

    async def settle(self) -> None:
        """Bring Discord's list of commands up to date after plugins came or went."""
        if self._commands_differ and self.client.is_started:
            await self.sync()

    async def _on_interaction(self, event: hikari.InteractionCreateEvent) -> None:
        interaction = event.interaction
        if isinstance(interaction, hikari.ComponentInteraction):
            await self.router.on_component(interaction)
        elif isinstance(interaction, hikari.ModalInteraction):
            await self.router.on_form(interaction)
