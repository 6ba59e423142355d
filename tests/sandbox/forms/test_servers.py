"""Servers and what belongs to them: channels, threads, webhooks, roles, members, emojis; and users."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nrg_sandbox.errors import Problems
from nrg_sandbox.forms.channels import (
    BULK_DELETE,
    CHANNEL_CREATE,
    CHANNEL_EDIT,
    CHANNEL_POSITIONS,
    INVITE_CREATE,
    OVERWRITE,
    check_channel,
)
from nrg_sandbox.forms.form import Form
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
    check_time_out,
)
from nrg_sandbox.forms.roles import ROLE, ROLE_POSITIONS
from nrg_sandbox.forms.threads import FORUM_THREAD, MESSAGE_THREAD, THREAD_CREATE, THREAD_EDIT
from nrg_sandbox.forms.users import DIRECT_MESSAGES, OWN_USER_EDIT
from nrg_sandbox.forms.webhooks import WEBHOOK_CREATE, WEBHOOK_EDIT
from tests.sandbox.forms.faults import (
    BOOL,
    DICT,
    LIST,
    NO_IMAGE,
    REQUIRED,
    at_most,
    between,
    choices,
    faults,
    no_less,
    no_moment,
    no_more,
    not_a,
)

PNG = "data:image/png;base64,iVBORw0KGgo="
NO_WORD = "STRING_TYPE_REGEX", "String value did not match validation regex."
KINDS = choices(0, 2, 4, 5, 13, 14, 15)
MINUTES = choices(60, 1440, 4320, 10080)
TAKEN_NAME = "USERNAME_INVALID_CONTAINS", 'Username cannot contain "clyde"'
TWICE = "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains the value 1."

TAKEN: list[tuple[Form[Any], Any]] = [
    (CHANNEL_CREATE, {"name": "c" * 100, "topic": "t" * 1024, "rate_limit_per_user": 21600}),
    (CHANNEL_CREATE, {"name": "c", "type": 2, "bitrate": 8000, "user_limit": 99, "parent_id": None}),
    (CHANNEL_CREATE, {"name": "c", "type": 13, "user_limit": 10_000}),
    (
        CHANNEL_CREATE,
        {
            "name": "c",
            "type": 15,
            "topic": "t" * 4096,
            "available_tags": [{"name": "t", "emoji_name": "🙂"}] * 20,
            "default_reaction_emoji": {"emoji_id": "5", "emoji_name": None},
            "default_auto_archive_duration": 60,
        },
    ),
    (CHANNEL_EDIT, {"topic": None, "position": 0}),
    (CHANNEL_EDIT, {"permission_overwrites": [{"id": "1", "type": 0, "allow": 8, "deny": 0}]}),
    (CHANNEL_POSITIONS, [{"id": "1", "position": 0, "parent_id": None, "lock_permissions": True}]),
    (OVERWRITE, {"type": 1, "allow": 1024}),
    (INVITE_CREATE, {"max_age": 0, "max_uses": 100, "unique": True}),
    (BULK_DELETE, {"messages": ["1", "2"]}),
    (BULK_DELETE, {"messages": [str(number) for number in range(100)]}),
    (MESSAGE_THREAD, {"name": "t" * 100, "auto_archive_duration": 10080}),
    (THREAD_CREATE, {"name": "t", "type": 12, "invitable": False}),
    (FORUM_THREAD, {"name": "t", "message": {"content": "x"}, "applied_tags": ["1"] * 5}),
    (THREAD_EDIT, {"archived": True, "locked": True, "rate_limit_per_user": 0}),
    (WEBHOOK_CREATE, {"name": "n" * 80, "avatar": PNG}),
    (WEBHOOK_EDIT, {"avatar": None, "channel_id": "5"}),
    (ROLE, {"name": None, "permissions": 8, "color": 0xFFFFFF, "hoist": True, "icon": PNG}),
    (ROLE, {"colors": {"primary_color": 1, "secondary_color": None}, "unicode_emoji": "🙂"}),
    (ROLE_POSITIONS, [{"id": "1", "position": 5}]),
    (MEMBER_EDIT, {"nick": "n" * 32, "roles": ["1"], "mute": True, "channel_id": None}),
    (OWN_MEMBER_EDIT, {"nick": None, "bio": "b" * 190, "banner": PNG}),
    (BAN, {"delete_message_seconds": 604_800}),
    (BULK_BAN, {"user_ids": [str(number) for number in range(200)]}),
    (PRUNE, {"days": 30, "compute_prune_count": False, "include_roles": ["1"]}),
    (VOICE_STATE, {"channel_id": "1", "suppress": True}),
    (OWN_VOICE_STATE, {"request_to_speak_timestamp": "2024-05-06T07:08:09+00:00"}),
    (GUILD_EDIT, {"name": "ab", "preferred_locale": "en-GB", "afk_timeout": 300, "icon": None}),
    (EMOJI_CREATE, {"name": "a_1", "image": PNG, "roles": []}),
    (EMOJI_EDIT, {"name": "ab"}),
    (OWN_USER_EDIT, {"username": "nrg", "avatar": None}),
    (DIRECT_MESSAGES, {"recipient_id": "5"}),
]

REFUSED: list[tuple[Form[Any], Any, str, tuple[str, str]]] = [
    (CHANNEL_CREATE, {}, "name", REQUIRED),
    (CHANNEL_CREATE, {"name": ""}, "name", between(1, 100)),
    (CHANNEL_CREATE, {"name": "c" * 101}, "name", between(1, 100)),
    (CHANNEL_CREATE, {"name": "c", "type": 1}, "type", KINDS),
    (CHANNEL_CREATE, {"name": "c", "topic": "t" * 1025}, "topic", at_most(1024)),
    (CHANNEL_CREATE, {"name": "c", "type": 15, "topic": "t" * 4097}, "topic", at_most(4096)),
    (CHANNEL_CREATE, {"name": "c", "type": 2, "user_limit": 100}, "user_limit", no_more(99)),
    (CHANNEL_CREATE, {"name": "c", "bitrate": 7999}, "bitrate", no_less(8000)),
    (CHANNEL_CREATE, {"name": "c", "position": -1}, "position", no_less(0)),
    (CHANNEL_CREATE, {"name": "c", "parent_id": "x"}, "parent_id", not_a("snowflake", "x")),
    (CHANNEL_CREATE, {"name": "c", "nsfw": 1}, "nsfw", BOOL),
    (CHANNEL_CREATE, {"name": "c", "permission_overwrites": {}}, "permission_overwrites", LIST),
    (
        CHANNEL_CREATE,
        {"name": "c", "available_tags": [{"name": "t", "emoji_id": "1", "emoji_name": "🙂"}]},
        "available_tags.0.emoji_name",
        ("CHANNEL_EMOJI_ID_NAME_MUTUALLY_EXCLUSIVE", "Only one of emoji_id and emoji_name can be set"),
    ),
    (CHANNEL_EDIT, {"name": None}, "name", REQUIRED),
    (CHANNEL_EDIT, {"rate_limit_per_user": 21601}, "rate_limit_per_user", no_more(21600)),
    (CHANNEL_EDIT, {"permission_overwrites": [{}]}, "permission_overwrites.0.id", REQUIRED),
    (
        CHANNEL_EDIT,
        {"permission_overwrites": [{"id": 1, "type": 2}]},
        "permission_overwrites.0.type",
        choices(0, 1),
    ),
    (CHANNEL_EDIT, {"available_tags": [{"name": "t"}] * 21}, "available_tags", at_most(20)),
    (CHANNEL_EDIT, {"default_auto_archive_duration": 61}, "default_auto_archive_duration", MINUTES),
    (CHANNEL_POSITIONS, {}, "", LIST),
    (CHANNEL_POSITIONS, [{"position": 1}], "0.id", REQUIRED),
    (CHANNEL_POSITIONS, [{"id": "1", "position": "x"}], "0.position", not_a("int", "x")),
    (OVERWRITE, {"type": 2}, "type", choices(0, 1)),
    (OVERWRITE, {"allow": -1}, "allow", no_less(0)),
    (INVITE_CREATE, {"max_uses": 101}, "max_uses", no_more(100)),
    (INVITE_CREATE, {"max_age": -1}, "max_age", no_less(0)),
    (BULK_DELETE, {"messages": ["1"]}, "messages", between(2, 100)),
    (BULK_DELETE, {"messages": list(range(101))}, "messages", between(2, 100)),
    (BULK_DELETE, {"messages": ["1", 1]}, "messages.1", TWICE),
    (BULK_DELETE, {"messages": ["1", None]}, "messages.1", REQUIRED),
    (MESSAGE_THREAD, {"name": ""}, "name", between(1, 100)),
    (MESSAGE_THREAD, {"name": "t", "auto_archive_duration": 5}, "auto_archive_duration", MINUTES),
    (THREAD_CREATE, {"name": "t", "type": 0}, "type", choices(10, 11, 12)),
    (THREAD_CREATE, {"name": "t", "rate_limit_per_user": 21601}, "rate_limit_per_user", no_more(21600)),
    (FORUM_THREAD, {"name": "t"}, "message", REQUIRED),
    (FORUM_THREAD, {"name": "t", "message": []}, "message", DICT),
    (FORUM_THREAD, {"name": "t", "message": {"content": "x" * 2001}}, "message.content", at_most(2000)),
    (
        FORUM_THREAD,
        {"name": "t", "message": {"content": "x", "flags": COMPONENTS_V2}},
        "message.content",
        (
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "This field cannot be used with the IS_COMPONENTS_V2 flag",
        ),
    ),
    (FORUM_THREAD, {"name": "t", "message": {}, "applied_tags": ["1"] * 6}, "applied_tags", at_most(5)),
    (THREAD_EDIT, {"archived": "yes"}, "archived", BOOL),
    (THREAD_EDIT, {"name": "t" * 101}, "name", between(1, 100)),
    (WEBHOOK_CREATE, {}, "name", REQUIRED),
    (WEBHOOK_CREATE, {"name": "Clyde"}, "name", TAKEN_NAME),
    (WEBHOOK_EDIT, {"avatar": "x"}, "avatar", NO_IMAGE),
    (ROLE, {"name": ""}, "name", between(1, 100)),
    (ROLE, {"name": "r" * 101}, "name", between(1, 100)),
    (ROLE, {"color": 0x1000000}, "color", no_more(0xFFFFFF)),
    (ROLE, {"colors": {"primary_color": -1}}, "colors.primary_color", no_less(0)),
    (ROLE, {"permissions": "x"}, "permissions", not_a("int", "x")),
    (
        ROLE,
        {"icon": PNG, "unicode_emoji": "🙂"},
        "unicode_emoji",
        ("ROLE_ICON_EMOJI_MUTUALLY_EXCLUSIVE", "A role cannot have both an icon and a unicode emoji"),
    ),
    (ROLE_POSITIONS, [{"position": 1}], "0.id", REQUIRED),
    (ROLE_POSITIONS, "x", "", LIST),
    (MEMBER_EDIT, {"nick": "n" * 33}, "nick", at_most(32)),
    (MEMBER_EDIT, {"roles": list(range(351))}, "roles", at_most(350)),
    (MEMBER_EDIT, {"roles": ["1", "1"]}, "roles.1", TWICE),
    (MEMBER_EDIT, {"mute": 0}, "mute", BOOL),
    (
        MEMBER_EDIT,
        {"communication_disabled_until": "later"},
        "communication_disabled_until",
        no_moment("later"),
    ),
    (OWN_MEMBER_EDIT, {"bio": "b" * 191}, "bio", at_most(190)),
    (BAN, {"delete_message_seconds": 604_801}, "delete_message_seconds", no_more(604_800)),
    (BAN, {"delete_message_days": 8}, "delete_message_days", no_more(7)),
    (BULK_BAN, {"user_ids": []}, "user_ids", between(1, 200)),
    (BULK_BAN, {"user_ids": list(range(201))}, "user_ids", between(1, 200)),
    (PRUNE, {"days": 0}, "days", no_less(1)),
    (PRUNE, {"days": 31}, "days", no_more(30)),
    (VOICE_STATE, {"suppress": None, "channel_id": True}, "channel_id", not_a("snowflake", True)),
    (
        OWN_VOICE_STATE,
        {"request_to_speak_timestamp": "x"},
        "request_to_speak_timestamp",
        no_moment("x"),
    ),
    (GUILD_EDIT, {"name": "a"}, "name", between(2, 100)),
    (GUILD_EDIT, {"afk_timeout": 61}, "afk_timeout", choices(60, 300, 900, 1800, 3600)),
    (GUILD_EDIT, {"verification_level": 5}, "verification_level", choices(0, 1, 2, 3, 4)),
    (EMOJI_CREATE, {"name": "ab"}, "image", REQUIRED),
    (EMOJI_CREATE, {"name": "a", "image": PNG}, "name", between(2, 32)),
    (EMOJI_CREATE, {"name": "a-b", "image": PNG}, "name", NO_WORD),
    (EMOJI_CREATE, {"name": "ab", "image": "x"}, "image", NO_IMAGE),
    (
        EMOJI_CREATE,
        {"name": "ab", "image": "data:image/png;base64," + "AAAA" * 87382},
        "image",
        ("BINARY_TYPE_MAX_SIZE", "File cannot be larger than 256.0 kb."),
    ),
    (EMOJI_EDIT, {"name": "é1"}, "name", NO_WORD),
    (OWN_USER_EDIT, {"username": "n"}, "username", between(2, 32)),
    (DIRECT_MESSAGES, {}, "recipient_id", REQUIRED),
    (DIRECT_MESSAGES, {"recipient_id": "ana"}, "recipient_id", not_a("snowflake", "ana")),
]


@pytest.mark.parametrize(("form", "body"), TAKEN)
def test_what_just_fits_is_taken(form: Form[Any], body: Any) -> None:
    assert form.read(body) == body


@pytest.mark.parametrize(("form", "body", "path", "told"), REFUSED)
def test_what_discord_refuses_is_told_at_its_place(
    form: Form[Any], body: Any, path: str, told: tuple[str, str]
) -> None:
    assert faults(form.read, body) == [(path, *told)]


def test_an_overwrite_becomes_numbers() -> None:
    body = {"id": 5, "type": "0", "allow": "1024", "deny": "8"}
    read = CHANNEL_EDIT.read({"permission_overwrites": [body]})
    assert read["permission_overwrites"] == [{"id": "5", "type": 0, "allow": 1024, "deny": 8}]


@pytest.mark.parametrize(
    ("kind", "channel", "wrong"),
    [
        (0, {"topic": "t" * 1025}, ["topic"]),
        (15, {"topic": "t" * 1025}, []),
        (2, {"user_limit": 100}, ["user_limit"]),
        (13, {"user_limit": 100}, []),
        (0, {"topic": None, "user_limit": None}, []),
    ],
)
def test_limits_that_depend_on_the_kind_of_channel(
    kind: int, channel: dict[str, Any], wrong: list[str]
) -> None:
    problems = Problems()
    check_channel(channel, kind, problems)
    assert [path for path, _, _ in problems.faults] == [(key,) for key in wrong]


def test_a_time_out_lasts_28_days_at_most() -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)
    longest = now + timedelta(days=28)
    check_time_out({"communication_disabled_until": longest.isoformat()}, now)
    check_time_out({"communication_disabled_until": None}, now)
    check_time_out({}, now)
    later = {"communication_disabled_until": (longest + timedelta(seconds=1)).isoformat()}
    [(path, code, _)] = faults(check_time_out, later, now)
    assert (path, code) == ("communication_disabled_until", "COMMUNICATION_DISABLED_UNTIL_TOO_LATE")
