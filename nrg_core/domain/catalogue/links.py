"""How entries hang together: slugs used once, prerequisites that exist and lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nrg_core.domain.catalogue.problems import Problem
from nrg_core.domain.catalogue.sources import Kind, Raw
from nrg_core.text import did_you_mean

__all__ = ["duplicates", "wrong_prerequisites"]


def duplicates(raws: Sequence[Raw]) -> Iterator[Problem]:
    """Yield every slug that an earlier entry of the same kind has."""
    first: dict[tuple[Kind, str], Raw] = {}
    for raw in raws:
        if raw.slug and (earlier := first.setdefault((raw.kind, raw.slug), raw)) is not raw:
            yield raw.problem(("slug",), f"this slug is already used at {earlier.where('slug')}")


def wrong_prerequisites(active: Sequence[Raw], dormant: Sequence[Raw]) -> Iterator[Problem]:
    """Yield prerequisites that do not exist, are not to be had, or wait for one another."""
    there, asleep = _by_slug(active), _by_slug(dormant)
    needs: dict[str, str] = {}
    for slug, raw in there.items():
        needed = raw.text("prerequisite")
        if needed is None:
            continue
        if needed in there:
            needs[slug] = needed
        elif needed in asleep:
            plugin = asleep[needed].requires
            message = f'prerequisite "{needed}" belongs to the plugin "{plugin}", which is not installed'
            yield raw.problem(("prerequisite",), message)
        else:
            yield raw.problem(
                ("prerequisite",), f'unknown prerequisite "{needed}"{did_you_mean(needed, there)}'
            )
    for circle in _circles(needs):
        message = f"prerequisites in a circle: {' → '.join([*circle, circle[0]])}"
        yield there[circle[0]].problem(("prerequisite",), message)


def _by_slug(raws: Sequence[Raw]) -> dict[str, Raw]:
    found: dict[str, Raw] = {}
    for raw in raws:
        if raw.kind == "hacks" and raw.slug:
            found.setdefault(raw.slug, raw)
    return found


def _circles(needs: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield each circle once; everyone needs at most one other, so a walk finds it."""
    done: set[str] = set()
    for start in needs:
        walk: dict[str, int] = {}
        here = start
        while here in needs and here not in done and here not in walk:
            walk[here] = len(walk)
            here = needs[here]
        if here in walk:
            yield list(walk)[walk[here] :]
        done.update(walk)
