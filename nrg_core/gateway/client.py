"""arc's client with the gates in front of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

import arc
import hikari
import structlog

from nrg_core.errors import Refusal
from nrg_core.gateway.answers import NO_MENTIONS, explain, tell_privately
from nrg_core.gateway.gates import Gates
from nrg_core.gateway.permissions import Permissions

__all__ = ["Client"]

_log = structlog.get_logger("nrg.gateway")


class Client(arc.GatewayClient):
    """Asks the gates before a command or an autocompletion reaches its plugin.

    arc's own hooks would cover commands only, and leave a command that was just switched off unanswered.
    """

    __slots__ = ("_adding", "_gated", "gates", "owners", "permissions")

    def __init__(
        self, app: hikari.GatewayBotAware, gates: Gates, permissions: Permissions, **options: Any
    ) -> None:
        # An answer that takes its time begins with "thinking…", which settles who will see it: the member.
        super().__init__(app, autosync=False, autodefer=arc.AutodeferMode.EPHEMERAL, **options)
        self.gates = gates
        self.permissions = permissions
        self.owners: dict[arc.abc.PluginBase[Any], str] = {}
        """Which of our plugins an arc plugin belongs to; the core's own are not in it."""
        self._adding: str | None = None
        self._gated: dict[tuple[type[Any], Any], Any] = {}
        self.set_error_handler(_answer_error)

    def add_owned(self, commands: arc.GatewayPlugin, name: str) -> None:
        """Add the commands and listeners of one of our plugins."""
        self.owners[commands] = self._adding = name
        try:
            # Commands are written for arc's own client, which this one is.
            self.add_plugin(cast(Any, commands))
        finally:
            self._adding = None

    def add_core(self, commands: arc.GatewayPlugin) -> None:
        """Add the core's own commands."""
        self.add_plugin(cast(Any, commands))

    def remove_owned(self, commands: arc.GatewayPlugin) -> None:
        """Take them out again."""
        self.remove_plugin(cast(Any, commands))
        self.owners.pop(commands, None)

    def subscribe(self, event_type: type[Any], callback: Any) -> None:
        """Listen to an event; a plugin's listener hears only of servers in which the plugin is enabled."""
        plugin, gates = self._adding, self.gates

        async def gated(event: Any) -> None:
            guild_id = getattr(event, "guild_id", None)
            if gates.is_open(plugin, guild_id):
                try:
                    await callback(event)
                except Exception as error:
                    # Nobody waits for an answer: what the bot lacks, the server's owner is told.
                    if await self.permissions.explain(error, plugin, guild_id) is None:
                        _log.exception("a listener failed", plugin=plugin, event_type=event_type.__name__)

        self._gated[event_type, callback] = gated
        super().subscribe(event_type, gated)

    def unsubscribe(self, event_type: type[Any], callback: Any) -> None:
        """Listen no longer."""
        super().unsubscribe(event_type, self._gated.pop((event_type, callback)))

    def owner(self, interaction: hikari.CommandInteraction | hikari.AutocompleteInteraction) -> str | None:
        """Return the plugin that a command belongs to, or nothing for one of the core's.

        Raises
        ------
        Refusal
            There is no such command (any more): Discord showed one that was just switched off.
        """
        command = self._commands[hikari.CommandType(interaction.command_type)].get(interaction.command_name)
        if command is None:
            raise Refusal("That command is switched off here. /help shows what there is.")
        return self.owners.get(command.plugin) if command.plugin is not None else None

    async def on_command_interaction(self, interaction: hikari.CommandInteraction) -> None:
        """Let a command through, or say why not."""
        if not self.gates.is_new(interaction.id):
            return
        try:
            owner = self.owner(interaction)
            await self.gates.admit_command(owner, interaction.user.id, interaction.guild_id)
        except Exception as error:
            await tell_privately(interaction, explain(error, command=interaction.command_name))
            return
        await super().on_command_interaction(interaction)

    async def on_autocomplete_interaction(self, interaction: hikari.AutocompleteInteraction) -> None:
        """Let an autocompletion through; one that fails offers nothing rather than an error."""
        if not self.gates.is_new(interaction.id):
            return
        try:
            if self.gates.is_open(self.owner(interaction), interaction.guild_id):
                await super().on_autocomplete_interaction(interaction)
                return
        except Refusal:
            pass
        except Exception:
            _log.exception("autocompletion failed", command=interaction.command_name)
        await interaction.create_response([])


async def _answer_error(ctx: arc.Context[Any], error: Exception) -> None:
    client, interaction = cast(Client, ctx.client), ctx.interaction
    text = await client.permissions.explain(
        error, client.owner(interaction), interaction.guild_id, interaction.member
    ) or explain(error, command=ctx.command.display_name, member=int(ctx.user.id))
    with suppress(hikari.NotFoundError, hikari.BadRequestError):
        # As in ``tell_privately``; by way of arc, which would ask for more time otherwise.
        if ctx.issued_response:
            # "Thinking…" may be public, so it makes way.
            await ctx.interaction.delete_initial_response()
        await ctx.respond(text, flags=hikari.MessageFlag.EPHEMERAL, **NO_MENTIONS)
