"""The shapes of what bots send over the gateway; what they do not name is ignored, as Discord does."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, Required, TypeVar

import orjson
from annotated_types import Interval
from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from nrg_sandbox.forms.fields import Snowflake
from nrg_sandbox.gateway.opcodes import CloseCode, Closing

__all__ = [
    "HEARTBEAT",
    "IDENTIFY",
    "PRESENCE_UPDATE",
    "REQUEST_CHANNEL_INFO",
    "REQUEST_GUILD_MEMBERS",
    "REQUEST_SOUNDBOARD_SOUNDS",
    "RESUME",
    "VOICE_STATE_UPDATE",
    "Activity",
    "Identify",
    "PresenceUpdate",
    "RequestGuildMembers",
    "Resume",
    "Shape",
    "VoiceStateUpdate",
    "decode",
]

T = TypeVar("T")

_PAYLOAD_BYTES = 4096


class Activity(TypedDict, total=False):
    """What a bot says it is doing."""

    name: Required[StrictStr]
    type: Required[Annotated[StrictInt, Interval(ge=0, le=5)]]
    state: StrictStr | None
    url: StrictStr | None


class PresenceUpdate(TypedDict, total=False):
    """How a bot wants to be seen; libraries still send the one activity as ``game``."""

    since: StrictInt | StrictFloat | None
    activities: list[Activity] | None
    game: Activity | None
    status: Literal["online", "dnd", "idle", "invisible", "offline"] | None
    afk: StrictBool | None


class Identify(TypedDict, total=False):
    """The beginning of a session."""

    token: Required[StrictStr]
    properties: Required[dict[str, Any]]
    intents: StrictInt | None
    compress: StrictBool | None
    large_threshold: Annotated[StrictInt, Interval(ge=50, le=250)] | None
    shard: list[StrictInt] | None
    presence: PresenceUpdate | None
    capabilities: StrictInt | None


class Resume(TypedDict):
    """The return to a session."""

    token: StrictStr
    session_id: StrictStr
    seq: StrictInt


class VoiceStateUpdate(TypedDict, total=False):
    """The voice channel that the bot wants to be in, or to leave with None."""

    guild_id: Required[Snowflake]
    channel_id: Required[Snowflake | None]
    self_mute: StrictBool | None
    self_deaf: StrictBool | None


class RequestGuildMembers(TypedDict, total=False):
    """A question for members, by the beginning of their names or by their ids."""

    guild_id: Required[Snowflake]
    query: StrictStr | None
    limit: Annotated[StrictInt, Interval(ge=0)] | None
    user_ids: Snowflake | list[Snowflake] | None
    presences: StrictBool | None
    nonce: StrictStr | None


class _RequestSoundboardSounds(TypedDict):
    guild_ids: list[Snowflake]


class _RequestChannelInfo(TypedDict):
    guild_id: Snowflake
    fields: list[StrictStr]


class Shape(Generic[T]):
    """A kind of payload.

    Parameters
    ----------
    shape
        A type that pydantic understands.
    """

    def __init__(self, shape: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(shape)

    def read(self, data: object) -> T:
        """Return what a payload says.

        Raises
        ------
        Closing
            4002, when a field is missing or of the wrong type.
        """
        try:
            return self._adapter.validate_python(data)
        except ValidationError:
            raise Closing(CloseCode.DECODE_ERROR) from None


HEARTBEAT = Shape[int | None](StrictInt | None)
IDENTIFY = Shape[Identify](Identify)
PRESENCE_UPDATE = Shape[PresenceUpdate](PresenceUpdate)
VOICE_STATE_UPDATE = Shape[VoiceStateUpdate](VoiceStateUpdate)
RESUME = Shape[Resume](Resume)
REQUEST_GUILD_MEMBERS = Shape[RequestGuildMembers](RequestGuildMembers)
REQUEST_SOUNDBOARD_SOUNDS = Shape[_RequestSoundboardSounds](_RequestSoundboardSounds)
REQUEST_CHANNEL_INFO = Shape[_RequestChannelInfo](_RequestChannelInfo)

_ENVELOPE = Shape[dict[str, Any]](dict[str, Any])
_OPCODE = Shape[int](StrictInt)


def decode(raw: bytes) -> tuple[int, object]:
    """Return a payload's opcode and its data, whose shape is not looked at yet.

    Raises
    ------
    Closing
        4002, when it is too large or is no payload.
    """
    if len(raw) > _PAYLOAD_BYTES:
        raise Closing(CloseCode.DECODE_ERROR)
    try:
        payload = _ENVELOPE.read(orjson.loads(raw))
    except ValueError:
        raise Closing(CloseCode.DECODE_ERROR) from None
    return _OPCODE.read(payload.get("op")), payload.get("d")
