"""Members as programs use them: they run commands, press buttons, fill in forms, and read the answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from nrg_sandbox.errors import InvalidOption, NoAnswer
from nrg_sandbox.program.answer import Answer, Choice, text_of
from nrg_sandbox.world.commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    CHAT_INPUT,
    GROUP,
    INTEGER,
    MENTIONABLE,
    MESSAGE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
    USER_OPTION,
)
from nrg_sandbox.world.files import File

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions
    from nrg_sandbox.interactions.interaction import Interaction
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.messages import Message

__all__ = ["Member"]

Json = dict[str, Any]

# What a value is taken for when an unchecked command does not know the option.
_GUESSES = ((bool, BOOLEAN), (int, INTEGER), (float, NUMBER))


class Member:
    """A member at a place: commands run, and things are said, in ``channel`` unless told otherwise.

    Parameters
    ----------
    channel
        Name or id of a channel.
    """

    def __init__(self, actions: Actions, user_id: str, channel: str = "practice") -> None:
        self._actions = actions
        self._world = actions.world
        self.id = user_id
        self.channel_id = self._world.find_channel(channel).id

    def __repr__(self) -> str:
        return f"<Member {self.name}>"

    @property
    def name(self) -> str:
        """The user name."""
        return self._world.users[self.id]["username"]

    @property
    def mention(self) -> str:
        """The text that mentions them."""
        return f"<@{self.id}>"

    @property
    def roles(self) -> list[str]:
        """The names of their roles."""
        guild = self._guild
        return [guild.roles[role]["name"] for role in guild.members[self.id]["roles"]]

    def at(self, channel: str) -> Member:
        """Return the same member in another channel, by name or id."""
        return Member(self._actions, self.id, self._world.find_channel(channel, self._guild).id)

    def dm(self) -> Member:
        """Return the same member in their direct messages with the bot."""
        return Member(self._actions, self.id, self._world.dm_with(self.id).id)

    async def slash(self, command: str, /, *, unchecked: bool = False, **options: Any) -> Answer:
        """Run a command and wait for its answer.

        Parameters
        ----------
        command
            Its name; parts follow after spaces: ``"practice start"``.
        unchecked
            Send what Discord's own client would refuse to.
        options
            Values by name: members, channels and roles as handles, names or ids, files as (name, bytes).

        Raises
        ------
        InvalidOption
            If Discord's client would not have sent it.
        NoAnswer
            If the bot does not answer in time.
        """
        name, *parts = command.split()
        found = self._actions.command_by_name(name, CHAT_INPUT, self.channel_id)
        tree = self._tree(found, parts, options, checked=not unchecked)
        return await self._answer(
            self._actions.run_command(self._user, self.channel_id, found, tree, checked=not unchecked)
        )

    async def autocomplete(
        self, command: str, option: str, typed: Any = "", /, **others: Any
    ) -> list[Choice]:
        """Type into an option and return what is suggested.

        Raises
        ------
        InvalidOption
            If there is no such option.
        NoAnswer
            If the bot does not answer in time.
        """
        name, *parts = command.split()
        found = self._actions.command_by_name(name, CHAT_INPUT, self.channel_id)
        tree = self._tree(found, parts, {**others, option: typed}, checked=True)
        leaves = tree
        for _ in parts:
            leaves = leaves[0].setdefault("options", [])
        for leaf in leaves:
            if leaf["name"] == option:
                leaf |= {"focused": True, "value": typed}
        interaction = self._actions.autocomplete(self._user, self.channel_id, found, tree)
        answer = await self._answer(interaction)
        choices = answer.interaction.choices or []
        return [Choice(choice["name"], choice["value"]) for choice in choices]

    async def on_user(self, command: str, target: Member | str) -> Answer:
        """Run a command from a member's context menu."""
        found = self._actions.command_by_name(command, USER, self.channel_id)
        target_id = target.id if isinstance(target, Member) else target
        return await self._answer(
            self._actions.run_command(self._user, self.channel_id, found, [], target_id=target_id)
        )

    async def on_message(self, command: str, target: Answer | Json) -> Answer:
        """Run a command from a message's context menu."""
        found = self._actions.command_by_name(command, MESSAGE, self.channel_id)
        return await self._answer(
            self._actions.run_command(self._user, self.channel_id, found, [], target_id=_message_id(target))
        )

    async def press(self, target: Answer | Json, button: str) -> Answer:
        """Press a button, by label or custom id, of an answer or a raw message."""
        return await self._answer(self._actions.use_component(self._user, _message_id(target), button))

    async def select(
        self, target: Answer | Json, select: str, values: list[str], *, unchecked: bool = False
    ) -> Answer:
        """Choose from a select, by custom id or placeholder."""
        return await self._answer(
            self._actions.use_component(
                self._user, _message_id(target), select, values, checked=not unchecked
            )
        )

    async def submit(self, form: Answer, values: dict[str, Any], *, unchecked: bool = False) -> Answer:
        """Fill in the form of an answer, by the custom ids of its fields, and send it."""
        opener = form.interaction.id
        return await self._answer(
            self._actions.submit_form(self._user, opener, values, checked=not unchecked)
        )

    async def deliver_again(self, answer: Answer) -> None:
        """Send the event of an interaction once more, with the same id, as a gateway may."""
        self._actions.interactions.deliver_again(answer.interaction)

    async def say(self, content: str, channel: str | None = None, *, reply_to: Json | None = None) -> Json:
        """Write a message and return it as Discord's raw object."""
        where = self._world.find_channel(channel or self.channel_id, self._guild)
        place = self._actions.visible_channel(self.id, where.id)
        return self._actions.say(self._user, place, content, reply_to["id"] if reply_to else None).payload

    async def react(self, target: Answer | Json, emoji: str, *, remove: bool = False) -> None:
        """React to a message, or take the reaction back."""
        self._actions.react(self._user, _message_id(target), emoji, remove=remove)

    async def edit(self, message: Json, content: str) -> Json:
        """Change an own message and return it as it is now."""
        return self._actions.edit(self._user, message["id"], content).payload

    async def delete(self, message: Json) -> None:
        """Delete a message: an own one, or another's where that is allowed."""
        self._actions.delete(self._user, message["id"])

    async def enter_voice(self, channel: str = "practice-room") -> None:
        """Enter a voice channel."""
        self._actions.enter_voice(self._user, self._world.find_channel(channel, self._guild))

    async def leave_voice(self) -> None:
        """Leave the voice channel."""
        self._guild.move_voice(self.id, None)

    async def receives(self, text: str, *, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """Wait for a direct message from the bot that holds a text, and return it.

        Raises
        ------
        AssertionError
            If none came in time (real seconds), with those that did.
        """
        return await self.dm().sees(text, timeout=timeout)

    async def sees(self, text: str, *, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """Wait until a message in this channel holds a text, and return the latest that does.

        Raises
        ------
        AssertionError
            If none did in time (real seconds), with those there are.
        """
        try:
            async with asyncio.timeout(timeout):
                while (found := self._latest(text)) is None:
                    await self._world.bus.changed()
        except TimeoutError:
            seen = [text_of(message) for message in self._visible()][-10:]
            msg = f"{self.name} did not see {text!r} within {timeout:g} s, but {seen}"
            raise AssertionError(msg) from None
        return found

    def _latest(self, text: str) -> Json | None:
        return next((message for message in self._visible() if text in text_of(message)), None)

    def _visible(self) -> list[Json]:
        messages = self._world.channels[self.channel_id].messages.values()
        return [item.payload for item in reversed(messages) if item.seen_by(self.id) and not item.failed]

    def close_dms(self) -> None:
        """Refuse direct messages from the bot from now on."""
        self._world.dm_with(self.id).closed = True

    async def leave_server(self) -> None:
        """Leave the server."""
        self._guild.leave(self.id)

    @property
    def _guild(self) -> Guild:
        """The server of the channel they are in; the first one while in direct messages."""
        return self._world.channels[self.channel_id].guild or self._world.home

    @property
    def _user(self) -> Json:
        return self._world.users[self.id]

    async def _answer(self, interaction: Interaction) -> Answer:
        await interaction.answered
        if interaction.state == "failed":
            msg = f"the bot did not answer {interaction.name!r} of {self.name} in time"
            raise NoAnswer(msg)
        original = interaction.original
        if interaction.response == 5 and original is not None:
            await self._finished(interaction, original)
        return Answer(interaction)

    async def _finished(self, interaction: Interaction, original: Message) -> None:
        try:
            async with asyncio.timeout(self._actions.interactions.patience):
                while original.loading and not original.deleted:
                    await self._world.bus.changed()
        except TimeoutError:
            msg = f"the bot asked for more time for {interaction.name!r} and never answered"
            raise NoAnswer(msg) from None

    def _tree(self, command: Json, parts: list[str], options: dict[str, Any], *, checked: bool) -> list[Json]:
        defined: list[Json] = command.get("options") or []
        kinds: list[int] = []
        for part in parts:
            step = next((item for item in defined if item["name"] == part), None)
            if step is None or step["type"] not in (SUBCOMMAND, GROUP):
                names = ", ".join(item["name"] for item in defined)
                msg = f"/{command['name']} has no part {part!r}; it has {names or 'none'}"
                raise InvalidOption(msg)
            kinds.append(step["type"])
            defined = step.get("options") or []
        types = {item["name"]: item["type"] for item in defined}
        tree: list[Json] = []
        for name, value in options.items():
            kind = types.get(name) or next(
                (guess for cls, guess in _GUESSES if isinstance(value, cls)), STRING
            )
            if name not in types and checked:
                msg = f"/{command['name']} has no option {name!r}; it has {', '.join(types) or 'none'}"
                raise InvalidOption(msg)
            tree.append({"name": name, "type": kind, "value": self._value(kind, value)})
        for part, kind in zip(reversed(parts), reversed(kinds), strict=True):
            tree = [{"name": part, "type": kind, "options": tree}]
        return tree

    def _value(self, kind: int, value: Any) -> Any:
        """Return what the client would send for a handle or a name."""
        world = self._world
        if isinstance(value, Member):
            return value.id
        if kind == ATTACHMENT and isinstance(value, tuple):
            filename, data = cast("tuple[str, bytes]", value)
            file = File(filename, "application/octet-stream", data, id=world.snowflakes.next())
            world.files.put(file)
            return file.id
        if isinstance(value, str):
            if kind in (USER_OPTION, MENTIONABLE) and (user := world.named(value)) is not None:
                return user["id"]
            if kind in (ROLE, MENTIONABLE):
                roles = self._guild.roles.values()
                return next((role["id"] for role in roles if role["name"] == value), value)
            if kind == CHANNEL:
                return world.find_channel(value, self._guild).id
        return value


def _message_id(target: Answer | Json) -> str:
    message = target.message if isinstance(target, Answer) else target
    if "id" not in message:
        msg = "there is no message to act upon"
        raise InvalidOption(msg)
    return message["id"]
