"""Components as Discord gives them back: complete, without nulls, and with their media looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nrg_sandbox.errors import Path, Problems
from nrg_sandbox.forms.components import SELECTS, TEXT_SELECT, numbered, walk
from nrg_sandbox.world.payloads import Json

__all__ = ["given_back", "media_urls"]

_THUMBNAIL, _GALLERY, _FILE, _SEPARATOR, _CONTAINER = 11, 12, 13, 14, 17
_MEDIA: Json = {"description": None, "spoiler": False}
_DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    _THUMBNAIL: _MEDIA,
    _FILE: {"spoiler": False},
    _SEPARATOR: {"divider": True, "spacing": 1},
    _CONTAINER: {"accent_color": None, "spoiler": False},
}


def given_back(components: list[Json], views: dict[str, Json], next_id: Callable[[], str]) -> list[Json]:
    """Return a message's components as Discord shows them.

    Parameters
    ----------
    views
        The message's attachments by file name.
    next_id
        Makes ids for media.

    Raises
    ------
    ApiError
        50035, for a component that shows a file which the message has not.
    """
    shown = numbered(components)
    problems = Problems()

    def unfurled(media: Json, path: Path) -> Json:
        url: str = media["url"]
        view = views.get(url.removeprefix("attachment://")) if url.startswith("attachment://") else None
        if view is None and url.startswith("attachment://"):
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            problems.add((*path, "url"), code, "The referenced attachment was not found")
        if view is None:
            return {"id": next_id(), "url": url, "proxy_url": url}
        told = {
            key: view[key] for key in ("url", "proxy_url", "width", "height", "content_type") if key in view
        }
        return told | {"id": next_id(), "attachment_id": view["id"]}

    for path, component in walk(shown):
        _complete(component)
        if component["type"] == _THUMBNAIL:
            component["media"] = unfurled(component["media"], (*path, "media"))
        elif component["type"] == _GALLERY:
            component["items"] = [
                _MEDIA | item | {"media": unfurled(item["media"], (*path, "items", index, "media"))}
                for index, item in enumerate(component["items"])
            ]
        elif component["type"] == _FILE:
            view = views.get(component["file"]["url"].removeprefix("attachment://"), {})
            component["file"] = unfurled(component["file"], (*path, "file"))
            component |= {"name": view.get("filename"), "size": view.get("size")}
    problems.raise_any()
    return shown


def _complete(component: Json) -> None:
    """Drop nulls and fill in what a bot may leave out."""
    given = _without_nulls(component)
    component.clear()
    component |= _DEFAULTS.get(given["type"], {}) | given
    if given["type"] == TEXT_SELECT:
        component["options"] = [_without_nulls(option) for option in given["options"]]


def _without_nulls(given: Json) -> Json:
    told = {key: value for key, value in given.items() if value is not None}
    if "emoji" in told:
        told["emoji"] = _without_nulls(told["emoji"])
    return told


def media_urls(components: list[Json]) -> set[str]:
    """Return the addresses of everything that components show."""
    urls: set[str] = set()
    for _, component in walk(components):
        items: list[Any] = [component, *component.get("items", ())]
        urls.update(item[key]["url"] for item in items for key in ("media", "file") if key in item)
    return urls
