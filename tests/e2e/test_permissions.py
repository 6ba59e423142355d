"""What the bot lacks is said in plain words, privately, at the moment it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nrg_core.errors import OperatorError
from tests.e2e.test_errands import ADMINISTRATOR, ALL, COURIER

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_core.app import App
    from nrg_core.host.installed import Installed
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member

MESSAGE_CONTENT = 1 << 15
SEND_MESSAGES, MANAGE_ROLES, MANAGE_CHANNELS = 1 << 11, 1 << 28, 1 << 4

WITHOUT_ROLES = {"bot_permissions": ALL & ~ADMINISTRATOR & ~MANAGE_ROLES}
WITHOUT_BOTH = {"bot_permissions": ALL & ~ADMINISTRATOR & ~MANAGE_ROLES & ~MANAGE_CHANNELS}
AT_FAULT = "I may not manage roles here. Someone who manages this server can grant “Manage Roles” to my role."


@pytest.fixture
async def couriers(start_bot: StartBot) -> App:
    return await start_bot(candidates=COURIER)


@pytest.mark.usefixtures("couriers")
@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
@pytest.mark.parametrize("late", [False, True])
async def test_a_command_names_what_is_missing(ana: Member, discord: Sandbox, late: bool) -> None:
    answer = await ana.slash("hire", late=late)
    if late:
        await discord.wait_for(lambda: answer.followups)
    shown = answer.followups[-1] if late else answer.message
    assert shown["content"] == AT_FAULT
    assert shown["flags"] & 64


@pytest.mark.usefixtures("couriers")
@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_so_do_a_button_and_a_form(ana: Member) -> None:
    pressed = await ana.press(await ana.slash("office"), "Hire")
    assert (pressed.content, pressed.ephemeral) == (AT_FAULT, True)
    sent = await ana.submit(await ana.slash("contract"), {"name": "Ben"})
    assert (sent.content, sent.ephemeral) == (AT_FAULT, True)


@pytest.mark.usefixtures("couriers")
@pytest.mark.parametrize("discord", [WITHOUT_BOTH], indirect=True)
async def test_everything_that_is_missing_is_named(ana: Member) -> None:
    answer = await ana.slash("hire")
    assert answer.content == (
        "I may not manage channels and manage roles here. Someone who manages this server can grant "
        "“Manage Channels” and “Manage Roles” to my role."
    )


@pytest.mark.usefixtures("couriers")
async def test_what_a_channel_forbids_is_named(ana: Member, discord: Sandbox) -> None:
    channel = discord.world.find_channel("practice")
    overwrite = {"id": discord.application_id, "type": 1, "allow": "0", "deny": str(SEND_MESSAGES)}
    assert channel.guild is not None
    channel.guild.change_channel(channel, {"permission_overwrites": [overwrite]})
    answer = await ana.press(await ana.slash("office"), "Write")
    assert answer.ephemeral
    assert "grant “Send Messages”" in answer.content


@pytest.mark.usefixtures("couriers")
async def test_a_refusal_that_no_declared_permission_explains(ana: Member, discord: Sandbox) -> None:
    discord.fail("POST", "/guilds/.*/roles$", status=403)
    answer = await ana.slash("hire")
    assert answer.ephemeral
    assert "reference" in answer.content, "Discord did not say that a permission is missing"


# To whoever runs the bot


@pytest.mark.parametrize("discord", [{"disallowed_intents": MESSAGE_CONTENT}], indirect=True)
async def test_a_privileged_intent_that_is_not_switched_on(
    start_bot: StartBot, with_probe: list[Installed]
) -> None:
    with pytest.raises(OperatorError) as raised:
        await start_bot(candidates=with_probe)
    assert raised.value.message == (
        "Discord closed the connection, as a privileged intent is not switched on: "
        "probe needs the Message Content Intent."
    )
    assert raised.value.resolution is not None
    assert "developer portal: your application → Bot → Privileged Gateway Intents" in raised.value.resolution
