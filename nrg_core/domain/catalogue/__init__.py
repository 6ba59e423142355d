"""A community's catalogue: its name, texts, techniques, achievements and challenges, as data.

Read from TOML and checked as a whole; nothing here touches a database. The shipped default lies in
``nrg_core/community/default.toml``, whose comments explain every key.
"""

from __future__ import annotations

from nrg_core.domain.catalogue.entries import (
    MASTERY_SESSIONS,
    AchievementEntry,
    Catalogue,
    ChallengeEntry,
    Community,
    Entry,
    HackEntry,
)
from nrg_core.domain.catalogue.problems import CatalogueError, Problem
from nrg_core.domain.catalogue.reading import read_catalogue
from nrg_core.domain.catalogue.texts import KNOWN_TEXTS

__all__ = [
    "KNOWN_TEXTS",
    "MASTERY_SESSIONS",
    "AchievementEntry",
    "Catalogue",
    "CatalogueError",
    "ChallengeEntry",
    "Community",
    "Entry",
    "HackEntry",
    "Problem",
    "read_catalogue",
]
