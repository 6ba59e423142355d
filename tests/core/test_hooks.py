"""The manual cannot fall behind the hooks: each is documented with its signature, and tried by a test."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path

import pytest

from nrg_core.hooks.specs import Specs

ROOT = Path(__file__).parents[2]
HOOKS = {name: hook for name, hook in vars(Specs).items() if hasattr(hook, "nrg_spec")}


@cache
def implemented() -> frozenset[str]:
    """Return the name of every function in the tests and plugins that is marked ``@hookimpl``."""
    return frozenset(
        node.name
        for folder in ("tests", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if "hookimpl" in (code := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(map(_is_mark, node.decorator_list))
    )


def _is_mark(decorator: ast.expr) -> bool:
    mark = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(mark, ast.Name) and mark.id == "hookimpl"


def test_there_are_hooks() -> None:
    assert {"on_session_recorded", "on_achievement", "on_schedule_tick"} <= HOOKS.keys()


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_is_in_the_manual_with_its_signature(name: str) -> None:
    arguments = [each for each in inspect.signature(HOOKS[name]).parameters if each != "self"]
    manual = (ROOT / "docs/plugins/hooks.md").read_text("utf-8").splitlines()
    assert f"### {name}({', '.join(arguments)})" in manual


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_says_when_it_is_called(name: str) -> None:
    text = inspect.getdoc(HOOKS[name]) or ""
    assert "Called" in text
    assert len(text.splitlines()) > 2


def test_the_manual_names_no_hook_that_is_not_there() -> None:
    manual = (ROOT / "docs/plugins/hooks.md").read_text("utf-8").splitlines()
    named = {line[4:].split("(")[0] for line in manual if line.startswith("### ")}
    assert named == HOOKS.keys()


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_is_tried(name: str) -> None:
    assert name in implemented()
