"""Commands of a real hikari bot with hikari-arc, run by members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hikari
import pytest

from nrg_sandbox import Choice, InvalidOption, Sandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, StartBot


async def test_answers_a_slash_command_with_its_options(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("ping", times=3)
    assert answer.content == "pong pong pong"
    assert not answer.ephemeral
    assert not answer.deferred
    assert [message["content"] for message in discord.messages("practice")] == ["pong pong pong"]
    assert answer.message["interaction_metadata"]["user"]["id"] == ana.id


async def test_subcommand_resolves_a_member(discord: Sandbox, bot: Bot) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    answer = await ana.slash("hack show", name="energy-ball", to=ben)
    assert answer.content == f"energy-ball for {ben.mention}"
    assert [user["id"] for user in answer.message["mentions"]] == [ben.id]


async def test_autocomplete(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    choices = await ana.autocomplete("hack show", "name", "ener")
    assert choices == [Choice("energy-ball", "energy-ball"), Choice("energy-flows", "energy-flows")]


async def test_ephemeral_answers_are_seen_by_their_member_alone(discord: Sandbox, bot: Bot) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    answer = await ana.slash("secret")
    assert answer.ephemeral
    assert [item["content"] for item in discord.messages("practice", seen_by=ana)] == ["only for you"]
    assert discord.messages("practice", seen_by=ben) == []
    assert discord.messages("practice") == []
    with pytest.raises(hikari.NotFoundError):
        await bot.app.rest.fetch_message(int(answer.message["channel_id"]), int(answer.message["id"]))


async def test_deferred_answer_keeps_its_privacy_and_is_followed_up(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    answer = await ana.slash("slow")
    assert answer.deferred
    assert answer.ephemeral
    assert answer.content == "first"
    await discord.wait_for(lambda: answer.followups)
    assert [message["content"] for message in answer.followups] == ["second"]
    assert len(discord.messages("practice", seen_by=ana)) == 2


async def test_context_menus(discord: Sandbox, bot: Bot) -> None:
    ana, ben = await discord.member("ana"), await discord.member("ben")
    assert (await ana.on_user("Greet", ben)).content == "hello ben"
    said = await ben.say("I practised", channel="general")
    assert (await ana.on_message("Quote", said)).content == "> I practised"


async def test_a_command_knows_member_roles_and_place(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana", "general")
    discord.world.home.give_role(ana.id, discord.role("Teacher")["id"])
    await bot.hears(lambda: bot.of(hikari.MemberUpdateEvent))
    assert (await ana.slash("who")).content == "ana in general: ['@everyone', 'Teacher']"
    assert (await ana.dm().slash("who")).content == "ana in None: []"


@pytest.mark.parametrize(
    ("command", "options", "told"),
    [
        ("ping", {"times": 6}, "at most 5"),
        ("ping", {"times": 0}, "at least 1"),
        ("ping", {"times": "two"}, "a whole number"),
        ("ping", {"times": True}, "a whole number"),
        ("ping", {"word": "x" * 11}, "0 to 10 characters"),
        ("ping", {"wrod": "x"}, "no option 'wrod'"),
        ("hack show", {}, "needs name"),
        ("hack show", {"name": "x", "to": "123"}, "someone"),
        ("hack", {}, "is run by one of its parts: show"),
        ("hack hide", {}, "no part 'hide'"),
        ("pong", {}, "no command 'pong'"),
    ],
)
async def test_what_discords_client_would_not_send_is_refused_before_sending(
    discord: Sandbox, bot: Bot, command: str, options: dict[str, Any], told: str
) -> None:
    ana = await discord.member("ana")
    with pytest.raises(InvalidOption, match=told):
        await ana.slash(command, **options)
    assert not bot.of(hikari.InteractionCreateEvent)


async def test_a_hostile_client_may_send_it_all_the_same(discord: Sandbox, bot: Bot) -> None:
    ana = await discord.member("ana")
    assert (await ana.slash("ping", unchecked=True, times=7)).content == " ".join(["pong"] * 7)


async def test_a_second_start_registers_nothing_anew(discord: Sandbox, start_bot: StartBot) -> None:
    first = await start_bot(discord)
    assert [call.method for call in discord.requests if call.path.endswith("/commands")] == ["GET", "PUT"]
    ids = [command["id"] for command in discord.commands]
    await first.app.close()
    await discord.wait_for(lambda: not discord.bot_online)
    discord.requests.clear()
    await start_bot(discord)
    assert [call.method for call in discord.requests if call.path.endswith("/commands")] == ["GET"]
    assert [command["id"] for command in discord.commands] == ids


async def test_a_command_for_members_with_permissions_is_hidden_from_others(
    discord: Sandbox, bot: Bot
) -> None:
    await bot.app.rest.create_slash_command(
        int(discord.application_id),
        "purge",
        "For moderators",
        default_member_permissions=hikari.Permissions.MANAGE_MESSAGES,
    )
    ana = await discord.member("ana")
    with pytest.raises(InvalidOption, match="permissions"):
        await ana.slash("purge")


def _option(
    name: str, kind: hikari.OptionType = hikari.OptionType.STRING, **more: Any
) -> hikari.CommandOption:
    return hikari.CommandOption(type=kind, name=name, description="x", **more)


@pytest.mark.parametrize(
    ("name", "options", "path"),
    [
        ("Big", [], ("name",)),
        ("two words", [], ("name",)),
        ("fine", [_option("a"), _option("b", is_required=True)], ("options", "1")),
        ("fine", [_option("a"), _option("a")], ("options", "1", "name")),
        ("fine", [_option(f"o{number}") for number in range(26)], ("options",)),
        ("fine", [_option("a"), _option("b", hikari.OptionType.SUB_COMMAND)], ("options",)),
        ("fine", [_option("x" * 33)], ("options", "0", "name")),
        (
            "fine",
            [_option("a", autocomplete=True, choices=[hikari.CommandChoice(name="a", value="a")])],
            ("options", "0", "autocomplete"),
        ),
    ],
)
async def test_wrong_definitions_are_refused_at_their_place(
    discord: Sandbox, bot: Bot, name: str, options: list[hikari.CommandOption], path: tuple[str, ...]
) -> None:
    builder = hikari.impl.SlashCommandBuilder(name, "x", options=options)
    before = discord.commands
    with pytest.raises(hikari.BadRequestError) as refusal:
        await bot.app.rest.set_application_commands(int(discord.application_id), [builder])
    assert refusal.value.code == 50035
    found: Any = refusal.value.errors
    for key in ("0", *path):
        found = found[key]
    assert found["_errors"]
    assert discord.commands == before
