"""What a member can do: shared by the page and by programs, checked as Discord's client would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nrg_sandbox.client import invocation
from nrg_sandbox.client.command_access import check_access
from nrg_sandbox.client.filled_form import fill_form
from nrg_sandbox.errors import ApiError, InvalidOption
from nrg_sandbox.interactions.interaction import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT
from nrg_sandbox.world.channel import STAGE, VOICE
from nrg_sandbox.world.messages import delete_message, edit_message, reply, write_message
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.reactions import react

if TYPE_CHECKING:
    from nrg_sandbox.interactions.interaction import Interaction
    from nrg_sandbox.interactions.interactions import Interactions
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.commands import Commands
    from nrg_sandbox.world.files import File
    from nrg_sandbox.world.messages import Message
    from nrg_sandbox.world.world import World

__all__ = ["Actions"]

Json = dict[str, Any]


class Actions:
    """Members' deeds upon the world."""

    def __init__(self, world: World, commands: Commands, interactions: Interactions) -> None:
        self.world = world
        self.commands = commands
        self.interactions = interactions

    def user(self, user_id: str | None) -> Json:
        """Return a user by id or name; the first ordinary member when nobody is named.

        Raises
        ------
        InvalidOption
            If there is no such user, or it is the bot.
        """
        world = self.world
        if not user_id:
            people = [item["user"] for item in world.home.members.values() if not item["user"]["bot"]]
            return people[1] if len(people) > 1 else people[0]
        user = world.users.get(user_id) or world.named(user_id)
        if user is None or user["bot"]:
            msg = f"there is no member {user_id!r}"
            raise InvalidOption(msg)
        return user

    def visible_channel(self, user_id: str, channel_id: str) -> Channel:
        """Return a channel that a member sees.

        Raises
        ------
        ApiError
            10003 or 50001.
        """
        channel = self.world.channel(channel_id)
        if not self.world.permissions(user_id, channel) & Permission.VIEW_CHANNEL:
            raise ApiError.of(50001)
        return channel

    def visible_message(self, user_id: str, message_id: str) -> Message:
        """Return a message that a member sees.

        Raises
        ------
        ApiError
            10008, 10003 or 50001.
        """
        message = self.world.messages.get(message_id)
        if message is None or not message.seen_by(user_id):
            raise ApiError.of(10008)
        self.visible_channel(user_id, message.payload["channel_id"])
        return message

    def say(
        self,
        user: Json,
        channel: Channel,
        content: str,
        reply_to: str | None = None,
        uploads: dict[int, File] | None = None,
    ) -> Message:
        """Write a message as a member.

        Raises
        ------
        InvalidOption
            If they may not write there.
        ApiError
            50035 or 50006 for a text that Discord refuses.
        """
        in_thread = Permission.SEND_MESSAGES_IN_THREADS
        self._require(user, channel, in_thread if channel.is_thread else Permission.SEND_MESSAGES)
        if uploads:
            self._require(user, channel, Permission.ATTACH_FILES)
        extra = reply(self.visible_message(user["id"], reply_to)) if reply_to is not None else None
        return write_message(self.world, channel, user, {"content": content}, uploads or {}, extra=extra)

    def edit(self, user: Json, message_id: str, content: str) -> Message:
        """Change what a member wrote.

        Raises
        ------
        InvalidOption
            If somebody else wrote it.
        """
        message = self.visible_message(user["id"], message_id)
        if message.payload["author"]["id"] != user["id"]:
            msg = f"{user['username']} did not write that message"
            raise InvalidOption(msg)
        return edit_message(self.world, message, {"content": content}, {})

    def delete(self, user: Json, message_id: str) -> None:
        """Delete a member's own message, or another's where they may.

        Raises
        ------
        InvalidOption
            If they may not.
        """
        message = self.visible_message(user["id"], message_id)
        if message.payload["author"]["id"] != user["id"]:
            self._require(user, message.channel, Permission.MANAGE_MESSAGES)
        delete_message(self.world, message)

    def react(self, user: Json, message_id: str, emoji: str, *, remove: bool = False) -> Message:
        """React to a message, or take the reaction back.

        Raises
        ------
        InvalidOption
            If they may not.
        """
        message = self.visible_message(user["id"], message_id)
        if not remove and emoji not in message.reactions:
            self._require(user, message.channel, Permission.ADD_REACTIONS)
        react(self.world, message, user["id"], emoji, remove=remove)
        return message

    def enter_voice(self, user: Json, channel: Channel) -> None:
        """Enter a voice channel, leaving another.

        Raises
        ------
        InvalidOption
            If it is none, or they may not.
        """
        if channel.guild is None or channel.kind not in (VOICE, STAGE):
            msg = f"{channel.payload.get('name') or 'direct messages'} is no voice channel"
            raise InvalidOption(msg)
        self._require(user, channel, Permission.CONNECT)
        channel.guild.move_voice(user["id"], channel.id)

    def _require(self, user: Json, channel: Channel, needs: Permission) -> None:
        if self.world.permissions(user["id"], channel) & needs != needs:
            where = channel.payload.get("name") or "direct messages"
            msg = f"{user['username']} lacks {needs.name} in {where}"
            raise InvalidOption(msg)

    def command_by_id(self, command_id: str, channel_id: str) -> Json:
        """Return a command that is offered in a channel.

        Raises
        ------
        InvalidOption
            If there is none.
        """
        for command in self.commands.offered(self.world.channel(channel_id).guild_id):
            if command["id"] == command_id:
                return command
        msg = f"there is no command with the id {command_id}"
        raise InvalidOption(msg)

    def command_by_name(self, name: str, kind: int, channel_id: str) -> Json:
        """Return a command that is offered in a channel by its name and type.

        Raises
        ------
        InvalidOption
            If there is none, naming those there are.
        """
        guild_id = self.world.channel(channel_id).guild_id
        offered = [command for command in self.commands.offered(guild_id) if command["type"] == kind]
        for command in offered:
            if command["name"] == name:
                return command
        names = ", ".join(command["name"] for command in offered) or "none"
        msg = f"there is no command {name!r}; there are: {names}"
        raise InvalidOption(msg)

    def run_command(
        self,
        user: Json,
        channel_id: str,
        command: Json,
        options: list[Json],
        *,
        target_id: str | None = None,
        checked: bool = True,
    ) -> Interaction:
        """Send a command to the bot."""
        channel = self.visible_channel(user["id"], channel_id)
        if checked:
            check_access(self.commands, command, user, channel)
        data = invocation.command_data(
            self.world, command, options, channel=channel, target_id=target_id, checked=checked
        )
        return self.interactions.send(COMMAND, user, channel, data)

    def autocomplete(self, user: Json, channel_id: str, command: Json, options: list[Json]) -> Interaction:
        """Ask the bot what fits the focused option."""
        channel = self.visible_channel(user["id"], channel_id)
        data = invocation.command_data(self.world, command, options, channel=channel, partial=True)
        return self.interactions.send(AUTOCOMPLETE, user, channel, data)

    def use_component(
        self,
        user: Json,
        message_id: str,
        wanted: str,
        values: list[str] | None = None,
        *,
        checked: bool = True,
    ) -> Interaction:
        """Press a button, or choose from a select."""
        message = self.visible_message(user["id"], message_id)
        channel = self.world.channel(message.payload["channel_id"])
        component = invocation.find_component(message, wanted)
        data = invocation.component_data(self.world, channel, component, values, checked=checked)
        return self.interactions.send(COMPONENT, user, channel, data, source=message)

    def submit_form(
        self, user: Json, opener_id: str, values: dict[str, Any], *, checked: bool = True
    ) -> Interaction:
        """Send in the form with which an interaction was answered."""
        opener, modal = self._opened(user, opener_id)
        data = fill_form(self.world, opener.channel, modal, values, checked=checked)
        return self.interactions.send(
            MODAL_SUBMIT, opener.user, opener.channel, data, source=opener.source, opener=opener
        )

    def submit_components(self, user: Json, opener_id: str, components: list[Json]) -> Interaction:
        """Send in a form given in Discord's shape."""
        values: dict[str, Any] = {}
        for row in components:
            controls: list[Json] = row.get("components") or ([row["component"]] if "component" in row else [])
            for item in controls:
                values[item["custom_id"]] = item["values"] if "values" in item else item.get("value")
        return self.submit_form(user, opener_id, values)

    def _opened(self, user: Json, opener_id: str) -> tuple[Interaction, Json]:
        opener = self.interactions.get(opener_id)
        if opener is None or opener.modal is None or opener.user["id"] != user["id"]:
            msg = "that interaction opened no form for this member"
            raise InvalidOption(msg)
        return opener, opener.modal
