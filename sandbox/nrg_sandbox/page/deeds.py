"""What a member does on the page: each deed one request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nrg_sandbox.errors import ApiError, InvalidOption
from nrg_sandbox.page.requests import Body, Json, Room, answer, read
from nrg_sandbox.world.channel import NEWS, PUBLIC_THREAD, TEXT
from nrg_sandbox.world.commands import GROUP, SUBCOMMAND
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.pins import pin, unpin
from nrg_sandbox.world.threads import start_from_message, start_thread

if TYPE_CHECKING:
    from nrg_sandbox.client.actions import Actions
    from nrg_sandbox.page.pages import Pages
    from nrg_sandbox.page.views import Views
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.files import File

__all__ = ["Deeds"]

_NAME = re.compile(r"[\w.-]{1,32}")
_MOST_FILES = 10


class _Say(Body):
    channel_id: str
    content: str = ""
    reply_to: str | None = None
    files: Annotated[list[str], Field(max_length=_MOST_FILES)] = Field(default_factory=list[str])


class _Edit(Body):
    content: str


class _Thread(Body):
    channel_id: str
    message_id: str | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)]


class _Option(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    type: int
    value: str | int | float | bool = ""
    focused: bool = False
    options: list[_Option] = Field(default_factory=lambda: list[_Option]())

    @model_validator(mode="after")
    def _complete(self) -> _Option:
        if self.type not in (SUBCOMMAND, GROUP) and "value" not in self.model_fields_set:
            msg = "an option that is no subcommand has a value"
            raise ValueError(msg)
        return self


class _Command(Body):
    channel_id: str
    command_id: str
    options: list[_Option] = Field(default_factory=lambda: list[_Option]())
    target_id: str | None = None

    def tree(self) -> list[Json]:
        """Return the options in Discord's shape."""
        return [option.model_dump(exclude_unset=True) for option in self.options]


class _Use(Body):
    message_id: str
    custom_id: str
    values: list[str] | None = None


class _Control(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    type: int
    custom_id: str
    value: str | bool | None = None
    values: list[str] = Field(default_factory=list[str])


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    type: int
    component: _Control | None = None
    components: list[_Control] = Field(default_factory=lambda: list[_Control]())


class _Form(Body):
    interaction_id: str
    components: list[_Part]


class _React(Body):
    message_id: str
    emoji: Annotated[str, Field(min_length=1, max_length=64)]


class _Join(Body):
    name: str
    guild_id: str | None = None


class _Enter(Body):
    channel_id: str | None
    guild_id: str | None = None


class _Read(Body):
    channel_id: str


class Deeds:
    """Does what members ask for, as Discord's own client would let them."""

    def __init__(self, actions: Actions, views: Views, pages: Pages) -> None:
        self._actions = actions
        self._world = actions.world
        self._views = views
        self._pages = pages

    def routes(self) -> Room:
        """Return its routes."""
        return [
            ("POST", "/sandbox/messages", self._say),
            ("PATCH", "/sandbox/messages/{message}", self._edit),
            ("DELETE", "/sandbox/messages/{message}", self._delete),
            ("PUT", "/sandbox/messages/{message}/pin", self._pin),
            ("DELETE", "/sandbox/messages/{message}/pin", self._pin),
            ("POST", "/sandbox/threads", self._start_thread),
            ("POST", "/sandbox/commands", self._command),
            ("POST", "/sandbox/autocomplete", self._autocomplete),
            ("POST", "/sandbox/components", self._component),
            ("POST", "/sandbox/modals", self._modal),
            ("POST", "/sandbox/reactions", self._react),
            ("DELETE", "/sandbox/reactions", self._react),
            ("POST", "/sandbox/members", self._join),
            ("POST", "/sandbox/voice", self._enter_voice),
            ("POST", "/sandbox/read", self._read),
        ]

    # Messages

    async def _say(self, request: web.Request) -> web.Response:
        body = await read(request, _Say)
        user = self._actions.user(body.viewer)
        room = self._actions.visible_channel(user["id"], body.channel_id)
        uploads = {number: self._file(one) for number, one in enumerate(body.files)}
        message = self._actions.say(user, room, body.content, body.reply_to, uploads)
        return answer(self._views.message(message, user["id"]))

    def _require(self, user: Json, room: Channel, needed: int) -> None:
        if self._world.permissions(user["id"], room) & needed != needed:
            raise ApiError.of(50013)

    def _file(self, file_id: str) -> File:
        if (file := self._world.files.get(file_id)) is None:
            msg = f"there is no file {file_id!r}: upload it first"
            raise InvalidOption(msg)
        return file

    async def _edit(self, request: web.Request) -> web.Response:
        body = await read(request, _Edit)
        user = self._actions.user(body.viewer)
        message = self._actions.edit(user, request.match_info["message"], body.content)
        return answer(self._views.message(message, user["id"]))

    async def _delete(self, request: web.Request) -> web.Response:
        user = self._actions.user((await read(request, Body)).viewer)
        self._actions.delete(user, request.match_info["message"])
        return answer({})

    async def _pin(self, request: web.Request) -> web.Response:
        user = self._actions.user((await read(request, Body)).viewer)
        message = self._actions.visible_message(user["id"], request.match_info["message"])
        allowed = self._world.permissions(user["id"], message.channel)
        if not allowed & (Permission.PIN_MESSAGES | Permission.MANAGE_MESSAGES):
            raise ApiError.of(50013)
        if request.method == "PUT":
            pin(self._world, message, user)
        else:
            unpin(self._world, message)
        return answer(self._views.message(message, user["id"]))

    async def _start_thread(self, request: web.Request) -> web.Response:
        body = await read(request, _Thread)
        user = self._actions.user(body.viewer)
        room = self._actions.visible_channel(user["id"], body.channel_id)
        if room.kind not in (TEXT, NEWS):
            msg = "a thread is started in a text channel"
            raise InvalidOption(msg)
        self._require(user, room, Permission.CREATE_PUBLIC_THREADS)
        form: Json = {"name": body.name}
        if body.message_id is None:
            thread = start_thread(room, user, form, kind=PUBLIC_THREAD)
        else:
            message = self._actions.visible_message(user["id"], body.message_id)
            if message.channel is not room or message.viewer is not None:
                raise ApiError.of(10008)
            thread = start_from_message(message, user, form)
        return answer(self._views.channel(user["id"], thread))

    async def _react(self, request: web.Request) -> web.Response:
        body = await read(request, _React)
        user = self._actions.user(body.viewer)
        remove = request.method == "DELETE"
        message = self._actions.react(user, body.message_id, body.emoji, remove=remove)
        return answer(self._views.message(message, user["id"]))

    async def _read(self, request: web.Request) -> web.Response:
        body = await read(request, _Read)
        user_id: str = self._actions.user(body.viewer)["id"]
        room = self._actions.visible_channel(user_id, body.channel_id)
        told = {"channel_id": room.id, "after": self._views.marks.read(user_id, room)}
        self._pages.tell_member(user_id, "READ", told)
        return answer(told)

    # Commands, components, forms

    async def _command(self, request: web.Request) -> web.Response:
        body = await read(request, _Command)
        interaction = self._actions.run_command(
            self._actions.user(body.viewer),
            body.channel_id,
            self._actions.command_by_id(body.command_id, body.channel_id),
            body.tree(),
            target_id=body.target_id,
        )
        return answer({"interaction_id": interaction.id})

    async def _autocomplete(self, request: web.Request) -> web.Response:
        body = await read(request, _Command)
        interaction = self._actions.autocomplete(
            self._actions.user(body.viewer),
            body.channel_id,
            self._actions.command_by_id(body.command_id, body.channel_id),
            body.tree(),
        )
        await interaction.answered
        return answer({"choices": interaction.choices or []})

    async def _component(self, request: web.Request) -> web.Response:
        body = await read(request, _Use)
        interaction = self._actions.use_component(
            self._actions.user(body.viewer), body.message_id, body.custom_id, body.values
        )
        return answer({"interaction_id": interaction.id})

    async def _modal(self, request: web.Request) -> web.Response:
        body = await read(request, _Form)
        components = [part.model_dump(exclude_unset=True) for part in body.components]
        user = self._actions.user(body.viewer)
        interaction = self._actions.submit_components(user, body.interaction_id, components)
        return answer({"interaction_id": interaction.id})

    # Being there

    async def _join(self, request: web.Request) -> web.Response:
        body = await read(request, _Join)
        name = body.name.strip()
        if not _NAME.fullmatch(name):
            msg = "a name has 1 to 32 letters, digits, dots, dashes or underscores"
            raise InvalidOption(msg)
        guild = self._world.guild(body.guild_id) if body.guild_id else self._world.home
        return answer(guild.join(self._world.person(name)))

    async def _enter_voice(self, request: web.Request) -> web.Response:
        body = await read(request, _Enter)
        user = self._actions.user(body.viewer)
        if body.channel_id is not None:
            room = self._actions.visible_channel(user["id"], body.channel_id)
            self._actions.enter_voice(user, room)
            return answer({})
        guild = self._world.guild(body.guild_id) if body.guild_id else self._world.home
        if user["id"] in guild.voice:
            guild.move_voice(user["id"], None)
        return answer({})
