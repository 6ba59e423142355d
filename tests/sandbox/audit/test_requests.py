"""What clients send, held to the description."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.audit import Auditor

JSON = "application/json"
MESSAGES = "/channels/7/messages"
COMMANDS = "/applications/7/commands"
CALLBACK = "/interactions/7/token/callback"
ROLES = "/guilds/7/roles"

BUTTON = {"type": 2, "style": 1, "label": "Done", "custom_id": "done"}

TEXT_INPUT = {"type": 4, "style": 1, "label": "Journal", "custom_id": "entry"}


def faults(
    auditor: Auditor,
    method: str,
    path: str,
    body: object = None,
    *,
    query: tuple[tuple[str, str], ...] = (),
    content_type: str = JSON,
    status: int = 200,
) -> dict[str, str]:
    """Return the messages of what is wrong with a request, by place."""
    found = auditor.check(method, path, query, content_type, body, status, None)
    return {item.pointer: item.message for item in found if item.kind == "request"}


def row(*components: object) -> list[Any]:
    return [{"type": 1, "components": list(components)}]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", MESSAGES, {"content": "hello", "embeds": [{"title": "t"}], "components": row(BUTTON)}),
        ("POST", MESSAGES, {}),
        (
            "PUT",
            COMMANDS,
            [{"name": "ping", "description": "Answers", "name_localizations": {"de": "hallo"}}],
        ),
        ("POST", CALLBACK, {"type": 4, "data": {"content": "pong", "flags": 64}}),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "one", "value": 1}]}}),
        ("POST", CALLBACK, {"type": 6}),
        ("PATCH", "/channels/7", {"name": "general", "topic": "talk"}),
        ("PATCH", "/webhooks/7/token/messages/@original", {"content": "later"}),
        ("POST", "/channels/7/typing", None),
    ],
)
def test_a_described_request_passes(auditor: Auditor, method: str, path: str, body: object) -> None:
    assert faults(auditor, method, path, body) == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer", "message"),
    [
        # wrong types
        ("POST", MESSAGES, {"content": 5}, "/content", "expected null or string, got 5"),
        ("POST", MESSAGES, {"tts": "yes"}, "/tts", 'expected null or boolean, got "yes"'),
        ("POST", MESSAGES, ["x"], "", 'expected object, got ["x"]'),
        # missing fields
        ("PUT", COMMANDS, [{"description": "Answers"}], "/0/name", "required, and missing"),
        ("POST", CALLBACK, {"type": 9}, "/data", "required, and missing"),
        # unknown fields
        ("POST", MESSAGES, {"contnet": "x"}, "/contnet", 'unknown; did you mean "content"?'),
        ("POST", MESSAGES, {"zzz": "x"}, "/zzz", "unknown"),
        ("POST", MESSAGES, {"a/b~c": "x"}, "/a~1b~0c", "unknown"),
        (
            "POST",
            MESSAGES,
            {"components": row(BUTTON, {"type": 2, "style": 1, "lable": "Done", "custom_id": "again"})},
            "/components/0/components/1/lable",
            'unknown; did you mean "label"?',
        ),
        (
            "PUT",
            COMMANDS,
            [
                {
                    "name": "a",
                    "description": "b",
                    "options": [{"type": 3, "name": "c", "description": "d", "z": 1}],
                }
            ],
            "/0/options/0/z",
            "unknown",
        ),
        # too long, too short, too many
        (
            "POST",
            MESSAGES,
            {"embeds": [{"title": "t" * 257}]},
            "/embeds/0/title",
            '"' + "t" * 78 + "… is longer than 256 characters",
        ),
        ("PUT", COMMANDS, [{"name": "", "description": "b"}], "/0/name", '"" is shorter than 1 character'),
        (
            "POST",
            MESSAGES,
            {"sticker_ids": ["1", "2", "3", "4"]},
            "/sticker_ids",
            '["1", "2", "3", "4"] has more than 3 items',
        ),
        # values that are not among the allowed
        (
            "POST",
            MESSAGES,
            {"allowed_mentions": {"parse": ["everone"]}},
            "/allowed_mentions/parse/0",
            'expected "roles", "users" or "everyone", got "everone"',
        ),
        ("POST", MESSAGES, {"embeds": [{"url": "nowhere"}]}, "/embeds/0/url", '"nowhere" is not a "uri"'),
    ],
)
def test_a_fault_is_told_at_its_place(
    auditor: Auditor, method: str, path: str, body: object, pointer: str, message: str
) -> None:
    assert faults(auditor, method, path, body) == {pointer: message}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        # A fixed value tells which branch was meant, although others have fewer faults.
        (
            CALLBACK,
            {
                "type": 9,
                "data": {"title": "x" * 46, "content": "no", "custom_id": "c", "components": row(TEXT_INPUT)},
            },
            {
                "/data/title": '"' + "x" * 46 + '" is longer than 45 characters',
                "/data/content": "unknown",
            },
        ),
        # None of the fixed values: all that are allowed are told.
        (CALLBACK, {"type": 99}, {"/type": "expected 1, 4, 5, 6, 7, 8, 9, 12 or 13, got 99"}),
        (
            MESSAGES,
            {"components": row({**BUTTON, "type": 4})},
            {"/components/0/components/0/type": "expected 2, 3, 5, 6, 7 or 8, got 4"},
        ),
        # No fixed value at all: what every branch misses is told.
        (MESSAGES, {"components": [{"components": row()}]}, {"/components/0/type": "required, and missing"}),
        # A union of constants is a list of values.
        (
            MESSAGES,
            {"components": row({**BUTTON, "style": 99})},
            {"/components/0/components/0/style": "expected 1, 2, 3, 4, 5 or 6, got 99"},
        ),
        # No branch is of the value's kind.
        (MESSAGES, {"components": [5]}, {"/components/0": "expected object, got 5"}),
        (MESSAGES, {"poll": 5}, {"/poll": "expected null or object, got 5"}),
        (MESSAGES, {"nonce": True}, {"/nonce": "expected integer, string or null, got true"}),
        # Without fixed values the branch with the smallest faults was meant.
        (
            "/channels/7",
            {"naem": "x", "type": 44},
            {
                "/naem": 'unknown; did you mean "name"?',
                "/type": "expected 0, 2, 4, 5, 13, 14 or 15, got 44",
            },
        ),
        # Deep down two unions.
        (
            COMMANDS,
            {
                "name": "a",
                "description": "b",
                "options": [
                    {
                        "type": 1,
                        "name": "c",
                        "description": "d",
                        "options": [
                            {
                                "type": 3,
                                "name": "e",
                                "description": "f",
                                "choices": [{"name": "g", "value": 5}],
                            }
                        ],
                    }
                ],
            },
            {"/options/0/options/0/choices/0/value": "expected string, got 5"},
        ),
    ],
)
def test_a_union_tells_of_the_branch_that_was_meant(
    auditor: Auditor, path: str, body: object, expected: dict[str, str]
) -> None:
    method = "PATCH" if path.startswith("/channels/7") and path != MESSAGES else "POST"
    assert faults(auditor, method, path, body) == expected


def test_several_faults_are_told_together(auditor: Auditor) -> None:
    body = {"content": 5, "embeds": [{"titel": "t"}], "components": row({**BUTTON, "label": "x" * 81})}
    assert set(faults(auditor, "POST", MESSAGES, body)) == {
        "/content",
        "/embeds/0/titel",
        "/components/0/components/0/label",
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", ROLES, {"color": "255", "permissions": "8"}),
        ("POST", MESSAGES, {"flags": "64"}),
        ("POST", MESSAGES, {"components": [{"type": "1", "components": [{**BUTTON, "style": "1"}]}]}),
        ("POST", MESSAGES, {"attachments": [{"id": 0, "filename": "card.png"}], "sticker_ids": [7]}),
        ("POST", COMMANDS, {"name": "a", "description": "b", "nsfw": True}),
        ("PATCH", COMMANDS + "/7", {"nsfw": False}),
        ("PUT", COMMANDS, [{"name": "a", "description": "b", "nsfw": None}]),
    ],
)
def test_what_discord_forgives_passes(auditor: Auditor, method: str, path: str, body: object) -> None:
    assert faults(auditor, method, path, body) == {}


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (ROLES, {"color": "red"}, "/color"),
        (ROLES, {"color": "2.5"}, "/color"),
        (MESSAGES, {"attachments": [{"id": -1}]}, "/attachments/0/id"),
        (MESSAGES, {"attachments": [{"id": True}]}, "/attachments/0/id"),
        (MESSAGES, {"attachments": [{"id": "one"}]}, "/attachments/0/id"),
        (MESSAGES, {"components": [{"type": "99", "components": [BUTTON]}]}, "/components/0/type"),
        (COMMANDS, {"name": "a", "description": "b", "nsfw": "no"}, "/nsfw"),
        (MESSAGES, {"content": 64}, "/content"),
    ],
)
def test_what_discord_does_not_forgive_is_told(
    auditor: Auditor, path: str, body: object, pointer: str
) -> None:
    assert list(faults(auditor, "POST", path, body)) == [pointer]


def test_what_is_forgiven_is_not_told_next_to_a_fault(auditor: Auditor) -> None:
    body = {"components": [{"type": 1, "id": "5", "components": [{**BUTTON, "id": "6", "label": 7}]}]}
    assert faults(auditor, "POST", MESSAGES, body) == {
        "/components/0/components/0/label": "expected null or string, got 7"
    }


def test_forms_carry_the_json_form(auditor: Auditor) -> None:
    for content_type in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert faults(auditor, "POST", MESSAGES, {"content": "x"}, content_type=content_type) == {}
        assert faults(auditor, "POST", MESSAGES, {"contnet": "x"}, content_type=content_type) == {
            "/contnet": 'unknown; did you mean "content"?'
        }


def test_a_form_without_a_json_form_has_fields_and_files(auditor: Auditor) -> None:
    path, form = "/guilds/7/stickers", "multipart/form-data"
    sticker = {"name": "wave", "tags": "hello"}
    assert faults(auditor, "POST", path, sticker, content_type=form, status=201) == {}
    assert faults(auditor, "POST", path, {**sticker, "name": "w"}, content_type=form, status=201) == {
        "/name": '"w" is shorter than 2 characters'
    }
    assert faults(auditor, "POST", path, {"name": "wave"}, content_type=form, status=201) == {
        "/tags": "required, and missing"
    }


def test_the_content_type_is_a_described_one(auditor: Auditor) -> None:
    body = {"name": "x"}
    assert faults(auditor, "POST", ROLES, body, content_type="Application/JSON; charset=utf-8") == {}
    assert faults(auditor, "POST", ROLES, body, content_type="multipart/form-data") == {
        "": "expected application/json, got multipart/form-data"
    }
    assert faults(auditor, "POST", ROLES, body, content_type="") == {
        "": "expected application/json, got no content type"
    }


def test_a_body_comes_where_one_is_due(auditor: Auditor) -> None:
    assert faults(auditor, "POST", MESSAGES, None) == {"": "a body is required"}
    assert faults(auditor, "POST", "/channels/7/typing", {"for": 5}) == {
        "": "no body is described, and there is one"
    }
    assert faults(auditor, "POST", "/channels/7/typing", {}) == {}


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (MESSAGES, {"limit": "100", "before": "7"}, {}),
        (MESSAGES, {"limit": "101"}, {"?limit": "101 is greater than the maximum of 100"}),
        (MESSAGES, {"limit": "many"}, {"?limit": 'expected integer, got "many"'}),
        (MESSAGES, {"limit": "9" * 5000}, {"?limit": f'expected integer, got "{"9" * 78}…'}),
        (MESSAGES, {"befor": "7"}, {"?befor": 'unknown; did you mean "before"?'}),
        (MESSAGES, {"before": "x"}, {"?before": '"x" does not match "^(0|[1-9][0-9]*)$"'}),
        ("/guilds/7", {"with_counts": "true"}, {}),
        ("/guilds/7", {"with_counts": "1"}, {}),
        ("/guilds/7", {"with_counts": "False"}, {}),
        ("/guilds/7", {"with_counts": "maybe"}, {"?with_counts": 'expected boolean, got "maybe"'}),
        ("/guilds/7/members/search", {"limit": "5"}, {"?query": "required, and missing"}),
        ("/guilds/7/members/search", {"query": "an"}, {}),
        (MESSAGES + "/7/reactions/x", {"type": "1"}, {}),
        (MESSAGES + "/7/reactions/x", {"type": "9"}, {"?type": "expected 0 or 1, got 9"}),
        # Here the description allows no value at all.
        ("/guilds/7/requests", {"status": "SUBMITTED"}, {}),
    ],
)
def test_a_query_has_described_names_and_values(
    auditor: Auditor, path: str, query: dict[str, str], expected: dict[str, str]
) -> None:
    assert faults(auditor, "GET", path, query=tuple(query.items())) == expected


def test_a_query_may_repeat_the_name_of_a_list(auditor: Auditor) -> None:
    path = "/guilds/7/messages/search"
    assert faults(auditor, "GET", path, query=(("author_id", "1"),)) == {}
    assert faults(auditor, "GET", path, query=(("author_id", "1"), ("author_id", "2"))) == {}
    assert faults(auditor, "GET", path, query=(("author_id", "1"), ("author_id", "x"))) == {
        "?author_id": '"x" does not match "^(0|[1-9][0-9]*)$"'
    }
    path = "/applications/7/entitlements"
    assert faults(auditor, "GET", path, query=(("sku_ids", "1,2"),)) == {}
    assert list(faults(auditor, "GET", path, query=(("sku_ids", "x"), ("sku_ids", "y")))) == ["?sku_ids"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_refused_request_is_no_violation(auditor: Auditor, status: int) -> None:
    assert faults(auditor, "POST", MESSAGES, {"contnet": 5}, query=(("x", "y"),), status=status) == {}


def test_a_body_that_is_nested_too_deeply_is_told(auditor: Auditor) -> None:
    body: object = 1
    for _ in range(1000):
        body = [body]
    assert list(faults(auditor, "POST", MESSAGES, {"embeds": body})) == [""]
