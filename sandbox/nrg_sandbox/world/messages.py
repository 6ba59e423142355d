"""Messages: written, edited, deleted, and who sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.form import Form
from nrg_sandbox.forms.limits import COMPONENTS_V2, EPHEMERAL, LOADING
from nrg_sandbox.forms.messages import MESSAGE_CREATE, MESSAGE_EDIT, check_message, check_not_empty
from nrg_sandbox.world.attachments import attach
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.files import File
from nrg_sandbox.world.mentions import mentions
from nrg_sandbox.world.thread_activity import note_message

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.world import World

__all__ = [
    "CROSSPOSTED",
    "SUPPRESS_EMBEDS",
    "WRITTEN",
    "Message",
    "change_message",
    "compose",
    "delete_message",
    "delete_messages",
    "edit_message",
    "forward",
    "post_system_message",
    "publish",
    "reply",
    "write_message",
]

Json = dict[str, Any]

REPLY = 19
WRITTEN = (0, REPLY, 20, 23)
"""Types of messages that people and bots write: plain ones, replies, and answers to commands."""

CROSSPOSTED, SUPPRESS_EMBEDS, HAS_SNAPSHOT = 1 << 0, 1 << 2, 1 << 14
_KEPT_FLAGS = SUPPRESS_EMBEDS | 1 << 12 | COMPONENTS_V2
_PARSE = ("users", "roles", "everyone")
_SNAPSHOT = (
    "type",
    "content",
    "mentions",
    "mention_roles",
    "attachments",
    "embeds",
    "timestamp",
    "edited_timestamp",
    "flags",
    "components",
)


class Message:
    """A message with what Discord's own object does not tell.

    Parameters
    ----------
    payload
        Discord's message object; never changed in place, an edit replaces it.
    viewer
        The one member who sees it, for an ephemeral message.
    channel
        Where it stands.
    name
        The command that it answers, if it answers one.
    failed
        Whether it stands for an answer that never came.
    """

    __slots__ = ("channel", "deleted", "failed", "files", "name", "payload", "reactions", "viewer")

    def __init__(
        self,
        payload: Json,
        *,
        channel: Channel,
        viewer: str | None = None,
        name: str | None = None,
        failed: bool = False,
    ) -> None:
        self.payload = payload
        self.channel = channel
        self.viewer = viewer
        self.name = name
        self.failed = failed
        self.deleted = False
        self.files: dict[str, File] = {}
        self.reactions: dict[str, list[str]] = {}

    @property
    def id(self) -> str:
        """The message's id."""
        return self.payload["id"]

    @property
    def in_guild(self) -> bool:
        """Whether it stands in a server's channel."""
        return self.channel.in_guild

    @property
    def loading(self) -> bool:
        """Whether it is still the promise of an answer."""
        return bool(self.payload["flags"] & LOADING)

    def pointer(self) -> Json:
        """Return what another message says that refers to this one."""
        pointer: Json = {"type": 0, "message_id": self.id, "channel_id": self.channel.id}
        if self.channel.guild_id is not None:
            pointer["guild_id"] = self.channel.guild_id
        return pointer

    def seen_by(self, user_id: str | None) -> bool:
        """Return whether a member sees it, given that they see the channel."""
        return self.viewer is None or self.viewer == user_id


def write_message(
    world: World,
    channel: Channel,
    author: Json,
    body: Json,
    uploads: dict[int, File],
    *,
    form: Form[Json] = MESSAGE_CREATE,
    kind: int = 0,
    extra: Json | None = None,
    viewer: str | None = None,
    name: str | None = None,
    loading: bool = False,
    root: tuple[str | int, ...] = (),
    default_parse: tuple[str, ...] = _PARSE,
) -> Message:
    """Check, store and announce a new message.

    Parameters
    ----------
    form
        Which fields the body may have.
    root
        Where in the request body the message lies, for errors.

    The others are those of `compose`.

    Raises
    ------
    ApiError
        50035 or 50006, when Discord would refuse it; 50083 or 160005 in a thread that is locked.
    """
    message = compose(
        world,
        channel,
        author,
        check_message(body, uploads, form=form, root=root),
        uploads,
        kind=kind,
        extra=extra,
        viewer=viewer,
        name=name,
        loading=loading,
        default_parse=default_parse,
    )
    return publish(world, message)


def compose(
    world: World,
    channel: Channel,
    author: Json,
    body: Json,
    uploads: dict[int, File],
    *,
    kind: int = 0,
    extra: Json | None = None,
    viewer: str | None = None,
    name: str | None = None,
    loading: bool = False,
    default_parse: tuple[str, ...] = _PARSE,
) -> Message:
    """Return a new message that nobody has seen yet.

    Parameters
    ----------
    body
        The message, read by its form.
    kind
        Discord's message type.
    extra
        Further fields of the message object.
    viewer
        The only member who shall see it, if its flags say that it is ephemeral.
    name
        The command that it answers.
    loading
        Whether it only promises an answer: then it may be empty.
    default_parse
        Which mentions count when the body does not say.

    Raises
    ------
    ApiError
        50006, for a message that shows nothing.
    """
    sent: int = body.get("flags") or 0
    viewer = viewer if sent & EPHEMERAL else None
    flags = sent & _KEPT_FLAGS | (EPHEMERAL if viewer else 0) | (LOADING if loading else 0)
    payload: Json = _blank(world, channel, author, kind) | {
        "content": str(body.get("content") or "").strip(),
        "tts": bool(body.get("tts")),
        "flags": flags,
    }
    if body.get("nonce") is not None:
        payload["nonce"] = body["nonce"]
    payload |= extra or {}
    message = Message(payload, channel=channel, viewer=viewer, name=name)
    payload |= mentions(world, channel, payload, body, default_parse)
    attach(world, message, payload, body, uploads)
    if "message_snapshots" in payload:
        payload["flags"] |= HAS_SNAPSHOT
    elif not loading and "poll" not in payload:
        check_not_empty(payload, len(message.files))
    return message


def publish(world: World, message: Message) -> Message:
    """Store and announce a new message.

    Raises
    ------
    ApiError
        50083 or 160005, in a thread that is locked.
    """
    channel = message.channel
    # The first message of a forum's thread carries the thread's own id, and is not counted.
    if channel.is_thread and message.viewer is None and message.id != channel.id:
        message.payload["position"] = note_message(channel, message.payload["author"]["id"])
    return _store(world, message)


def post_system_message(
    world: World, channel: Channel, author: Json, kind: int, *, content: str = "", extra: Json | None = None
) -> Message:
    """Store and announce a message that Discord itself writes about what somebody did."""
    payload = _blank(world, channel, author, kind) | {"content": content} | (extra or {})
    return _store(world, Message(payload, channel=channel))


def _blank(world: World, channel: Channel, author: Json, kind: int) -> Json:
    return {
        "id": world.snowflakes.next(),
        "type": kind,
        "channel_id": channel.id,
        "author": author,
        "content": "",
        "timestamp": world.clock.stamp(),
        "edited_timestamp": None,
        "tts": False,
        "pinned": False,
        "flags": 0,
        "embeds": [],
        "attachments": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
    }


def _store(world: World, message: Message) -> Message:
    world.keep(message.channel, message)
    _announce(world, "MESSAGE_CREATE", message)
    return message


def reply(answered: Message) -> Json:
    """Return what makes a new message an answer to another: its type and the fields that point there."""
    referenced = {key: value for key, value in answered.payload.items() if key != "referenced_message"}
    return {"type": REPLY, "message_reference": answered.pointer(), "referenced_message": referenced}


def forward(original: Message) -> Json:
    """Return what makes a new message pass on another: a pointer to it, and how it looked."""
    snapshot = {key: original.payload[key] for key in _SNAPSHOT}
    return {
        "message_reference": original.pointer() | {"type": 1},
        "message_snapshots": [{"message": snapshot}],
    }


def edit_message(
    world: World,
    message: Message,
    body: Json,
    uploads: dict[int, File],
    *,
    answer: bool = False,
    root: tuple[str | int, ...] = (),
) -> Message:
    """Check and announce a changed message; fields absent from the body stay as they are.

    Parameters
    ----------
    answer
        Whether this fills in a promised answer; then it does not count as edited.

    Raises
    ------
    ApiError
        50035 or 50006, when Discord would refuse it.
    """
    old = message.payload
    v2 = bool(old["flags"] & COMPONENTS_V2)
    body = check_message(body, uploads, form=MESSAGE_EDIT, v2=v2, root=root)
    payload = old | {"flags": _edited_flags(old["flags"], body.get("flags"))}
    if "content" in body:
        payload["content"] = str(body["content"] or "").strip()
    if not answer:
        payload["edited_timestamp"] = world.clock.stamp()
    if "content" in body or "allowed_mentions" in body:
        parse = ("users",) if "interaction_metadata" in old else _PARSE
        payload |= mentions(world, message.channel, payload, body, parse)
    kept = dict(message.files)
    try:
        attach(world, message, payload, body, uploads)
        check_not_empty(payload, len(message.files))
    except ApiError:
        message.files = kept
        raise
    return change_message(world, message, payload)


def _edited_flags(old: int, sent: int | None) -> int:
    kept = old & ~LOADING
    if sent is None:
        return kept
    return kept & ~SUPPRESS_EMBEDS | sent & (SUPPRESS_EMBEDS | COMPONENTS_V2)


def change_message(world: World, message: Message, changes: Json) -> Message:
    """Replace fields of a message, unchecked, and announce it."""
    message.payload = message.payload | changes
    _announce(world, "MESSAGE_UPDATE", message)
    return message


def delete_message(world: World, message: Message) -> None:
    """Remove a message."""
    _forget(world, message)
    channel_id = message.payload["channel_id"]
    _emit(world, "MESSAGE_DELETE", {"id": message.id, "channel_id": channel_id}, message)


def delete_messages(world: World, channel: Channel, found: Iterable[Message]) -> None:
    """Remove several messages of a server's channel at once."""
    ids: list[str] = []
    for message in found:
        _forget(world, message)
        ids.append(message.id)
    if ids:
        data: Json = {"ids": ids, "channel_id": channel.id, "guild_id": channel.guild_id}
        intent, guild_id = Intent.GUILD_MESSAGES, channel.guild_id
        world.bus.emit(Event("MESSAGE_DELETE_BULK", data, intent=intent, guild_id=guild_id, channel=channel))


def _forget(world: World, message: Message) -> None:
    channel = message.channel
    message.deleted = True
    world.messages.pop(message.id, None)
    channel.messages.pop(message.id, None)
    channel.pins.pop(message.id, None)
    if channel.is_thread and "position" in message.payload:
        channel.payload["message_count"] -= 1


def _announce(world: World, name: str, message: Message) -> None:
    payload, guild = message.payload, message.channel.guild
    data: Json = payload | {"channel_type": message.channel.kind}
    if guild is not None and message.viewer is None:
        member = guild.members.get(payload["author"]["id"])
        if member is not None and "webhook_id" not in payload:
            data["member"] = {key: value for key, value in member.items() if key != "user"}
    _emit(world, name, data, message)


def _emit(world: World, name: str, data: Json, message: Message) -> None:
    # Discord sends an ephemeral message to its member and the bot directly, not through the guild.
    public = message.viewer is None
    guild_id = message.channel.guild_id if public else None
    if guild_id is not None:
        data["guild_id"] = guild_id
    world.bus.emit(
        Event(
            name,
            data,
            intent=Intent.GUILD_MESSAGES if guild_id else Intent.DIRECT_MESSAGES,
            guild_id=guild_id,
            channel=message.channel if public else None,
            record=message,
            viewer=message.viewer,
        )
    )
