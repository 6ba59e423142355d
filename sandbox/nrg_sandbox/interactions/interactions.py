"""Interactions: sent to the bot, answered once and in time, followed up for a quarter of an hour."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import orjson

from nrg_sandbox.errors import ApiError, Problems
from nrg_sandbox.forms.callbacks import AUTOCOMPLETE, CALLBACK
from nrg_sandbox.forms.limits import EPHEMERAL
from nrg_sandbox.forms.modals import MODAL
from nrg_sandbox.forms.options import STRING
from nrg_sandbox.interactions.interaction import (
    CHOICES,
    COMMAND,
    DEFER,
    DEFER_UPDATE,
    REPLY,
    UPDATE,
    Interaction,
)
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.files import File
from nrg_sandbox.world.messages import Message, edit_message, write_message

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.world import World

__all__ = ["Interactions"]

Json = dict[str, Any]

_SLASH_REPLY, _MENU_REPLY, _FOLLOWUP = 20, 23, 19


class Interactions:
    """All interactions that can still be answered.

    Parameters
    ----------
    deadline
        Real seconds for the first answer.
    lifetime
        Real seconds for everything after it.
    patience
        Real seconds that programs wait for an answer that was put off.
    """

    def __init__(
        self, world: World, *, deadline: float = 3.0, lifetime: float = 900.0, patience: float = 15.0
    ) -> None:
        self.patience = patience
        self._world = world
        self._deadline = deadline
        self._lifetime = lifetime
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self._by_age: deque[Interaction] = deque()

    def get(self, interaction_id: str) -> Interaction | None:
        """Return an interaction that is not yet forgotten."""
        return self._by_id.get(interaction_id)

    def latest(self) -> Interaction | None:
        """Return the interaction sent last."""
        return self._by_age[-1] if self._by_age else None

    def send(
        self,
        kind: int,
        user: Json,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        opener: Interaction | None = None,
    ) -> Interaction:
        """Hand a member's action to the bot and start its deadline."""
        world = self._world
        self._forget()
        name = str(data.get("name") or (opener.name if opener else source.name if source else None) or "")
        interaction = Interaction(world.snowflakes.next(), kind, user, channel, name)
        interaction.source, interaction.opener = source, opener
        interaction.menu = data.get("type", 1) != 1
        payload = self._payload(interaction, data)
        if source is not None:
            payload["message"] = source.payload
        interaction.event = Event(
            "INTERACTION_CREATE", payload, intent=Intent.NONE, guild_id=channel.guild_id, viewer=user["id"]
        )
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        self._by_age.append(interaction)
        loop = asyncio.get_running_loop()
        interaction.timer = loop.call_later(self._deadline, self._fail, interaction)
        self._tell(interaction)
        world.bus.emit(interaction.event)
        return interaction

    def deliver_again(self, interaction: Interaction) -> None:
        """Send the very same event once more, as a gateway may after a resume."""
        assert interaction.event is not None
        self._world.bus.emit(interaction.event)

    def respond(self, interaction_id: str, token: str, body: Json, uploads: dict[int, File]) -> Interaction:
        """Take the bot's first answer.

        Raises
        ------
        ApiError
            10062 when it is too late or the token is wrong, 40060 when it was answered already, 50035 or
            50006 for an answer that Discord refuses.
        """
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.state == "failed":
            raise ApiError.of(10062)
        if interaction.state == "answered":
            raise ApiError.of(40060)
        callback = CALLBACK.read(body)
        response: int = callback["type"]
        problems = Problems()
        problems.one_of(("type",), response, interaction.allowed())
        problems.raise_any()
        data: Json = callback.get("data") or {}
        if response == REPLY:
            self._reply(interaction, data, uploads, loading=False, root=("data",))
        elif response == DEFER:
            self._reply(interaction, {"flags": data.get("flags")}, {}, loading=True, root=("data",))
        elif response in (UPDATE, DEFER_UPDATE):
            source = interaction.source
            assert source is not None
            if response == UPDATE:
                edit_message(self._world, source, data, uploads, root=("data",))
            interaction.original = source
        elif response == CHOICES:
            assert interaction.event is not None
            written = _focused(interaction.event.data["data"].get("options") or [])
            answer = AUTOCOMPLETE[written or STRING].read(data, ("data",))
            interaction.choices = answer.get("choices") or []
        else:
            interaction.modal = MODAL.read(data, ("data",))
        interaction.response = response
        self._settle(interaction, "answered")
        return interaction

    def follow_up(self, token: str, body: Json, uploads: dict[int, File]) -> Message:
        """Write one more message; after a deferred answer, fill that one in instead."""
        interaction = self.by_token(token)
        original = interaction.original
        pending = original is not None and original.loading and not original.deleted
        if interaction.response == DEFER and original is not None and pending:
            return self.fill_in(original, body, uploads)
        message = self._write(interaction, body, uploads, kind=_FOLLOWUP, loading=False)
        interaction.followups.append(message)
        self._world.bus.touch()
        return message

    def fill_in(self, message: Message, body: Json, uploads: dict[int, File]) -> Message:
        """Change an answer; a promised one becomes real."""
        return edit_message(self._world, message, body, uploads, answer=message.loading)

    def by_token(self, token: str) -> Interaction:
        """Return the answered interaction that a webhook token stands for.

        Raises
        ------
        ApiError
            50027 for one expired, 10015 for one unknown or not yet answered.
        """
        interaction = self._by_token.get(token)
        if interaction is None or interaction.response is None:
            raise ApiError.of(10015)
        if time.monotonic() - interaction.born > self._lifetime:
            raise ApiError.of(50027)
        return interaction

    def answer_message(self, token: str, message_id: str) -> tuple[Interaction, Message]:
        """Return a message of an interaction: ``@original``, or a follow-up by its id.

        Raises
        ------
        ApiError
            10008, when there is none.
        """
        interaction = self.by_token(token)
        candidates = [interaction.original, *interaction.followups]
        if message_id == "@original":
            candidates = candidates[:1]
        for message in candidates:
            if message is not None and not message.deleted and message_id in ("@original", message.id):
                return interaction, message
        raise ApiError.of(10008)

    def close(self) -> None:
        """Stop every deadline."""
        for interaction in self._by_age:
            if interaction.timer is not None:
                interaction.timer.cancel()

    def _reply(
        self,
        interaction: Interaction,
        data: Json,
        uploads: dict[int, File],
        *,
        loading: bool,
        root: tuple[str, ...],
    ) -> None:
        kind = _MENU_REPLY if interaction.menu else _SLASH_REPLY if interaction.kind == COMMAND else 0
        interaction.original = self._write(interaction, data, uploads, kind=kind, loading=loading, root=root)

    def _write(
        self,
        interaction: Interaction,
        data: Json,
        uploads: dict[int, File],
        *,
        kind: int,
        loading: bool,
        root: tuple[str, ...] = (),
    ) -> Message:
        world = self._world
        extra: Json = {
            "application_id": world.application_id,
            "webhook_id": world.application_id,
            "interaction_metadata": interaction.metadata(),
        }
        if interaction.kind == COMMAND and kind != _FOLLOWUP:
            extra["interaction"] = {
                "id": interaction.id,
                "type": interaction.kind,
                "name": interaction.name,
                "user": interaction.user,
            }
        return write_message(
            world,
            interaction.channel,
            world.bot,
            data,
            uploads,
            kind=kind,
            extra=extra,
            viewer=interaction.user["id"],
            name=interaction.name,
            loading=loading,
            root=root,
            default_parse=("users",),
        )

    def _payload(self, interaction: Interaction, data: Json) -> Json:
        world, channel = self._world, interaction.channel
        person, place, own = world.faces(interaction.user["id"], channel)
        payload: Json = {
            "version": 1,
            "id": interaction.id,
            "application_id": world.application_id,
            "type": interaction.kind,
            "token": interaction.token,
            "data": data,
            "channel_id": channel.id,
            "channel": orjson.Fragment(place),
            "locale": "en-US",
            "app_permissions": own,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if (guild_id := channel.guild_id) is not None:
            payload |= {
                "guild_id": guild_id,
                "guild": {"id": guild_id, "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": orjson.Fragment(person),
                "context": 0,
                "authorizing_integration_owners": {"0": guild_id},
            }
        else:
            owners = {"0": "0"}
            payload |= {
                "user": orjson.Fragment(person),
                "context": 1,
                "authorizing_integration_owners": owners,
            }
        return payload

    def _fail(self, interaction: Interaction) -> None:
        if interaction.kind == COMMAND:
            # Only the page shows it, and only to the member, as Discord's client does.
            payload: Json = {
                "id": self._world.snowflakes.next(),
                "channel_id": interaction.channel.id,
                "author": self._world.bot,
                "content": "",
                "timestamp": self._world.clock.stamp(),
                "edited_timestamp": None,
                "flags": EPHEMERAL,
                "embeds": [],
                "attachments": [],
                "components": [],
                "mentions": [],
                "interaction_metadata": interaction.metadata(),
            }
            interaction.original = Message(
                payload,
                channel=interaction.channel,
                viewer=interaction.user["id"],
                name=interaction.name,
                failed=True,
            )
            self._world.keep(interaction.channel, interaction.original)
        self._settle(interaction, "failed")

    def _settle(self, interaction: Interaction, state: str) -> None:
        interaction.state = state
        if interaction.timer is not None:
            interaction.timer.cancel()
            interaction.timer = None
        if not interaction.answered.done():
            interaction.answered.set_result(None)
        self._tell(interaction)
        if interaction.modal is not None:
            told: Json = {"interaction_id": interaction.id, "modal": interaction.modal}
            self._world.bus.emit(Event("MODAL", told, intent=None, viewer=interaction.user["id"]))

    def _tell(self, interaction: Interaction) -> None:
        told: Json = {"id": interaction.id, "state": interaction.state}
        self._world.bus.emit(
            Event(
                "INTERACTION", told, intent=None, record=interaction.original, viewer=interaction.user["id"]
            )
        )

    def _forget(self) -> None:
        horizon = time.monotonic() - self._lifetime - self._deadline
        while self._by_age and self._by_age[0].born < horizon:
            old = self._by_age.popleft()
            del self._by_id[old.id], self._by_token[old.token]


def _focused(options: list[Json]) -> int | None:
    """Return the type of the option that is being written."""
    for option in options:
        kind = option["type"] if option.get("focused") else _focused(option.get("options") or [])
        if kind is not None:
            return kind
    return None
