"""What the bot lacks is said in plain words at the moment it matters, to the person who can mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from nrg_core.delivery.sender import PAUSES, Parcel
from nrg_core.errors import OperatorError
from nrg_core.gateway.lacks import NotAllowed
from nrg_core.host.reports import AGAIN_AFTER
from nrg_core.outbox.messages import AddRole, DirectMessage, Envelope, Errand, RemoveRole, enqueue
from nrg_sandbox.world.channel import PUBLIC_THREAD
from nrg_sandbox.world.threads import start_thread
from tests.e2e.plugins import courier
from tests.e2e.test_errands import ADMINISTRATOR, ALL, COURIER

if TYPE_CHECKING:
    from conftest import StartBot

    from nrg_core.app import App
    from nrg_core.host.installed import Installed
    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Member

VIEW_CHANNEL, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS = 1 << 10, 1 << 11, 1 << 38
MESSAGE_CONTENT = 1 << 15
MANAGE_CHANNELS, MANAGE_GUILD, MANAGE_ROLES = 1 << 4, 1 << 5, 1 << 28

WITHOUT_ROLES = {"bot_permissions": ALL & ~ADMINISTRATOR & ~MANAGE_ROLES}
WITHOUT_CHANNELS = {"bot_permissions": ALL & ~ADMINISTRATOR & ~MANAGE_CHANNELS}
WITHOUT_BOTH = {"bot_permissions": ALL & ~ADMINISTRATOR & ~MANAGE_ROLES & ~MANAGE_CHANNELS}

AT_FAULT = "I may not manage roles here. Someone who manages this server can grant “Manage Roles” to my role."
TO_MANAGER = "I may not manage roles here. You can grant “Manage Roles” to my role: Server Settings → Roles."
LETTER = (
    "On your server **Practice**, the plugin “courier” could not do everything. I may not manage roles "
    "there. You can grant “Manage Roles” to my role: Server Settings → Roles."
)


@pytest.fixture
async def couriers(start_bot: StartBot) -> App:
    return await start_bot(candidates=COURIER)


@pytest.fixture
async def owner(discord: Sandbox) -> Member:
    return await discord.member("owner")


@pytest.fixture
async def manager(discord: Sandbox) -> Member:
    """A member who manages the server, and does not own it."""
    mia = await discord.member("mia")
    role = discord.world.home.create_role("Managers", permissions=MANAGE_GUILD)
    discord.world.home.give_role(mia.id, role["id"])
    return mia


@pytest.fixture
def office_wanted(discord: Sandbox) -> Iterator[None]:
    """Each tick asks for a channel."""
    courier.regulars.append(int(discord.guild_id))
    yield
    courier.regulars.clear()


def allow_bot(discord: Sandbox, permissions: int) -> None:
    """Make the bot's own role allow no more and no less."""
    guild = discord.world.home
    (role,) = (each for each in guild.roles.values() if each.get("managed"))
    guild.change_role(role["id"], {"permissions": str(permissions)})


def forbid_bot(discord: Sandbox, channel_name: str, permissions: int) -> str:
    """Make a channel forbid the bot something; return the channel's id."""
    channel = discord.world.find_channel(channel_name)
    overwrite = {"id": discord.application_id, "type": 1, "allow": "0", "deny": str(permissions)}
    assert channel.guild is not None
    channel.guild.change_channel(channel, {"permission_overwrites": [overwrite]})
    return channel.id


async def letters(app: App, discord: Sandbox, member: Member) -> list[str]:
    """Return what a member was told by direct message, once everything is sent."""
    while await app.sender.look():
        pass
    return [message["content"] for message in discord.dms(member)]


async def ask(app: App, *envelopes: Envelope) -> None:
    now = app.clock.now()
    await app.database.write(enqueue, envelopes, now)


async def given_up(app: App) -> list[str]:
    """Return why what is left in the outbox was given up."""
    statement = text("SELECT last_error FROM outbox WHERE due_at IS NULL ORDER BY id")
    return await app.database.read(lambda connection: list(connection.execute(statement).scalars()))


# To the one who acted


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


@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_whoever_can_mend_it_is_told_how_and_the_owner_is_left_alone(
    couriers: App, manager: Member, owner: Member, discord: Sandbox
) -> None:
    answers = [
        await manager.slash("hire"),
        await manager.press(await manager.slash("office"), "Hire"),
        await manager.submit(await manager.slash("contract"), {"name": "Ben"}),
    ]
    assert [(each.content, each.ephemeral) for each in answers] == [(TO_MANAGER, True)] * 3
    assert await letters(couriers, discord, owner) == []
    assert (await owner.slash("hire")).content == TO_MANAGER


@pytest.mark.parametrize("discord", [WITHOUT_CHANNELS], indirect=True)
async def test_so_is_one_who_waits_for_an_errand(
    couriers: App, ana: Member, manager: Member, owner: Member, discord: Sandbox
) -> None:
    answer = await manager.slash("deliver", what="open_office")
    assert answer.content == (
        "I may not manage channels here. You can grant “Manage Channels” to my role: Server Settings → Roles."
    )
    assert await letters(couriers, discord, owner) == []
    answer = await ana.slash("deliver", what="open_office")
    assert "Someone who manages this server can grant “Manage Channels”" in answer.content
    assert len(await letters(couriers, discord, owner)) == 1


@pytest.mark.usefixtures("couriers")
@pytest.mark.parametrize("discord", [WITHOUT_BOTH], indirect=True)
async def test_everything_that_is_missing_is_named(ana: Member) -> None:
    answer = await ana.slash("hire")
    assert answer.content == (
        "I may not manage channels and manage roles here. Someone who manages this server can grant "
        "“Manage Channels” and “Manage Roles” to my role."
    )


@pytest.mark.usefixtures("couriers")
async def test_what_a_channel_forbids_is_named(ana: Member, manager: Member, discord: Sandbox) -> None:
    buttons = await ana.slash("office"), await manager.slash("office")
    channel_id = forbid_bot(discord, "practice", SEND_MESSAGES)
    answer = await ana.press(buttons[0], "Write")
    assert answer.ephemeral
    assert answer.content == (
        f"I may not send messages in <#{channel_id}>. Someone who manages this server can grant "
        "“Send Messages” to my role there."
    )
    answer = await manager.press(buttons[1], "Write")
    assert answer.content.endswith(
        "You can grant “Send Messages” to my role there: Edit Channel → Permissions."
    )


@pytest.mark.usefixtures("couriers")
async def test_what_a_channel_forbids_in_its_threads_is_named(ana: Member, discord: Sandbox) -> None:
    practice = discord.world.find_channel("practice")
    settings = {"name": "A talk", "auto_archive_duration": 1440}
    thread = start_thread(practice, discord.world.owner, settings, kind=PUBLIC_THREAD)
    office = await ana.at(thread.id).slash("office")
    forbid_bot(discord, "practice", SEND_MESSAGES_IN_THREADS)
    answer = await ana.at(thread.id).press(office, "Write")
    assert f"I may not send messages in threads in <#{practice.id}>" in answer.content


@pytest.mark.usefixtures("couriers")
async def test_a_role_above_the_bots_own_is_named(ana: Member, manager: Member, discord: Sandbox) -> None:
    role = discord.role("Elders")
    discord.world.home.move_roles({role["id"]: 9})
    answer = await ana.slash("promote", role="Elders")
    assert answer.ephemeral
    assert answer.content == (
        "I may not give or take the role “Elders”: my role must stand above it. Someone who manages "
        "this server can drag my role above “Elders”."
    )
    answer = await manager.slash("promote", role="Elders")
    assert answer.content.endswith("You can drag my role above “Elders”: Server Settings → Roles.")


async def test_a_refusal_that_no_declared_permission_explains(
    couriers: App, ana: Member, owner: Member, discord: Sandbox
) -> None:
    discord.fail("POST", "/guilds/.*/roles$", status=403)
    answer = await ana.slash("hire")
    assert answer.ephemeral
    assert "reference" in answer.content, "Discord did not say that a permission is missing"
    assert await letters(couriers, discord, owner) == []


# To the server's owner


@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_what_a_member_cannot_mend_the_owner_is_told_once_whatever_happens(
    start_bot: StartBot, database_url: str, ana: Member, ben: Member, owner: Member, discord: Sandbox
) -> None:
    app = await start_bot(candidates=COURIER, database_url=database_url)
    assert (await ana.slash("hire")).content == AT_FAULT
    assert await letters(app, discord, owner) == [LETTER]
    assert await letters(app, discord, ana) == []
    await ben.press(await ben.slash("office"), "Hire")
    assert await letters(app, discord, owner) == [LETTER]

    await app.stop()
    app = await start_bot(candidates=COURIER, database_url=database_url)
    await ana.slash("hire")
    assert await letters(app, discord, owner) == [LETTER]

    discord.clock.advance(AGAIN_AFTER - timedelta(minutes=1))
    await ana.slash("hire")
    assert await letters(app, discord, owner) == [LETTER]
    discord.clock.advance(timedelta(minutes=1))
    await ana.slash("hire")
    assert await letters(app, discord, owner) == [LETTER] * 2

    allow_bot(discord, WITHOUT_BOTH["bot_permissions"])
    await ana.slash("hire")
    *_, latest = await letters(app, discord, owner)
    assert "“Manage Channels” and “Manage Roles”" in latest
    await ana.slash("hire")
    assert len(await letters(app, discord, owner)) == 3


@pytest.mark.usefixtures("office_wanted")
@pytest.mark.parametrize("discord", [WITHOUT_CHANNELS], indirect=True)
async def test_an_errand_for_which_nobody_waits(couriers: App, owner: Member, discord: Sandbox) -> None:
    await couriers.ticker.look()
    discord.clock.advance(timedelta(minutes=1))
    await couriers.ticker.look()
    await discord.wait_for(lambda: discord.dms(owner))
    [letter] = await letters(couriers, discord, owner)
    assert "the plugin “courier”" in letter
    assert letter.endswith("You can grant “Manage Channels” to my role: Server Settings → Roles.")


@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_a_listener(couriers: App, ana: Member, owner: Member, discord: Sandbox) -> None:
    await ana.say("Hello")
    await discord.wait_for(lambda: discord.dms(owner))
    assert await letters(couriers, discord, owner) == [LETTER]


@pytest.mark.parametrize(
    ("denied", "missing"),
    [(SEND_MESSAGES, "send messages"), (VIEW_CHANNEL, "view channels")],
)
async def test_an_announcement(
    start_bot: StartBot, ana: Member, owner: Member, discord: Sandbox, denied: int, missing: str
) -> None:
    app = await start_bot(announce_channel_id=int(discord.channel("announcements")["id"]))
    channel_id = forbid_bot(discord, "announcements", denied)
    answer = await ana.slash("checkin", hack="energy-ball")
    assert answer.embeds, "the member's answer is what it always is"
    await discord.wait_for(lambda: discord.dms(owner))
    [letter] = await letters(app, discord, owner)
    assert letter == (
        f"On your server **Practice**, I could not do everything. I may not {missing} in <#{channel_id}>. "
        f"You can grant “{missing.title()}” to my role there: Edit Channel → Permissions."
    )
    [reason] = await given_up(app)
    assert reason.startswith(f"403: I may not {missing} in <#{channel_id}>.")


@pytest.mark.parametrize("kind", [AddRole, RemoveRole])
async def test_a_role_of_the_outbox(
    couriers: App, ana: Member, owner: Member, discord: Sandbox, kind: type[AddRole | RemoveRole]
) -> None:
    role = discord.role("Elders")
    discord.world.home.move_roles({role["id"]: 9})
    wanted = kind(int(discord.guild_id), int(ana.id), int(role["id"]), plugin="courier")
    await ask(couriers, Envelope("role", wanted))
    assert await letters(couriers, discord, owner) == [
        "On your server **Practice**, the plugin “courier” could not do everything. I may not give or take "
        "the role “Elders”: my role must stand above it. You can drag my role above “Elders”: "
        "Server Settings → Roles."
    ]


@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_a_role_that_the_core_may_not_give(
    couriers: App, ana: Member, owner: Member, discord: Sandbox
) -> None:
    role = discord.role("Beginners")
    await ask(couriers, Envelope("role", AddRole(int(discord.guild_id), int(ana.id), int(role["id"]))))
    [letter] = await letters(couriers, discord, owner)
    assert letter.startswith("On your server **Practice**, I could not do everything. I may not manage roles")


@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_an_owner_who_takes_no_direct_messages_holds_nothing_up(
    couriers: App, ana: Member, owner: Member, discord: Sandbox
) -> None:
    channel = discord.world.dm_with(owner.id)
    closed = discord.fail("POST", f"/channels/{channel.id}/messages$", status=403)
    assert (await ana.slash("hire")).content == AT_FAULT
    await ask(couriers, Envelope("after", DirectMessage(int(ana.id), "Something else")))
    assert await letters(couriers, discord, ana) == ["Something else"]
    assert await letters(couriers, discord, owner) == []
    assert closed.times == 0
    assert await given_up(couriers) == []


@pytest.mark.parametrize("discord", [WITHOUT_CHANNELS], indirect=True)
async def test_a_process_that_dies_before_it_has_given_up_tells_once(
    couriers: App, owner: Member, discord: Sandbox
) -> None:
    errand = Errand("courier", "open_office", {"guild": discord.guild_id}, int(discord.guild_id))
    now = discord.clock.now()
    with pytest.raises(NotAllowed):
        await couriers.gateway.post.send(Parcel(1, "office", "errand", asdict(errand), 0, now, now))
    assert len(await letters(couriers, discord, owner)) == 1
    await ask(couriers, Envelope("office", errand))
    assert len(await letters(couriers, discord, owner)) == 1
    assert len(await given_up(couriers)) == 1


@pytest.mark.parametrize("discord", [WITHOUT_CHANNELS], indirect=True)
async def test_while_discord_does_not_say_what_is_missing_nothing_is_given_up(
    couriers: App, owner: Member, discord: Sandbox
) -> None:
    discord.fail("GET", r"/guilds/\d+$", status=503, times=4)
    errand = Errand("courier", "open_office", {"guild": discord.guild_id}, int(discord.guild_id))
    await ask(couriers, Envelope("office", errand))
    assert await letters(couriers, discord, owner) == []
    assert await given_up(couriers) == []
    discord.clock.advance(PAUSES[0])
    assert len(await letters(couriers, discord, owner)) == 1
    assert len(await given_up(couriers)) == 1


@pytest.mark.parametrize("discord", [WITHOUT_ROLES], indirect=True)
async def test_while_discord_does_not_say_what_is_missing_there_is_an_answer(
    couriers: App, ana: Member, owner: Member, discord: Sandbox
) -> None:
    discord.fail("GET", r"/guilds/\d+$", status=503, times=4)
    answer = await ana.slash("hire")
    await discord.wait_for(lambda: answer.followups or answer.content)
    shown = answer.followups[-1]["content"] if answer.followups else answer.content
    assert shown.startswith("Discord does not let me do everything here, and I cannot tell why.")
    assert await letters(couriers, discord, owner) == []
    await ana.slash("hire")
    assert await letters(couriers, discord, owner) == [LETTER]


async def test_what_no_declared_permission_explains(
    couriers: App, ana: Member, owner: Member, discord: Sandbox
) -> None:
    office = await ana.slash("office")
    channel_id = forbid_bot(discord, "practice", VIEW_CHANNEL)
    answer = await ana.press(office, "Write")
    assert answer.content == (
        f"Discord does not let me do everything in <#{channel_id}>, and I cannot tell why. "
        "Someone who manages this server can look at what my role may do there."
    )
    [letter] = await letters(couriers, discord, owner)
    assert letter.endswith("You can look at what my role may do there: Edit Channel → Permissions.")


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
