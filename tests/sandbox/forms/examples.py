"""Right bodies, one or more for each form, and what a careless bot may make of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from hypothesis import strategies as st

from nrg_sandbox.forms.callbacks import AUTOCOMPLETE, CALLBACK
from nrg_sandbox.forms.channels import (
    BULK_DELETE,
    CHANNEL_CREATE,
    CHANNEL_EDIT,
    CHANNEL_POSITIONS,
    INVITE_CREATE,
    OVERWRITE,
)
from nrg_sandbox.forms.commands import COMMAND, COMMAND_PERMISSIONS, COMMANDS
from nrg_sandbox.forms.guilds import EMOJI_CREATE, EMOJI_EDIT, GUILD_EDIT
from nrg_sandbox.forms.limits import COMPONENTS_V2
from nrg_sandbox.forms.members import (
    BAN,
    BULK_BAN,
    MEMBER_EDIT,
    OWN_MEMBER_EDIT,
    OWN_VOICE_STATE,
    PRUNE,
    VOICE_STATE,
)
from nrg_sandbox.forms.messages import MESSAGE_EDIT, WEBHOOK_MESSAGE, check_message
from nrg_sandbox.forms.modals import MODAL
from nrg_sandbox.forms.options import STRING
from nrg_sandbox.forms.roles import ROLE, ROLE_POSITIONS
from nrg_sandbox.forms.scheduled_events import EVENT_CREATE, EVENT_EDIT
from nrg_sandbox.forms.threads import FORUM_THREAD, MESSAGE_THREAD, THREAD_CREATE, THREAD_EDIT
from nrg_sandbox.forms.users import DIRECT_MESSAGES, OWN_USER_EDIT
from nrg_sandbox.forms.webhooks import WEBHOOK_CREATE, WEBHOOK_EDIT

Json = dict[str, Any]
Path = tuple[str | int, ...]

PNG = "data:image/png;base64,iVBORw0KGgo="


class Operation(NamedTuple):
    """A body that bots send: how it is read, where the description has it, and right examples.

    ``schema`` is a path and method of the description, or the name of one of its schemas.
    """

    read: Callable[[Any], Any]
    schema: tuple[str, str] | str
    examples: list[Any]


def create_message(body: object) -> Json:
    return check_message(body, {})


def edit_message(body: object) -> Json:
    return check_message(body, {}, form=MESSAGE_EDIT)


def webhook_message(body: object) -> Json:
    return check_message(body, {}, form=WEBHOOK_MESSAGE)


def callback(body: object) -> Json:
    """Read an answer to an interaction as a whole."""
    answer = CALLBACK.read(body)
    data: Json = answer.get("data") or {}
    root = ("data",)
    match answer["type"]:
        case 4 | 5:
            answer["data"] = check_message(data, {}, root=root)
        case 7:
            answer["data"] = check_message(data, {}, form=MESSAGE_EDIT, root=root)
        case 8:
            answer["data"] = AUTOCOMPLETE[STRING].read(data, root)
        case 9:
            answer["data"] = MODAL.read(data, root)
        case _:
            answer.pop("data", None)
    return answer


EMBED: Json = {
    "title": "Card",
    "description": "d",
    "url": "https://example.com",
    "color": 3,
    "timestamp": "2024-05-06T07:08:09+00:00",
    "author": {"name": "ana", "url": "https://example.com", "icon_url": "attachment://a.png"},
    "footer": {"text": "f", "icon_url": "https://example.com/a.png"},
    "image": {"url": "attachment://card.png"},
    "thumbnail": {"url": "https://example.com/a.png"},
    "fields": [{"name": "n", "value": "v", "inline": True}, {"name": "m", "value": "w"}],
}
BUTTON: Json = {"type": 2, "style": 1, "label": "x", "custom_id": "a", "disabled": False}
LINK: Json = {"type": 2, "style": 5, "label": "x", "url": "https://example.com"}
SELECT: Json = {
    "type": 3,
    "custom_id": "s",
    "placeholder": "p",
    "min_values": 0,
    "max_values": 2,
    "options": [
        {"label": "x", "value": "x", "description": "d", "emoji": {"name": "🙂"}},
        {"label": "y", "value": "y", "default": True},
    ],
}
ROWS: list[Json] = [
    {"type": 1, "components": [BUTTON, LINK]},
    {"type": 1, "components": [SELECT]},
    {
        "type": 1,
        "components": [
            {
                "type": 8,
                "custom_id": "c",
                "channel_types": [0, 2],
                "default_values": [{"id": "1", "type": "channel"}],
            }
        ],
    },
]
CONTAINER: Json = {
    "type": 17,
    "accent_color": 3,
    "components": [
        {"type": 10, "content": "x"},
        {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": LINK},
        {
            "type": 9,
            "components": [{"type": 10, "content": "x"}],
            "accessory": {"type": 11, "media": {"url": "https://example.com"}, "description": "d"},
        },
        {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "spoiler": True}]},
        {"type": 13, "file": {"url": "attachment://a.txt"}},
        {"type": 14, "divider": True, "spacing": 2},
        {"type": 1, "components": [BUTTON]},
    ],
}
MESSAGES: list[Json] = [
    {"content": "x", "tts": False, "flags": 4096},
    {"embeds": [EMBED], "attachments": [{"id": "0", "filename": "card.png", "description": "d"}]},
    {"content": "<@1>", "allowed_mentions": {"parse": ["roles"], "users": ["1"], "replied_user": True}},
    {"content": "x", "components": ROWS},
    {"flags": COMPONENTS_V2, "components": [CONTAINER, {"type": 10, "content": "y"}]},
]
POLL: Json = {
    "question": {"text": "?"},
    "answers": [{"poll_media": {"text": "yes", "emoji": {"name": "🙂"}}}],
    "duration": 24,
    "allow_multiselect": True,
    "layout_type": 1,
}
TEXT_INPUT: Json = {
    "type": 4,
    "custom_id": "f",
    "style": 1,
    "value": "abc",
    "min_length": 1,
    "max_length": 9,
    "placeholder": "p",
    "required": True,
}
OPTIONS: list[Json] = [{"label": "x", "value": "x"}, {"label": "y", "value": "y", "description": "d"}]
MODALS: list[Json] = [
    {
        "title": "t",
        "custom_id": "m",
        "components": [
            {"type": 10, "content": "x"},
            {"type": 1, "components": [TEXT_INPUT | {"label": "l"}]},
            {"type": 18, "label": "l", "description": "d", "component": SELECT},
        ],
    },
    {
        "title": "t",
        "custom_id": "m",
        "components": [
            {"type": 18, "label": "l", "component": component}
            for component in (
                TEXT_INPUT,
                {"type": 19, "custom_id": "u", "min_values": 1, "max_values": 2},
                {"type": 21, "custom_id": "r", "options": OPTIONS},
                {"type": 22, "custom_id": "g", "options": OPTIONS, "max_values": 2},
                {"type": 23, "custom_id": "c", "default": True},
            )
        ],
    },
]
COMMANDS_: list[Json] = [
    {
        "name": "play",
        "name_localizations": {"de": "spielen"},
        "description": "d",
        "description_localizations": {"de": "d"},
        "default_member_permissions": 8,
        "contexts": [0, 1],
        "integration_types": [0],
        "options": [
            {
                "type": 3,
                "name": "a",
                "description": "d",
                "required": True,
                "min_length": 1,
                "max_length": 2,
                "choices": [{"name": "c", "value": "v", "name_localizations": {"de": "c"}}],
            },
            {"type": 4, "name": "b", "description": "d", "min_value": 1, "max_value": 2},
            {"type": 10, "name": "c", "description": "d", "autocomplete": True, "min_value": 0.5},
            {"type": 7, "name": "d", "description": "d", "channel_types": [0]},
            {"type": 6, "name": "e", "description": "d"},
        ],
    },
    {
        "type": 1,
        "name": "set",
        "description": "d",
        "options": [
            {
                "type": 2,
                "name": "g",
                "description": "d",
                "options": [
                    {
                        "type": 1,
                        "name": "s",
                        "description": "d",
                        "options": [{"type": 11, "name": "f", "description": "d"}],
                    }
                ],
            },
            {"type": 1, "name": "s", "description": "d"},
        ],
    },
    {"type": 2, "name": "A Menu"},
]
CHANNEL: Json = {
    "topic": "t",
    "position": 1,
    "parent_id": "5",
    "nsfw": False,
    "rate_limit_per_user": 5,
    "permission_overwrites": [{"id": "1", "type": 0, "allow": 8, "deny": 0}],
}
FORUM: Json = {
    "available_tags": [{"name": "t", "emoji_name": "🙂", "moderated": True}],
    "default_reaction_emoji": {"emoji_name": "🙂"},
    "default_auto_archive_duration": 1440,
    "default_thread_rate_limit_per_user": 5,
    "default_sort_order": 1,
    "default_forum_layout": 2,
}
VOICE: Json = {"bitrate": 64000, "user_limit": 5, "video_quality_mode": 1, "rtc_region": None}
ROLES: Json = {
    "name": "r",
    "permissions": 8,
    "color": 3,
    "colors": {"primary_color": 3, "secondary_color": None},
    "hoist": True,
    "mentionable": False,
    "unicode_emoji": "🙂",
}
EVENT: Json = {
    "name": "Practice",
    "description": "d",
    "privacy_level": 2,
    "scheduled_start_time": "2024-05-07T12:00:00+00:00",
    "scheduled_end_time": "2024-05-07T13:00:00+00:00",
}
EVENTS: list[Json] = [
    EVENT | {"entity_type": 3, "entity_metadata": {"location": "the park"}, "image": PNG},
    EVENT
    | {
        "entity_type": 2,
        "channel_id": "5",
        "recurrence_rule": {
            "start": "2024-05-07T12:00:00+00:00",
            "frequency": 2,
            "interval": 1,
            "by_weekday": [0],
            "by_n_weekday": [{"n": 1, "day": 0}],
            "by_month": [1],
            "by_month_day": [1],
        },
    },
]

_CHANNEL, _GUILD = "/channels/{channel_id}", "/guilds/{guild_id}"
_COMMANDS = "/applications/{application_id}/commands"
_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
_EVENTS = f"{_GUILD}/scheduled-events"
_WEBHOOK = "/webhooks/{webhook_id}"

OPERATIONS: dict[str, Operation] = {
    "create message": Operation(
        create_message,
        (f"{_CHANNEL}/messages", "post"),
        [
            *MESSAGES,
            {"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": False}},
            {"content": "x", "nonce": "n", "enforce_nonce": True, "sticker_ids": ["1"]},
            {"poll": POLL, "nonce": 5},
        ],
    ),
    "edit message": Operation(
        edit_message,
        (f"{_CHANNEL}/messages/{{message_id}}", "patch"),
        [*MESSAGES, {"content": None, "embeds": None, "components": [], "attachments": []}],
    ),
    "webhook message": Operation(
        webhook_message,
        "IncomingWebhookRequestPartial",
        [
            *MESSAGES,
            {"content": "x", "username": "n", "avatar_url": "https://example.com", "thread_name": "t"},
        ],
    ),
    "callback": Operation(
        callback,
        (_CALLBACK, "post"),
        [
            *({"type": 4, "data": message} for message in MESSAGES),
            *({"type": 7, "data": message} for message in MESSAGES),
            *({"type": 9, "data": modal} for modal in MODALS),
            {"type": 5, "data": {"flags": 64}},
            {"type": 6},
            {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}]}},
            {"type": 12},
        ],
    ),
    "command": Operation(COMMAND.read, (_COMMANDS, "post"), COMMANDS_),
    "commands": Operation(COMMANDS.read, (_COMMANDS, "put"), [COMMANDS_]),
    "command permissions": Operation(
        COMMAND_PERMISSIONS.read,
        ("/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions", "put"),
        [{"permissions": [{"id": "1", "type": 1, "permission": True}]}],
    ),
    "create channel": Operation(
        CHANNEL_CREATE.read,
        (f"{_GUILD}/channels", "post"),
        [
            {"name": "c", "type": 0} | CHANNEL,
            {"name": "c", "type": 2} | VOICE,
            {"name": "c", "type": 15} | FORUM,
        ],
    ),
    "edit channel": Operation(
        CHANNEL_EDIT.read,
        "UpdateGuildChannelRequestPartial",
        [{"name": "c", "flags": 0} | CHANNEL, VOICE, FORUM],
    ),
    "move channels": Operation(
        CHANNEL_POSITIONS.read,
        (f"{_GUILD}/channels", "patch"),
        [[{"id": "1", "position": 1, "parent_id": None, "lock_permissions": True}]],
    ),
    "overwrite": Operation(
        OVERWRITE.read,
        (f"{_CHANNEL}/permissions/{{overwrite_id}}", "put"),
        [{"type": 1, "allow": 8, "deny": 0}],
    ),
    "invite": Operation(
        INVITE_CREATE.read,
        "CreateGuildInviteRequest",
        [{"max_age": 0, "max_uses": 1, "temporary": False, "unique": True, "role_ids": ["1"]}],
    ),
    "delete messages": Operation(
        BULK_DELETE.read, (f"{_CHANNEL}/messages/bulk-delete", "post"), [{"messages": ["1", "2"]}]
    ),
    "thread from a message": Operation(
        MESSAGE_THREAD.read,
        (f"{_CHANNEL}/messages/{{message_id}}/threads", "post"),
        [{"name": "t", "auto_archive_duration": 60, "rate_limit_per_user": 5}],
    ),
    "thread": Operation(
        THREAD_CREATE.read,
        "CreateTextThreadWithoutMessageRequest",
        [{"name": "t", "type": 12, "invitable": True, "auto_archive_duration": 60}],
    ),
    "thread in a forum": Operation(
        FORUM_THREAD.read,
        "CreateForumThreadRequest",
        [{"name": "t", "message": message, "applied_tags": ["1"]} for message in MESSAGES],
    ),
    "edit thread": Operation(
        THREAD_EDIT.read,
        "UpdateThreadRequestPartial",
        [{"name": "t", "archived": True, "locked": False, "invitable": True, "applied_tags": ["1"]}],
    ),
    "create webhook": Operation(
        WEBHOOK_CREATE.read, (f"{_CHANNEL}/webhooks", "post"), [{"name": "n", "avatar": PNG}]
    ),
    "edit webhook": Operation(WEBHOOK_EDIT.read, (_WEBHOOK, "patch"), [{"name": "n", "channel_id": "5"}]),
    "create role": Operation(ROLE.read, (f"{_GUILD}/roles", "post"), [ROLES, {"icon": PNG}]),
    "edit role": Operation(ROLE.read, (f"{_GUILD}/roles/{{role_id}}", "patch"), [ROLES]),
    "move roles": Operation(
        ROLE_POSITIONS.read, (f"{_GUILD}/roles", "patch"), [[{"id": "1", "position": 5}]]
    ),
    "edit member": Operation(
        MEMBER_EDIT.read,
        (f"{_GUILD}/members/{{user_id}}", "patch"),
        [
            {"nick": "n", "roles": ["1", "2"], "mute": True, "deaf": False, "channel_id": "5"},
            {"communication_disabled_until": "2024-05-06T07:08:09+00:00", "flags": 2},
        ],
    ),
    "edit own member": Operation(
        OWN_MEMBER_EDIT.read, (f"{_GUILD}/members/@me", "patch"), [{"nick": "n", "avatar": PNG, "bio": "b"}]
    ),
    "ban": Operation(BAN.read, (f"{_GUILD}/bans/{{user_id}}", "put"), [{"delete_message_seconds": 5}]),
    "ban many": Operation(
        BULK_BAN.read, (f"{_GUILD}/bulk-ban", "post"), [{"user_ids": ["1"], "delete_message_seconds": 5}]
    ),
    "prune": Operation(PRUNE.read, (f"{_GUILD}/prune", "post"), [{"days": 7, "include_roles": ["1"]}]),
    "voice state": Operation(
        VOICE_STATE.read,
        (f"{_GUILD}/voice-states/{{user_id}}", "patch"),
        [{"channel_id": "1", "suppress": True}],
    ),
    "own voice state": Operation(
        OWN_VOICE_STATE.read,
        (f"{_GUILD}/voice-states/@me", "patch"),
        [{"request_to_speak_timestamp": "2024-05-06T07:08:09+00:00", "suppress": False}],
    ),
    "edit server": Operation(
        GUILD_EDIT.read,
        (_GUILD, "patch"),
        [{"name": "ab", "preferred_locale": "en-GB", "afk_timeout": 300, "verification_level": 1}],
    ),
    "create emoji": Operation(
        EMOJI_CREATE.read, (f"{_GUILD}/emojis", "post"), [{"name": "ab", "image": PNG, "roles": ["1"]}]
    ),
    "edit emoji": Operation(
        EMOJI_EDIT.read, (f"{_GUILD}/emojis/{{emoji_id}}", "patch"), [{"name": "ab", "roles": []}]
    ),
    "create event": Operation(EVENT_CREATE.read, (_EVENTS, "post"), EVENTS),
    "edit event": Operation(
        EVENT_EDIT.read, (f"{_EVENTS}/{{guild_scheduled_event_id}}", "patch"), [*EVENTS, {"status": 2}]
    ),
    "edit own user": Operation(
        OWN_USER_EDIT.read, ("/users/@me", "patch"), [{"username": "nrg", "avatar": PNG}]
    ),
    "direct messages": Operation(
        DIRECT_MESSAGES.read, ("/users/@me/channels", "post"), [{"recipient_id": "5"}]
    ),
}


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
_LENGTHS = (
    0,
    1,
    2,
    25,
    26,
    32,
    33,
    45,
    46,
    80,
    81,
    100,
    101,
    150,
    151,
    256,
    257,
    512,
    1024,
    1025,
    2001,
    4001,
)
_NUMBERS = (
    -1,
    0,
    1,
    3,
    5,
    11,
    15,
    25,
    26,
    100,
    101,
    4001,
    10_081,
    21_601,
    604_801,
    2**24,
    2**31,
    2**53,
    2**64,
)
_ODD = (
    ANYTHING
    | st.sampled_from(_NUMBERS)
    | st.sampled_from(_NUMBERS).map(str)
    | st.sampled_from(_LENGTHS).map(lambda length: "x" * length)
)


@st.composite
def careless(draw: st.DrawFn, examples: list[Any]) -> Any:
    """Draw a right body of which up to two parts are left out, repeated or replaced."""
    body = copy.deepcopy(draw(st.sampled_from(examples)))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(list(_places(body))))
        if not place:
            return draw(_ODD)
        *way, key = place
        holder = body
        for step in way:
            holder = holder[step]
        match draw(st.integers(0, 3)):
            case 0:
                del holder[key]
            case 1 if isinstance(holder[key], list):
                holder[key] = holder[key] * draw(st.sampled_from((2, 6, 11, 26, 41, 101)))
            case _:
                holder[key] = draw(_ODD)
    return body


def _places(node: object, path: Path = ()) -> Iterator[Path]:
    yield path
    inner: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        inner = list(cast("dict[str | int, object]", node).items())
    elif isinstance(node, list):
        inner = list(enumerate(cast("list[object]", node)))
    for key, value in inner:
        yield from _places(value, (*path, key))
