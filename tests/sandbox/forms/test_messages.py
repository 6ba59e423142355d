"""Messages, embeds, mentions, files and polls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox.errors import ApiError
from nrg_sandbox.forms.limits import COMPONENTS_V2, FILE_BYTES, REQUEST_BYTES
from nrg_sandbox.forms.messages import MESSAGE_EDIT, WEBHOOK_MESSAGE, check_message, check_not_empty
from tests.sandbox.forms.faults import (
    BOOL,
    DICT,
    LIST,
    NO_URL,
    REQUIRED,
    TEXT,
    at_most,
    bad_scheme,
    between,
    choices,
    faults,
    no_moment,
    no_more,
    not_a,
)

Json = dict[str, Any]

LEGACY = (
    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    "This field cannot be used with the IS_COMPONENTS_V2 flag",
)
EXCLUSIVE = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
TOO_LARGE = "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"


@dataclass
class Upload:
    data: bytes


def embed(**fields: Any) -> Json:
    return {"embeds": [fields]}


def poll(**fields: Any) -> Json:
    answer: Json = {"poll_media": {"text": "yes"}}
    return {"poll": {"question": {"text": "?"}, "answers": [answer]} | fields}


REFUSED: list[tuple[Json, str, tuple[str, str]]] = [
    ({"content": "x" * 2001}, "content", at_most(2000)),
    ({"content": 5}, "content", TEXT),
    ({"nonce": "n" * 26}, "nonce", at_most(25)),
    ({"nonce": True}, "nonce", TEXT),
    ({"flags": "x"}, "flags", not_a("int", "x")),
    ({"tts": 1}, "tts", BOOL),
    ({"sticker_ids": ["1", "2", "3", "4"]}, "sticker_ids", at_most(3)),
    ({"message_reference": {}}, "message_reference.message_id", REQUIRED),
    ({"message_reference": "x"}, "message_reference", DICT),
    ({"message_reference": {"message_id": "1", "type": 2}}, "message_reference.type", choices(0, 1)),
    ({"embeds": {}}, "embeds", LIST),
    ({"embeds": [None]}, "embeds.0", REQUIRED),
    ({"embeds": ["x"]}, "embeds.0", DICT),
    ({"embeds": [{"title": "t"}] * 11}, "embeds", at_most(10)),
    (embed(title="t" * 257), "embeds.0.title", at_most(256)),
    (embed(description="d" * 4097), "embeds.0.description", at_most(4096)),
    (embed(author={"name": "a" * 257}), "embeds.0.author.name", at_most(256)),
    (embed(author="a"), "embeds.0.author", DICT),
    (embed(footer={"text": "f" * 2049}), "embeds.0.footer.text", at_most(2048)),
    (embed(fields="x"), "embeds.0.fields", LIST),
    (embed(fields=[{"name": "n", "value": "v"}] * 26), "embeds.0.fields", at_most(25)),
    (embed(fields=[{"name": "n", "value": ""}]), "embeds.0.fields.0.value", REQUIRED),
    (embed(fields=[{"name": " ", "value": "v"}]), "embeds.0.fields.0.name", REQUIRED),
    (embed(fields=[{"value": "v"}]), "embeds.0.fields.0.name", REQUIRED),
    (embed(fields=[{"name": "n" * 257, "value": "v"}]), "embeds.0.fields.0.name", at_most(256)),
    (embed(fields=[{"name": "n", "value": "v" * 1025}]), "embeds.0.fields.0.value", at_most(1024)),
    (embed(color=0x1000000), "embeds.0.color", no_more(0xFFFFFF)),
    (
        embed(timestamp="soon"),
        "embeds.0.timestamp",
        no_moment("soon"),
    ),
    (embed(url="x"), "embeds.0.url", NO_URL),
    (
        embed(image={"url": "ftp://a"}),
        "embeds.0.image.url",
        bad_scheme("ftp", "http", "https", "attachment"),
    ),
    ({"embeds": [{"description": "d" * 3001}, {"description": "d" * 3000}]}, "embeds", TOO_LARGE),
    (
        embed(
            title="t" * 256,
            description="d" * 4096,
            author={"name": "a" * 200},
            footer={"text": "f" * 1000},
            fields=[{"name": "n" * 200, "value": "v" * 249}],
        ),
        "embeds",
        TOO_LARGE,
    ),
    ({"allowed_mentions": []}, "allowed_mentions", DICT),
    ({"allowed_mentions": {"parse": "users"}}, "allowed_mentions.parse", LIST),
    (
        {"allowed_mentions": {"parse": ["all"]}},
        "allowed_mentions.parse.0",
        choices("users", "roles", "everyone"),
    ),
    (
        {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        (EXCLUSIVE, 'parse:["users"] and users: [ids...] are mutually exclusive.'),
    ),
    (
        {"allowed_mentions": {"parse": ["roles"], "roles": ["1"]}},
        "allowed_mentions",
        (EXCLUSIVE, 'parse:["roles"] and roles: [ids...] are mutually exclusive.'),
    ),
    ({"allowed_mentions": {"users": list(range(101))}}, "allowed_mentions.users", at_most(100)),
    ({"allowed_mentions": {"roles": ["x"]}}, "allowed_mentions.roles.0", not_a("snowflake", "x")),
    ({"attachments": [{"id": index} for index in range(11)]}, "attachments", at_most(10)),
    ({"attachments": [{}]}, "attachments.0.id", REQUIRED),
    ({"attachments": [{"id": 0, "description": "d" * 1025}]}, "attachments.0.description", at_most(1024)),
    (poll(question={"text": "?" * 301}), "poll.question.text", between(1, 300)),
    (poll(answers=[]), "poll.answers", between(1, 10)),
    (poll(answers=[{"poll_media": {"text": "y" * 56}}]), "poll.answers.0.poll_media.text", between(1, 55)),
    (poll(duration=769), "poll.duration", no_more(768)),
    ({"poll": {"answers": [{"poll_media": {"text": "y"}}]}}, "poll.question", REQUIRED),
    ({"flags": COMPONENTS_V2, "content": "x"}, "content", LEGACY),
    ({"flags": COMPONENTS_V2, "embeds": [{"title": "t"}]}, "embeds", LEGACY),
    ({"flags": COMPONENTS_V2, "sticker_ids": [1]}, "sticker_ids", LEGACY),
    (poll() | {"flags": COMPONENTS_V2}, "poll", LEGACY),
]


@pytest.mark.parametrize(("body", "path", "told"), REFUSED)
def test_what_discord_refuses_is_told_at_its_place(body: Json, path: str, told: tuple[str, str]) -> None:
    assert faults(check_message, body, {}) == [(path, *told)]
    assert faults(check_message, body, {}, root=("data",)) == [(f"data.{path}", *told)]


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000, "nonce": 5},
        {"nonce": "n" * 25},
        embed(title="t" * 256, description="d" * 4096, footer={"text": "f" * 1648}),
        {"embeds": [{"description": "d" * 3000}, {"description": "d" * 3000 + " " * 90}]},
        {"content": None, "embeds": None, "components": None, "allowed_mentions": None, "attachments": None},
        {"allowed_mentions": {"parse": ["users"], "users": []}},
        {"allowed_mentions": {"parse": ["roles"], "users": ["1"]}},
        {"flags": COMPONENTS_V2, "content": "", "embeds": []},
        poll(),
    ],
)
def test_what_just_fits_is_taken(body: Json) -> None:
    assert check_message(body, {}) == body


def test_a_message_is_normalised() -> None:
    sent: Json = {
        "content": "x",
        "flags": "64",
        "attachments": [{"id": 0, "filename": "a.png", "size": 5}],
        "message_reference": {"message_id": 7},
        "allowed_mentions": {"users": [1]},
        "typo": 1,
    }
    assert check_message(sent, {}) == {
        "content": "x",
        "flags": 64,
        "attachments": [{"id": "0", "filename": "a.png"}],
        "message_reference": {"message_id": "7"},
        "allowed_mentions": {"users": ["1"]},
    }


def test_all_faults_are_told_together() -> None:
    body: Json = {
        "content": "x" * 2001,
        "embeds": [{"description": "d" * 3001}, {"description": "d" * 3000}],
        "allowed_mentions": {"parse": ["users"], "users": ["1"]},
        "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x"}]}],
    }
    assert [path for path, _, _ in faults(check_message, body, {})] == [
        "content",
        "embeds",
        "allowed_mentions",
        "components.0.components.0.custom_id",
    ]


def test_an_edit_keeps_to_what_the_message_uses_already() -> None:
    assert faults(check_message, {"content": "x"}, {}, form=MESSAGE_EDIT, v2=True) == [("content", *LEGACY)]
    assert faults(check_message, {"content": "x"}, {}, form=MESSAGE_EDIT) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", between(1, 80)),
        ("n" * 81, between(1, 80)),
        ("My Discord", ("USERNAME_INVALID_CONTAINS", 'Username cannot contain "discord"')),
        ("Clyde", ("USERNAME_INVALID_CONTAINS", 'Username cannot contain "clyde"')),
    ],
)
def test_names_that_a_webhook_may_not_use(name: str, told: tuple[str, str]) -> None:
    assert faults(check_message, {"username": name}, {}, form=WEBHOOK_MESSAGE) == [("username", *told)]
    assert faults(check_message, {"username": name}, {}) == []


def test_ten_files_and_no_more() -> None:
    check_message({}, {number: Upload(b"x") for number in range(10)})
    told = faults(check_message, {}, {number: Upload(b"x") for number in range(11)}, root=("data",))
    assert told == [("data.attachments", *at_most(10))]


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [
        ([FILE_BYTES], True),
        ([FILE_BYTES + 1], False),
        ([FILE_BYTES, FILE_BYTES, REQUEST_BYTES - 2 * FILE_BYTES], True),
        ([FILE_BYTES, FILE_BYTES, REQUEST_BYTES - 2 * FILE_BYTES + 1], False),
    ],
)
def test_files_have_a_size(sizes: list[int], taken: bool) -> None:
    uploads = {number: Upload(bytes(size)) for number, size in enumerate(sizes)}
    if taken:
        check_message({}, uploads)
        return
    with pytest.raises(ApiError) as refusal:
        check_message({}, uploads)
    assert (refusal.value.status, refusal.value.code) == (413, 40005)


@given(st.lists(st.text(alphabet="ab ", max_size=1300), max_size=10))
def test_embeds_are_measured_together_and_trimmed(texts: list[str]) -> None:
    body: Json = {"embeds": [{"description": text} for text in texts]}
    too_large = sum(len(text.strip()) for text in texts) > 6000
    assert faults(check_message, body, {}) == ([("embeds", *TOO_LARGE)] if too_large else [])


@pytest.mark.parametrize(
    ("shown", "files", "empty"),
    [
        ({}, 0, True),
        ({"content": "x"}, 0, False),
        ({"embeds": ["x"]}, 0, False),
        ({}, 1, False),
        ({"components": ["x"]}, 0, True),
        ({"components": ["x"], "flags": COMPONENTS_V2}, 0, False),
        ({"flags": COMPONENTS_V2}, 0, True),
    ],
)
def test_a_message_shows_something(shown: Json, files: int, empty: bool) -> None:
    bare: Json = {"content": "", "embeds": [], "components": [], "flags": 0}
    payload = bare | shown
    if not empty:
        check_not_empty(payload, files)
        return
    with pytest.raises(ApiError) as refusal:
        check_not_empty(payload, files)
    assert (refusal.value.status, refusal.value.code) == (400, 50006)
