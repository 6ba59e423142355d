"""Files on messages: kept, listed below the text, or shown inside an embed or a component."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from nrg_sandbox.world.components import given_back, media_urls
from nrg_sandbox.world.files import File
from nrg_sandbox.world.payloads import Json

if TYPE_CHECKING:
    from nrg_sandbox.world.messages import Message
    from nrg_sandbox.world.world import World

__all__ = ["attach"]

_ODD_IN_FILENAME = re.compile(r"[^\w.\-]")
_EMBED_MEDIA = (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url"))


def attach(
    world: World,
    message: Message,
    payload: Json,
    body: Json,
    uploads: dict[int, File],
) -> None:
    """Keep the files named in the body, and show them in the embeds and components that point at them.

    Parameters
    ----------
    payload
        The message as it will be, so far with what it showed before; its embeds, components and
        attachments are filled in.
    body
        What was sent, read by its form.

    Raises
    ------
    ApiError
        50035, for a component that shows a file which the message has not.
    """
    if not uploads and not body.keys() & {"attachments", "embeds", "components"}:
        return
    listed: list[Json] = body.get("attachments") or []
    described = {str(entry["id"]): entry for entry in listed}
    kept: dict[str, File] = message.files
    if "attachments" in body:
        kept = {key: file for key, file in kept.items() if key in described}
    message.files = dict(kept)
    for number, upload in uploads.items():
        entry = described.get(str(number), {})
        file = replace(
            upload,
            id=world.snowflakes.next(),
            filename=_ODD_IN_FILENAME.sub("_", str(entry.get("filename") or upload.filename)),
            description=entry.get("description"),
        )
        world.files.put(file)
        message.files[file.id] = file
    views = {
        file.filename: file.payload(world.base_url, ephemeral=message.viewer is not None)
        for file in message.files.values()
    }
    if "embeds" in body:
        payload["embeds"] = [_with_files(_given_back(embed), views) for embed in body["embeds"] or ()]
    else:
        payload["embeds"] = [_with_files(embed, views) for embed in payload["embeds"]]
    if "components" in body:
        payload["components"] = given_back(body["components"] or [], views, world.snowflakes.next)
    # A file that an embed or a component shows is not listed again below the message.
    shown = _embed_urls(payload["embeds"]) | media_urls(payload["components"])
    payload["attachments"] = [view for view in views.values() if view["url"] not in shown]


def _with_files(embed: Json, views: dict[str, Json]) -> Json:
    result = dict(embed)
    for part, key in _EMBED_MEDIA:
        media: Json = result.get(part) or {}
        url = media.get(key)
        if not isinstance(url, str) or not url.startswith("attachment://"):
            continue
        view = views.get(url.removeprefix("attachment://"))
        if view is not None:
            size = {name: view[name] for name in ("width", "height") if name in view} if key == "url" else {}
            result[part] = media | {key: view["url"], f"proxy_{key}": view["url"]} | size
    return result


def _given_back(embed: Json) -> Json:
    """Return an embed as Discord gives it back: without nulls, each field saying whether it is inline."""
    shown: Json = {"type": "rich"}
    for key, value in embed.items():
        if key == "fields":
            shown[key] = [field | {"inline": bool(field.get("inline"))} for field in value or ()]
        elif isinstance(value, dict):
            shown[key] = {name: item for name, item in cast("Json", value).items() if item is not None}
        elif value is not None:
            shown[key] = value
    return shown


def _embed_urls(embeds: list[Json]) -> set[str]:
    media: list[tuple[Json, str]] = [
        (embed.get(part) or {}, key) for embed in embeds for part, key in _EMBED_MEDIA
    ]
    return {item[key] for item, key in media if key in item}
