"""One interaction: what a member did, and how far it has been answered."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.events import Event
    from nrg_sandbox.world.messages import Message

__all__ = ["AUTOCOMPLETE", "COMMAND", "COMPONENT", "MODAL_SUBMIT", "Interaction"]

Json = dict[str, Any]

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


class Interaction:
    """One thing that a member did and a bot answers.

    ``state`` is ``pending``, ``answered`` or ``failed``.
    """

    __slots__ = (
        "answered",
        "born",
        "channel",
        "choices",
        "event",
        "followups",
        "id",
        "kind",
        "menu",
        "modal",
        "name",
        "opener",
        "original",
        "response",
        "source",
        "state",
        "timer",
        "token",
        "user",
    )

    def __init__(self, interaction_id: str, kind: int, user: Json, channel: Channel, name: str) -> None:
        self.id = interaction_id
        self.token = secrets.token_urlsafe(48)
        self.kind = kind
        self.user = user
        self.channel = channel
        self.name = name
        self.born = time.monotonic()
        self.state = "pending"
        self.menu = False
        self.response: int | None = None
        self.original: Message | None = None
        self.source: Message | None = None
        self.opener: Interaction | None = None
        self.followups: list[Message] = []
        self.modal: Json | None = None
        self.choices: list[Json] | None = None
        self.event: Event | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def metadata(self) -> Json:
        """Return what a message tells of the interaction that it answers."""
        owner = self.channel.guild_id or self.user["id"]
        metadata: Json = {
            "id": self.id,
            "type": self.kind,
            "user": self.user,
            "authorizing_integration_owners": {"0": owner},
        }
        if self.source is not None and self.kind == COMPONENT:
            metadata["interacted_message_id"] = self.source.id
        if self.kind == MODAL_SUBMIT and self.opener is not None:
            metadata["triggering_interaction_metadata"] = self.opener.metadata()
        return metadata

    def allowed(self) -> tuple[int, ...]:
        """Return the kinds of answer that fit it."""
        if self.kind == AUTOCOMPLETE:
            return (CHOICES,)
        kinds = (REPLY, DEFER)
        if self.source is not None:
            kinds += (DEFER_UPDATE, UPDATE)
        return kinds if self.kind == MODAL_SUBMIT else (*kinds, MODAL)

    def result(self) -> Json:
        """Return the body of a callback that asked for one."""
        original = self.original
        told: Json = {"id": self.id, "type": self.kind}
        if original is None:
            return {"interaction": told}
        told |= {
            "response_message_id": original.id,
            "response_message_loading": original.loading,
            "response_message_ephemeral": original.viewer is not None,
        }
        if self.response not in (REPLY, UPDATE):
            return {"interaction": told}
        return {
            "interaction": told,
            "resource": {"type": self.response, "message": original.payload},
        }
