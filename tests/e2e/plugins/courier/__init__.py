"""A plugin that goes on errands, and that needs permissions which the bot may lack."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import arc
import hikari

from nrg_core.errors import NrgError
from nrg_core.gateway.components import ComponentContext, FormContext, custom_id
from nrg_core.gateway.services import Services
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Tick, hookimpl
from nrg_core.host.plugin import Plugin
from nrg_core.outbox.messages import Envelope, Errand

__all__ = ["began", "gate", "plugin", "regulars"]

began = asyncio.Event()
"""Set once an errand has begun."""

gate = asyncio.Event()
"""An errand that is told to wait goes on when it is set."""

regulars: list[int] = []
"""Servers in which each tick asks for an office."""

commands = arc.GatewayPlugin("courier")


@commands.include
@arc.slash_command("deliver", "Sends the bot on an errand")
async def deliver(
    ctx: arc.GatewayContext,
    what: arc.Option[str, arc.StrParams("Which errand")],
    services: Services = arc.inject(),
) -> None:
    assert ctx.guild_id is not None
    envelope = Envelope(f"courier:{what}", Errand("courier", what, {"guild": ctx.guild_id}, ctx.guild_id))
    async with services.database.unit_of_work() as uow:
        await services.send(uow, envelope)
    await ctx.respond(
        await services.hurry(envelope, ctx.member) or "Asked for.", flags=hikari.MessageFlag.EPHEMERAL
    )


@commands.include
@arc.slash_command("hire", "Makes a role")
async def hire(
    ctx: arc.GatewayContext, late: arc.Option[bool, arc.BoolParams("Ask for time")] = False
) -> None:
    assert ctx.guild_id is not None
    if late:
        await ctx.defer()
    await ctx.client.rest.create_role(ctx.guild_id, name="Courier")
    await ctx.respond("Hired.")


@commands.include
@arc.slash_command("office", "Shows a button")
async def office(ctx: arc.GatewayContext) -> None:
    row = hikari.impl.MessageActionRowBuilder()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id("courier", "hire"), label="Hire")
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id("courier", "write"), label="Write")
    await ctx.respond("The office.", components=[row])


@commands.include
@arc.slash_command("contract", "Shows a form")
async def contract(ctx: arc.GatewayContext) -> None:
    field = hikari.impl.ModalActionRowBuilder().add_text_input("name", "A name")
    await ctx.respond_with_modal("Contract", custom_id("courier", "hire"), components=[field])


@commands.include
@arc.slash_command("promote", "Gives a role")
async def promote(ctx: arc.GatewayContext, role: arc.Option[hikari.Role, arc.RoleParams("Which")]) -> None:
    assert ctx.guild_id is not None
    await ctx.client.rest.add_role_to_member(ctx.guild_id, ctx.user, role)
    await ctx.respond("Promoted.")


@commands.listen()
async def on_message(event: hikari.GuildMessageCreateEvent) -> None:
    if event.is_human:
        await event.message.app.rest.create_role(event.guild_id, name="Courier")


async def on_hire(ctx: ComponentContext | FormContext) -> None:
    assert ctx.interaction.guild_id is not None
    await ctx.interaction.app.rest.create_role(ctx.interaction.guild_id, name="Courier")


async def on_write(ctx: ComponentContext) -> None:
    await ctx.interaction.app.rest.create_message(ctx.interaction.channel_id, "Dear all")


async def open_office(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Make a channel, unless it is there already."""
    channels = await rest.fetch_guild_channels(payload["guild"])
    if not any(channel.name == "office" for channel in channels):
        await rest.create_guild_text_channel(payload["guild"], "office")


async def wait(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Begin, and go on when the test says so."""
    began.set()
    await gate.wait()


async def stumble(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Fail for no reason of Discord's."""
    raise NrgError("stumbled")


async def get_lost(payload: Mapping[str, Any], rest: hikari.api.RESTClient, services: Services) -> None:
    """Go where nothing is."""
    await rest.fetch_channel(1)


class Hooks:
    @hookimpl
    async def on_schedule_tick(self, tick: Tick, ctx: HookContext) -> None:
        for guild_id in regulars:
            errand = Errand("courier", "open_office", {"guild": guild_id}, guild_id)
            await ctx.send(Envelope(f"courier:tick:{tick.id}", errand))


plugin = Plugin(
    name="courier",
    summary="Goes on errands",
    commands=commands,
    hooks=Hooks,
    components={"hire": on_hire, "write": on_write},
    forms={"hire": on_hire},
    errands={"open_office": open_office, "wait": wait, "stumble": stumble, "get_lost": get_lost},
    permissions=hikari.Permissions.MANAGE_CHANNELS
    | hikari.Permissions.MANAGE_ROLES
    | hikari.Permissions.SEND_MESSAGES,
    intents=hikari.Intents.GUILD_MESSAGES,
)
