"""Which described operation a path means, and which paths are known although none is described."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.audit import Auditor, Violation
from nrg_sandbox.audit.corrections import UNDESCRIBED
from nrg_sandbox.audit.routing import Routes


def _routes(*templates: str) -> Routes[str]:
    routes: Routes[str] = Routes()
    for template in templates:
        method, path = template.split(" ")
        routes.add(method, path, template)
    return routes


def test_literal_segments_win_over_variables() -> None:
    routes = _routes("GET /users/{id}", "GET /users/@me", "GET /users/@me/guilds")
    assert routes.find("GET", "/users/7") == "GET /users/{id}"
    assert routes.find("GET", "/users/@me") == "GET /users/@me"
    assert routes.find("GET", "/users/@me/guilds") == "GET /users/@me/guilds"


def test_a_literal_that_leads_nowhere_gives_way() -> None:
    routes = _routes("PATCH /members/@me", "GET /members/{id}", "GET /members/{id}/roles")
    assert routes.find("GET", "/members/@me") == "GET /members/{id}"
    assert routes.find("GET", "/members/@me/roles") == "GET /members/{id}/roles"
    assert routes.methods("/members/@me") == ["GET", "PATCH"]


@pytest.mark.parametrize("path", ["", "/", "/users", "/users/", "/users/7/", "/users/7/8", "users//"])
def test_a_path_matches_as_a_whole(path: str) -> None:
    assert _routes("GET /users/{id}").find("GET", path) is None


def test_an_unknown_path_is_a_violation(auditor: Auditor) -> None:
    found = auditor.check("GET", "/chanels/7", (), "", None, 404, {"code": 0, "message": "404: Not Found"})
    assert found == [Violation("route", "GET", "/chanels/7", 404, "", "the path is not described")]


def test_an_unknown_method_is_a_violation_that_names_the_others(auditor: Auditor) -> None:
    (found,) = auditor.check("POST", "/users/@me", (), "", None, 405, None)
    assert (found.kind, found.message) == ("route", "only GET, PATCH is described")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gateway"),
        ("GET", "/soundboard-default-sounds"),
        ("PATCH", "/webhooks/7/aW50.token-_/messages/@original"),
        ("DELETE", "/channels/7/messages/7/reactions/🔥/@me"),
        ("GET", "/guilds/7/widget.json"),
    ],
)
def test_a_described_path_is_known(auditor: Auditor, method: str, path: str) -> None:
    assert all(item.kind != "route" for item in auditor.check(method, path, (), "", None, 200, None))


@pytest.mark.parametrize("route", UNDESCRIBED, ids=lambda route: f"{route.method} {route.path}")
def test_an_exception_is_no_violation_and_still_needed(
    auditor: Auditor, document: dict[str, Any], route: Any
) -> None:
    path = route.path.replace("{", "").replace("}", "")
    assert auditor.check(route.method, path, (), "", None, 200, None) == []
    assert route.method.lower() not in document["paths"].get(route.path, {})


def test_a_violation_reads_as_one_line() -> None:
    violation = Violation("request", "POST", "/channels/7/messages", 200, "/tts", "unknown")
    assert str(violation) == "request of POST /channels/7/messages (200) at /tts: unknown"
    whole = Violation("route", "GET", "/x", 404, "", "the path is not described")
    assert str(whole) == "route of GET /x (404): the path is not described"
