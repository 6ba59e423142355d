"""The auditor as a whole: it never raises, it is quick, and it is optional."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nrg_sandbox.audit import Auditor, find_description

Json = dict[str, Any]

# Names and values that the description knows, so that the search gets past the first door.
_NAMES = st.sampled_from(
    [
        "type",
        "content",
        "components",
        "embeds",
        "data",
        "options",
        "choices",
        "name",
        "custom_id",
        "id",
        "flags",
    ]
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.integers(0, 20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["7", "@me", "users"])
)
_BODIES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)
_PATHS = st.sampled_from(
    [
        "/channels/7/messages",
        "/channels/7",
        "/applications/7/commands",
        "/interactions/7/token/callback",
        "/webhooks/7/token/messages/@original",
        "/users/@me",
        "/guilds/7/messages/search",
        "/guilds/7/requests",
    ]
) | st.text(max_size=20)
_QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["limit", "before", "with_counts", "author_id", "status"]) | st.text(), st.text()
    ),
    max_size=3,
)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", ""]),
    path=_PATHS,
    query=_QUERIES,
    content_type=st.sampled_from(["application/json", "multipart/form-data; boundary=x", ""]) | st.text(),
    request_body=_BODIES,
    status=st.sampled_from([200, 201, 204, 400, 404, 429]) | st.integers(0, 999),
    response_body=_BODIES,
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_call_makes_the_auditor_raise(
    auditor: Auditor,
    method: str,
    path: str,
    query: list[tuple[str, str]],
    content_type: str,
    request_body: object,
    status: int,
    response_body: object,
) -> None:
    call = (method, path, query, content_type, request_body, status, response_body)
    found = auditor.check(*call)
    assert found == auditor.check(*call)
    assert all(item.message and len(item.message) < 250 for item in found)


def test_every_described_operation_can_be_checked(auditor: Auditor, document: Json) -> None:
    checked = 0
    for template, methods in document["paths"].items():
        path = template.replace("{", "").replace("}", "")
        for method in methods.keys() - {"parameters"}:
            for status in ("200", "201", "202", "204", "400", "429"):
                content_type = next(iter(methods[method].get("requestBody", {}).get("content", [""])))
                found = auditor.check(
                    method.upper(),
                    path,
                    (),
                    content_type,
                    {"no such field": 1},
                    int(status),
                    [{"no": "thing"}],
                )
                assert found
                assert not any("cannot be checked" in item.message or item.kind == "route" for item in found)
                checked += 1
    assert checked > 1000


def test_a_description_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Auditor(tmp_path / "openapi.json")
    (tmp_path / "openapi.json").write_text("{nope")
    with pytest.raises(ValueError, match="Expecting property name"):
        Auditor(tmp_path / "openapi.json")


def test_the_environment_says_where_the_description_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NRG_SANDBOX_OPENAPI", "somewhere/openapi.json")
    assert find_description() == Path("somewhere/openapi.json")
    monkeypatch.setenv("NRG_SANDBOX_OPENAPI", "")
    assert find_description() is None
    monkeypatch.delenv("NRG_SANDBOX_OPENAPI")
    assert find_description() is None


def test_the_validator_is_needed_only_for_auditing() -> None:
    program = (
        "import sys; sys.modules['jsonschema_rs'] = None\n"
        "from pathlib import Path; from nrg_sandbox.audit import Auditor, find_description\n"
        "try: Auditor(Path('openapi.json'))\n"
        "except ModuleNotFoundError as error: print(error.name)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "jsonschema_rs\n"
