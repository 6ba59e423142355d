"""What members do with a real bot on a sandbox, in the words that they see; and what the bot shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import hikari

from nrg_core.app import App
from nrg_core.host.needs import permission_names
from nrg_sandbox import Answer, Member, Sandbox
from nrg_sandbox.forms.components import BUTTON, TEXT_SELECT, walk
from nrg_sandbox.program.answer import text_of
from nrg_sandbox.world.messages import Message
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.world import BOT_PERMISSIONS

__all__ = ["Scene"]

Json = dict[str, Any]

GREEN = 3
"""The style of a button that shows what was chosen."""


class Scene:
    """A running bot, and the members who deal with it in #practice.

    A bystander, who does nothing, tells what everybody sees from what is private.
    """

    def __init__(self, discord: Sandbox, app: App) -> None:
        self.discord = discord
        self._world, self._app = discord.world, app
        self._bystander = discord.world.person("bystander")["id"]
        discord.world.home.join(discord.world.users[self._bystander])
        self._people: dict[str, Member] = {}
        self._forms: dict[str, Answer] = {}
        self._lost = hikari.Permissions.NONE

    # What members do

    async def command(self, who: str, command: str) -> None:
        name, *options = re.split(r"\s+(\w+):", command)
        values: dict[str, Any] = {
            key: await self._value(said) for key, said in zip(options[::2], options[1::2], strict=True)
        }
        self._note_form(who, await (await self._member(who)).slash(name, **values))

    async def _value(self, said: str) -> Member | str | int:
        if said.startswith("@"):
            return await self._member(said[1:])
        return int(said) if said.isdecimal() else said

    async def press(self, who: str, button: str) -> None:
        member = await self._member(who)
        message = self._latest(member, button, lambda each: button in map(_label, _buttons(each)))
        self._note_form(who, await member.press(message, button))

    async def choose(self, who: str, choices: str) -> None:
        member = await self._member(who)
        message = self._latest(member, "menu", _menus)
        (menu,) = _menus(message)
        values = {one["label"]: one["value"] for one in menu["options"]}
        chosen = [] if choices == "nothing" else [values[one] for one in choices.split(" · ")]
        await member.select(message, menu["custom_id"], chosen)

    async def fill_in(self, who: str, answers: str) -> None:
        fields = _fields(form := self._forms.pop(who))
        entered: dict[str, str] = {}
        for answer in answers.split(" · "):
            label = next(label for label in fields if answer.startswith(label))
            entered[fields[label]] = answer.removeprefix(label).strip()
        await (await self._member(who)).submit(form, entered)

    async def reply(self, who: str, word: str, words: str) -> None:
        member = await self._member(who)
        await member.say(word, reply_to=self._holding(member, words))

    async def react(self, who: str, emoji: str, words: str) -> None:
        member = await self._member(who)
        await member.react(self._holding(member, words), emoji)

    async def pick_on_message(self, who: str, entry: str, words: str) -> None:
        member = await self._member(who)
        await member.on_message(entry, self._holding(member, words))

    async def pick_on_member(self, who: str, entry: str, whom: str) -> None:
        await (await self._member(who)).on_user(entry, await self._member(whom))

    async def leave(self, who: str) -> None:
        await (await self._member(who)).leave_server()

    async def _member(self, name: str) -> Member:
        if name not in self._people:
            self._people[name] = await self.discord.member(name)
        return self._people[name]

    def _note_form(self, who: str, answer: Answer) -> None:
        if answer.modal:
            self._forms[who] = answer

    def _holding(self, member: Member, words: str) -> Json:
        return self._latest(member, words, lambda each: words in self._said(each))

    def _latest(self, member: Member, what: str, fits: Callable[[Json], object]) -> Json:
        for message in reversed(self._world.messages.values()):
            if self._sees(member.id, message) and fits(message.payload):
                return message.payload
        raise AssertionError(f"{member.name} sees no message with {what!r}")

    # What happens around them

    async def wait(self, number: str, unit: str) -> None:
        """Let time go by."""
        self.discord.clock.advance(timedelta(**{f"{unit}s": int(number)}))

    async def permit(self, change: str, permission: str) -> None:
        """Take a permission from the bot, on the server and in #practice, or give it back."""
        (flag,) = [
            each for each in hikari.Permissions.all_permissions() if permission_names(each) == [permission]
        ]
        self._lost = self._lost | flag if change == "loses" else self._lost & ~flag
        guild, bot = self._world.home, self._world.bot["id"]
        (role,) = [each for each in guild.roles.values() if each.get("managed")]
        guild.change_role(role["id"], {"permissions": str(BOT_PERMISSIONS & ~int(self._lost))})
        # What everybody may do, the bot may too, unless a channel forbids it.
        forbidden = {"id": bot, "type": 1, "allow": "0", "deny": str(int(self._lost))}
        guild.change_channel(self._world.find_channel("practice"), {"permission_overwrites": [forbidden]})

    async def settle(self) -> None:
        """Let everything that is due be done, and what follows from it."""
        await self._app.catch_up()

    # What the bot shows

    def shown(self) -> Iterator[tuple[str, object, str]]:
        """Yield what the bot shows at present: where, in which state, and as a line of a conversation."""
        bot = self._world.bot["id"]
        for message in self._world.messages.values():
            if message.payload["author"]["id"] == bot and not message.loading:
                state = [message.payload[part] for part in ("content", "embeds", "components")]
                yield message.id, state, f"{self._audience(message)}: {self._said(message.payload)}"
            for emoji, people in message.reactions.items():
                if bot in people:
                    yield f"{message.id} {emoji}", emoji, f"NRG reacts {emoji}"
        for who, form in self._forms.items():
            yield form.interaction.id, form.modal, f"NRG asks {who}: {' · '.join(_fields(form))}"

    def _audience(self, message: Message) -> str:
        if (recipient := message.channel.recipient_id) is not None:
            return f"NRG writes to {self._world.users[recipient]['username']}"
        if self._sees(self._bystander, message):
            return "NRG"
        return (
            f"NRG to {_and(name for name, who in self._people.items() if self._sees(who.id, message))} alone"
        )

    def _sees(self, user_id: str, message: Message) -> bool:
        there = self._world.permissions(user_id, message.channel) & Permission.VIEW_CHANNEL
        return bool(there) and message.seen_by(user_id)

    def _said(self, message: Json) -> str:
        """Return everything there is to read in a message, in one line and as it looks."""
        said = text_of(message | {"components": []})
        said = re.sub(r"<@(\d+)>", lambda found: f"@{self._world.users[found[1]]['username']}", said)
        said = re.sub(r"<#(\d+)>", lambda found: f"#{self._world.channels[found[1]].payload['name']}", said)
        said = re.sub(
            r"<t:(\d+):t>", lambda found: f"{datetime.fromtimestamp(int(found[1]), UTC):%H:%M}", said
        )
        said = re.sub(r"\\(\W)", r"\1", said).replace("**", "").replace("`", "")
        pictures = ["(picture)" for embed in message["embeds"] if "image" in embed]
        buttons = [f"[{_face(button)}]" for button in _buttons(message)]
        menus = [f"[{menu['placeholder']}]" for menu in _menus(message)]
        return " ".join([*said.split(), *pictures, *buttons, *menus])


def _and(names: Iterable[str]) -> str:
    *others, last = [*names] or ["nobody"]
    return " and ".join(filter(None, [", ".join(others), last]))


def _buttons(message: Json) -> list[Json]:
    found = [item for _, item in walk(message["components"]) if item["type"] == BUTTON]
    return [button for button in found if not button.get("disabled")]


def _label(button: Json) -> str:
    return button["label"]


def _face(button: Json) -> str:
    emoji = f"{button['emoji']['name']} " if button.get("emoji") else ""
    return f"{emoji}{_label(button)}{' ✓' if button['style'] == GREEN else ''}"


def _menus(message: Json) -> list[Json]:
    return [item for _, item in walk(message["components"]) if item["type"] == TEXT_SELECT]


def _fields(form: Answer) -> dict[str, str]:
    """Return the custom ids of a form's fields by what stands above them."""
    assert form.modal is not None
    return {
        item["label"]: item["custom_id"] for _, item in walk(form.modal["components"]) if "custom_id" in item
    }
