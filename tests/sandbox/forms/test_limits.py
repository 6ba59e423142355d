"""Every limit of a single field, tried from both sides; ``...`` marks the field."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, cast

import pytest

from nrg_sandbox.forms.channels import (
    BULK_DELETE,
    CHANNEL_CREATE,
    CHANNEL_EDIT,
    CHANNEL_POSITIONS,
    INVITE_CREATE,
    OVERWRITE,
)
from nrg_sandbox.forms.commands import COMMAND, COMMAND_PERMISSIONS
from nrg_sandbox.forms.guilds import EMOJI_CREATE, GUILD_EDIT
from nrg_sandbox.forms.limits import COMPONENTS_V2
from nrg_sandbox.forms.members import BAN, BULK_BAN, MEMBER_EDIT, OWN_MEMBER_EDIT, PRUNE
from nrg_sandbox.forms.modals import MODAL
from nrg_sandbox.forms.roles import ROLE, ROLE_POSITIONS
from nrg_sandbox.forms.scheduled_events import EVENT_CREATE, EVENT_EDIT
from nrg_sandbox.forms.threads import FORUM_THREAD, MESSAGE_THREAD, THREAD_CREATE, THREAD_EDIT
from nrg_sandbox.forms.users import OWN_USER_EDIT
from nrg_sandbox.forms.webhooks import WEBHOOK_CREATE
from tests.sandbox.forms.examples import PNG, create_message, webhook_message
from tests.sandbox.forms.faults import faults

Json = dict[str, Any]
Read = Callable[[Any], object]

INT32, INT64 = 2**31 - 1, 2**63 - 1


def embed(**fields: Any) -> Json:
    return {"embeds": [fields]}


def row(**fields: Any) -> Json:
    return {"components": [{"type": 1, "components": [fields]}]}


def newer(**fields: Any) -> Json:
    return {"flags": COMPONENTS_V2, "components": [fields]}


def picture(**fields: Any) -> Json:
    return {"media": {"url": "https://example.com"}} | fields


def modal(**component: Any) -> Json:
    labelled = {"type": 18, "label": "l", "component": {"custom_id": "c"} | component}
    return {"title": "t", "custom_id": "m", "components": [labelled]}


def command(**option: Any) -> Json:
    return {"name": "c", "description": "d", "options": [{"name": "o", "description": "d"} | option]}


def event(**fields: Any) -> Json:
    made: Json = {"name": "n", "privacy_level": 2, "entity_type": 2, "channel_id": "5"}
    return made | {"scheduled_start_time": "2024-05-07"} | fields


def recurring(**fields: Any) -> Json:
    return event(recurrence_rule={"start": "2024-05-07", "frequency": 1} | fields)


OPTIONS = [{"label": str(number), "value": str(number)} for number in range(10)]
POLL: Json = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "y"}}]}

NUMBERS: list[tuple[Read, Any, float, float]] = [
    (create_message, {"nonce": ...}, -INT64 - 1, INT64),
    (create_message, {"flags": ...}, -INT64 - 1, INT64),
    (create_message, embed(color=...), 0, 0xFFFFFF),
    (create_message, embed(image={"placeholder_version": ...}), 0, INT32),
    (create_message, {"attachments": [{"id": 0, "duration_secs": ...}]}, 0, INT32),
    (create_message, {"poll": POLL | {"duration": ...}}, 1, 768),
    (create_message, row(type=5, custom_id="c", id=...), 0, INT32),
    (create_message, row(type=5, custom_id="c", min_values=..., max_values=25), 0, 25),
    (create_message, row(type=5, custom_id="c", max_values=...), 1, 25),
    (create_message, newer(type=17, components=[{"type": 14}], accent_color=...), 0, 0xFFFFFF),
    (MODAL.read, modal(type=4, style=1, min_length=...), 0, 4000),
    (MODAL.read, modal(type=4, style=1, max_length=...), 1, 4000),
    (MODAL.read, modal(type=19, min_values=..., max_values=10), 0, 10),
    (MODAL.read, modal(type=19, max_values=...), 1, 10),
    (MODAL.read, modal(type=22, options=OPTIONS, min_values=..., max_values=10), 0, 10),
    (MODAL.read, modal(type=22, options=OPTIONS, max_values=...), 1, 10),
    (COMMAND.read, {"name": "c", "description": "d", "default_member_permissions": ...}, 0, 2**54 - 1),
    (COMMAND.read, command(type=3, min_length=...), 0, 6000),
    (COMMAND.read, command(type=3, max_length=...), 1, 6000),
    (COMMAND.read, command(type=4, min_value=...), 1 - 2**53, 2**53 - 1),
    (COMMAND.read, command(type=4, max_value=...), 1 - 2**53, 2**53 - 1),
    (COMMAND.read, command(type=4, choices=[{"name": "c", "value": ...}]), 1 - 2**53, 2**53 - 1),
    (CHANNEL_CREATE.read, {"name": "c", "user_limit": ...}, 0, 99),
    (CHANNEL_EDIT.read, {"position": ...}, 0, INT32),
    (CHANNEL_EDIT.read, {"rate_limit_per_user": ...}, 0, 21_600),
    (CHANNEL_EDIT.read, {"default_thread_rate_limit_per_user": ...}, 0, 21_600),
    (CHANNEL_EDIT.read, {"bitrate": ...}, 8000, 384_000),
    (CHANNEL_EDIT.read, {"user_limit": ...}, 0, 10_000),
    (CHANNEL_POSITIONS.read, [{"id": "1", "position": ...}], 0, INT32),
    (OVERWRITE.read, {"allow": ...}, 0, INT64),
    (OVERWRITE.read, {"deny": ...}, 0, INT64),
    (INVITE_CREATE.read, {"max_age": ...}, 0, 5_184_000),
    (INVITE_CREATE.read, {"max_uses": ...}, 0, 100),
    (MESSAGE_THREAD.read, {"name": "t", "rate_limit_per_user": ...}, 0, 21_600),
    (THREAD_EDIT.read, {"rate_limit_per_user": ...}, 0, 21_600),
    (ROLE.read, {"color": ...}, 0, 0xFFFFFF),
    (ROLE.read, {"colors": {"tertiary_color": ...}}, 0, 0xFFFFFF),
    (ROLE.read, {"permissions": ...}, 0, INT64),
    (ROLE_POSITIONS.read, [{"id": "1", "position": ...}], -INT32 - 1, INT32),
    (BAN.read, {"delete_message_seconds": ...}, 0, 604_800),
    (BAN.read, {"delete_message_days": ...}, 0, 7),
    (BULK_BAN.read, {"user_ids": ["1"], "delete_message_seconds": ...}, 0, 604_800),
    (PRUNE.read, {"days": ...}, 1, 30),
    (EVENT_CREATE.read, recurring(interval=...), 0, INT32),
    (EVENT_CREATE.read, recurring(count=...), 0, INT32),
    (EVENT_CREATE.read, recurring(by_n_weekday=[{"n": ..., "day": 0}]), 1, 5),
    (EVENT_CREATE.read, recurring(by_month_day=[...]), -1, 31),
    (EVENT_CREATE.read, recurring(by_year_day=[...]), -1, 365),
]

CHOICES: list[tuple[Read, Any, set[int]]] = [
    (create_message, {"message_reference": {"message_id": "1", "type": ...}}, {0, 1}),
    (create_message, {"poll": POLL | {"layout_type": ...}}, {1}),
    (create_message, row(type=2, style=..., label="x", custom_id="c"), {1, 2, 3, 4}),
    (create_message, row(type=8, custom_id="c", channel_types=[...]), {*range(6), *range(10, 16)}),
    (create_message, newer(type=14, spacing=...), {1, 2}),
    (MODAL.read, modal(type=4, style=...), {1, 2}),
    (COMMAND.read, {"name": "c", "description": "d", "contexts": [...]}, {0, 1, 2}),
    (COMMAND.read, {"name": "c", "description": "d", "integration_types": [...]}, {0, 1}),
    (COMMAND.read, {"name": "c", "type": ...}, {2, 3}),
    (COMMAND.read, command(type=...), set(range(1, 12))),
    (COMMAND.read, command(type=7, channel_types=[...]), {*range(6), *range(10, 16)}),
    (COMMAND_PERMISSIONS.read, {"permissions": [{"id": 1, "type": ..., "permission": True}]}, {1, 2, 3}),
    (CHANNEL_CREATE.read, {"name": "c", "type": ...}, {0, 2, 4, 5, 13, 14, 15}),
    (CHANNEL_EDIT.read, {"video_quality_mode": ...}, {1, 2}),
    (CHANNEL_EDIT.read, {"default_sort_order": ...}, {0, 1}),
    (CHANNEL_EDIT.read, {"default_forum_layout": ...}, {0, 1, 2}),
    (CHANNEL_EDIT.read, {"default_auto_archive_duration": ...}, {60, 1440, 4320, 10_080}),
    (CHANNEL_EDIT.read, {"permission_overwrites": [{"id": "1", "type": ...}]}, {0, 1}),
    (OVERWRITE.read, {"type": ...}, {0, 1}),
    (INVITE_CREATE.read, {"target_type": ...}, {1, 2, 3}),
    (THREAD_CREATE.read, {"name": "t", "type": ...}, {10, 11, 12}),
    (GUILD_EDIT.read, {"verification_level": ...}, {0, 1, 2, 3, 4}),
    (GUILD_EDIT.read, {"default_message_notifications": ...}, {0, 1}),
    (GUILD_EDIT.read, {"explicit_content_filter": ...}, {0, 1, 2}),
    (GUILD_EDIT.read, {"afk_timeout": ...}, {60, 300, 900, 1800, 3600}),
    (EVENT_EDIT.read, {"status": ...}, {1, 2, 3, 4}),
    (EVENT_EDIT.read, {"entity_type": ...}, {1, 2, 3}),
    (EVENT_EDIT.read, {"privacy_level": ...}, {2}),
    (EVENT_CREATE.read, recurring(frequency=...), {0, 1, 2, 3}),
    (EVENT_CREATE.read, recurring(by_weekday=[...]), set(range(7))),
    (EVENT_CREATE.read, recurring(by_month=[...]), set(range(1, 13))),
]

TEXTS: list[tuple[Read, Any, int, int]] = [
    (create_message, {"content": ...}, 0, 2000),
    (create_message, {"nonce": ...}, 0, 25),
    (create_message, embed(title=...), 0, 256),
    (create_message, embed(provider={"name": ...}), 0, 256),
    (create_message, embed(author={"name": ...}), 0, 256),
    (create_message, embed(footer={"text": ...}), 0, 2048),
    (create_message, embed(image={"placeholder": ...}), 0, 64),
    (create_message, embed(image={"description": ...}), 0, 4096),
    (create_message, embed(fields=[{"name": ..., "value": "v"}]), 1, 256),
    (create_message, embed(fields=[{"name": "n", "value": ...}]), 1, 1024),
    (create_message, {"attachments": [{"id": 0, "filename": ...}]}, 1, 1024),
    (create_message, {"attachments": [{"id": 0, "title": ...}]}, 0, 1024),
    (create_message, {"attachments": [{"id": 0, "description": ...}]}, 0, 1024),
    (create_message, {"attachments": [{"id": 0, "waveform": ...}]}, 0, 400),
    (create_message, {"poll": POLL | {"question": {"text": ...}}}, 1, 300),
    (create_message, {"poll": POLL | {"answers": [{"poll_media": {"text": ...}}]}}, 1, 55),
    (create_message, row(type=2, style=1, label="x", custom_id=...), 1, 100),
    (create_message, row(type=2, style=1, label=..., custom_id="c"), 1, 80),
    (create_message, row(type=5, custom_id=...), 1, 100),
    (create_message, row(type=5, custom_id="c", placeholder=...), 0, 150),
    (create_message, row(type=3, custom_id="c", options=[{"label": ..., "value": "v"}]), 1, 100),
    (create_message, row(type=3, custom_id="c", options=[{"label": "l", "value": ...}]), 1, 100),
    (create_message, newer(type=10, content=...), 1, 4000),
    (create_message, newer(type=12, items=[picture(description=...)]), 1, 1024),
    (
        create_message,
        newer(
            type=9,
            components=[{"type": 10, "content": "x"}],
            accessory=picture(type=11, description=...),
        ),
        1,
        1024,
    ),
    (create_message, row(type=2, style=1, custom_id="c", emoji={"id": "1", "name": ...}), 0, 32),
    (webhook_message, {"username": ...}, 1, 80),
    (webhook_message, {"thread_name": ...}, 0, 100),
    (MODAL.read, modal(type=23) | {"title": ...}, 1, 45),
    (MODAL.read, modal(type=23) | {"custom_id": ...}, 1, 100),
    (MODAL.read, modal(type=4, style=1, placeholder=...), 0, 100),
    (MODAL.read, modal(type=4, style=1, value=...), 0, 4000),
    (MODAL.read, modal(type=22, options=[{"label": ..., "value": "v"}]), 1, 100),
    (MODAL.read, modal(type=22, options=[{"label": "l", "value": ...}]), 1, 100),
    (MODAL.read, modal(type=22, options=[{"label": "l", "value": "v", "description": ...}]), 0, 100),
    (COMMAND.read, {"name": ..., "description": "d"}, 1, 32),
    (COMMAND.read, {"name": ..., "type": 2}, 1, 32),
    (COMMAND.read, {"name": "c", "description": ...}, 1, 100),
    (COMMAND.read, {"name": "c", "description": "d", "name_localizations": {"de": ...}}, 1, 32),
    (COMMAND.read, {"name": "c", "description": "d", "description_localizations": {"de": ...}}, 1, 100),
    (COMMAND.read, command(type=3, name=...), 1, 32),
    (COMMAND.read, command(type=3, description=...), 1, 100),
    (COMMAND.read, command(type=3, choices=[{"name": ..., "value": "v"}]), 1, 100),
    (COMMAND.read, command(type=3, choices=[{"name": "n", "value": ...}]), 1, 100),
    (
        COMMAND.read,
        command(type=3, choices=[{"name": "n", "value": "v", "name_localizations": {"de": ...}}]),
        1,
        100,
    ),
    (CHANNEL_CREATE.read, {"name": "c", "type": 15, "topic": ...}, 0, 4096),
    (CHANNEL_EDIT.read, {"name": ...}, 1, 100),
    (CHANNEL_EDIT.read, {"default_reaction_emoji": {"emoji_name": ...}}, 0, 100),
    (CHANNEL_EDIT.read, {"available_tags": [{"name": ...}]}, 0, 50),
    (MESSAGE_THREAD.read, {"name": ...}, 1, 100),
    (THREAD_EDIT.read, {"name": ...}, 1, 100),
    (WEBHOOK_CREATE.read, {"name": ...}, 1, 80),
    (ROLE.read, {"name": ...}, 1, 100),
    (ROLE.read, {"unicode_emoji": ...}, 0, 100),
    (MEMBER_EDIT.read, {"nick": ...}, 0, 32),
    (OWN_MEMBER_EDIT.read, {"bio": ...}, 0, 190),
    (GUILD_EDIT.read, {"name": ...}, 2, 100),
    (GUILD_EDIT.read, {"description": ...}, 0, 300),
    (EMOJI_CREATE.read, {"name": ..., "image": PNG}, 2, 32),
    (EVENT_CREATE.read, event(name=...), 1, 100),
    (EVENT_CREATE.read, event(description=...), 0, 1000),
    (EVENT_EDIT.read, {"entity_metadata": {"location": ...}}, 1, 100),
    (OWN_USER_EDIT.read, {"username": ...}, 2, 32),
]

# Lists of one item over and over; of numbers when there is none; of items with a name each.
LISTS: list[tuple[Read, Any, Any, int, int]] = [
    (create_message, {"embeds": ...}, {}, 0, 10),
    (create_message, embed(fields=...), {"name": "n", "value": "v"}, 0, 25),
    (create_message, {"attachments": ...}, {"id": 0}, 0, 10),
    (create_message, {"allowed_mentions": {"users": ...}}, None, 0, 100),
    (create_message, {"allowed_mentions": {"roles": ...}}, None, 0, 100),
    (create_message, {"sticker_ids": ...}, "1", 0, 3),
    (create_message, {"poll": POLL | {"answers": ...}}, POLL["answers"][0], 1, 10),
    (
        create_message,
        row(type=5, custom_id="c", default_values=...),
        {"id": "1", "type": "user"},
        0,
        25,
    ),
    (create_message, {"flags": COMPONENTS_V2, "components": ...}, {"type": 14}, 0, 40),
    (create_message, newer(type=12, items=...), picture(), 1, 10),
    (webhook_message, {"applied_tags": ...}, "1", 0, 5),
    (MODAL.read, {"title": "t", "custom_id": "m", "components": ...}, {"type": 10, "content": "x"}, 1, 5),
    (COMMAND.read, command(type=3, choices=...), "choice", 0, 25),
    (COMMAND.read, {"name": "c", "description": "d", "options": ...}, "option", 0, 25),
    (COMMAND.read, command(type=1, options=...), "option", 0, 25),
    (COMMAND.read, command(type=2, options=...), "part", 0, 25),
    (CHANNEL_EDIT.read, {"permission_overwrites": ...}, {"id": "1"}, 0, 100),
    (CHANNEL_EDIT.read, {"available_tags": ...}, {"name": "t"}, 0, 20),
    (INVITE_CREATE.read, {"role_ids": ...}, None, 0, 250),
    (BULK_DELETE.read, {"messages": ...}, None, 2, 100),
    (FORUM_THREAD.read, {"name": "t", "message": {}, "applied_tags": ...}, "1", 0, 5),
    (THREAD_EDIT.read, {"applied_tags": ...}, "1", 0, 5),
    (MEMBER_EDIT.read, {"roles": ...}, None, 0, 350),
    (BULK_BAN.read, {"user_ids": ...}, None, 1, 200),
    (PRUNE.read, {"include_roles": ...}, None, 0, 100),
    (EVENT_CREATE.read, recurring(by_n_weekday=...), {"n": 1, "day": 0}, 0, 7),
]


NAMED: dict[str, Callable[[str], Json]] = {
    "choice": lambda name: {"name": name, "value": name},
    "option": lambda name: {"type": 3, "name": name, "description": "d"},
    "part": lambda name: {"type": 1, "name": name, "description": "d"},
}


def filled(body: Any, value: Any) -> Any:
    """Return the body with a value in the marked place."""
    if isinstance(body, dict):
        return {key: filled(inner, value) for key, inner in cast("Json", body).items()}
    if isinstance(body, list):
        return [filled(inner, value) for inner in cast("list[Any]", body)]
    return value if body is ... else body


def taken(read: Read, body: Any, value: Any) -> bool:
    return not faults(read, filled(body, value))


@pytest.mark.parametrize(("read", "body", "least", "most"), NUMBERS)
def test_numbers(read: Read, body: Any, least: int, most: int) -> None:
    tried = {value: taken(read, body, value) for value in (least - 1, least, most, most + 1)}
    assert tried == {least - 1: False, least: True, most: True, most + 1: False}


@pytest.mark.parametrize(("read", "body", "allowed"), CHOICES)
def test_choices(read: Read, body: Any, allowed: set[int]) -> None:
    candidates = {*range(-1, 20), *allowed, *(value + 1 for value in allowed)}
    assert {value for value in candidates if taken(read, body, value)} == allowed


@pytest.mark.parametrize(("read", "body", "least", "most"), TEXTS)
def test_texts(read: Read, body: Any, least: int, most: int) -> None:
    assert taken(read, body, "x" * least)
    assert taken(read, body, "x" * most)
    assert not taken(read, body, "x" * (most + 1))
    assert least == 0 or not taken(read, body, "x" * (least - 1))


ADDRESSES: list[tuple[Read, Any, str, int]] = [
    (create_message, embed(url=...), "https://", 2048),
    (create_message, embed(image={"url": ...}), "attachment://", 2048),
    (create_message, row(type=2, style=5, label="x", url=...), "https://", 512),
    (create_message, newer(type=13, file={"url": ...}), "attachment://", 2048),
]


@pytest.mark.parametrize(("read", "body", "scheme", "most"), ADDRESSES)
def test_addresses(read: Read, body: Any, scheme: str, most: int) -> None:
    assert taken(read, body, scheme.ljust(most, "x"))
    assert not taken(read, body, scheme.ljust(most + 1, "x"))


def test_pictures_have_ten_mebibytes() -> None:
    for size, fits in ((10 * 1024 * 1024, True), (10 * 1024 * 1024 + 1, False)):
        data = base64.b64encode(bytes(size)).decode()
        assert taken(ROLE.read, {"icon": ...}, f"data:image/png;base64,{data}") == fits


@pytest.mark.parametrize(("read", "body", "item", "least", "most"), LISTS)
def test_lists(read: Read, body: Any, item: Any, least: int, most: int) -> None:
    def listed(length: int) -> list[Any]:
        if item is None:
            return list(range(length))
        return [
            NAMED[item](str(number)) if isinstance(item, str) and item in NAMED else item
            for number in range(length)
        ]

    assert taken(read, body, listed(least))
    assert taken(read, body, listed(most))
    assert not taken(read, body, listed(most + 1))
    assert least == 0 or not taken(read, body, listed(least - 1))
