"""Polls on messages."""

from __future__ import annotations

from datetime import datetime, timedelta

from nrg_sandbox.world.payloads import Json

__all__ = ["opened"]

_HOURS = 24


def opened(form: Json, now: datetime) -> Json:
    """Return a poll in which nobody has voted.

    Parameters
    ----------
    form
        Its question, answers and duration in hours.
    now
        When it is opened, aware.
    """
    expiry = now + timedelta(hours=form.get("duration") or _HOURS)
    return {
        "question": form["question"],
        "answers": [
            {"answer_id": number, "poll_media": _media(answer["poll_media"])}
            for number, answer in enumerate(form["answers"], start=1)
        ],
        "expiry": expiry.isoformat(timespec="microseconds"),
        "allow_multiselect": bool(form.get("allow_multiselect")),
        "layout_type": form.get("layout_type") or 1,
        "results": {"answer_counts": [], "is_finalized": False},
    }


def _media(media: Json) -> Json:
    told = {key: value for key, value in media.items() if value is not None}
    if "emoji" in told:
        told["emoji"] = {"id": told["emoji"].get("id"), "name": told["emoji"].get("name")}
    return told
