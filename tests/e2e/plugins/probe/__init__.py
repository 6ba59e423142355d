"""A plugin with one of each: a command, autocompletion, a button, a form, a listener and a hook."""

from __future__ import annotations

import asyncio

import arc
import hikari

from nrg_core.domain.events import SessionRecorded
from nrg_core.gateway.components import EXCUSE_AFTER, ComponentContext, FormContext, custom_id
from nrg_core.hooks.context import HookContext
from nrg_core.hooks.specs import Note, hookimpl
from nrg_core.host.plugin import Plugin

__all__ = ["heard", "plugin"]

heard: list[str] = []
"""What the listener heard."""

commands = arc.GatewayPlugin("probe")


async def _words(data: arc.AutocompleteData[arc.GatewayClient, str]) -> list[str]:
    return ["yes", "no"]


async def _broken(data: arc.AutocompleteData[arc.GatewayClient, str]) -> list[str]:
    raise RuntimeError("the autocompletion is broken")


@commands.include
@arc.slash_command("probe", "Answers with a button")
async def probe(
    ctx: arc.GatewayContext,
    word: arc.Option[str | None, arc.StrParams("A word", autocomplete_with=_words)] = None,
    other: arc.Option[str | None, arc.StrParams("Another word", autocomplete_with=_broken)] = None,
) -> None:
    row = hikari.impl.MessageActionRowBuilder()
    for action, label in (("press", "Press"), ("gone", "Of old"), ("fault", "Fault")):
        row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id("probe", action, 1), label=label)
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id("stranger", "press"), label="Stranger")
    ancient = custom_id("checkin", "feedback", 9, "of another age")
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, ancient, label="Ancient")
    asking = hikari.impl.MessageActionRowBuilder()
    for action, label in (("ask", "Ask"), ("ask-late", "Ask late")):
        asking.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id("probe", action), label=label)
    await ctx.respond("Probed.", components=[row, asking])


@commands.include
@arc.slash_command("probeform", "Shows a form")
async def probe_form(ctx: arc.GatewayContext) -> None:
    field = hikari.impl.ModalActionRowBuilder().add_text_input("word", "A word")
    await ctx.respond_with_modal("Probe", custom_id("probe", "form"), components=[field])


@commands.include
@arc.slash_command("probefault", "Raises")
async def probe_fault(ctx: arc.GatewayContext) -> None:
    raise RuntimeError("the command is broken")


@commands.include
@arc.slash_command("probelate", "Raises after it asked for more time, for all to see")
async def probe_late(ctx: arc.GatewayContext) -> None:
    await ctx.defer()
    raise RuntimeError("the command is broken")


@commands.listen()
async def on_message(event: hikari.GuildMessageCreateEvent) -> None:
    if event.is_human:
        heard.append(event.content or "")


async def on_press(ctx: ComponentContext) -> None:
    await ctx.respond(f"Pressed {ctx.arguments[0]}.")


async def on_ask(ctx: ComponentContext) -> None:
    field = hikari.impl.ModalActionRowBuilder().add_text_input("word", "A word")
    await ctx.ask("Probe", custom_id("probe", "form"), [field])


async def on_ask_late(ctx: ComponentContext) -> None:
    await asyncio.sleep(EXCUSE_AFTER + 0.2)
    await on_ask(ctx)


async def on_fault(ctx: ComponentContext) -> None:
    raise RuntimeError("the button is broken")


async def on_form(ctx: FormContext) -> None:
    await ctx.respond(f"You wrote {ctx.fields['word']}.")


class Hooks:
    @hookimpl
    async def on_session_recorded(self, event: SessionRecorded, ctx: HookContext) -> Note:
        return Note("The probe saw it.")


plugin = Plugin(
    name="probe",
    summary="One of each",
    commands=commands,
    hooks=Hooks,
    components={"press": on_press, "ask": on_ask, "ask-late": on_ask_late, "fault": on_fault},
    forms={"form": on_form},
    intents=hikari.Intents.GUILD_MESSAGES | hikari.Intents.MESSAGE_CONTENT,
)
