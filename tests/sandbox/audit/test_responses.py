"""What the sandbox answers, held to the description."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.audit import Auditor

USER: dict[str, Any] = {
    "id": "7",
    "username": "ana",
    "discriminator": "0",
    "global_name": None,
    "avatar": None,
    "public_flags": 0,
    "flags": 0,
    "primary_guild": None,
}
DEFERRED = {"interaction": {"id": "7", "type": 2}}


def faults(
    auditor: Auditor, method: str, path: str, status: int, body: object, sent: object = None
) -> dict[str, str]:
    """Return the messages of what is wrong with an answer, by place."""
    found = auditor.check(method, path, (), "application/json", sent, status, body)
    return {item.pointer: item.message for item in found if item.kind == "response"}


def test_a_described_answer_passes_and_may_say_more(auditor: Auditor) -> None:
    assert faults(auditor, "GET", "/users/7", 200, {**USER, "new": True}) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": 7}, {"/id": "expected string, got 7"}),
        ({"flags": "0"}, {"/flags": 'expected integer, got "0"'}),
        ({"username": None}, {"/username": "expected string, got null"}),
    ],
)
def test_an_answer_is_not_forgiven_what_a_request_is(
    auditor: Auditor, change: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(auditor, "GET", "/users/7", 200, USER | change) == expected


def test_a_field_that_is_due_is_missed(auditor: Auditor) -> None:
    user = {name: value for name, value in USER.items() if name != "username"}
    assert faults(auditor, "GET", "/users/7", 200, user) == {"/username": "required, and missing"}


def test_formats_are_held(auditor: Auditor) -> None:
    path = "/guilds/7/members/7"
    found = faults(auditor, "GET", path, 200, {"joined_at": "yesterday"})
    assert found["/joined_at"] == '"yesterday" is not a "date-time"'


def test_a_union_in_an_answer_tells_of_its_branch(auditor: Auditor) -> None:
    wrong = {**DEFERRED, "resource": {"type": 5}}
    assert faults(auditor, "POST", "/interactions/7/token/callback", 200, DEFERRED, {"type": 5}) == {}
    assert faults(auditor, "POST", "/interactions/7/token/callback", 200, wrong, {"type": 5}) == {
        "/resource/type": "expected 4, 7 or 12, got 5"
    }


def test_a_status_is_described(auditor: Auditor) -> None:
    assert faults(auditor, "GET", "/users/7", 201, USER) == {
        "": "status 201 is not described, only 200, 429, 4XX"
    }
    assert "status 304" in faults(auditor, "GET", "/users/7", 304, None)[""]


def test_an_answer_has_a_body_where_one_is_described(auditor: Auditor) -> None:
    assert faults(auditor, "GET", "/users/7", 200, None) == {"": "a body is described, and missing"}
    assert faults(auditor, "POST", "/channels/7/typing", 204, {}) == {
        "": "no body is described, and there is one"
    }
    assert faults(auditor, "POST", "/channels/7/typing", 204, None) == {}


def test_an_answer_that_is_a_picture_is_not_read(auditor: Auditor) -> None:
    assert faults(auditor, "GET", "/guilds/7/widget.png", 200, None) == {}


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_of_the_server_is_a_violation(auditor: Auditor, status: int) -> None:
    assert faults(auditor, "GET", "/users/7", status, None) == {"": "the sandbox failed"}
    assert faults(auditor, "GET", "/nowhere", status, None) == {"": "the sandbox failed"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, {"code": 10013, "message": "Unknown User"}, {}),
        (404, {"code": 10013}, {"/message": "required, and missing"}),
        (404, {"code": "10013", "message": "x"}, {"/code": 'expected integer, got "10013"'}),
        (404, None, {"": "a body is described, and missing"}),
        (429, {"message": "x", "retry_after": 0.5, "global": False}, {}),
        (429, {"code": 20028, "message": "x", "retry_after": 0.5, "global": False}, {}),
        (429, {"message": "x", "retry_after": 0.5}, {"/global": "required, and missing"}),
        (429, {"retry_after": 0.5, "global": True}, {"/message": "required, and missing"}),
    ],
)
def test_a_refusal_has_discords_shape(
    auditor: Auditor, status: int, body: object, expected: dict[str, str]
) -> None:
    assert faults(auditor, "GET", "/users/7", status, body) == expected


def test_the_code_of_a_field_is_a_name(auditor: Auditor) -> None:
    def refusal(code: object) -> dict[str, Any]:
        field = {"_errors": [{"code": code, "message": "This field is required"}]}
        return {"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"title": field}}}}

    path = "/channels/7/messages"
    assert faults(auditor, "POST", path, 400, refusal("BASE_TYPE_REQUIRED")) == {}
    assert faults(auditor, "POST", path, 400, refusal(50035)) == {
        "/errors/embeds/0/title/_errors/0/code": "expected string, got 50035"
    }
