"""The catalogue as it is judged by, and finding a technique by what a member types."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from nrg_core.domain.criteria import MetricKey, MetricSpec
from nrg_core.domain.library import Library
from nrg_core.domain.metrics import Metric
from nrg_core.errors import Refusal
from nrg_core.storage.database import Database
from nrg_core.storage.uow import UnitOfWork
from tests.support.community import CATALOGUE, stock


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> Library:
    return await stock(database, tmp_path)


@pytest.mark.parametrize("typed", ["after-breath", "After breath", " AFTER BREATH ", "After-Breath"])
async def test_a_technique_by_its_slug_or_name(library: Library, typed: str) -> None:
    assert library.named(typed).slug == "after-breath"


@pytest.mark.parametrize("typed", ["", "after", "breath!", "x" * 5000])
async def test_a_technique_that_is_not_there(library: Library, typed: str) -> None:
    assert library.find(typed) is None
    with pytest.raises(Refusal, match="There is no technique called"):
        library.named(typed)


@pytest.mark.parametrize(
    ("criteria", "asks"),
    [
        ('{ metric = "kindness", gte = 1 }', False),
        ('{ all = [{ metric = "kindness", gte = 1 }, { metric = "sessions", gte = 2 }] }', True),
        ('{ metric = "sessions", gte = 2, window_days = 7 }', True),
    ],
)
async def test_a_session_is_judged_twice_only_where_it_can_change_something(
    database: Database, tmp_path: Path, criteria: str, asks: bool
) -> None:
    async def compute(uow: UnitOfWork, user_id: UUID, key: MetricKey) -> int:
        return 0

    more = f"""
[[achievements]]
slug = "more"
name = "More"
description = "For tests."
criteria = {criteria}
"""
    kindness = Metric(MetricSpec("kindness", "Kind deeds", "a kind deed"), compute)
    library = await stock(database, tmp_path, CATALOGUE + more, [kindness])
    assert library.asks_more is asks


async def test_what_is_spelt_alike_is_named(library: Library) -> None:
    with pytest.raises(Refusal, match='did you mean "Breath"'):
        library.named("braeth")
