"""/validate and its menus end to end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nrg_sandbox import InvalidOption

if TYPE_CHECKING:
    from conftest import World

    from nrg_sandbox import Sandbox
    from nrg_sandbox.program import Answer, Member

ON_MEMBER = "Validate latest practice"
ON_MESSAGE = "Validate this practice"


async def test_a_peer_is_validated_for_all_to_see(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    answer = await ben.slash("validate", user=ana, message="That looked calm.")
    assert not answer.ephemeral
    assert f"{ben.mention} validated {ana.mention}’s practice" in answer.text
    assert "> That looked calm." in answer.text
    assert await world.validations() == [("ben", "ana", "That looked calm.")]
    assert await world.rows("SELECT is_validated FROM practice_sessions") == [(True,)]


async def test_it_is_the_latest_session(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    world.discord.clock.advance(timedelta(minutes=1))
    await ana.slash("checkin", hack="eye-massage")
    await ben.slash("validate", user=ana)
    rows = await world.rows(
        "SELECT hacks.slug FROM practice_sessions JOIN hacks ON hacks.id = hack_id WHERE is_validated"
    )
    assert rows == [("eye-massage",)]
    world.discord.clock.advance(timedelta(minutes=1))
    await ana.slash("checkin", hack="energy-ball")
    assert not (await ben.slash("validate", user=ana)).ephemeral  # a new session, a new validation
    assert len(await world.validations()) == 2


async def test_a_members_menu(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    answer = await ben.on_user(ON_MEMBER, ana)
    assert f"validated {ana.mention}’s practice" in answer.text
    assert await world.validations() == [("ben", "ana", None)]
    assert "already" in (await ben.on_user(ON_MEMBER, ana)).content
    assert "for a peer to validate" in (await ana.on_user(ON_MEMBER, ana)).content


async def test_a_messages_menu_means_that_session(ana: Member, ben: Member, world: World) -> None:
    first = await ana.slash("checkin", hack="energy-ball")
    world.discord.clock.advance(timedelta(minutes=1))
    await ana.slash("checkin", hack="eye-massage")
    answer = await ben.on_message(ON_MESSAGE, first)
    assert f"validated {ana.mention}’s practice" in answer.text
    rows = await world.rows(
        "SELECT hacks.slug FROM practice_sessions JOIN hacks ON hacks.id = hack_id WHERE is_validated"
    )
    assert rows == [("energy-ball",)]
    again = await ben.on_message(ON_MESSAGE, first)
    assert again.ephemeral
    assert "already" in again.content
    own = await ana.on_message(ON_MESSAGE, first)
    assert own.ephemeral
    assert "for a peer to validate" in own.content


async def test_a_form_announces_a_session_too(ana: Member, ben: Member, world: World) -> None:
    form = await ana.slash("checkin")
    answer = await ana.submit(form, {"hack": "Energy ball", "minutes": "", "notes": ""})
    assert f"validated {ana.mention}’s practice" in (await ben.on_message(ON_MESSAGE, answer)).text
    assert len(await world.validations()) == 1


@pytest.mark.parametrize("way", ["button", "status", "reply", "command", "reminder"])
async def test_a_message_on_which_a_practice_ended(
    ana: Member, ben: Member, world: World, discord: Sandbox, way: str
) -> None:
    """The answer to its start comes to show the session, whichever way it ends, and so does a reminder."""
    begun = await ana.slash("practice start", hack="energy-ball", goal=20)
    assert "announces no practice" in (await ben.on_message(ON_MESSAGE, begun)).content
    shown: Answer | dict[str, Any] = begun
    if way == "reminder":
        await world.pass_time(timedelta(minutes=20))
        shown = await ana.sees("are up")
    discord.clock.advance(timedelta(minutes=5))
    match way:
        case "button" | "reminder":
            await ana.press(shown, "End")
        case "status":
            await ana.press(await ana.slash("practice status"), "End")
        case "reply":
            await ana.say(f"<@{discord.application_id}> stop", reply_to=begun.message)
            await discord.wait_for(lambda: "✅" in world.reactions(begun) or "Saved" in begun.text)
        case _:
            ended = await ana.slash("practice end")
            cat = await discord.member("cat")
            assert f"validated {ana.mention}’s practice" in (await cat.on_message(ON_MESSAGE, ended)).text
    assert f"validated {ana.mention}’s practice" in (await ben.on_message(ON_MESSAGE, shown)).text
    assert await world.rows("SELECT DISTINCT session_id FROM validations") != []
    await ben.react(shown, "✅")  # once is all it takes
    assert ("ben", "ana", None) in await world.validations()


async def test_a_message_that_announces_nothing(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    said = await ana.say("I practised, believe me")
    other = await ana.slash("streak")
    for message in (said, other):
        answer = await ben.on_message(ON_MESSAGE, message)
        assert answer.ephemeral
        assert "announces no practice" in answer.content
        assert "/validate" in answer.content
    assert await world.validations() == []


async def test_the_same_session_twice(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    await ben.slash("validate", user=ana, message="Once")
    again = await ben.slash("validate", user=ana, message="Twice")
    assert again.ephemeral
    assert "validated that session already" in again.content
    assert await world.validations() == [("ben", "ana", "Once")]


async def test_nobody_validates_themselves(ana: Member, world: World) -> None:
    for _ in range(2):  # without a session, and with one
        answer = await ana.slash("validate", user=ana)
        assert answer.ephemeral
        assert "for a peer to validate" in answer.content
        await ana.slash("checkin", hack="energy-ball")
    assert await world.validations() == []


async def test_a_bot_does_not_practise(ana: Member, discord: Sandbox, world: World) -> None:
    bot = discord.application_id
    for answer in (await ana.slash("validate", user=bot), await ana.on_user(ON_MEMBER, bot)):
        assert answer.ephemeral
        assert "is a bot" in answer.content
    assert await world.validations() == []


async def test_a_member_without_sessions(ana: Member, ben: Member, world: World) -> None:
    answer = await ben.slash("validate", user=ana)
    assert answer.ephemeral
    assert "ana has not practised here yet" in answer.content
    assert await world.rows("SELECT discord_id FROM users") == []


async def test_a_session_under_way_is_none_yet(ana: Member, ben: Member, world: World) -> None:
    await ana.slash("checkin", hack="energy-ball")
    await world.execute("UPDATE practice_sessions SET ended_at = NULL")
    assert "has not practised here yet" in (await ben.slash("validate", user=ana)).content


async def test_somebody_who_left(ana: Member, ben: Member, world: World) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    await ana.leave_server()
    answer = await ben.slash("validate", user=ana.id, unchecked=True)
    assert answer.ephemeral
    assert "not on this server any more" in answer.content
    assert await world.validations() == []
    # What they left behind can still be recognised.
    assert not (await ben.on_message(ON_MESSAGE, session)).ephemeral


@pytest.mark.parametrize(
    ("message", "said"),
    [("x" * 501, "501 characters"), ("<script>alert(1)</script>", "looks like code")],
)
async def test_messages_that_are_refused(
    ana: Member, ben: Member, world: World, message: str, said: str
) -> None:
    await ana.slash("checkin", hack="energy-ball")
    answer = await ben.slash("validate", user=ana, message=message, unchecked=True)
    assert answer.ephemeral
    assert said in answer.content
    assert await world.validations() == []
    assert await world.rows("SELECT is_validated FROM practice_sessions") == [(False,)]


async def test_a_message_pings_nobody_and_leads_nowhere(ana: Member, ben: Member, discord: Sandbox) -> None:
    await ana.slash("checkin", hack="energy-ball")
    words = f"@everyone {ana.mention} [here](https://example.org)\n# loud"
    answer = await ben.slash("validate", user=ana, message=words)
    assert answer.message["mention_everyone"] is False
    assert answer.message["mentions"] == []
    (embed,) = answer.embeds
    assert "@everyone" not in embed["description"]
    assert "](" not in embed["description"]
    assert r"> \# loud" in embed["description"]


async def test_the_first_validation_earns_and_is_announced(
    ana: Member, ben: Member, world: World, discord: Sandbox
) -> None:
    await ana.slash("checkin", hack="energy-ball")
    await ben.slash("validate", user=ana)
    await world.settle()
    assert await world.earned(ben) == ["first-validation"]
    assert await world.earned(ana) == ["first-session"]
    assert await ana.sees("ben earned **First validation**")


async def test_only_on_servers(ana: Member, ben: Member) -> None:
    with pytest.raises(InvalidOption):
        await ben.dm().slash("validate", user=ana)


@pytest.mark.parametrize("here", [True, False])
async def test_switched_off(ana: Member, ben: Member, world: World, here: bool) -> None:
    session = await ana.slash("checkin", hack="energy-ball")
    await world.switch("validation", enabled=False, everywhere=not here)
    if here:
        for answer in (await ben.slash("validate", user=ana), await ben.on_message(ON_MESSAGE, session)):
            assert answer.ephemeral
            assert "switched off" in answer.content
    else:
        with pytest.raises(InvalidOption):
            await ben.slash("validate", user=ana)
