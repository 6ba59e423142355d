"""Faults as they are asked for: which calls they strike, which are still to come, and what cannot happen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nrg_sandbox.rest.faults import Fault, Faults

ASKED: dict[str, Any] = {"method": "GET", "path_regex": "."}


@pytest.fixture
def faults() -> Faults:
    return Faults()


def _kinds(faults: Faults) -> list[tuple[int, int | None]]:
    return [(fault.id, fault.status) for fault in faults.pending()]


def test_a_fault_strikes_as_often_as_asked(faults: Faults) -> None:
    fault = faults.ask("POST", r"/messages$", status=502, times=2)
    assert faults.take("POST", "/channels/1/messages") is fault
    assert fault.times == 1
    assert faults.take("GET", "/channels/1/messages") is None
    assert faults.take("POST", "/channels/1/messages/2") is None
    assert faults.pending() == (fault,)
    assert faults.take("POST", "/channels/1/messages") is fault
    assert faults.take("POST", "/channels/1/messages") is None
    assert faults.pending() == ()


def test_a_star_is_any_method(faults: Faults) -> None:
    faults.ask("*", "/users/", times=2)
    assert faults.take("GET", "/users/1")
    assert faults.take("PATCH", "/users/1")


def test_the_first_that_matches_strikes_alone(faults: Faults) -> None:
    faults.ask("POST", ".", status=501)
    faults.ask("*", ".", status=502)
    faults.ask("*", ".", status=503)
    struck = [faults.take("POST", "/x") for _ in range(2)]
    assert [fault and fault.status for fault in struck] == [501, 502]
    assert _kinds(faults) == [(3, 503)]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 500),
        ({"status": 404}, 404),
        ({"hang": True}, None),
        ({"lost": True}, None),
        ({"latency": 1}, None),
    ],
)
def test_calls_fail_when_nothing_else_is_asked_for(
    faults: Faults, asked: dict[str, Any], status: int | None
) -> None:
    assert faults.ask("GET", ".", **asked).status == status


def test_what_was_asked_is_what_strikes(faults: Faults) -> None:
    faults.ask("GET", "a", status=429, retry_after=0.5, everywhere=True, times=3, latency=0.25)
    expected = Fault(
        "GET", re.compile("a"), 429, 3, 0.5, hang=False, lost=False, everywhere=True, latency=0.25
    )
    expected.id = 1
    assert faults.pending() == (expected,)


def test_single_faults_are_listed_and_removed(faults: Faults) -> None:
    first, second, third = (faults.ask("GET", ".", status=status) for status in (501, 502, 503))
    assert _kinds(faults) == [(1, 501), (2, 502), (3, 503)]
    assert faults.remove(second.id)
    assert faults.pending() == (first, third)
    assert not faults.remove(second.id)
    assert faults.take("GET", "/x") is first
    assert not faults.remove(first.id)
    assert faults.pending() == (third,)


def test_an_id_is_never_given_twice(faults: Faults) -> None:
    faults.remove(faults.ask("GET", ".").id)
    faults.clear()
    assert faults.ask("GET", ".").id == 2
    faults.add(Fault("GET", re.compile("."), 500, 1, None, hang=False, lost=False))
    assert [fault.id for fault in faults.pending()] == [2, 3]


def test_all_are_forgotten(faults: Faults) -> None:
    faults.ask("GET", ".", times=9)
    faults.clear()
    assert faults.pending() == ()
    assert faults.take("GET", "/x") is None


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        ({"method": "post"}, r"method is 'post': write one of \*, GET, POST"),
        ({"path_regex": "/a("}, r"'/a\(' is no regular expression .*: write one, such as '/a\\\\\('"),
        ({"status": 399}, "status is 399: write one from 400 to 599"),
        ({"status": 600}, "status is 600: write one from 400 to 599"),
        ({"status": 0}, "status is 0: write"),
        ({"times": 0}, "times is 0: write how many calls it strikes, 1 or more"),
        ({"latency": -0.1}, "latency is -0.1: write real seconds, 0 or more"),
        ({"latency": float("inf")}, "latency is inf: write"),
        ({"latency": float("nan")}, "latency is nan: write"),
        ({"status": 429, "retry_after": -1}, "retry_after is -1: write seconds, 0 or more"),
        ({"status": 429, "retry_after": float("inf")}, "retry_after is inf: write"),
        ({"retry_after": 1}, "only a 429 tells to wait: write status=429"),
        ({"status": 503, "everywhere": True}, "only a 429 tells to wait: write status=429"),
        ({"hang": True, "lost": True}, "write only one of hang, lost and status"),
        ({"hang": True, "status": 500}, "write only one of hang, lost and status"),
        ({"lost": True, "status": 500}, "write only one of hang, lost and status"),
        ({"hang": True, "latency": 1}, "leave latency out, or hang and lost"),
        ({"lost": True, "latency": 1}, "leave latency out, or hang and lost"),
        ({"times": 0, "status": 200}, "status is 200: .*; times is 0: "),
    ],
)
def test_what_cannot_happen_is_refused(faults: Faults, asked: dict[str, Any], advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        faults.ask(**(ASKED | asked))
    assert faults.pending() == ()


@pytest.mark.parametrize(
    "asked",
    [
        {"status": 400},
        {"status": 599},
        {"status": 429},
        {"status": 429, "retry_after": 0},
        {"status": 502, "latency": 0.1},
        {"latency": 0.0},
        {"path_regex": ""},
    ],
)
def test_what_can_happen_at_the_edges(faults: Faults, asked: dict[str, Any]) -> None:
    faults.ask(**(ASKED | asked))
    assert faults.take("GET", "/x")
