"""Messages: written, edited, deleted, reacted to, and who sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.components import numbered
from nrg_sandbox.forms.limits import COMPONENTS_V2, EPHEMERAL, LOADING, check_message, check_not_empty
from nrg_sandbox.world.events import Event, Intent
from nrg_sandbox.world.files import File

if TYPE_CHECKING:
    from nrg_sandbox.world.channel import Channel
    from nrg_sandbox.world.world import World

__all__ = [
    "Message",
    "clear_reactions",
    "delete_message",
    "edit_message",
    "page_view",
    "react",
    "write_message",
]

Json = dict[str, Any]

_USER, _ROLE, _EVERYONE = (
    re.compile(r"<@!?(\d+)>"),
    re.compile(r"<@&(\d+)>"),
    re.compile(r"@(everyone|here)\b"),
)
_ODD_IN_FILENAME = re.compile(r"[^\w.\-]")
_EMBED_MEDIA = (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url"))
_KEPT_FLAGS = 1 << 2 | 1 << 12 | COMPONENTS_V2


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
    kind: int = 0,
    extra: Json | None = None,
    viewer: str | None = None,
    name: str | None = None,
    loading: bool = False,
    root: tuple[str | int, ...] = (),
    default_parse: tuple[str, ...] = ("users", "roles", "everyone"),
) -> Message:
    """Check, store and announce a new message.

    Parameters
    ----------
    kind
        Discord's message type.
    extra
        Further fields of the message object.
    viewer
        The only member who shall see it.
    loading
        Whether it only promises an answer: then it may be empty.
    root
        Where in the request body the message lies, for errors.
    default_parse
        Which mentions count when the body does not say.

    Raises
    ------
    ApiError
        50035 or 50006, when Discord would refuse it.
    """
    check_message(body, uploads, root=root)
    flags = int(body.get("flags") or 0) & _KEPT_FLAGS
    flags |= (EPHEMERAL if viewer else 0) | (LOADING if loading else 0)
    payload: Json = {
        "id": world.snowflakes.next(),
        "type": kind,
        "channel_id": channel.id,
        "author": author,
        "content": str(body.get("content") or "").strip(),
        "timestamp": world.clock.stamp(),
        "edited_timestamp": None,
        "tts": bool(body.get("tts")),
        "pinned": False,
        "flags": flags,
        "embeds": [],
        "attachments": [],
        "components": numbered(body.get("components") or []),
    }
    if body.get("nonce") is not None:
        payload["nonce"] = body["nonce"]
    payload |= extra or {}
    message = Message(payload, channel=channel, viewer=viewer, name=name)
    _mention(world, channel, payload, body, default_parse)
    _attach(world, message, payload, body, uploads)
    if not loading:
        check_not_empty(payload, len(message.files))
    world.keep(channel, message)
    _announce(world, "MESSAGE_CREATE", message)
    return message


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
    check_message(body, uploads, v2=bool(old["flags"] & COMPONENTS_V2), root=root)
    payload = dict(old)
    if "content" in body:
        payload["content"] = str(body["content"] or "").strip()
    if "components" in body:
        payload["components"] = numbered(body["components"] or [])
    flags = int(body.get("flags") or 0) & _KEPT_FLAGS
    payload["flags"] = (old["flags"] & ~LOADING) | flags
    if not answer:
        payload["edited_timestamp"] = world.clock.stamp()
    if "content" in body or "allowed_mentions" in body:
        parse = ("users",) if "webhook_id" in old else ("users", "roles", "everyone")
        _mention(world, message.channel, payload, body, parse)
    kept = dict(message.files)
    try:
        _attach(world, message, payload, body, uploads, old=old)
        check_not_empty(payload, len(message.files))
    except ApiError:
        message.files = kept
        raise
    message.payload = payload
    _announce(world, "MESSAGE_UPDATE", message)
    return message


def delete_message(world: World, message: Message) -> None:
    """Remove a message."""
    payload = message.payload
    message.deleted = True
    world.messages.pop(message.id, None)
    message.channel.messages.pop(message.id, None)
    message.channel.pins.pop(message.id, None)
    _emit(world, "MESSAGE_DELETE", {"id": message.id, "channel_id": payload["channel_id"]}, message)


def react(world: World, message: Message, user_id: str, emoji: str, *, remove: bool = False) -> None:
    """Add or take back one member's reaction; nothing happens when that is so already."""
    before = message.reactions.get(emoji, [])
    if (user_id in before) != remove:
        return
    after = [person for person in before if person != user_id] if remove else [*before, user_id]
    message.reactions[emoji] = after
    if not after:
        del message.reactions[emoji]
    reactions: Any = _reactions(message, world.bot["id"])
    message.payload = message.payload | {"reactions": reactions}
    author: Json = message.payload["author"]
    data: Json = {
        "user_id": user_id,
        "channel_id": message.payload["channel_id"],
        "message_id": message.id,
        "emoji": _emoji(emoji),
        "burst": False,
        "type": 0,
    }
    guild = message.channel.guild
    if guild is not None and not remove:
        data |= {"member": guild.member(user_id), "message_author_id": author["id"]}
    _emit_reaction(world, "MESSAGE_REACTION_REMOVE" if remove else "MESSAGE_REACTION_ADD", data, message)


def clear_reactions(world: World, message: Message, emoji: str | None = None) -> None:
    """Take back everyone's reactions: all of them, or those with one emoji."""
    data: Json = {"channel_id": message.payload["channel_id"], "message_id": message.id}
    if emoji is None:
        message.reactions.clear()
    else:
        message.reactions.pop(emoji, None)
        data["emoji"] = _emoji(emoji)
    message.payload = message.payload | {"reactions": _reactions(message, world.bot["id"])}
    name = "MESSAGE_REACTION_REMOVE_ALL" if emoji is None else "MESSAGE_REACTION_REMOVE_EMOJI"
    _emit_reaction(world, name, data, message)


def page_view(message: Message, user_id: str | None) -> Json:
    """Return a message as the page shows it to one member."""
    view: Json = message.payload | {
        "ephemeral": message.viewer is not None,
        "loading": message.loading,
        "failed": message.failed,
    }
    metadata: Any = view.get("interaction_metadata")
    if message.name is not None and metadata:
        view["interaction_metadata"] = metadata | {"name": message.name}
    if message.reactions:
        view["reactions"] = _reactions(message, user_id)
    return view


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


def _emit_reaction(world: World, name: str, data: Json, message: Message) -> None:
    guild_id = message.channel.guild_id
    if guild_id is not None:
        data["guild_id"] = guild_id
    intent = Intent.GUILD_MESSAGE_REACTIONS if guild_id else Intent.DIRECT_MESSAGE_REACTIONS
    world.bus.emit(
        Event(name, data, intent=intent, guild_id=guild_id, channel=message.channel, record=message)
    )


def _mention(
    world: World, channel: Channel, payload: Json, body: Json, default_parse: tuple[str, ...]
) -> None:
    content: str = payload["content"]
    replied: Json | None = payload.get("referenced_message")
    if "@" not in content and replied is None:
        payload |= {"mentions": [], "mention_roles": [], "mention_everyone": False}
        return
    rules: Json = (
        body["allowed_mentions"] if body.get("allowed_mentions") is not None else {"parse": default_parse}
    )
    parse: list[str] = list(rules.get("parse") or ())
    users: list[Any] = rules.get("users") or []
    roles: list[Any] = rules.get("roles") or []
    named: list[str] = list(dict.fromkeys(_USER.findall(content))) if "<@" in content else []
    named_roles: list[str] = list(dict.fromkeys(_ROLE.findall(content))) if "<@&" in content else []
    allowed_users = {str(user) for user in users}
    allowed_roles = {str(role) for role in roles}
    mentioned: list[Json] = [
        world.users[user]
        for user in named
        if user in world.users and ("users" in parse or user in allowed_users)
    ]
    if replied and rules.get("replied_user", body.get("allowed_mentions") is None):
        mentioned += [replied["author"]] if replied["author"] not in mentioned else []
    payload["mentions"] = mentioned
    known_roles = channel.guild.roles if channel.guild else {}
    payload["mention_roles"] = [
        role for role in named_roles if role in known_roles and ("roles" in parse or role in allowed_roles)
    ]
    payload["mention_everyone"] = "everyone" in parse and "@" in content and bool(_EVERYONE.search(content))


def _attach(
    world: World,
    message: Message,
    payload: Json,
    body: Json,
    uploads: dict[int, File],
    *,
    old: Json | None = None,
) -> None:
    """Keep the files named in the body and point the embeds at them."""
    if not uploads and "attachments" not in body and "embeds" not in body:
        return
    listed: list[Json] = body.get("attachments") or []
    described = {str(entry["id"]): entry for entry in listed}
    kept: dict[str, File] = message.files
    if "attachments" in body:
        kept = {key: file for key, file in kept.items() if key in described}
    message.files = dict(kept)
    for number, upload in uploads.items():
        entry = described.get(str(number), {})
        file = replace(
            upload,
            id=world.snowflakes.next(),
            filename=_ODD_IN_FILENAME.sub("_", str(entry.get("filename") or upload.filename)),
            description=entry.get("description"),
        )
        world.files.put(file)
        message.files[file.id] = file
    views = {
        file.filename: file.payload(world.base_url, ephemeral=message.viewer is not None)
        for file in message.files.values()
    }
    used: set[str] = set()
    embeds: list[Json] = (body["embeds"] or []) if "embeds" in body else (old or payload)["embeds"]
    payload["embeds"] = [_with_files(embed, views, used) for embed in embeds]
    # A file that an embed shows is not listed again below the message.
    payload["attachments"] = [
        view
        for view in views.values()
        if view["filename"] not in used and not _shown(view, payload["embeds"])
    ]


def _with_files(embed: Json, views: dict[str, Json], used: set[str]) -> Json:
    result: Json = {"type": "rich"} | embed
    for part, key in _EMBED_MEDIA:
        media: Json = result.get(part) or {}
        url = media.get(key)
        if not isinstance(url, str) or not url.startswith("attachment://"):
            continue
        view = views.get(url.removeprefix("attachment://"))
        if view is not None:
            used.add(view["filename"])
            size = {name: view[name] for name in ("width", "height") if name in view} if key == "url" else {}
            result[part] = media | {key: view["url"], f"proxy_{key}": view["url"]} | size
    return result


def _shown(view: Json, embeds: list[Json]) -> bool:
    media: list[tuple[Json, str]] = [
        (embed.get(part) or {}, key) for embed in embeds for part, key in _EMBED_MEDIA
    ]
    return any(item.get(key) == view["url"] for item, key in media)


def _emoji(key: str) -> Json:
    name, separator, emoji_id = key.partition(":")
    return {"id": emoji_id, "name": name} if separator else {"id": None, "name": key}


def _reactions(message: Message, viewer: str | None) -> list[Json]:
    return [
        {
            "emoji": _emoji(emoji),
            "count": len(people),
            "count_details": {"burst": 0, "normal": len(people)},
            "me": viewer in people,
            "me_burst": False,
            "burst_colors": [],
        }
        for emoji, people in message.reactions.items()
    ]
