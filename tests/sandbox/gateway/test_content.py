"""What a bot without the message-content intent reads of messages."""

from __future__ import annotations

from typing import Any

import pytest

from nrg_sandbox.gateway.content import without_content
from nrg_sandbox.world.events import Event, Intent
from tests.sandbox.gateway.wire import EVERYTHING, Door, Json, wire

BOT, ANA = "5", "6"
WHOLE: Json = {
    "id": "1",
    "author": {"id": ANA},
    "mentions": [],
    "content": "hello",
    "embeds": [{"title": "x"}],
    "attachments": [{"id": "9"}],
    "components": [{"type": 1}],
    "poll": {"question": {"text": "?"}},
    "flags": 0,
}
BLANK: Json = {
    "id": "1",
    "author": {"id": ANA},
    "mentions": [],
    "content": "",
    "embeds": [],
    "attachments": [],
    "components": [],
    "flags": 0,
}


@pytest.mark.parametrize("changes", [{}, {"mentions": [{"id": ANA}]}, {"mention_everyone": True}])
def test_a_message_that_is_not_meant_for_the_bot(changes: Json) -> None:
    assert without_content(WHOLE | changes, BOT) == BLANK | changes


@pytest.mark.parametrize("changes", [{"author": {"id": BOT}}, {"mentions": [{"id": ANA}, {"id": BOT}]}])
def test_a_message_that_is_meant_for_the_bot(changes: Json) -> None:
    message = WHOLE | changes
    assert without_content(message, BOT) == message


def test_a_part_of_a_message_gains_nothing() -> None:
    assert without_content({"id": "1", "content": "x"}, BOT) == {"id": "1", "content": ""}


@pytest.mark.parametrize(("author", "told"), [(ANA, BLANK), (BOT, WHOLE)])
@pytest.mark.parametrize("replier", [ANA, BOT])
def test_what_is_replied_to_counts_by_itself(replier: str, author: str, told: Json) -> None:
    original = WHOLE | {"author": {"id": author}}
    reply = WHOLE | {"author": {"id": replier}, "referenced_message": original}
    shown = without_content(reply, BOT)
    assert shown["referenced_message"] == told | {"author": {"id": author}}
    assert shown["content"] == ("hello" if replier == BOT else "")


def test_a_deleted_message_that_is_replied_to() -> None:
    assert without_content(WHOLE | {"referenced_message": None}, BOT)["referenced_message"] is None


@pytest.mark.parametrize(("author", "content"), [(ANA, ""), (BOT, "hello")])
def test_what_is_forwarded_is_part_of_the_message(author: str, content: str) -> None:
    forward = WHOLE | {
        "author": {"id": author},
        "message_snapshots": [{"message": WHOLE}, {"message": WHOLE}],
    }
    shown = without_content(forward, BOT)
    assert [item["message"]["content"] for item in shown["message_snapshots"]] == [content] * 2
    assert WHOLE["content"] == "hello"


@pytest.mark.parametrize(
    ("name", "intents", "direct", "content"),
    [
        ("MESSAGE_CREATE", EVERYTHING & ~Intent.MESSAGE_CONTENT, False, ""),
        ("MESSAGE_UPDATE", EVERYTHING & ~Intent.MESSAGE_CONTENT, False, ""),
        ("MESSAGE_CREATE", EVERYTHING & ~Intent.MESSAGE_CONTENT, True, "hello"),
        ("MESSAGE_CREATE", EVERYTHING, False, "hello"),
        ("INTERACTION_CREATE", EVERYTHING & ~Intent.MESSAGE_CONTENT, False, "hello"),
    ],
)
async def test_where_it_counts(door: Door, name: str, intents: int, direct: bool, content: str) -> None:
    guild: Any = None if direct else door.world.home.id
    async with wire(door.gateway.url) as bot, wire(door.gateway.url) as other:
        await bot.enter(door, intents=intents)
        await other.enter(door)
        door.world.bus.emit(Event(name, WHOLE, intent=0, guild_id=guild))
        assert (await bot.until(name))["d"]["content"] == content
        assert (await other.until(name))["d"] == WHOLE
